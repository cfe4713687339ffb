"""What everybody went through: for each thread and task its spells, and who began each of them.

A spell is a stretch of a life in one status: in a run queue, on a core, blocked for one reason.
The trace is read once, in step with its growth, however often somebody asks.  What follows from
spells is in the other modules of this package.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple
from weakref import WeakKeyDictionary

from schedsim.durations import Time
from schedsim.history import History
from schedsim.state import STAYS_RUNNABLE, State, Status, apply
from schedsim.trace import (
    KIND_MASK,
    NEVER,
    REASONS,
    TAKES_FROM_LOOP,
    Kind,
    Reason,
    Role,
    Row,
)


class Doing(IntEnum):
    """In which status somebody is; of threads and tasks alike."""

    NEW = 0
    """It has not arrived."""
    ABLE = 1
    """It could go on: in a run queue, or in the ready queue of its loop."""
    RUNS = 2
    """It is on a core; a task is in its loop's hand, whatever its thread does."""
    SWITCHES = 3
    """Its core is given to it, but the context switch is still to be paid."""
    WAITS = 4
    """Blocked or suspended."""
    GONE = 5


_OF_STATUS = {
    Status.NEW: Doing.NEW,
    Status.RUNNABLE: Doing.ABLE,
    Status.READY: Doing.ABLE,
    Status.RUNNING: Doing.RUNS,
    Status.BLOCKED: Doing.WAITS,
    Status.SUSPENDED: Doing.WAITS,
    Status.EXITED: Doing.GONE,
    Status.DONE: Doing.GONE,
}
_BY_OTHER = frozenset({Kind.WAKE, Kind.TASK_READY, Kind.SPAWN, Kind.CANCEL})
"""Rows whose *other* is the cause of what befalls the subject."""
_BY_SUBJECT = frozenset({Kind.UNLOCK, Kind.GIL_RELEASE, Kind.GIL_TAKE})
"""Rows whose subject is the cause of what befalls the *other*."""


class Spell(NamedTuple):
    """A stretch of a life."""

    row: int
    """The row that began it."""
    doing: Doing
    reason: Reason
    """Why it began."""
    arg: int
    """Until when it waits, or NEVER; with reason LOCK, for which resource."""
    by: int
    """Who made it begin, 0 for nobody."""
    core: int
    """Of a thread that runs: where."""

    @property
    def wakes(self) -> bool:
        """With it begins that somebody can go on who could not before.

        Who only gave up a turn, or lost its core, could go on all the while.
        """
        if self.doing is Doing.ABLE:
            return self.reason not in STAYS_RUNNABLE
        return self.doing is Doing.RUNS and self.reason is Reason.RELEASED


@dataclass(slots=True)
class Life:
    """The spells of one thread or task, in order."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    doings: bytearray = field(default_factory=bytearray)
    reasons: bytearray = field(default_factory=bytearray)
    args: array[int] = field(default_factory=lambda: array("q"))
    bys: array[int] = field(default_factory=lambda: array("q"))
    cores: array[int] = field(default_factory=lambda: array("q"))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Spell:
        return Spell(
            self.rows[index],
            Doing(self.doings[index]),
            REASONS[self.reasons[index]],
            self.args[index],
            self.bys[index],
            self.cores[index],
        )

    @property
    def last(self) -> Spell:
        """The one that nothing has ended yet; there has to be one."""
        return self[len(self) - 1]

    def before(self, row: int) -> int:
        """Which spell was under way just before ``row``; -1 if none."""
        return bisect_left(self.rows, row) - 1

    def add(self, spell: Spell) -> None:
        """The next spell."""
        self.rows.append(spell.row)
        self.doings.append(spell.doing)
        self.reasons.append(spell.reason)
        self.args.append(spell.arg)
        self.bys.append(spell.by)
        self.cores.append(spell.core)


@dataclass(slots=True)
class Holders:
    """Who had something when: a core, a GIL, the hand of a loop."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    who: array[int] = field(default_factory=lambda: array("q"))

    def note(self, row: int, who: int) -> None:
        """From ``row`` on ``who`` has it, 0 for nobody."""
        if not self.who or self.who[-1] != who:
            self.rows.append(row)
            self.who.append(who)

    def before(self, row: int) -> int:
        """Who had it just before ``row``."""
        index = bisect_left(self.rows, row) - 1
        return self.who[index] if index >= 0 else 0


_NOBODYS = frozenset({Kind.COMPUTE, Kind.MARK, Kind.RESOURCE, Kind.LOCK, Kind.LEVEL, Kind.MOVE})
"""Rows that leave everybody's status as it is."""
_BETWEEN_THREADS = frozenset({Reason.GIL_FREE, Reason.GIL_TAKEN})
_NOBODY = Life()
_ALL: WeakKeyDictionary[History, Lives] = WeakKeyDictionary()


class Lives:
    """All lives of a trace that may still be growing.  See :meth:`of`."""

    def __init__(self, history: History) -> None:
        self.trace = history.trace
        self._state = State.start(history.trace)
        self._lives: defaultdict[int, Life] = defaultdict(Life)
        self.cores: defaultdict[int, Holders] = defaultdict(Holders)
        """By number: the threads that had it."""
        self.gils: defaultdict[int, Holders] = defaultdict(Holders)
        """By process: the threads that held it."""
        self.hands: defaultdict[int, Holders] = defaultdict(Holders)
        """By thread: the tasks that its loop had in hand."""

    @classmethod
    def of(cls, history: History) -> Lives:
        """Those of the trace of ``history``, as far as it has come."""
        lives = _ALL.get(history)
        if lives is None:
            lives = _ALL[history] = cls(history)
        lives.extend()
        return lives

    def __getitem__(self, entity: int) -> Life:
        return self._lives.get(entity, _NOBODY)

    def hand(self, thread: int, row: int) -> int:
        """The task that the loop in ``thread`` had in hand just before ``row``; else ``thread``."""
        holders = self.hands.get(thread)
        return (holders.before(row) if holders else 0) or thread

    def cause(self, who: int, wake: Spell) -> int:
        """Who woke ``who``, 0 for nobody: the task at work in the thread that the row names.

        What concerns the GIL is between threads.
        """
        by = wake.by
        if not by or by == who:
            return 0
        if wake.reason in _BETWEEN_THREADS or self.trace.entities[by].role is Role.TASK:
            return by
        task = self.hand(by, wake.row)
        return task if task != who else 0

    def shares(self, holders: Holders | None, start: Time, end: Time) -> tuple[int, ...]:
        """Who had it between two moments, whoever had it longest first."""
        if holders is None or end <= start:
            return ()
        times = self.trace.times
        index = max(0, bisect_left(holders.rows, bisect_left(times, start)) - 1)
        took: dict[int, Time] = {}
        while index < len(holders.rows) and times[holders.rows[index]] < end:
            last = index + 1 == len(holders.rows)
            stop = end if last else min(end, times[holders.rows[index + 1]])
            length = stop - max(start, times[holders.rows[index]])
            if length > 0 and holders.who[index]:
                took[holders.who[index]] = took.get(holders.who[index], 0) + length
            index += 1
        return tuple(sorted(took, key=lambda who: (-took[who], who)))

    # -- keeping up with the trace --------------------------------------------------------

    def extend(self) -> None:
        """Take in the rows that have been added to the trace."""
        trace, state = self.trace, self._state
        times, codes, args = trace.times, trace.codes, trace.args
        for n in range(state.rows, len(trace)):
            code = codes[n]
            if code & KIND_MASK in _NOBODYS:
                apply(state, times[n], code, args[n])
                continue
            left = state.leaver(code)
            apply(state, times[n], code, args[n])
            row = trace.row(n)
            if row.core >= 0:
                self.cores[row.core].note(row.n, state.running[row.core])
            if row.kind in TAKES_FROM_LOOP:
                thread = trace.entities[row.subject].thread
                self.hands[thread].note(row.n, state.loops[thread].current)
            elif row.kind in (Kind.GIL_TAKE, Kind.GIL_RELEASE):
                process = trace.entities[row.subject].process
                holder = state.gils[process].holder
                self.gils[process].note(row.n, holder)
            other = row.other if row.kind in _BY_SUBJECT else 0
            for entity in (row.subject, left, other):
                if entity:
                    self._note(row, entity)

    def _note(self, row: Row, entity: int) -> None:
        state = self._state
        doing, reason = _OF_STATUS[state.status[entity]], state.why[entity]
        core, arg = -1, state.due[entity]
        if doing is Doing.RUNS:
            core, reason = state.core_of[entity], Reason.NONE
            if core >= 0 and state.switching[core]:
                doing = Doing.SWITCHES
            if row.kind is Kind.NEXT_JOB:  # it runs on, but what it does now was released
                reason, arg = Reason.RELEASED, row.arg
        life = self._lives[entity]
        if len(life) and life.doings[-1] == doing and reason in (life.reasons[-1], Reason.NONE):
            return
        if reason is Reason.LOCK:
            arg = state.waits_for.get(entity, NEVER)
        life.add(Spell(row.n, doing, reason, arg, self._by(row, entity), core))

    def _by(self, row: Row, entity: int) -> int:
        """Who is the cause of what the row did to ``entity``."""
        if row.kind in _BY_OTHER and row.subject == entity:
            return row.other or (self._came_with(row) if row.kind is Kind.SPAWN else 0)
        if row.kind in _BY_SUBJECT and row.other == entity:
            return row.subject
        return 0

    def _came_with(self, row: Row) -> int:
        """Who started the loop with which this task came, if somebody did at that moment."""
        thread = self[self.trace.entities[row.subject].thread]
        if not len(thread) or self.trace.times[thread.rows[0]] != row.time:
            return 0
        return thread.bys[0]
