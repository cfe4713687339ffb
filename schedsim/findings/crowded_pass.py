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
    loop_turns,
    tasks_of,
    waited,
)
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.trace import Reason

FEWEST = 3
"""Steps in the pass: two short ones cannot be a long pass."""


def crowded_pass(measured: Measured) -> Iterator[Finding]:
    """Find the loops with a pass of many short steps that kept somebody waiting."""
    trace = measured.trace
    if not has_loops(trace) or trace.unit != "ns":
        return
    worst: dict[int, tuple[Time, Finding]] = {}
    for turns in _passes(measured):
        thread, start, end = turns[0].task.thread, turns[0].start, turns[-1].end
        if len(turns) < FEWEST or end - start < SLOW_CALLBACK:
            continue
        if any(turn.end - turn.start >= SLOW_CALLBACK for turn in turns):
            continue
        total = sum(kept(measured, turn) for turn in turns)
        if total < SLOW_CALLBACK or (thread in worst and total <= worst[thread][0]):
            continue
        victims = tuple(
            task.id
            for task in tasks_of(trace, thread)
            if waited(measured.timeline, task, start, end) >= LONG_TASK
        )
        if victims:
            worst[thread] = (total, _finding(measured, turns, total, victims))
    yield from (finding for _, finding in worst.values())


def _passes(measured: Measured) -> Iterator[list[LoopTurn]]:
    """The turns of each pass that took any time, and not in a blocking call."""
    here: dict[int, list[LoopTurn]] = {}
    for turn in loop_turns(measured.trace):
        turns = here.setdefault(turn.task.thread, [])
        if turns and turns[0].number != turn.number:
            yield turns
            turns = here[turn.task.thread] = []
        blocked = any(piece.reason is Reason.CALL for piece in turn.pieces)
        if turn.end > turn.start and not blocked:
            turns.append(turn)
    yield from (turns for turns in here.values() if turns)


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
    advice = (
        "No single task is too slow: let fewer of them compute in the loop (a semaphore, a worker "
        "with a queue), or move the work to a process."
    )
    start, end = turns[0].start, turns[-1].end
    return Finding("crowded_pass", start, end, thread, victims, why, advice)
