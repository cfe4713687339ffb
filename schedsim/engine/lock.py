"""A lock between threads, as the operating system has it (a futex).

Whoever finds it free takes it.  Letting go wakes the waiter that came first, which must then take
it itself, as soon as it has a core and before it asks for its GIL (``PyThread_acquire_lock_timed``
waits without it): somebody else may have been quicker.  With priority inheritance its holder has
the standing of the best who waits for it, and of those who wait for them.

Everything that Python's threads wait for is made of such locks (``Lib/threading.py``,
``Lib/queue.py``): those inside a condition or a queue are *quiet*, and carry the number of what
they stand for.  What is made of them is in :mod:`schedsim.threads`.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from schedsim.durations import Time
from schedsim.trace import NEVER, Kind, Reason, Trace
from schedsim.traps import ACQUIRE

if TYPE_CHECKING:
    from schedsim.engine.records import Core, Thread
    from schedsim.policies.base import Policy


class Machine(Protocol):
    """The engine, as far as a lock needs it."""

    now: Time
    trace: Trace
    contested: bool

    @property
    def queued(self) -> dict[Thread, int]:
        """Those who wait for a lock, in the order in which they began, and its number."""

    def make_runnable(self, thread: Thread) -> None:
        """Let ``thread`` have a core, or a place in the run queue."""

    def runners(self, queue: Policy[Thread]) -> list[Core]:
        """Bring the accounts of those who run up to now."""

    def wake_at(self, time: Time, thread: Thread) -> None:
        """Let ``thread`` wait no longer than until ``time``."""


class Obtainable(Protocol):
    """What a thread can ask for and may have to wait for: the argument of ``ACQUIRE``."""

    @property
    def number(self) -> int:
        """That of it in the trace; ``NEVER`` if it has none."""

    @property
    def reason(self) -> Reason:
        """What is said of those who wait for it."""

    def take(self, machine: Machine, thread: Thread) -> bool:
        """Let ``thread`` go on; False: it waits from now on."""


class Lock:
    """Held by one thread at a time.

    Args:
        number: that of the lock in the trace, or of what it is a part of; ``NEVER`` if that has
            no name.
        inheritance: its holder has the standing of the best who waits for it.
        quiet: the trace does not tell who holds it, and anybody may let go of it.
    """

    __slots__ = ("holder", "inheritance", "number", "quiet", "reason", "waiters")

    value = 0
    """Of a resource in the trace: a lock has none."""

    def __init__(self, number: int, *, inheritance: bool = False, quiet: bool = False) -> None:
        self.number = number
        self.inheritance = inheritance
        self.quiet = quiet
        self.reason = Reason.AWAIT if number == NEVER else Reason.LOCK
        """What is said of those who wait for it."""
        self.holder: Thread | None = None
        self.waiters: deque[Thread] = deque()

    def within(self, until: Time) -> Attempt:
        """The argument of an ``ACQUIRE`` that waits until then at most."""
        return Attempt(self, until)

    def take(self, machine: Machine, thread: Thread) -> bool:
        """Let ``thread`` take it; False if it is held, and ``thread`` waits from now on."""
        if self.seize(machine, thread):
            return True
        self.wait(machine, thread, self)
        return False

    def seize(self, machine: Machine, thread: Thread) -> bool:
        """Let ``thread`` take it if it is free."""
        if self.holder is not None:
            return False
        self.holder = thread
        if not self.quiet:
            machine.trace.append(machine.now, Kind.LOCK, subject=thread.id, other=self.number)
        if self.inheritance and self.waiters:
            thread.lenders = [*thread.lenders, *self.waiters]
            _standing_changed(machine, thread)
        return True

    def wait(self, machine: Machine, thread: Thread, retry: Lock | Attempt) -> None:
        """Let ``thread`` wait, and ``retry`` once it is woken."""
        assert self.holder is not None, "nobody waits for a lock that is free"
        self.waiters.append(thread)
        thread.wants = self
        if self.number != NEVER:
            machine.queued[thread] = self.number
        if thread.gil is None:
            without_gil(thread, retry)
        else:
            thread.retry = retry
        if self.inheritance:
            self.holder.lenders = [*self.holder.lenders, thread]
            _standing_changed(machine, self.holder)

    def give_up(self, machine: Machine, thread: Thread) -> None:
        """``thread`` has waited as long as it was willing to."""
        self.waiters.remove(thread)
        machine.queued.pop(thread, None)
        thread.wants = thread.retry = None
        thread.resume = thread.program.resume
        if self.inheritance and self.holder is not None:
            self.holder.lenders = [each for each in self.holder.lenders if each is not thread]
            _standing_changed(machine, self.holder)

    def let_go(self, machine: Machine, thread: Thread) -> None:
        """Let go of it, and wake the waiter that came first."""
        if self.holder is not thread and not self.quiet:
            return  # nothing to let go of: the reader of scenarios refuses what it can see
        self.holder = None
        if self.inheritance and self.waiters:
            thread.lenders = [other for other in thread.lenders if other.wants is not self]
            _standing_changed(machine, thread)
        waiter = self.waiters.popleft() if self.waiters else None
        if not self.quiet:
            other = waiter.id if waiter else 0
            machine.trace.append(
                machine.now, Kind.UNLOCK, subject=thread.id, other=other, arg=self.number
            )
        elif waiter is not None:
            self._tell(machine, waiter, thread.id)
        if waiter is not None:
            self._wake(machine, waiter)

    def pass_on(self, machine: Machine, by: int) -> None:
        """Let go of a quiet one though no thread does so now, because of what entity ``by`` did."""
        self.holder = None
        if self.waiters:
            waiter = self.waiters.popleft()
            self._tell(machine, waiter, by)
            self._wake(machine, waiter)

    def _tell(self, machine: Machine, waiter: Thread, by: int) -> None:
        machine.trace.append(machine.now, Kind.WAKE, Reason.UNLOCKED, subject=waiter.id, other=by)

    def _wake(self, machine: Machine, waiter: Thread) -> None:
        machine.queued.pop(waiter, None)
        waiter.wants = None
        waiter.due = NEVER
        machine.make_runnable(waiter)


class Attempt:
    """To take a lock, waiting no longer than until a moment; not at all if that is past."""

    __slots__ = ("lock", "taken", "until")

    def __init__(self, lock: Lock, until: Time) -> None:
        self.lock = lock
        self.until = until
        self.taken = False
        """What came of it."""

    @property
    def number(self) -> int:
        """Of what it waits for."""
        return self.lock.number

    @property
    def reason(self) -> Reason:
        """What is said of the wait."""
        return self.lock.reason

    def take(self, machine: Machine, thread: Thread) -> bool:
        """Let ``thread`` go on, with the lock or without; False: it waits from now on."""
        self.taken = self.lock.seize(machine, thread)
        if self.taken or self.until <= machine.now:
            return True
        self.lock.wait(machine, thread, self)
        machine.wake_at(self.until, thread)
        return False


def retake(machine: Machine, thread: Thread) -> bool:
    """Let a woken thread take what it waited for; False if somebody else was quicker."""
    retry = thread.retry
    assert retry is not None, "it was blocked"
    thread.retry = None
    return retry.take(machine, thread)


def without_gil(thread: Thread, retry: Lock | Attempt) -> None:
    """Let a thread that needs no GIL try again as the first thing it does once it is woken."""
    thread.resume = lambda: _again(thread, retry)


def _again(thread: Thread, retry: Lock | Attempt) -> tuple[int, Lock | Attempt]:
    """The first trap of a woken thread that has no GIL to ask for."""
    thread.resume = thread.program.resume
    return (ACQUIRE, retry)


def _standing_changed(machine: Machine, thread: Thread) -> None:
    """Others lend ``thread`` their standing, or no longer; it lends on to whom it waits for."""
    seen: set[Thread] = set()
    holder: Thread | None = thread
    while holder is not None and holder not in seen:
        seen.add(holder)
        if holder.queue is not None:
            machine.runners(holder.queue)
            holder.queue.changed(holder)
        lock = holder.wants
        holder = lock.holder if lock is not None and lock.inheritance else None
    machine.contested = True
