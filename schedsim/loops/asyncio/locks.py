"""Lock, event, condition, semaphore and barrier of asyncio, after ``Lib/asyncio/locks.py``.

All who wait do so in line (SEMANTICS.md A12).  Where versions differ it is as 3.11.7, 3.12.1 and
3.13.0 have it.  Queues are in a module of their own.
"""

from __future__ import annotations

from collections import deque
from enum import Enum

from schedsim.loops.asyncio.errors import Cancelled
from schedsim.loops.asyncio.futures import Future, Task
from schedsim.loops.base import Loop
from schedsim.loops.resources import Resource
from schedsim.trace import Reason
from schedsim.traps import Body, Stop


class Waited(Resource):
    """Something that tasks wait for in line."""

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:
        super().__init__(loop, number, value)
        self.waiters: deque[Future] = deque()

    def line_up(self, me: Task) -> Body:
        """Wait at the end of the line, until somebody says so."""
        yield from self.in_line(me, Future(self.loop))

    def in_line(self, me: Task, future: Future) -> Body:
        """The same with a ``future`` that the caller wants to see."""
        self.waiters.append(future)
        try:
            yield from future.wait(me, Reason.LOCK, self.number)
        finally:
            self.waiters.remove(future)


class Lock(Waited):
    """``asyncio.Lock``: nobody who comes later can take it from those in line."""

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:  # noqa: ARG002 - as for all
        super().__init__(loop, number)
        self.locked = False

    def acquire(self, me: Task) -> Body:
        """Take it, or wait for it."""
        if self.locked or not all(waiter.cancelled for waiter in self.waiters):
            try:
                yield from self.line_up(me)
            except Cancelled:
                if not self.locked:
                    self._wake_first(me)
                raise
        self.locked = True
        self.taken(me)

    def release(self, me: Task) -> None:
        """Let go of it, whoever holds it."""
        if not self.locked:
            raise RuntimeError("Lock is not acquired.")
        self.locked = False
        self.let_go(me)
        self._wake_first(me)

    def _wake_first(self, me: Task) -> None:
        """Only the first: if it is to go on already, it will do what is to be done."""
        if self.waiters and not self.waiters[0].over:
            self.waiters[0].set_result(by=me.id)


class Event(Waited):
    """``asyncio.Event``; its value is 1 while it is set."""

    def set(self, by: int = 0) -> None:
        """Let everybody go on who waits for it."""
        if not self.value:
            self.change(by, 1)
            for future in self.waiters:
                if not future.over:
                    future.set_result(by=by)

    def clear(self, by: int = 0) -> None:
        """Let everybody wait from now on."""
        self.change(by, 0)

    def wait(self, me: Task) -> Body:
        """Wait until it is set; whoever was told so goes on, even if it is cleared at once."""
        if not self.value:
            yield from self.line_up(me)


class Condition(Lock):
    """``asyncio.Condition``, with the lock that belongs to it."""

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:  # noqa: ARG002 - as for all
        super().__init__(loop, number)
        self.sleepers: deque[Future] = deque()
        """Who waits to be notified; the waiters are those who want the lock."""

    def wait(self, me: Task) -> Body:
        """Let go of the lock, wait to be notified, take the lock again."""
        if not self.locked:
            raise RuntimeError("cannot wait on un-acquired lock")
        future = Future(self.loop)
        self.release(me)
        self.sleepers.append(future)
        error: BaseException | None = None
        try:
            yield from future.wait(me, Reason.LOCK, self.number)
        except GeneratorExit:
            raise
        except (Exception, Stop) as problem:  # noqa: BLE001 - raised again below
            error = problem
        self.sleepers.remove(future)
        while True:  # also if it was cancelled
            try:
                yield from self.acquire(me)
                break
            except Cancelled as problem:
                error = problem
        if error is not None:
            if self.loop.version >= (3, 13):  # it may have been notified in vain
                self.rouse(1, me)
            raise error

    def notify(self, me: Task, count: int) -> None:
        """Let ``count`` of those who wait want the lock again; all if 0."""
        if not self.locked:
            raise RuntimeError("cannot notify on un-acquired lock")
        self.rouse(count or len(self.sleepers), me)

    def rouse(self, count: int, me: Task) -> None:
        """The same without the lock."""
        for future in self.sleepers:
            if count <= 0:
                break
            if not future.over:
                count -= 1
                future.set_result(by=me.id)


class Semaphore(Waited):
    """``asyncio.Semaphore``; its value is how many may still pass."""

    @property
    def locked(self) -> bool:
        """Nobody can pass at once: those in line come first."""
        return self.value == 0 or any(not waiter.cancelled for waiter in self.waiters)

    def acquire(self, me: Task) -> Body:
        """Pass, or wait for that."""
        if not self.locked:
            self.change(me.id, self.value - 1)
            return
        future = Future(self.loop)
        late = self.loop.version >= (3, 13)
        try:
            yield from self.in_line(me, future)
        except Cancelled:
            if not future.cancelled:  # it could have passed: somebody else may
                self.change(me.id, self.value + 1)
                if not late:
                    self._wake_next(me)
            if late:
                self._wake_all(me)
            raise
        if late:
            self._wake_all(me)
        elif self.value > 0:
            self._wake_next(me)

    def release(self, me: Task) -> None:
        """Let one more pass."""
        self.change(me.id, self.value + 1)
        self._wake_next(me)

    def _wake_all(self, me: Task) -> None:
        while self.value > 0 and self._wake_next(me):
            pass

    def _wake_next(self, me: Task) -> bool:
        """Count the next one in line as passed, so that nobody comes before it."""
        for future in self.waiters:
            if not future.over:
                self.change(me.id, self.value - 1)
                future.set_result(by=me.id)
                return True
        return False


class BoundedSemaphore(Semaphore):
    """``asyncio.BoundedSemaphore``: never more than at first."""

    def __init__(self, loop: Loop, number: int, value: int = 1) -> None:
        super().__init__(loop, number, value)
        self.bound = value

    def release(self, me: Task) -> None:
        """Let one more pass."""
        if self.value >= self.bound:
            raise ValueError("BoundedSemaphore released too many times")
        super().release(me)


class Filling(Enum):
    """How far a barrier is."""

    FILLING = 1
    DRAINING = 2


class Barrier(Condition):
    """``asyncio.Barrier``: a condition with a count.  Its value is how many are inside.

    Args:
        loop: whose tasks meet here.
        number: its number in the trace.
        value: how many have to come.
    """

    def __init__(self, loop: Loop, number: int, value: int = 2) -> None:
        super().__init__(loop, number)
        self.parties = value
        self.state = Filling.FILLING

    def wait(self, me: Task) -> Body:
        """Wait until enough have come.

        Returns:
            Which of them it was.
        """
        yield from self.acquire(me)
        try:
            while self.state is Filling.DRAINING:  # `_block`
                yield from super().wait(me)
            index = yield from self._among(me)
        except (Exception, Stop):
            self.release(me)
            raise
        self.release(me)
        return index

    def _among(self, me: Task) -> Body:
        index = self.value
        self.change(me.id, index + 1)
        try:
            if index + 1 == self.parties:
                self.state = Filling.DRAINING
                self.notify(me, 0)
            while self.state is Filling.FILLING:
                yield from super().wait(me)
        except (Exception, Stop):
            self._exit(me)
            raise
        self._exit(me)
        return index

    def _exit(self, me: Task) -> None:
        self.change(me.id, self.value - 1)
        if self.value == 0:
            self.state = Filling.FILLING
            self.notify(me, 0)

    def taken(self, task: Task) -> None:  # type: ignore[override]
        """The lock is an affair of the barrier's own: nothing to tell."""

    def let_go(self, task: Task) -> None:  # type: ignore[override]
        """As for :meth:`taken`."""
