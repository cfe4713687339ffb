"""A thread that stays at the top of an MLFQ by waiting just before its allotment is used up.

OSTEP ch. 8 has it: rule 4b, and why there is a better rule 4.  What an allotment at the top is,
those tell who were moved down for having used it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schedsim.columns import rows_of
from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.trace import (
    ENTITY_MASK,
    KIND_MASK,
    REASON_SHIFT,
    SUBJECT_SHIFT,
    Kind,
    Reason,
    Role,
    Trace,
)

FEWEST = 5
"""Turns that end just in time: less may be chance."""
NEARLY = 0.8
"""Of the allotment: what just in time is."""
MORE_THAN_FAIR = 1.5
"""Times an equal share of the CPU: who gains nothing plays no game."""
_WAITED = frozenset({Reason.SLEEP, Reason.IO, Reason.CALL, Reason.YIELD})


class _Levels(NamedTuple):
    """What rows say about levels."""

    down: dict[int, Time]
    """The threads that have used up an allotment, and when first."""
    seen: set[int]
    """All threads that have a level."""


def gaming(measured: Measured) -> Iterator[Finding]:
    """Find the threads that were never moved down and took more than their share."""
    if Kind.LEVEL not in measured.kinds:
        return
    levels = _levels(measured.trace)
    allotment = _allotment(measured, levels)
    players = levels.seen - levels.down.keys()
    if not allotment or not players:
        return
    turns = measured.turns
    near: dict[int, int] = dict.fromkeys(players, 0)
    used: dict[int, Time] = dict.fromkeys(players, 0)
    for n, thread in enumerate(turns.threads):
        if thread not in players:
            continue
        turn = turns[n]
        used[thread] += turn.end - turn.start
        if turn.reason in _WAITED:
            near[thread] += NEARLY * allotment <= used[thread] < allotment
            used[thread] = 0
    for thread in sorted(players):
        if near[thread] >= FEWEST:
            yield from _judge(measured, thread, near[thread], allotment, levels)


def _judge(
    measured: Measured, thread: int, near: int, allotment: Time, levels: _Levels
) -> Iterator[Finding]:
    """It is a finding if it got more than its share, and those below waited for it."""
    trace, times = measured.trace, measured.times[thread]
    end = trace.end if times.finish is None else times.finish
    life = end - times.arrival
    fair = trace.cores / _present(measured, times.arrival, end)
    below = tuple(other for other in levels.down if measured.times[other].waiting)
    if not below or not life or times.cpu < MORE_THAN_FAIR * min(fair, 1) * life:
        return
    name = plain(trace.entities[thread].name, 32)
    why = (
        f"{name} waited {near:,} times just before its allotment of "
        f"{format_duration(allotment, trace.unit)} was used up, was never moved down, and so had "
        f"{times.cpu / life:.0%} of a core; an equal share is {min(fair, 1):.0%}. "
        f"{names(trace, below)} waited at lower levels."
    )
    advice = "Count what a thread has used at a level over all its turns: stay = false."
    yield Finding("gaming", times.arrival, end, thread, below, why, advice)


def _levels(trace: Trace) -> _Levels:
    down: dict[int, Time] = {}
    seen: set[int] = set()
    for n in rows_of(trace, {Kind.LEVEL}):
        code = trace.codes[n]
        thread = code >> SUBJECT_SHIFT & ENTITY_MASK
        if thread:
            seen.add(thread)
            if code >> REASON_SHIFT & KIND_MASK == Reason.ALLOTMENT:
                down.setdefault(thread, trace.times[n])
    return _Levels(down, seen)


def _allotment(measured: Measured, levels: _Levels) -> Time:
    """What threads had used when they were first moved down; 0 if none was."""
    turns = measured.turns
    used: dict[int, Time] = dict.fromkeys(levels.down, 0)
    for thread, start, end in zip(turns.threads, turns.starts, turns.ends, strict=True):
        if thread in used and start < levels.down[thread]:
            used[thread] += min(end, levels.down[thread]) - start
    return min(used.values(), default=0)


def _present(measured: Measured, start: Time, end: Time) -> float:
    """How many threads there were on average between two moments."""
    present = 0
    for times in measured.of(Role.THREAD):
        last = measured.trace.end if times.finish is None else times.finish
        present += max(0, min(end, last) - max(start, times.arrival))
    return max(1.0, present / (end - start)) if end > start else 1.0
