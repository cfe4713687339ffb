"""Conditions and barriers over the locks of a flavour: what monkey patching makes of ``threading``.

gevent and eventlet have none of their own; a patched program has those of the standard library,
``Lib/threading.py``, whose locks are then cooperative.  The locks are the flavour's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from schedsim.loops.live_tasks import LiveTask
from schedsim.traps import Body

T_contra = TypeVar("T_contra", bound=LiveTask, contravariant=True)
T = TypeVar("T", bound=LiveTask)


class Lock(Protocol[T_contra]):
    """A lock of a flavour."""

    def acquire(self, me: T_contra) -> Body:
        """Take it, or wait for it."""

    def release(self, me: T_contra) -> None:
        """Let go of it."""


class Condition(Generic[T]):
    """``threading.Condition``.

    Args:
        lock: what is held while the condition is looked at.
        new_lock: makes a lock that somebody waits for.
    """

    def __init__(self, lock: Lock[T], new_lock: Callable[[], Lock[T]]) -> None:
        self.lock = lock
        self.new_lock = new_lock
        self.waiters: list[Lock[T]] = []

    def acquire(self, me: T) -> Body:
        """Take its lock."""
        return (yield from self.lock.acquire(me))

    def release(self, me: T) -> None:
        """Let go of its lock."""
        self.lock.release(me)

    def wait(self, me: T) -> Body:
        """Let go of the lock, wait to be notified, take the lock again."""
        waiter = self.new_lock()
        yield from waiter.acquire(me)
        self.waiters.append(waiter)
        self.release(me)
        error: BaseException | None = None
        try:
            yield from waiter.acquire(me)
        except GeneratorExit:  # the run is thrown away: nobody is there to give it the lock
            raise
        except BaseException as problem:  # noqa: BLE001 - raised again below
            error = problem
        yield from self.lock.acquire(me)
        if error is not None:
            if waiter in self.waiters:
                self.waiters.remove(waiter)
            raise error

    def notify(self, me: T, most: int = 1) -> None:
        """Let the ``most`` that waited longest go on; 0: all."""
        chosen = self.waiters[: most or None]
        del self.waiters[: len(chosen)]
        for waiter in chosen:
            waiter.release(me)


class BrokenBarrier(RuntimeError):
    """``threading.BrokenBarrierError``: somebody who had come did not wait until the end."""


class Barrier(Generic[T]):
    """``threading.Barrier``: nobody passes before ``parties`` have come."""

    def __init__(self, condition: Condition[T], parties: int) -> None:
        self.condition = condition
        self.parties = parties
        self.here = 0
        self.leaving = False
        """All have come, and not all have gone on."""
        self.broken = False

    def wait(self, me: T) -> Body:
        """Wait for the others; how many had come before."""
        condition = self.condition
        yield from condition.acquire(me)
        try:
            while self.leaving:
                yield from condition.wait(me)
            if self.broken:
                raise BrokenBarrier
            index = self.here
            self.here += 1
            try:
                if self.here == self.parties:
                    self.leaving = True
                    condition.notify(me, 0)
                else:
                    yield from self._wait(me)
            finally:
                self.here -= 1
                if not self.here and self.leaving:
                    self.leaving = False
                    condition.notify(me, 0)
        except GeneratorExit:  # the run is thrown away, perhaps while it has not the lock
            raise
        except BaseException:
            condition.release(me)
            raise
        condition.release(me)
        return index

    def _wait(self, me: T) -> Body:
        try:
            while not (self.leaving or self.broken):
                yield from self.condition.wait(me)
        except GeneratorExit:
            raise
        except BaseException:
            self.broken = True
            self.condition.notify(me, 0)
            raise
        if self.broken:
            raise BrokenBarrier
