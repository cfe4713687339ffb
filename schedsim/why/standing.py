"""How a thread stands at a moment: what policies compare, read from trace and state alone.

Which policy compares what is in :mod:`schedsim.why.policies`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from schedsim.durations import Time
from schedsim.history import History
from schedsim.state import State, Status
from schedsim.timeline import deadline_of
from schedsim.trace import Entity, InForce, Kind, Reason, Row


@dataclass(slots=True)
class _Account:
    """How long a thread has computed, at each row at which that began or ended."""

    rows: array[int] = field(default_factory=lambda: array("q"))
    ran: array[int] = field(default_factory=lambda: array("q"))
    """Up to the row."""
    since: array[int] = field(default_factory=lambda: array("q"))
    """Since when it has been computing; -1 if it is not."""
    begun: array[int] = field(default_factory=lambda: array("q"))
    """What it had computed when its present job began."""

    def note(self, row: int, ran: Time, since: Time, begun: Time) -> None:
        self.rows.append(row)
        self.ran.append(ran)
        self.since.append(since)
        self.begun.append(begun)


class _Accounts:
    """The accounts of all threads of a trace that may still be growing."""

    def __init__(self) -> None:
        self.of: dict[int, _Account] = {}
        self._rows = 0
        self._running: dict[int, int] = {}

    def extend(self, history: History) -> None:
        for row in history.trace.rows(self._rows):
            if row.kind in (Kind.RUN, Kind.SWITCH, Kind.IDLE):
                left = self._running.pop(row.core, 0)
                if left:
                    self._stop(left, row)
                if row.subject:
                    self._running[row.core] = row.subject
                    if row.kind is Kind.RUN:
                        self._start(row.subject, row)
            elif row.kind is Kind.STARTED:
                self._start(row.subject, row)
            elif row.kind in (Kind.NEXT_JOB, Kind.ABORT) or row.reason is Reason.RELEASED:
                self._next_job(row.subject, row)
        self._rows = len(history.trace)

    def _start(self, thread: int, row: Row) -> None:
        account = self.of.setdefault(thread, _Account())
        ran, begun = (account.ran[-1], account.begun[-1]) if account.rows else (0, 0)
        account.note(row.n, ran, row.time, begun)

    def _stop(self, thread: int, row: Row) -> None:
        account = self.of.get(thread)
        if account is not None and account.since[-1] >= 0:
            ran = account.ran[-1] + row.time - account.since[-1]
            account.note(row.n, ran, -1, account.begun[-1])

    def _next_job(self, thread: int, row: Row) -> None:
        account = self.of.get(thread)
        if account is not None:
            since = account.since[-1]
            ran = account.ran[-1] + (row.time - since if since >= 0 else 0)
            account.note(row.n, ran, row.time if since >= 0 else -1, ran)


_NO_WAITS = ("compute ", "mark ", "repeat ", "wait for the next period ")
"""How steps begin, as a program lists them, before whose end nobody waits for anything."""
_ACCOUNTS: WeakKeyDictionary[History, _Accounts] = WeakKeyDictionary()
"""A trace is read once, however often somebody asks."""


def computed(history: History, thread: int, rows: int, now: Time) -> tuple[Time, Time]:
    """How long ``thread`` has been computing after so many rows, and how long in its present job.

    A context switch is not counted.
    """
    accounts = _ACCOUNTS.setdefault(history, _Accounts())
    accounts.extend(history)
    account = accounts.of.get(thread)
    index = bisect_left(account.rows, rows) - 1 if account is not None else -1
    if account is None or index < 0:
        return 0, 0
    since = account.since[index]
    ran = account.ran[index] + (now - since if since >= 0 else 0)
    return ran, ran - account.begun[index]


def to_compute(history: History, state: State, thread: int) -> Time | None:
    """How much computing is ahead of ``thread``, where its program tells; of a job if it has jobs.

    On a machine whose cores differ in speed, or have caches, nobody can tell from the trace.
    """
    whole = history.trace.entities[thread].cpu
    if whole is None or any(state.warm):
        return None
    left = whole - computed(history, thread, state.rows, state.time)[1]
    return left if left >= 0 else None


def is_all_one_burst(policy: InForce, threads: Sequence[Entity]) -> bool:
    """Whether what is ahead of each, up to its end, is what SJF and STCF compare under ``policy``.

    Unless they go by the whole job, they look only as far as the next wait; where a program has
    one is in its steps alone.
    """
    if policy.parameters.get("by") == "job":
        return True
    return all(
        each.listing is not None
        and all(line.lstrip().startswith(_NO_WAITS) for line in each.listing.lines)
        for each in threads
    )


def arrival(history: History, thread: int) -> Time:
    """When ``thread`` first arrives, or arrived."""
    row = history.trace.row(history.rows_of(thread)[0])  # its SPAWN
    return max(row.arg, row.time)


def deadline(history: History, state: State, thread: int) -> Time | None:
    """By when ``thread`` is to be done, with its present job if it has jobs."""
    entity = history.trace.entities[thread]
    if entity.attributes.deadline is None and not entity.attributes.period:
        return None
    return deadline_of(entity, arrival(history, thread), state.job_number.get(thread, 0))


def priority(state: State, entity: Entity) -> int:
    """Its present priority, with what it has gained by waiting."""
    return state.level.get(entity.id, state.attributes(entity.id).priority or 0)


def is_throttled(history: History, state: State, thread: int) -> bool:
    """Whether its budget is spent, and not filled again yet (SCHED_DEADLINE)."""
    if state.why[thread] is not Reason.THROTTLED or state.status[thread] is not Status.RUNNABLE:
        return False
    rows = history.rows_of(thread)
    row = history.trace.row(rows[bisect_left(rows, state.rows) - 1])
    while row.reason is not Reason.THROTTLED or row.core < 0:
        before = history.preceding(rows, row.n)
        if before is None:
            return False
        row = history.trace.row(before)
    return row.arg > state.time


def lends(state: State, threads: Sequence[int]) -> bool:
    """One of them holds a lock for which others wait, who may lend it their standing."""
    return any(lock.holder in threads and lock.waiters for lock in state.resources.values())


def larger_is_worse(state: State) -> int:
    """1 if the policy ``priority`` that is in force serves the smaller first, -1 if the larger."""
    return -1 if state.policy.parameters.get("larger_is_higher") else 1
