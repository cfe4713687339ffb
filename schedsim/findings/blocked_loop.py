"""A task that kept its event loop while others of the loop could have gone on.

Any blocking call counts, and computing as long as asyncio's own debug mode complains about:
``loop.slow_callback_duration``, 0.1 s (SEMANTICS.md A14).  Time in which the loop's thread waited
for the GIL or a core is not the task's.  Told once a job, at its worst.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding
from schedsim.findings.loop_turns import (
    SLOW_CALLBACK,
    LoopTurn,
    has_loops,
    in_calls,
    kept,
    loop_turn,
    tasks_of,
    waited,
)
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.trace import Reason, Trace
from schedsim.why import calls
from schedsim.why.bodies import body


class _Hold(NamedTuple):
    """A turn in which a task kept others waiting."""

    turn: LoopTurn
    blocked: bool
    """A blocking call was in it."""
    call: str
    """The longest of its calls, if any has a name."""
    kept: Time


def blocked_loop(measured: Measured) -> Iterator[Finding]:
    """Find the jobs whose tasks kept others of their loop waiting for too long."""
    if not has_loops(measured.trace):
        return
    worst: dict[tuple[int, str, bool], _Hold] = {}
    times: dict[tuple[int, str, bool], int] = {}
    for hold in _blocking(measured):
        key = (hold.turn.task.thread, hold.turn.task.job, hold.blocked)
        times[key] = times.get(key, 0) + 1
        if key not in worst or hold.kept > worst[key].kept:
            worst[key] = hold
    for key, hold in worst.items():
        yield _finding(measured, hold, times[key])


def _blocking(measured: Measured) -> Iterator[_Hold]:
    trace, turns = measured.trace, measured.loop_turns
    with_calls = turns.with_calls
    for number in sorted(with_calls.union(turns.long(SLOW_CALLBACK))):
        turn, blocked = loop_turn(measured, number), number in with_calls
        if turn.end == turn.start:
            continue
        mine = kept(measured, turn)
        if not blocked and (trace.unit != "ns" or mine < SLOW_CALLBACK):
            continue
        if next(_victims(measured, turn), None) is not None:
            yield _Hold(turn, blocked, _call(trace, turn, blocked=blocked), mine)


def _victims(measured: Measured, turn: LoopTurn) -> Iterator[int]:
    """Who waited meanwhile."""
    timeline = measured.timeline_until(turn.end)
    for other in tasks_of(measured.trace, turn.task.thread):
        if other is not turn.task and waited(timeline, other, turn.start, turn.end):
            yield other.id


def _call(trace: Trace, turn: LoopTurn, *, blocked: bool) -> str:
    """The longest call of a turn; of one that blocks, a blocking one."""
    found = [
        (piece.length, -piece.start, calls.called(trace, turn.task.id, piece.pc))
        for piece in turn.pieces
        if not blocked or piece.reason is Reason.CALL
    ]
    return max(found, default=(0, 0, ""))[2]


def _finding(measured: Measured, hold: _Hold, times: int) -> Finding:
    trace, turn, task = measured.trace, hold.turn, hold.turn.task
    victims = tuple(_victims(measured, turn))
    length = format_duration(in_calls(measured, turn) if hold.blocked else hold.kept, trace.unit)
    if hold.blocked:
        did = f"blocked its loop in {hold.call or 'a call'} for {length}"
    elif hold.call:
        did = f"computed for {length} without a yield, most of it in {hold.call}"
    else:
        did = f"computed for {length} without a yield"
    waiters = plain(trace.entities[victims[0]].name, 32)
    if len(victims) > 1:
        waiters += f" and {len(victims) - 1} more"
    why = f"{plain(task.name, 32)} {did}: {waiters} waited."
    if hold.call:
        gil = measured.rules.needs_gil(task.process, turn.start)
        advice = calls.instead(trace, task, hold.call, patched=turn.patched, gil=gil)
        reason = calls.why_blocked(trace, task, hold.call, patched=turn.patched)
        why += f" {reason[0].upper()}{reason[1:]}" if reason else ""
    elif hold.blocked:
        advice = "Await its asynchronous replacement, or let a thread call it."
    else:
        advice = (
            f"Yield now and then ({body(trace, task).give_way}), or move the work to a process."
        )
    if times > 1:
        why += f" Its job did so {times:,} times; this was the longest."
    return Finding("blocked_loop", turn.start, turn.end, task.id, victims, why, advice)
