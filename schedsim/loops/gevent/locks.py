"""gevent's locks: ``Semaphore``, ``BoundedSemaphore`` and ``RLock`` (``gevent/lock.py``).

Letting go makes a callback that tells whoever waits; until then anybody may take it again: barging
(SEMANTICS.md V3, B8 g5).
"""

from __future__ import annotations

from schedsim.loops.gevent.links import Linkable
from schedsim.loops.greenlets import Greenlet, Hub
from schedsim.loops.resources import Resource
from schedsim.trace import NEVER
from schedsim.traps import Body


class ReleasedTooOften(ValueError):
    """A bounded semaphore was released more often than it was acquired."""


class Counter(Linkable):
    """A semaphore, as far as it counts.

    Args:
        hub: who tells those that wait.
        left: how many may still have it.
        number: see :class:`Linkable`.
        bounded: it never has more left than at first.
    """

    notifies_all = False

    def __init__(
        self, hub: Hub, left: int = 1, number: int = NEVER, *, bounded: bool = False
    ) -> None:
        super().__init__(hub, number)
        self.left = left
        self.most = left if bounded else None

    def ready(self) -> bool:
        """Somebody may have it."""
        return self.left > 0

    def acquire(self, me: Greenlet) -> Body:
        """Take one, or wait for it."""
        if self.left == 0:
            yield from self.wait(me)
        self.left -= 1
        self.taken_by(me)

    def release(self, me: Greenlet) -> None:
        """Give one back, and go on."""
        if self.left == self.most:
            raise ReleasedTooOften("Semaphore released too many times")
        self.left += 1
        self.by = me.id
        self.given_back_by(me)
        self.check_and_notify()

    def taken_by(self, me: Greenlet) -> None:
        """For those that the trace tells about."""

    def given_back_by(self, me: Greenlet) -> None:
        """For those that the trace tells about."""


class Semaphore(Counter):
    """``gevent.lock.Semaphore``."""

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
    """``gevent.lock.BoundedSemaphore(1)``: has no holder, but the trace tells who took it."""

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:  # noqa: ARG002 - as for all
        super().__init__(hub, 1, number, bounded=True)
        self.told = Resource(hub, number)

    def taken_by(self, me: Greenlet) -> None:
        """It has it."""
        self.told.taken(me)

    def given_back_by(self, me: Greenlet) -> None:
        """It has it no longer."""
        self.told.let_go(me)


class RLock:
    """``gevent.lock.RLock``: its owner may take it again."""

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:  # noqa: ARG002 - as for all
        self.block = Lock(hub, number)
        self.owner: Greenlet | None = None
        self.count = 0

    def acquire(self, me: Greenlet) -> Body:
        """Take it once more, or wait for it."""
        if self.owner is not me:
            yield from self.block.acquire(me)
            self.owner = me
        self.count += 1

    def release(self, me: Greenlet) -> None:
        """Let go of it, once."""
        if self.owner is not me:
            raise RuntimeError("cannot release un-acquired lock")
        self.count -= 1
        if not self.count:
            self.owner = None
            self.block.release(me)
