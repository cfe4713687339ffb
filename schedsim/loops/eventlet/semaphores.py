"""eventlet's semaphores and locks (``semaphore.py``, ``lock.py``): fair (SEMANTICS.md E2, B8 e5).

Letting go starts a timer, which resumes whoever waited longest.  Until then nobody else can take
it: those who come while others wait go behind them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from schedsim.loops.greenlets import Greenlet, Hub, Switch
from schedsim.loops.resources import Resource
from schedsim.trace import NEVER, Reason
from schedsim.traps import Body


class Counter:
    """A semaphore, as far as it counts.

    Args:
        hub: who resumes those that wait.
        left: how many may still have it.
        number: of the resource that the trace knows it as; ``NEVER`` if it is part of another.
    """

    def __init__(self, hub: Hub, left: int = 1, number: int = NEVER) -> None:
        self.hub = hub
        self.left = left
        self.number = number
        self.waiters: deque[Greenlet] = deque()

    def acquire(self, me: Greenlet) -> Body:
        """Take one, or wait for it."""
        if self.left <= 0 or self.waiters:
            self.waiters.append(me)
            try:
                waiting = True
                while waiting:
                    yield from self._wait(me)
                    waiting = self.left <= 0
            finally:
                if me in self.waiters:
                    self.waiters.remove(me)
        self.left -= 1
        self.taken_by(me)

    def release(self, me: Greenlet) -> None:
        """Give one back, and go on."""
        self.left += 1
        self.given_back_by(me)
        if self.waiters:
            self.hub.call_in_hub(lambda: self._resume(me.id))

    def taken_by(self, me: Greenlet) -> None:
        """For those that the trace tells about."""

    def given_back_by(self, me: Greenlet) -> None:
        """For those that the trace tells about."""

    def _wait(self, me: Greenlet) -> Body:
        reason = Reason.AWAIT if self.number == NEVER else Reason.LOCK
        yield from me.park(reason, self.number)

    def _resume(self, by: int) -> Iterator[Switch]:
        """``_do_acquire``."""
        if self.waiters and self.left > 0:
            yield Switch(self.waiters.popleft(), Reason.UNLOCKED, by)


class Semaphore(Counter):
    """``eventlet.semaphore.Semaphore``."""

    def __init__(self, hub: Hub, number: int, value: int = 1) -> None:
        super().__init__(hub, value, number)
        self.told = Resource(hub, number, value)

    def taken_by(self, me: Greenlet) -> None:
        """Tell how many are left."""
        self.told.change(me.id, self.left)

    def given_back_by(self, me: Greenlet) -> None:
        """Tell how many are left."""
        self.told.change(me.id, self.left)


class Lock(Counter):
    """``eventlet.lock.Lock``: has no holder, but the trace tells who took it."""

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:  # noqa: ARG002 - as for all
        super().__init__(hub, 1, number)
        self.told = Resource(hub, number)

    def release(self, me: Greenlet) -> None:
        """Give it back, and go on."""
        if self.left > 0:
            raise RuntimeError("release unlocked lock")
        super().release(me)

    def taken_by(self, me: Greenlet) -> None:
        """It has it."""
        self.told.taken(me)

    def given_back_by(self, me: Greenlet) -> None:
        """It has it no longer."""
        self.told.let_go(me)
