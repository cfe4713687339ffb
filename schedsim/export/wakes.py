"""Who made whom able to run, and when.  Chains of it, with reasons, are in ``schedsim.causes``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schedsim.durations import Time
from schedsim.trace import ENTITY_MASK, KIND_MASK, OTHER_SHIFT, SUBJECT_SHIFT, Kind, Role, Trace

_WOKEN_FIRST = frozenset({Kind.WAKE, Kind.TASK_READY, Kind.SPAWN})
"""Rows whose subject is woken by the other."""
_WAKER_FIRST = frozenset({Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.UNLOCK})
"""Rows whose subject wakes the other."""


class Wake(NamedTuple):
    """One thread or task made another able to run."""

    time: Time
    by: int
    woken: int


def wakes(trace: Trace) -> Iterator[Wake]:
    """All of them, in order of time; a timer is nobody."""
    for time, code, arg in zip(trace.times, trace.codes, trace.args, strict=True):
        kind = code & KIND_MASK
        subject, other = code >> SUBJECT_SHIFT & ENTITY_MASK, code >> OTHER_SHIFT
        if kind in _WAKER_FIRST:
            subject, other = other, subject
        elif kind not in _WOKEN_FIRST or (kind == Kind.SPAWN and arg > time):
            continue
        if subject and other and subject != other and _works(trace, subject, other):
            yield Wake(time, other, subject)


def _works(trace: Trace, *entities: int) -> bool:
    return all(trace.entities[entity].role is not Role.PROCESS for entity in entities)
