"""Tasks in flat steps: a place each, cheap enough for a million of them.

What their steps mean is carried out by the loop itself (:mod:`schedsim.loops.event_loop`): here is
what a task knows of itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from schedsim.durations import Time
from schedsim.loops.entries import DONE, STEP, TIMER
from schedsim.programs.steps import Code

if TYPE_CHECKING:
    from schedsim.loops.base import TaskGroup


class Ledger:
    """What few flat tasks need: made for one when it first does."""

    __slots__ = ("awaited_by", "counts", "has_awaited", "releases")

    def __init__(self, slots: int) -> None:
        self.counts = [0] * slots
        """How often it has done the repeats that it is in."""
        self.has_awaited = False
        """It has waited for another task: then it may be at its first step, and yet have begun."""
        self.releases = 0
        """How many jobs of a periodic task are done."""
        self.awaited_by: list[Task] = []
        """Tasks to wake when this one is done, in the order in which they began to wait."""


class Task(list[Time]):
    """A task of an event loop, as a place in steps, and its own timer.

    A million of them may be suspended, so it has little: what is the same for all of a job is in
    their code, what is the same for ever in the trace's table, and what few need in a ledger.

    Like any timer (:mod:`schedsim.loops.timers`) it is a list of one, the moment until which it
    sleeps, so that ``heapq`` compares moments alone; two tasks are the same only if they are
    identical (``is``).
    """

    __slots__ = ("code", "entry", "id", "ledger", "pc")

    def __init__(self, id: int, code: Code) -> None:
        super().__init__((0,))
        self.id = id
        self.code = code
        self.pc = 0
        """How many operations have been started, as in :class:`schedsim.trace.Listing`."""
        self.entry = STEP
        """What it is in the ready queue: ``TIMER`` while its timer's callback has not run yet."""
        self.ledger: Ledger | None = None

    @property
    def done(self) -> bool:
        """It has ended."""
        return self.entry == DONE

    @property
    def cancelled(self) -> bool:
        """Of a timer: nobody is interested in it any more."""
        return False

    @property
    def yielding(self) -> bool:
        """Whether ``yield`` is obeyed; switched off, the body goes straight on."""
        return self.code.yielding

    @yielding.setter
    def yielding(self, on: bool) -> None:
        if on != self.code.yielding:
            self.code = self.code.toggled()

    @property
    def arrived(self) -> bool:
        """Its loop has noticed that it is there."""
        return bool(self.pc) or self.entry != TIMER

    @property
    def has_begun(self) -> bool:
        """It has had a turn."""
        return self.pc > 0 or (self.ledger is not None and self.ledger.has_awaited)

    @property
    def awaited_by(self) -> list[Task]:
        """Tasks that wait for its end."""
        return [] if self.ledger is None else self.ledger.awaited_by

    def keep(self) -> Ledger:
        """Its ledger, from now on."""
        ledger = self.ledger
        if ledger is None:
            ledger = self.ledger = Ledger(self.code.slots)
        return ledger

    def again(self, way_back: tuple[int, int, int | None]) -> None:
        """Go back to the start of a repeat, unless it has been done often enough."""
        start, slot, times = way_back
        if times is None:
            self.pc = start
            return
        counts = (self.ledger or self.keep()).counts
        counts[slot] += 1
        if counts[slot] < times:
            self.pc = start
        else:
            counts[slot] = 0

    def next_release(self, arrival: Time, period: Time) -> Time:
        """When its next job is released, now that one more is done, if the first was at arrival."""
        ledger = self.keep()
        ledger.releases += 1
        return arrival + ledger.releases * period

    def awaits(self, group: TaskGroup) -> bool:
        """Let it wait for the first unfinished of ``group``; False if there is none.

        As ``for member in group: await member`` does: what is done already does not yield (A5).
        """
        members = group.members
        while group.past < len(members) and members[group.past].done:
            group.past += 1
        for n in range(group.past, len(members)):
            member: Any = members[n]
            if not member.done and member is not self:
                member.keep().awaited_by.append(self)
                self.keep().has_awaited = True
                return True
        return False

    def end(self) -> Sequence[Task]:
        """It is done; those who wait for that, to be woken."""
        self.entry = DONE
        ledger, self.ledger = self.ledger, None
        return () if ledger is None else ledger.awaited_by
