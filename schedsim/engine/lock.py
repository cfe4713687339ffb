"""A lock between threads, as the operating system has it (a futex).

Whoever finds it free takes it.  Letting go wakes the waiter that came first, which must then take
it itself: somebody else may have been quicker.  With priority inheritance its holder has the
standing of the best who waits for it, and of those who wait for them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from schedsim.durations import Time
from schedsim.trace import Kind, Trace
from schedsim.traps import ACQUIRE

if TYPE_CHECKING:
    from schedsim.engine.records import Core, Thread
    from schedsim.policies.base import Policy


class Machine(Protocol):
    """The engine, as far as a lock needs it."""

    now: Time
    trace: Trace
    contested: bool

    def make_runnable(self, thread: Thread) -> None:
        """Let ``thread`` have a core, or a place in the run queue."""

    def runners(self, queue: Policy[Thread]) -> list[Core]:
        """Bring the accounts of those who run up to now."""


class Lock:
    """Held by one thread at a time.

    Args:
        number: its number in the trace.
        inheritance: its holder has the standing of the best who waits for it.
    """

    __slots__ = ("holder", "inheritance", "number", "waiters")

    def __init__(self, number: int, *, inheritance: bool = False) -> None:
        self.number = number
        self.inheritance = inheritance
        self.holder: Thread | None = None
        self.waiters: deque[Thread] = deque()

    def take(self, machine: Machine, thread: Thread) -> bool:
        """Let ``thread`` take it; False if it is held, and ``thread`` waits from now on."""
        if self.holder is None:
            self.holder = thread
            machine.trace.append(machine.now, Kind.LOCK, subject=thread.id, other=self.number)
            if self.inheritance and self.waiters:
                thread.lenders = [*thread.lenders, *self.waiters]
                _standing_changed(machine, thread)
            return True
        self.waiters.append(thread)
        thread.wants = self
        body = thread.resume

        def again() -> tuple[int, Lock]:
            thread.resume = body
            return (ACQUIRE, self)

        thread.resume = again
        if self.inheritance:
            self.holder.lenders = [*self.holder.lenders, thread]
            _standing_changed(machine, self.holder)
        return False

    def let_go(self, machine: Machine, thread: Thread) -> None:
        """Let go of it, and wake the waiter that came first."""
        if self.holder is not thread:
            return  # nothing to let go of: the reader of scenarios refuses what it can see
        self.holder = None
        if self.inheritance and self.waiters:
            thread.lenders = [other for other in thread.lenders if other.wants is not self]
            _standing_changed(machine, thread)
        waiter = self.waiters.popleft() if self.waiters else None
        other = waiter.id if waiter else 0
        machine.trace.append(
            machine.now, Kind.UNLOCK, subject=thread.id, other=other, arg=self.number
        )
        if waiter is not None:
            waiter.wants = None
            machine.make_runnable(waiter)


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
