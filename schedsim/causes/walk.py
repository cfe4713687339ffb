"""The way back along a critical path, spell by spell.  What a path is: see :mod:`.path`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schedsim.causes.lives import Doing, Holders, Lives, Spell
from schedsim.durations import Time
from schedsim.history import History
from schedsim.trace import NEVER, Kind, Reason, Role


class Deed(Enum):
    """What somebody on the path was doing, or waiting for."""

    COMPUTES = "computing"
    SWITCHES = "context switch"
    CORE = "waiting for a core"
    BUDGET = "waiting for its budget"
    GIL = "waiting for the GIL"
    TURN = "waiting for a turn in the loop"
    CALL = "in a blocking call"
    SELECT = "waiting in the selector"
    SLEEP = "sleeping"
    DEVICE = "waiting for a device"
    RESOURCE = "waiting for something shared"
    JOB = "waiting for the next job"
    OTHER = "waiting"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the path."""

    start: Time
    end: Time
    who: int
    """The thread or task."""
    doing: Deed
    step: int
    """After so many rows it begins."""
    rivals: tuple[int, ...] = ()
    """Who had meanwhile what it waited for, longest first."""
    resource: int = -1
    """What it waited for, if that has a number."""
    wakes: tuple[int, ...] = ()
    """Whom it lets go on at its end, and whom that one at once: the path goes over to the last."""


_OF_WAIT = {
    Reason.SLEEP: Deed.SLEEP,
    Reason.IO: Deed.DEVICE,
    Reason.CALL: Deed.CALL,
    Reason.LOCK: Deed.RESOURCE,
    Reason.PERIOD: Deed.JOB,
    Reason.SELECT: Deed.SELECT,
}
_ON_CORE = {Doing.RUNS: Deed.COMPUTES, Doing.SWITCHES: Deed.SWITCHES}
_FOR_GIL = frozenset({Reason.GIL, Reason.FORCED_SWITCH})


class Walk:
    """At row ``row`` and time ``time``, with what ``who`` did before still to be looked at."""

    def __init__(self, history: History, who: int, row: int, time: Time) -> None:
        self.history = history
        self.lives = Lives.of(history)
        self.who, self.row, self.time = who, row, time
        self.found: list[Stretch] = []
        """The last first."""
        self._wakes: tuple[int, ...] = ()
        """Whom the next stretch to be found lets go on."""

    def back(self) -> bool:
        """One spell further back; False at the beginning."""
        life = self.lives[self.who]
        index = life.before(self.row)
        assert index >= 0, "a life begins with its arrival, and there the path ends"
        spell = life[index]
        after = life[index + 1] if index + 1 < len(life) else None
        ended = after if after is not None and after.row == self.row else None
        if spell.doing is Doing.NEW:
            return self._arrives(spell)
        if spell.doing is Doing.WAITS:
            self._waits(spell, ended)
        elif self._is_task(self.who) and spell.doing is not Doing.GONE:
            self._with_thread(spell)
        else:
            core = ended.core if ended is not None else -1
            filled = self._filled(spell)
            if self._time(spell.row) < filled < self.time:  # only since then others are why
                what = self._of_thread(self.who, spell, filled, core)
                self._put(filled, self.history.rows_at(filled), *what)
            self._account(spell.row, *self._of_thread(self.who, spell, self._time(spell.row), core))
        if spell.doing is Doing.ABLE and index == 0 and self.row == spell.row:
            return self._goes_over(self.lives.cause(self.who, spell), spell)
        return True

    # -- one spell ------------------------------------------------------------------------

    def _arrives(self, spell: Spell) -> bool:
        """It was foreseen, by whoever had started it; or by the scenario."""
        self._delay(spell.arg)
        if not spell.by:
            return False
        self._account(spell.row, Deed.OTHER)
        return self._goes_over(self.lives.cause(self.who, spell), spell)

    def _waits(self, spell: Spell, ended: Spell | None) -> None:
        """Whoever woke it takes over; else it is the wait itself that counts."""
        if spell.reason in _FOR_GIL:
            self._account(spell.row, Deed.GIL, self._gil(self.who, self._time(spell.row)))
            return
        by = self.lives.cause(self.who, ended) if ended is not None else 0
        if ended is not None and by:
            if self._goes_over(by, ended, since=spell.row):
                return
            self._delay(self._time(spell.row))  # it was there: since then only the loop is late
        deed = _OF_WAIT.get(spell.reason, Deed.OTHER)
        if deed is Deed.RESOURCE:
            self._account(spell.row, deed, self._held_by(spell), spell.arg)
            return
        if spell.arg != NEVER and self._is_task(self.who):
            self._delay(max(spell.arg, self._time(spell.row)))
        self._account(spell.row, deed)

    def _with_thread(self, spell: Spell) -> None:
        """A task that runs, or could: what that means depends on its thread."""
        thread = self.lives.trace.entities[self.who].thread
        life = self.lives[thread]
        index = life.before(self.row)
        assert index >= 0, "a loop is there before its tasks"
        below = life[index]
        row = max(below.row, spell.row)
        ended = life[index + 1] if index + 1 < len(life) else None
        if ended is not None and ended.row != self.row:
            ended = None
        in_hand = spell.doing is Doing.RUNS
        if in_hand and below.doing is Doing.WAITS and below.reason not in _FOR_GIL and ended:
            by = self.lives.cause(thread, ended)
            if by and self._goes_over(by, ended, since=row):
                return
        self._account(row, *self._under(thread, below, ended, self._time(row), in_hand=in_hand))

    def _under(
        self, thread: int, below: Spell, ended: Spell | None, start: Time, *, in_hand: bool
    ) -> tuple[Deed, tuple[int, ...], int]:
        """What a task did whose ``thread`` was in the spell ``below``: what, beside whom, for what.

        It had its loop's hand, or not: ``in_hand``.
        """
        alone = in_hand or below.doing in (Doing.ABLE, Doing.SWITCHES)
        if alone or below.reason in _FOR_GIL:
            core = ended.core if ended is not None else -1
            return self._of_thread(thread, below, start, core)
        return Deed.TURN, self._others(self.lives.hands.get(thread), start), -1

    def _of_thread(
        self, thread: int, spell: Spell, start: Time, core: int
    ) -> tuple[Deed, tuple[int, ...], int]:
        """What a spell of a thread is on the path, which next is on ``core``."""
        if spell.doing in _ON_CORE:
            return _ON_CORE[spell.doing], (), -1
        if spell.doing is Doing.ABLE:
            if self._filled(spell) >= self.time:
                return Deed.BUDGET, (), -1
            return Deed.CORE, self._others(self.lives.cores.get(core), start, thread), -1
        if spell.doing is Doing.WAITS and spell.reason in _FOR_GIL:
            return Deed.GIL, self._gil(thread, start), -1
        deed = _OF_WAIT.get(spell.reason, Deed.OTHER)
        if deed is Deed.RESOURCE:
            return deed, self._held_by(spell), spell.arg
        return deed, (), -1

    def _filled(self, spell: Spell) -> Time:
        """When the budget is filled again for which a spell waits at first; -1 if for none."""
        throttled = spell.doing is Doing.ABLE and spell.reason is Reason.THROTTLED
        return self.lives.trace.row(spell.row).arg if throttled else -1

    # -- who else -------------------------------------------------------------------------

    def _others(self, holders: Holders | None, start: Time, thread: int = 0) -> tuple[int, ...]:
        """Who had it between ``start`` and now, but for oneself."""
        had = self.lives.shares(holders, start, self.time)
        return tuple(who for who in had if who not in (self.who, thread))

    def _gil(self, thread: int, start: Time) -> tuple[int, ...]:
        process = self.lives.trace.entities[thread].process
        return self._others(self.lives.gils.get(process), start, thread)

    def _held_by(self, spell: Spell) -> tuple[int, ...]:
        """Who had the lock when the wait for it began."""
        resource = self.history.state_at(spell.row + 1).resources.get(spell.arg)
        return (resource.holder,) if resource is not None and resource.holder else ()

    # -- moving ---------------------------------------------------------------------------

    def _account(
        self, row: int, deed: Deed, rivals: tuple[int, ...] = (), resource: int = -1
    ) -> None:
        """What was since ``row`` is a stretch of the path."""
        self._put(self._time(row), row + 1, deed, rivals, resource)
        self.row = row

    def _put(
        self, start: Time, step: int, deed: Deed, rivals: tuple[int, ...], resource: int = -1
    ) -> None:
        if start >= self.time:
            return
        if self.who in self._wakes:  # it went round at one moment, and came back
            last = len(self._wakes) - self._wakes[::-1].index(self.who)
            self._wakes = self._wakes[last:]
        self.found.append(
            Stretch(start, self.time, self.who, deed, step, rivals, resource, self._wakes)
        )
        self._wakes = ()
        self.time = start

    def _delay(self, since: Time) -> None:
        """A task could have gone on ``since`` then, but its loop did not come round to it."""
        trace, row = self.lives.trace, self.row
        thread = trace.entities[self.who].thread
        life = self.lives[thread]
        while self.time > since:
            index = life.before(row)
            assert index >= 0, "it could go on, so its loop was there"
            below = life[index]
            after = life[index + 1] if index + 1 < len(life) else None
            ended = after if after is not None and after.row == row else None
            start = max(self._time(below.row), since)
            what = self._under(thread, below, ended, start, in_hand=False)
            self._put(start, max(below.row + 1, self.history.rows_at(start)), *what)
            row = below.row

    def _goes_over(self, by: int, wake: Spell, since: int = -1) -> bool:
        """The path goes over to ``by``, who caused ``wake``; False if it did nothing for it.

        Args:
            by: who it was.
            wake: the spell that began.
            since: since which row it had been waited for that.
        """
        if not by:
            return False
        row = self._deed_of(by, wake)
        if row <= since:
            return False
        self._delay(self._time(row))
        self._wakes = (self.who, *self._wakes)
        self.who, self.row = by, row
        return True

    def _deed_of(self, by: int, wake: Spell) -> int:
        """The row at which ``by`` did what woke somebody: the wake, or earlier if a loop was late.

        A worker of a pool is at its next job by then, or idle.
        """
        trace, life = self.lives.trace, self.lives[by]
        index = life.before(wake.row)
        assert index >= 0, "who wakes somebody has arrived"
        row = wake.row
        if life[index].doing is Doing.GONE or life[index].doing is Doing.WAITS:
            row = life[index].row
        elif wake.reason is Reason.JOINED and not self._is_task(by):
            rows = self.history.rows_of(by)
            done = self.history.preceding(rows, wake.row)
            while done is not None and done > life.rows[index] - 1:
                found = trace.row(done)
                pool = found.kind is Kind.RESOURCE and trace.resources[found.other].kind == "pool"
                if pool or (found.kind is Kind.WAKE and found.other == by):
                    return done
                done = self.history.preceding(rows, done)
        return row

    def _time(self, row: int) -> Time:
        return self.lives.trace.times[row]

    def _is_task(self, who: int) -> bool:
        return self.lives.trace.entities[who].role is Role.TASK
