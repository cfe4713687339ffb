"""A run that is over although somebody still waits: nothing will ever wake them."""

from __future__ import annotations

from collections.abc import Iterator

from schedsim.findings.base import Finding
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.trace import Role

_MOST_NAMES = 6


def deadlock(measured: Measured) -> Iterator[Finding]:
    """Find those who wait for ever."""
    trace = measured.trace
    if not trace.complete:
        return
    stuck = [times.entity for times in measured.times.values() if times.finish is None]
    if not stuck:
        return
    shown = [e for e in stuck if trace.entities[e].role is Role.TASK] or stuck
    names = ", ".join(plain(trace.entities[e].name, 32) for e in shown[:_MOST_NAMES])
    more = f" and {len(shown) - _MOST_NAMES} more" if len(shown) > _MOST_NAMES else ""
    yield Finding(
        "deadlock",
        trace.end,
        trace.end,
        shown[0],
        tuple(stuck),
        f"{names}{more}: waiting for something that can no longer happen.",
        "Look at what each of them joins: somewhere they wait for each other.",
    )
