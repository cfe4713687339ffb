"""A pass of an event loop that was long, though each step in it was short.

Nobody is to blame and nothing is logged: asyncio's debug mode looks at single steps only
(python/cpython#101946).  But whoever becomes ready during a pass waits for its end, and so do
timers.  Steps in blocking calls do not count: they are told as ``blocked_loop``.  Told once a loop,
at its worst.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.findings.loop_turns import (
    LONG_TASK,
    SLOW_CALLBACK,
    LoopTurn,
    has_loops,
    kept,
    loop_turn,
    tasks_of,
    waited,
)
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.why.bodies import body

FEWEST = 3
"""Tasks with steps in the pass: two short steps cannot be a long pass."""


def crowded_pass(measured: Measured) -> Iterator[Finding]:
    """Find the loops with a pass of many short steps that kept somebody waiting."""
    trace = measured.trace
    if not has_loops(trace) or trace.unit != "ns":
        return
    worst: dict[int, tuple[Time, Finding]] = {}
    columns = measured.loop_turns
    times = columns.times
    for each in columns.long_passes(SLOW_CALLBACK):
        # Turns that took any time, and not in a blocking call.
        numbers = [n for n in each if times[n + 1] > times[n] and n not in columns.with_calls]
        # A greenlet of gevent can have several turns in one pass: that is no crowd, but spinning.
        if len({columns.task(n).id for n in numbers}) < FEWEST:
            continue
        thread = columns.task(numbers[0]).thread
        start, end = times[numbers[0]], times[numbers[-1] + 1]
        if end - start < SLOW_CALLBACK:
            continue
        lengths = [times[n + 1] - times[n] for n in numbers]
        if max(lengths) >= SLOW_CALLBACK:
            continue
        if thread in worst and sum(lengths) <= worst[thread][0]:  # what was kept is no more
            continue
        turns = [loop_turn(measured, n) for n in numbers]
        total = sum(kept(measured, turn) for turn in turns)
        if total < SLOW_CALLBACK or (thread in worst and total <= worst[thread][0]):
            continue
        victims = tuple(
            task.id
            for task in tasks_of(trace, thread)
            if waited(measured.timeline_until(end), task, start, end) >= LONG_TASK
        )
        if victims:
            worst[thread] = (total, _finding(measured, turns, total, victims))
    yield from (finding for _, finding in worst.values())


def _finding(
    measured: Measured, turns: list[LoopTurn], total: Time, victims: tuple[int, ...]
) -> Finding:
    trace, thread = measured.trace, turns[0].task.thread
    longest = format_duration(max(turn.end - turn.start for turn in turns), trace.unit)
    why = (
        f"A pass of the loop in {plain(trace.entities[thread].name, 32)} took "
        f"{format_duration(total, trace.unit)} with {len(turns):,} steps, none longer than "
        f"{longest}: {names(trace, victims)} waited."
    )
    # Whoever finds a semaphore free, or something in a queue, is not suspended: without a yield
    # all of them would compute in one pass again.
    advice = (
        "No single task is too slow: let one worker take them from a queue and yield after each "
        f"({body(trace, turns[0].task).give_way}), or move the work to a process."
    )
    start, end = turns[0].start, turns[-1].end
    return Finding("crowded_pass", start, end, thread, victims, why, advice)
