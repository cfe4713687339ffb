"""The catalogue of findings: things worth telling about a run, found in its trace.

A finding is a function from what was measured to :class:`Finding` values; a new one is a module
and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from schedsim.findings.base import Finding
from schedsim.findings.blocked_loop import blocked_loop
from schedsim.findings.convoy import convoy
from schedsim.findings.crowded_pass import crowded_pass
from schedsim.findings.deadline_overload import deadline_overload
from schedsim.findings.deadlock import deadlock
from schedsim.findings.gaming import gaming
from schedsim.findings.gil_convoy import gil_convoy
from schedsim.findings.lost_parallelism import lost_parallelism
from schedsim.findings.missing_yield import missing_yield
from schedsim.findings.pool_exhaustion import pool_exhaustion
from schedsim.findings.priority_inversion import priority_inversion
from schedsim.findings.sequential_awaits import sequential_awaits
from schedsim.findings.spinning import spinning
from schedsim.findings.starvation import starvation
from schedsim.findings.thrash import thrash
from schedsim.metrics import Measured

FINDINGS: Mapping[str, Callable[[Measured], Iterable[Finding]]] = {
    "blocked_loop": blocked_loop,
    "convoy": convoy,
    "crowded_pass": crowded_pass,
    "deadline_overload": deadline_overload,
    "deadlock": deadlock,
    "gaming": gaming,
    "gil_convoy": gil_convoy,
    "missing_yield": missing_yield,
    "lost_parallelism": lost_parallelism,
    "pool_exhaustion": pool_exhaustion,
    "priority_inversion": priority_inversion,
    "sequential_awaits": sequential_awaits,
    "spinning": spinning,
    "starvation": starvation,
    "thrash": thrash,
}


def find(measured: Measured, progress: Callable[[str], object] | None = None) -> list[Finding]:
    """Everything worth telling, in order of time.

    Args:
        measured: what was measured.
        progress: is told what is looked for next.
    """
    found: list[Finding] = []
    for kind, search in FINDINGS.items():
        if progress is not None:
            progress(kind)
        found.extend(search(measured))
    return sorted(found, key=lambda finding: (finding.start, finding.kind, finding.who))
