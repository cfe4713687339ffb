"""``threading.Semaphore``, ``Event`` and ``Barrier``: conditions with a plain lock inside."""

from __future__ import annotations

from typing import Final

from schedsim.durations import Time
from schedsim.threads.base import Failure, Host, Resource, Worker
from schedsim.threads.locks import Mutex, Waiters
from schedsim.traps import Body


class Guarded(Resource):
    """Something that is looked at and changed with its ``Condition(Lock())`` held."""

    def __init__(self, host: Host, number: int, value: int = 0) -> None:
        super().__init__(host, number, value)
        self.mutex = Mutex(host, number)
        self.changed = Waiters(host, number, self.mutex)


class Semaphore(Guarded):
    """``threading.Semaphore``: its value is how many may still come in."""

    def acquire(self, me: Worker, timeout: Time | None = None) -> Body:
        """Come in; False if that took too long.  Whoever comes may be quicker than who waits."""
        yield from self.mutex.acquire(me)
        entered = yield from self.changed.wait_for(me, lambda: self.value > 0, timeout)
        if entered:
            self.change(me.id, self.value - 1)
        yield from self.mutex.release(me)
        return entered

    def release(self, me: Worker) -> Body:
        """Let one more come in."""
        yield from self.mutex.acquire(me)
        self.change(me.id, self.value + 1)
        yield from self.changed.notify(me, 1)
        yield from self.mutex.release(me)


class Event(Guarded):
    """``threading.Event``: its value is 1 once it is set."""

    def set(self, me: Worker) -> Body:
        """Let all who wait go on, and who comes later not wait."""
        yield from self.mutex.acquire(me)
        self.change(me.id, 1)
        yield from self.changed.notify_all(me)
        yield from self.mutex.release(me)

    def clear(self, me: Worker) -> Body:
        """Let those who come from now on wait."""
        yield from self.mutex.acquire(me)
        self.change(me.id, 0)
        yield from self.mutex.release(me)

    def wait(self, me: Worker, timeout: Time | None = None) -> Body:
        """Wait until it is set; False if that took too long.  It may be cleared again by then."""
        yield from self.mutex.acquire(me)
        was_set = bool(self.value) or (yield from self.changed.wait(me, timeout))
        yield from self.mutex.release(me)
        return was_set


FILLING: Final = 0
DRAINING: Final = 1
"""Those who met leave one by one, and whoever comes meanwhile waits for that."""
BROKEN: Final = -2


class Broken(Failure):
    """``threading.BrokenBarrierError``."""


class Barrier(Guarded):
    """``threading.Barrier``: its value is how many are at it.

    Args:
        host: the machine.
        number: its number in the trace.
        parties: how many it waits for.
    """

    def __init__(self, host: Host, number: int, parties: int) -> None:
        super().__init__(host, number)
        self.parties = parties
        self.phase = FILLING

    def wait(self, me: Worker, timeout: Time | None = None) -> Body:
        """Wait for the others; the number of those that were there before."""
        yield from self.mutex.acquire(me)
        while self.phase == DRAINING:
            yield from self.changed.wait(me)
        index = self.value
        if self.phase != BROKEN:
            self.change(me.id, index + 1)
            yield from self._meet(me, index, timeout)
            self.change(me.id, self.value - 1)
            if not self.value and self.phase == DRAINING:
                self.phase = FILLING
                yield from self.changed.notify_all(me)
        yield from self.mutex.release(me)
        if self.phase == BROKEN:
            raise Broken
        return index

    def _meet(self, me: Worker, index: int, timeout: Time | None) -> Body:
        if index + 1 == self.parties:
            self.phase = DRAINING
            yield from self.changed.notify_all(me)
        elif not (yield from self.changed.wait_for(me, lambda: self.phase != FILLING, timeout)):
            self.phase = BROKEN
            yield from self.changed.notify_all(me)
