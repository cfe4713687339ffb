"""The turns that tasks have of their loops, and what they do in them: for all findings on loops.

What is wrong with a turn is in modules of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from schedsim.durations import UNITS, Time
from schedsim.metrics import Measured
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import (
    ENTITY_MASK,
    KIND_MASK,
    KINDS,
    OTHER_SHIFT,
    REASON_SHIFT,
    REASONS,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
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
    number: int
    """Which pass of its loop it was in."""
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

    def leave(self, time: Time, code: int, due: Time) -> None:
        """A row says how it left."""
        self.end, self.due = time, due
        self.left, self.pc = _reason(code), code >> OTHER_SHIFT


def loop_turns(trace: Trace) -> Iterator[LoopTurn]:
    """Every turn of every task, in order of their ends; those that go on at the end come last."""
    entities = trace.entities
    hands: dict[int, LoopTurn] = {}
    passes: dict[int, int] = {}
    patching: bool | None = None
    for time, code, arg in zip(trace.times, trace.codes, trace.args, strict=True):
        kind, subject = KINDS[code & KIND_MASK], code >> SUBJECT_SHIFT & ENTITY_MASK
        if kind in TAKES_FROM_LOOP:
            entity = entities[subject]
            turn = hands.pop(entity.thread, None)
            if turn is not None:
                turn.leave(time, code, arg)
                yield turn
            if kind is Kind.TASK_RUN:
                number = passes.get(entity.thread, 0)
                patched = bool(entities[entity.process].monkey_patch)
                patched = patched if patching is None else patching
                hands[entity.thread] = LoopTurn(entity, number, time, patched)
            elif kind is not Kind.TASK_LEFT:
                passes[entity.thread] = passes.get(entity.thread, 0) + 1
        elif kind is Kind.COMPUTE:
            turn = hands.get(entities[subject].thread)
            if turn is not None:
                turn.pieces.append(Piece(code >> OTHER_SHIFT, time, arg, _reason(code)))
        elif kind in _DOES or kind in _CAUSES:
            who = entities[code >> OTHER_SHIFT if kind in _CAUSES else subject]
            if who.thread in hands:
                hands[who.thread].acted = True
        elif kind is Kind.COMMAND and _reason(code) is Reason.PATCHING:
            patching = bool(arg)
    for turn in hands.values():
        turn.end = trace.end
        yield turn


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
    parts = measured.timeline.slices(LaneId("task", turn.task.id), turn.start, turn.end)
    return sum(part.end - part.start for part in parts if part.situation in situations)


def waited(timeline: Timeline, task: Entity, start: Time, end: Time) -> Time:
    """For how long ``task`` could have gone on between two moments, and did not."""
    waits = (Situation.READY, Situation.THREAD_WAITS)
    parts = timeline.slices(LaneId("task", task.id), start, end)
    return sum(part.end - part.start for part in parts if part.situation in waits)
