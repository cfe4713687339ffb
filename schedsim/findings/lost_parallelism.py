"""Threads that cannot help each other: they compute under one GIL while cores are idle.

A thread counts that hardly ever waits for anything but its turn.  What is lost is the time in
which such a thread waits for the GIL although there is a core that it could have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.metrics import Measured
from schedsim.metrics.gil_walk import GilWalk, needs_no_gil
from schedsim.trace import Role

LEAST_LOST = 0.25
"""Of the time in which they were there."""
CPU_BOUND = 0.9
"""Of its life, at least so much a thread computes or waits for its turn."""
FEWEST = 2
"""Threads: one alone loses nothing."""


@dataclass(slots=True)
class _Crowd:
    """The threads of one interpreter that compute."""

    threads: dict[int, Time]
    """Each with the moment at which it ends."""
    start: Time
    end: Time
    lost: Time = 0
    """How long somebody waited for the GIL beside an idle core."""


def lost_parallelism(measured: Measured) -> Iterator[Finding]:
    """Find the interpreters whose threads would have used more cores than the GIL let them."""
    trace = measured.trace
    crowds = {} if needs_no_gil(measured) else _crowds(measured)
    if not crowds:
        return
    walk = GilWalk(trace)
    for n in walk.rows():
        _count(walk, crowds, trace.times[n])
    _count(walk, crowds, trace.end)
    for crowd in crowds.values():
        if crowd.lost >= LEAST_LOST * (crowd.end - crowd.start):
            yield _finding(measured, crowd)


def _count(walk: GilWalk, crowds: dict[int, _Crowd], time: Time) -> None:
    """Up to ``time`` everything is as it was after the row before."""
    length = time - walk.time
    if length <= 0 or all(walk.running[: walk.online]):
        return
    for process, crowd in crowds.items():
        waiters = walk.waiters.get(process)
        if waiters and walk.holders.get(process) and not crowd.threads.keys().isdisjoint(waiters):
            crowd.lost += length


def _crowds(measured: Measured) -> dict[int, _Crowd]:
    """By interpreter; where there are several threads that compute."""
    trace = measured.trace
    found: dict[int, _Crowd] = {}
    for times in measured.of(Role.THREAD):
        entity = trace.entities[times.entity]
        end = trace.end if times.finish is None else times.finish
        busy = times.cpu + times.waiting
        if not times.cpu:
            continue
        if busy < CPU_BOUND * (end - times.arrival):
            continue
        crowd = found.setdefault(entity.process, _Crowd({}, times.arrival, end))
        crowd.threads[entity.id] = end
        crowd.start, crowd.end = min(crowd.start, times.arrival), max(crowd.end, end)
    return {process: crowd for process, crowd in found.items() if len(crowd.threads) >= FEWEST}


def _finding(measured: Measured, crowd: _Crowd) -> Finding:
    trace, threads = measured.trace, tuple(crowd.threads)
    lost = format_duration(crowd.lost, trace.unit)
    share = crowd.lost / (crowd.end - crowd.start)
    why = (
        f"{names(trace, threads)} compute under one GIL: for {lost} ({share:.0%} of the time) "
        "somebody waited for it while a core was idle."
    )
    advice = "Use processes (a process pool), or a Python without the GIL: threads cannot help."
    return Finding("lost_parallelism", crowd.start, crowd.end, threads[0], threads[1:], why, advice)
