"""A task that spins on ``sleep(0)`` in one and the same pass, while timers and I/O are due.

gevent does that: its loop calls back, within one iteration, whatever is added meanwhile, and looks
at the clock after 50 callbacks only (SEMANTICS.md V2).  So a greenlet that yields all the time lets
other greenlets in, but not the timers.  A loop that takes a snapshot of what is ready (asyncio,
trio, eventlet) never does.  Told once a job, at its worst.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.findings.loop_turns import has_loops, tasks_of
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.timeline import LaneId, Situation
from schedsim.trace import Entity, Reason, Trace

FEWEST = 3
"""Turns of the same task in one pass, each ended by a yield."""


class _Pass(NamedTuple):
    """One pass of a loop."""

    thread: int
    start: Time
    end: Time
    yields: Counter[int]
    """By task."""


def spinning(measured: Measured) -> Iterator[Finding]:
    """Find the tasks whose yields kept timers from firing."""
    trace = measured.trace
    if not has_loops(trace) or Reason.YIELD not in measured.loop_turns.lefts:
        return
    worst: dict[tuple[int, str], tuple[Time, Finding]] = {}
    for each in _passes(measured):
        spinner = max(each.yields, key=lambda task: each.yields[task], default=0)
        length = each.end - each.start
        if not spinner or each.yields[spinner] < FEWEST:
            continue
        key = (each.thread, trace.entities[spinner].job)
        if key in worst and length <= worst[key][0]:
            continue
        victims = tuple(
            task.id
            for task in tasks_of(trace, each.thread)
            if _overdue(measured, task, each) and task.id not in each.yields
        )
        if victims:
            worst[key] = (length, _finding(trace, each, spinner, victims))
    yield from (finding for _, finding in worst.values())


def _passes(measured: Measured) -> Iterator[_Pass]:
    """Those that took long enough to matter."""
    turns = measured.loop_turns
    for numbers in turns.long_passes(measured.trace.switch_interval):
        yields = Counter(turns.task(n).id for n in numbers if turns.lefts[n] == Reason.YIELD)
        thread = turns.task(numbers[0]).thread
        yield _Pass(thread, turns.times[numbers[0]], turns.times[numbers[-1] + 1], yields)


def _overdue(measured: Measured, task: Entity, each: _Pass) -> bool:
    """Whether a timer of ``task`` was due in a pass, and fired only after it."""
    last = measured.timeline_until(each.end).at(LaneId("task", task.id), each.end - 1)
    return last.situation in (Situation.READY, Situation.THREAD_WAITS)


def _finding(trace: Trace, each: _Pass, spinner: int, victims: tuple[int, ...]) -> Finding:
    entity = trace.entities[spinner]
    length = format_duration(each.end - each.start, trace.unit)
    why = (
        f"{plain(entity.name, 32)} yielded {each.yields[spinner]:,} times in one pass of {length}: "
        f"{names(trace, victims)} waited, because timers are looked at only after it."
    )
    advice = (
        "sleep(0) lets other greenlets in, but no timers and no I/O: gevent.sleep(0.001) or "
        "gevent.idle() does."
    )
    return Finding("spinning", each.start, each.end, spinner, victims, why, advice)
