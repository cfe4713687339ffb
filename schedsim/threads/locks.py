"""``threading.Lock``, ``RLock`` and ``Condition``.

Each is a generator over locks of the operating system, as in ``Lib/threading.py``: who is free to
barge in, who is woken, and where the GIL is let go follows from that.  An acquire first tries
without letting go of the GIL, and lets go of it only if it has to wait (SEMANTICS.md G6, G7).
"""

from __future__ import annotations

from collections import deque
from typing import Any

from schedsim.durations import Time
from schedsim.threads.base import Failure, Host, Lock, Resource, Worker
from schedsim.trace import Kind
from schedsim.traps import ACQUIRE, RELEASE, Body


def take(me: Worker, lock: Lock, timeout: Time | None = None) -> Body:
    """``lock.acquire(timeout=timeout)``; True if it was taken.  0 does not wait."""
    if timeout is None:
        yield (ACQUIRE, lock)
        return True
    attempt = lock.within(me.host.now + timeout)
    yield (ACQUIRE, attempt)
    return attempt.taken


class PlainLock:
    """``threading.Lock``.

    Args:
        lock: the lock itself, which flat threads take without more ado.
    """

    def __init__(self, lock: Lock) -> None:
        self.lock = lock
        self.number = lock.number

    def acquire(self, me: Worker, timeout: Time | None = None) -> Body:
        """Take it; False if that took too long."""
        return (yield from take(me, self.lock, timeout))

    def release(self, me: Worker) -> Body:  # noqa: ARG002 - as of all that can be released
        """Let go of it."""
        if self.lock.holder is None:
            raise Failure("release unlocked lock")
        yield (RELEASE, self.lock)


class RLock(Resource):
    """``threading.RLock``: whoever has it may take it again.

    Args:
        host: the machine.
        number: its number in the trace, or of what it is a part of.
    """

    def __init__(self, host: Host, number: int, value: int = 0) -> None:  # noqa: ARG002 - as for all
        super().__init__(host, number)
        self.lock = host.lock(number, quiet=True)
        self.owner: Worker | None = None
        self.count = 0

    @property
    def holder(self) -> Worker | None:
        """Who has it; until it is let go for the last time."""
        return self.owner

    def acquire(self, me: Worker, timeout: Time | None = None) -> Body:
        """Take it, once more; False if that took too long."""
        if self.owner is not me:
            if not (yield from take(me, self.lock, timeout)):
                return False
            self._tell(Kind.LOCK, me)
            self.owner = me
        self.count += 1
        return True

    def release(self, me: Worker) -> Body:
        """Let go of it, once."""
        if self.owner is not me:
            raise Failure("cannot release un-acquired lock")
        self.count -= 1
        if not self.count:
            yield from self._let_go(me)

    def release_all(self, me: Worker) -> Body:
        """``_release_save``: let go of it, however often it was taken; how often that was."""
        count, self.count = self.count, 0
        yield from self._let_go(me)
        return count

    def restore(self, me: Worker, count: int) -> Body:
        """``_acquire_restore``."""
        yield from self.acquire(me)
        self.count = count

    def _let_go(self, me: Worker) -> Body:
        self.owner = None
        self._tell(Kind.UNLOCK, me)
        yield (RELEASE, self.lock)

    def _tell(self, kind: Kind, me: Worker) -> None:
        trace, now = self.host.trace, self.host.now
        if kind is Kind.LOCK:
            trace.append(now, kind, subject=me.id, other=self.number)
        else:
            trace.append(now, kind, subject=me.id, arg=self.number)


class Mutex:
    """The plain lock inside something: nobody has it for longer than an instant.

    Args:
        host: the machine.
        number: of what it is a part of.
    """

    def __init__(self, host: Host, number: int) -> None:
        self.lock = host.lock(number, quiet=True)
        self.owner: Worker | None = None

    def acquire(self, me: Worker) -> Body:
        """Take it."""
        yield (ACQUIRE, self.lock)
        self.owner = me

    def release(self, me: Worker) -> Body:  # noqa: ARG002 - as of all that can be released
        """Let go of it."""
        self.owner = None
        yield (RELEASE, self.lock)

    def release_all(self, me: Worker) -> Body:
        """``_release_save``."""
        yield from self.release(me)
        return 1

    def restore(self, me: Worker, count: int) -> Body:  # noqa: ARG002 - it is taken once
        """``_acquire_restore``."""
        yield from self.acquire(me)


class Waiters:
    """The heart of ``threading.Condition``: a lock for each who waits, in order of coming.

    Args:
        host: the machine.
        number: of what they wait for.
        outer: the lock that must be held, and is let go while one waits.
    """

    def __init__(self, host: Host, number: int, outer: RLock | Mutex) -> None:
        self.host = host
        self.number = number
        self.outer = outer
        self.locks: deque[Any] = deque()

    def wait(self, me: Worker, timeout: Time | None = None) -> Body:
        """Wait to be notified; False if that took too long."""
        if self.outer.owner is not me:
            raise Failure("cannot wait on un-acquired lock")
        waiter = self.host.lock(self.number, quiet=True)
        yield (ACQUIRE, waiter)
        self.locks.append(waiter)
        woken = False
        try:
            count = yield from self.outer.release_all(me)
            woken = yield from take(me, waiter, timeout)
            yield from self.outer.restore(me, count)
        finally:
            if not woken and waiter in self.locks:
                self.locks.remove(waiter)
        return woken

    def wait_for(self, me: Worker, what: Any, timeout: Time | None = None) -> Body:
        """``wait_for``: wait until ``what()`` is true; False if that took too long."""
        until = None if timeout is None else self.host.now + timeout
        while not what():
            left = None if until is None else until - self.host.now
            if left is not None and left <= 0:
                break
            yield from self.wait(me, left)
        return what()

    def notify(self, me: Worker, count: int) -> Body:
        """Let ``count`` of them go on, those that came first; each must then take the lock."""
        if self.outer.owner is not me:
            raise Failure("cannot notify on un-acquired lock")
        for _ in range(min(count, len(self.locks))):
            yield (RELEASE, self.locks.popleft())

    def notify_all(self, me: Worker) -> Body:
        """Let all of them go on."""
        yield from self.notify(me, len(self.locks))


class Condition(RLock):
    """``threading.Condition``, with the lock it makes if it is given none."""

    def __init__(self, host: Host, number: int, value: int = 0) -> None:
        super().__init__(host, number, value)
        self.waiters = Waiters(host, number, self)

    def wait(self, me: Worker, timeout: Time | None = None) -> Body:
        """Let go of it and wait to be notified; False if that took too long."""
        return (yield from self.waiters.wait(me, timeout))

    def notify(self, me: Worker, count: int = 1) -> Body:
        """Let ``count`` of those who wait go on; 0: all of them."""
        yield from self.waiters.notify(me, count or len(self.waiters.locks))
