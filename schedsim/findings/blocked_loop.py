"""A task that kept its event loop while others of the loop could have gone on.

Any blocking call counts, and computing as long as asyncio's own debug mode complains about:
``loop.slow_callback_duration``, 0.1 s (SEMANTICS.md A14).
"""

from __future__ import annotations

from collections.abc import Iterator

from schedsim.durations import UNITS, Time, format_duration
from schedsim.findings.base import Finding
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import TAKES_FROM_LOOP, Entity, Kind, Reason, Role, Trace

SLOW_CALLBACK = 100 * UNITS["ms"]


def blocked_loop(measured: Measured) -> Iterator[Finding]:
    """Find every hold of a loop that kept others waiting for too long."""
    trace, timeline = measured.trace, measured.timeline
    if trace.unit != "ns":
        return
    for task, start, end, called in _holds(trace):
        if not called and end - start < SLOW_CALLBACK:
            continue
        others = [e for e in trace.entities[1:] if e.thread == task.thread and e.role is Role.TASK]
        victims = tuple(e.id for e in others if e is not task and _waited(timeline, e, start, end))
        if victims:
            yield _finding(trace, task, start, end, victims, called=called)


def _finding(
    trace: Trace, task: Entity, start: Time, end: Time, victims: tuple[int, ...], *, called: bool
) -> Finding:
    name = plain(task.name, 32)
    kept = format_duration(end - start)
    did = "made a blocking call and kept its loop" if called else "computed and kept its loop"
    advice = (
        "Await the asynchronous replacement, or await asyncio.to_thread(...)."
        if called
        else "Yield now and then (await asyncio.sleep(0)), or move the work to a process."
    )
    waiters = plain(trace.entities[victims[0]].name, 32)
    if len(victims) > 1:
        waiters += f" and {len(victims) - 1} more"
    return Finding(
        "blocked_loop",
        start,
        end,
        task.id,
        victims,
        f"{name} {did} for {kept}: {waiters} waited.",
        advice,
    )


def _holds(trace: Trace) -> Iterator[tuple[Entity, Time, Time, bool]]:
    """Each stretch for which a loop had one task in hand, and whether a blocking call was in it."""
    since: dict[int, tuple[int, Time]] = {}
    calling: set[int] = set()
    for row in trace.rows():
        if row.kind is Kind.COMPUTE and row.reason is Reason.CALL:
            calling.add(row.subject)
        elif row.kind in TAKES_FROM_LOOP:
            thread = trace.entities[row.subject].thread
            task, start = since.pop(thread, (0, 0))
            if task and row.time > start:
                yield trace.entities[task], start, row.time, task in calling
            calling.discard(task)
            if row.kind is Kind.TASK_RUN:
                since[thread] = (row.subject, row.time)
    for task, start in since.values():
        if trace.end > start:
            yield trace.entities[task], start, trace.end, task in calling


def _waited(timeline: Timeline, task: Entity, start: Time, end: Time) -> bool:
    waits = (Situation.READY, Situation.THREAD_WAITS)
    lane = LaneId("task", task.id)
    return any(part.situation in waits for part in timeline.slices(lane, start, end))
