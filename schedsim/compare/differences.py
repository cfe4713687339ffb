"""Where two runs part: the moments at which their cores do not run the same."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from schedsim.compare.outcomes import Outcome, Who
from schedsim.durations import Time
from schedsim.timeline import LaneId, Situation

SWITCHING = Who("", -1)
"""Stands for whoever a core is being switched to."""

Running: TypeAlias = tuple[Who, ...]
"""Who has a core, in order of name: which core it is makes no difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A moment from which two runs do not run the same, or differ in another way than before."""

    time: Time
    one: Running
    other: Running
    before: Running = ()
    """What both ran until then; nobody if they differed before, too."""


def first_difference(one: Outcome, other: Outcome) -> Difference | None:
    """Where ``other`` parts from ``one``; None if it never does, as far as both have been run."""
    return next(differences(one, other), None)


def end_apart(one: Outcome, other: Outcome) -> bool:
    """Whether both have ended, at different times: also where nobody runs until the later end."""
    return one.trace.complete and other.trace.complete and one.trace.end != other.trace.end


def differences(one: Outcome, other: Outcome) -> Iterator[Difference]:
    """Every moment from which they differ in a way of its own, as far as both have been run."""
    known = [each.trace.end for each in (one, other) if not each.trace.complete]
    before: tuple[Running, Running] = ((), ())
    for time, now in _pairs(one, other):
        if known and time >= min(known):
            return
        if now[0] != now[1] and now != before:
            same = before[0] if before[0] == before[1] else ()
            yield Difference(time, now[0], now[1], same)
        before = now


def _pairs(one: Outcome, other: Outcome) -> Iterator[tuple[Time, tuple[Running, Running]]]:
    """Who runs in both from when on."""
    steps = heapq.merge(
        ((time, 0, running) for time, running in _steps(one)),
        ((time, 1, running) for time, running in _steps(other)),
        key=lambda step: step[:2],
    )
    now: list[Running] = [(), ()]
    reached = 0
    for time, which, running in steps:
        if time > reached:
            yield reached, (now[0], now[1])
            reached = time
        now[which] = running
    yield reached, (now[0], now[1])


def _steps(outcome: Outcome) -> Iterator[tuple[Time, Running]]:
    """Who runs from when on; nobody after the end."""
    trace = outcome.trace
    changes = heapq.merge(*(_of_core(outcome, core) for core in range(trace.cores)))
    now: list[Running] = [()] * trace.cores
    reached = 0
    for time, core, running in changes:
        if time > reached:
            yield reached, _together(now)
            reached = time
        now[core] = running
    yield reached, _together(now)
    yield trace.end, ()


def _of_core(outcome: Outcome, core: int) -> Iterator[tuple[Time, int, Running]]:
    for part in outcome.measured.timeline.slices(LaneId("core", core)):
        running: Running = ()
        if part.situation is Situation.RUNNING:
            running = (outcome.who[part.who],)
        elif part.situation is Situation.SWITCHING:
            running = (SWITCHING,)
        yield part.start, core, running


def _together(cores: list[Running]) -> Running:
    return tuple(sorted(who for running in cores for who in running))
