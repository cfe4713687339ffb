"""The catalogue of findings: things worth telling about a run, found in its trace.

A finding is a function from what was measured to :class:`Finding` values; a new one is a module
and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from schedsim.findings.base import Finding
from schedsim.findings.blocked_loop import blocked_loop
from schedsim.findings.deadlock import deadlock
from schedsim.metrics import Measured

FINDINGS: Mapping[str, Callable[[Measured], Iterable[Finding]]] = {
    "blocked_loop": blocked_loop,
    "deadlock": deadlock,
}


def find(measured: Measured) -> list[Finding]:
    """Everything worth telling, in order of time."""
    found = [finding for search in FINDINGS.values() for finding in search(measured)]
    return sorted(found, key=lambda finding: (finding.start, finding.kind, finding.who))
