"""Who made it able to run: the last wake of a thread or task, and the chain of wakes before it.

A hop goes from a wake to its cause.  The next hop asks the same of the cause, at that moment.  A
timer is nobody, but somebody set it: the chain goes on with what had brought the sleeper to where
it went to sleep.  So it ends at an arrival, where the scenario itself is the cause.

Everything before a step is a function of the trace up to there: a hop tells nothing of the future.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from schedsim.causes.lives import Doing, Life, Lives
from schedsim.durations import Time
from schedsim.history import History
from schedsim.trace import NEVER, Kind, Reason, Role, Trace

MOST = 1_000
"""Hops that are told at once."""


class Hop(NamedTuple):
    """A wake, and its cause."""

    step: int
    """After so many rows it has happened."""
    time: Time
    entity: int
    """Who became able to run."""
    by: int
    """Who caused it; 0: nobody did."""
    reason: Reason
    """How it came about, as in a trace."""
    waited: Reason
    """For what it had waited: NONE if it had not been there before, or only now arrives."""
    since: Time
    """Since when; of an arrival, when it was foreseen."""
    resource: int
    """The number of what it waited for, or -1."""
    due: Time
    """When it was due, or NEVER."""
    thread: int
    """Of a task that has its loop's hand: the thread whose wait is meant; else 0."""
    follow: tuple[int, int] | None
    """Whose wake comes before this, and before which row to look for it; None: there is none."""


def chain(history: History, entity: int, step: int, most: int = MOST) -> tuple[Hop, ...]:
    """The hops back from the last wake of ``entity`` within the first ``step`` rows.

    Args:
        history: of the trace.
        entity: a thread or task.
        step: how many rows have happened.
        most: after so many hops it is enough.
    """
    return tuple(islice(hops(history, entity, step), most))


def hops(history: History, entity: int, step: int) -> Iterator[Hop]:
    """The same, one by one, as far back as there are any."""
    lives = Lives.of(history)
    follow: tuple[int, int] | None = (entity, step)
    while follow is not None:
        hop = _last(lives, *follow)
        if hop is None:
            return
        yield hop
        follow = hop.follow


def _last(lives: Lives, entity: int, row: int) -> Hop | None:
    """The last wake of ``entity`` before ``row``."""
    life, index = _found(lives, entity, row)
    if index < 0:
        return None
    spell = life[index]
    before = life[index - 1] if index else None
    trace = lives.trace
    who = entity
    if life is not lives[entity]:  # its thread's wait, while the task was in hand
        who = trace.entities[entity].thread
    by = lives.cause(who, spell)
    arrived = before is None or before.doing is Doing.NEW
    waited = before.reason if before is not None and before.doing is Doing.WAITS else Reason.NONE
    began = trace.times[before.row if before is not None else spell.row]
    due = spell.arg if spell.doing is Doing.RUNS else NEVER
    if before is not None and waited is not Reason.LOCK and before.doing is not Doing.RUNS:
        due = before.arg
    follow: tuple[int, int] | None = None
    if by:
        follow = (by, spell.row)
    elif not arrived and before is not None:
        follow = (entity, before.row)
    elif before is not None and before.by:
        follow = (lives.hand(before.by, before.row), before.row)
    return Hop(
        spell.row + 1,
        trace.times[spell.row],
        entity,
        by,
        spell.reason,
        waited,
        began,
        before.arg if before is not None and waited is Reason.LOCK else -1,
        due,
        0 if who == entity else who,
        follow,
    )


def _found(lives: Lives, entity: int, row: int) -> tuple[Life, int]:
    """The spell that is the wake, and the life it belongs to: of a task perhaps its thread's."""
    life = lives[entity]
    task = lives.trace.entities[entity].role is Role.TASK
    index, end = life.before(row), row
    while index >= 0:
        spell = life[index]
        if task and spell.doing is Doing.RUNS:
            of_thread = _wake_within(lives, entity, spell.row, end)
            if of_thread is not None:
                return of_thread
        if spell.wakes:
            return life, index
        end = spell.row
        index -= 1
    return life, -1


def _wake_within(lives: Lives, task: int, start: int, end: int) -> tuple[Life, int] | None:
    """The last wake of the thread of ``task`` between two rows, at which it had that in hand."""
    thread = lives[lives.trace.entities[task].thread]
    index = thread.before(end)
    while index > 0 and thread.rows[index] > start:
        spell = thread[index]
        if spell.wakes and spell.doing is Doing.ABLE:
            return thread, index
        index -= 1
    return None


def injected(trace: Trace, hop: Hop) -> bool:
    """Whether the user injected it."""
    row = hop.step - 2
    while row >= 0 and trace.times[row] == hop.time:
        found = trace.row(row)
        if found.kind is Kind.COMMAND and found.reason is Reason.INJECT:
            return True
        if found.kind is not Kind.SPAWN:
            return False
        row -= 1
    return False
