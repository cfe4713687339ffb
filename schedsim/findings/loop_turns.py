"""The turns that tasks have of their loops, and what they do in them: for all findings on loops.

What is wrong with a turn is in modules of their own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from schedsim.durations import UNITS, Time
from schedsim.metrics import Measured
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import (
    ENTITY_MASK,
    KIND_MASK,
    OTHER_SHIFT,
    REASON_SHIFT,
    REASONS,
    SUBJECT_SHIFT,
    Entity,
    Kind,
    Reason,
    Role,
    Trace,
)

SLOW_CALLBACK: Time = 100 * UNITS["ms"]
"""``loop.slow_callback_duration``: from here on asyncio's debug mode complains (SEMANTICS A14)."""
LONG_TASK: Time = 50 * UNITS["ms"]
"""What browsers call a long task of their event loop (W3C, Long Tasks API)."""

_DOES = frozenset({Kind.MARK, Kind.LOCK, Kind.UNLOCK, Kind.RESOURCE})
"""Rows whose subject does something that others may notice."""
_CAUSES = frozenset({Kind.SPAWN, Kind.CANCEL})
"""Rows that *other* causes."""


class Piece(NamedTuple):
    """A stretch of a turn: computing, or a blocking call."""

    pc: int
    start: Time
    length: Time
    """How long it is meant to take."""
    reason: Reason
    """``CALL`` of a blocking call; ``HOLD`` and ``NATIVE`` of C code; else ``NONE``."""


@dataclass(slots=True)
class LoopTurn:
    """A task had its loop in one go."""

    task: Entity
    start: Time
    patched: bool
    """The standard library of its process was monkey patched."""
    end: Time = 0
    left: Reason = Reason.NONE
    """How it left; ``NONE`` if it has not."""
    pc: int = 0
    """Where it was in its program when it left."""
    due: Time = 0
    """What the row of its leaving says."""
    pieces: list[Piece] = field(default_factory=list)
    acted: bool = False
    """It did something that others may have noticed."""


def loop_turn(measured: Measured, number: int) -> LoopTurn:
    """One of the turns of :attr:`Measured.loop_turns`, with what the task did in it."""
    trace, turns = measured.trace, measured.loop_turns
    first, last = turns.rows[number], turns.rows[number + 1]
    task = turns.task(number)
    switched = bisect_left(turns.patched, (first, False))
    patched = bool(trace.entities[task.process].monkey_patch)
    patched = turns.patched[switched - 1][1] if switched else patched
    turn = LoopTurn(task, turns.times[number], patched)
    turn.end = turns.times[number + 1]
    if last < len(trace):
        code = trace.codes[last]
        turn.left, turn.pc, turn.due = _reason(code), code >> OTHER_SHIFT, trace.args[last]
    _look(trace, turn, first + 1, last)
    return turn


def _look(trace: Trace, turn: LoopTurn, start: int, stop: int) -> None:
    """What is done in a turn, by the rows between."""
    entities, thread = trace.entities, turn.task.thread
    for n in range(start, stop):
        code = trace.codes[n]
        kind, subject = code & KIND_MASK, code >> SUBJECT_SHIFT & ENTITY_MASK
        if kind == Kind.COMPUTE:
            if entities[subject].thread == thread:
                piece = Piece(code >> OTHER_SHIFT, trace.times[n], trace.args[n], _reason(code))
                turn.pieces.append(piece)
        elif kind in _DOES or kind in _CAUSES:
            who = code >> OTHER_SHIFT if kind in _CAUSES else subject
            turn.acted = turn.acted or entities[who].thread == thread


def _reason(code: int) -> Reason:
    return REASONS[code >> REASON_SHIFT & KIND_MASK]


def has_loops(trace: Trace) -> bool:
    """Whether there is any loop to look at."""
    return any(entity.loop for entity in trace.entities)


def tasks_of(trace: Trace, thread: int) -> Sequence[Entity]:
    """The tasks of the loop in ``thread``."""
    return [e for e in trace.entities[1:] if e.thread == thread and e.role is Role.TASK]


def kept(measured: Measured, turn: LoopTurn) -> Time:
    """How much of a turn was the task's own: computing, or in a call.

    Time in which the loop's thread waited for the GIL or a core is not.
    """
    return _in(measured, turn, Situation.RUNNING, Situation.CALLING)


def in_calls(measured: Measured, turn: LoopTurn) -> Time:
    """How much of a turn was spent in blocking calls."""
    return _in(measured, turn, Situation.CALLING)


def _in(measured: Measured, turn: LoopTurn, *situations: Situation) -> Time:
    timeline = measured.timeline_until(turn.end)
    parts = timeline.slices(LaneId("task", turn.task.id), turn.start, turn.end)
    return sum(part.end - part.start for part in parts if part.situation in situations)


def waited(timeline: Timeline, task: Entity, start: Time, end: Time) -> Time:
    """For how long ``task`` could have gone on between two moments, and did not."""
    waits = (Situation.READY, Situation.THREAD_WAITS)
    parts = timeline.slices(LaneId("task", task.id), start, end)
    return sum(part.end - part.start for part in parts if part.situation in waits)
