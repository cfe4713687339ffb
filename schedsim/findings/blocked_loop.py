"""A task that kept its event loop while others of the loop could have gone on.

Any blocking call counts, and computing as long as asyncio's own debug mode complains about:
``loop.slow_callback_duration``, 0.1 s (SEMANTICS.md A14).  Time in which the loop's thread waited
for the GIL or a core is not the task's.  Told once a job, at its worst.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schedsim.durations import UNITS, Time, format_duration
from schedsim.findings.base import Finding
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import (
    ENTITY_MASK,
    KIND_MASK,
    REASON_SHIFT,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
    Entity,
    Kind,
    Reason,
    Role,
    Trace,
)

SLOW_CALLBACK = 100 * UNITS["ms"]


class _Hold(NamedTuple):
    """A stretch for which a task kept its loop."""

    task: Entity
    start: Time
    end: Time
    called: bool
    """A blocking call was in it."""
    kept: Time
    """How much of it was the task's: computing, or in the call."""
    victims: tuple[int, ...]


def blocked_loop(measured: Measured) -> Iterator[Finding]:
    """Find the jobs whose tasks kept others of their loop waiting for too long."""
    if not any(entity.loop for entity in measured.trace.entities):
        return
    worst: dict[tuple[int, str, bool], _Hold] = {}
    times: dict[tuple[int, str, bool], int] = {}
    for hold in _blocking(measured):
        key = (hold.task.thread, hold.task.job, hold.called)
        times[key] = times.get(key, 0) + 1
        if key not in worst or hold.kept > worst[key].kept:
            worst[key] = hold
    for key, hold in worst.items():
        yield _finding(measured.trace, hold, times[key])


def _blocking(measured: Measured) -> Iterator[_Hold]:
    trace = measured.trace
    for task, start, end, called in _holds(trace):
        if not called and end - start < SLOW_CALLBACK:
            continue
        timeline = measured.timeline
        mine = (Situation.RUNNING, Situation.CALLING)
        parts = timeline.slices(LaneId("task", task.id), start, end)
        kept = sum(part.end - part.start for part in parts if part.situation in mine)
        if not called and (trace.unit != "ns" or kept < SLOW_CALLBACK):
            continue
        others = [e for e in trace.entities[1:] if e.thread == task.thread and e.role is Role.TASK]
        victims = tuple(e.id for e in others if e is not task and _waited(timeline, e, start, end))
        if victims:
            yield _Hold(task, start, end, called, kept, victims)


def _finding(trace: Trace, hold: _Hold, times: int) -> Finding:
    kept = format_duration(hold.kept, trace.unit)
    if hold.called:
        did = f"blocked its loop in a call for {kept}"
        advice = "Await the asynchronous replacement, or await asyncio.to_thread(...)."
    else:
        did = f"computed for {kept} without a yield"
        advice = "Yield now and then (await asyncio.sleep(0)), or move the work to a process."
    waiters = plain(trace.entities[hold.victims[0]].name, 32)
    if len(hold.victims) > 1:
        waiters += f" and {len(hold.victims) - 1} more"
    why = f"{plain(hold.task.name, 32)} {did}: {waiters} waited."
    if times > 1:
        why += f" Its job did so {times:,} times; this was the longest."
    return Finding("blocked_loop", hold.start, hold.end, hold.task.id, hold.victims, why, advice)


def _holds(trace: Trace) -> Iterator[tuple[Entity, Time, Time, bool]]:
    """Each stretch for which a loop had one task in hand, and whether a blocking call was in it."""
    since: dict[int, tuple[int, Time]] = {}
    calling: set[int] = set()
    for time, code in zip(trace.times, trace.codes, strict=True):
        kind, subject = code & KIND_MASK, code >> SUBJECT_SHIFT & ENTITY_MASK
        if kind in TAKES_FROM_LOOP:
            thread = trace.entities[subject].thread
            task, start = since.pop(thread, (0, 0))
            if task and time > start:
                yield trace.entities[task], start, time, task in calling
            calling.discard(task)
            if kind == Kind.TASK_RUN:
                since[thread] = (subject, time)
        elif kind == Kind.COMPUTE and code >> REASON_SHIFT & KIND_MASK == Reason.CALL:
            calling.add(subject)
    for task, start in since.values():
        if trace.end > start:
            yield trace.entities[task], start, trace.end, task in calling


def _waited(timeline: Timeline, task: Entity, start: Time, end: Time) -> bool:
    waits = (Situation.READY, Situation.THREAD_WAITS)
    lane = LaneId("task", task.id)
    return any(part.situation in waits for part in timeline.slices(lane, start, end))
