"""What tasks of trio wait for, but channels: fair, first come first served.

After ``_core/_parking_lot.py`` and ``_sync.py`` (SEMANTICS.md T2): what is let go of is handed to
the task that waited longest, so nobody can take it in between.
"""

from __future__ import annotations

from schedsim.loops.base import Loop
from schedsim.loops.resources import Resource
from schedsim.loops.trio.cancel_scopes import Cancelled, CancelScope
from schedsim.loops.trio.tasks import Task, checkpoint, checkpoint_if_cancelled
from schedsim.trace import Reason
from schedsim.traps import GIVE_WAY, Body


class BrokenResourceError(Exception):
    """``trio.BrokenResourceError``: who held it has ended and will never let go."""


class ParkingLot:
    """A fair queue of waiting tasks.

    Args:
        number: of the resource that they wait for.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.parked: dict[Task, None] = {}
        self.broken = False

    def park(self, me: Task) -> Body:
        """Wait until it is one's turn."""
        if self.broken:
            raise BrokenResourceError
        self.parked[me] = None
        me.lot = self

        def abort() -> bool:
            assert me.lot is not None, "who is parked knows where"
            del me.lot.parked[me]
            return True

        yield from me.wait(abort, Reason.LOCK, self.number)

    def unpark(self, count: int, by: int) -> list[Task]:
        """Wake the first ``count``."""
        tasks = list(self.parked)[:count]
        for task in tasks:
            del self.parked[task]
            task.reschedule(Reason.UNLOCKED, by)
        return tasks

    def repark(self, lot: ParkingLot, count: int) -> None:
        """Let the first ``count`` wait in ``lot`` instead."""
        for task in list(self.parked)[:count]:
            del self.parked[task]
            lot.parked[task] = None
            task.lot = lot

    def break_lot(self) -> None:
        """Let all waits fail, now and later."""
        self.broken = True
        for task in self.parked:
            task.reschedule(Reason.UNLOCKED, error=BrokenResourceError())
        self.parked.clear()


class Lock(Resource):
    """``trio.Lock``."""

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:  # noqa: ARG002 - as all
        super().__init__(loop, number)
        self.lot = ParkingLot(number)

    def acquire(self, me: Task) -> Body:
        """Take it, and checkpoint; or wait for it."""
        yield from checkpoint_if_cancelled(me)
        if self.holder is me:
            raise RuntimeError("attempt to re-acquire an already held Lock")
        if self.holder is None:
            self._own(me)
            yield GIVE_WAY
        else:
            yield from self.lot.park(me)

    def release(self, me: Task) -> None:
        """Hand it to the task that waited longest."""
        self._must_own(me, "can't release a Lock you don't own")
        del me.breaks[self.lot]
        self.let_go(me)
        for task in self.lot.unpark(1, me.id):
            self._own(task)

    def _own(self, task: Task) -> None:
        self.taken(task)
        task.breaks[self.lot] = None

    def _must_own(self, me: Task, otherwise: str) -> None:
        if self.holder is not me:
            raise RuntimeError(otherwise)


class Condition(Lock):
    """``trio.Condition``, with a lock of its own."""

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:
        super().__init__(loop, number, value)
        self.waiting = ParkingLot(number)

    def wait(self, me: Task) -> Body:
        """Let go of the lock, wait to be notified, and have the lock again."""
        self._must_own(me, "must hold the lock to wait")
        self.release(me)
        try:
            yield from self.waiting.park(me)
        except (Exception, Cancelled):
            with CancelScope(me, shield=True):
                yield from self.acquire(me)
            raise

    def notify(self, me: Task, count: int) -> None:
        """Let the first ``count`` (0: all) wait for the lock."""
        self._must_own(me, "must hold the lock to notify")
        self.waiting.repark(self.lot, count or len(self.waiting.parked))


class Semaphore(Resource):
    """``trio.Semaphore``."""

    def __init__(self, loop: Loop, number: int, value: int = 1) -> None:
        super().__init__(loop, number, value)
        self.lot = ParkingLot(number)

    def acquire(self, me: Task) -> Body:
        """Take one, and checkpoint; or wait for one."""
        yield from checkpoint_if_cancelled(me)
        if self.value:
            self.change(me.id, self.value - 1)
            yield GIVE_WAY
        else:
            yield from self.lot.park(me)

    def release(self, me: Task) -> None:
        """Hand it to the task that waited longest."""
        if not self.lot.unpark(1, me.id):
            self.change(me.id, self.value + 1)


class CapacityLimiter(Resource):
    """``trio.CapacityLimiter``: its value is how many tokens are left."""

    def __init__(self, loop: Loop, number: int, value: int = 1) -> None:
        super().__init__(loop, number, value)
        self.lot = ParkingLot(number)
        self.borrowers: dict[Task, None] = {}

    def acquire(self, me: Task) -> Body:
        """Borrow a token, and checkpoint; or wait for one."""
        yield from checkpoint_if_cancelled(me)
        if me in self.borrowers:
            raise RuntimeError(
                "this borrower is already holding one of this CapacityLimiter's tokens"
            )
        if self.value and not self.lot.parked:
            self.borrowers[me] = None
            self.change(me.id, self.value - 1)
            yield GIVE_WAY
        else:
            yield from self.lot.park(me)

    def release(self, me: Task) -> None:
        """Give the token back; who waited longest has it."""
        if me not in self.borrowers:
            raise RuntimeError("this borrower isn't holding any of this CapacityLimiter's tokens")
        del self.borrowers[me]
        woken = self.lot.unpark(1, me.id)
        for task in woken:
            self.borrowers[task] = None
        if not woken:
            self.change(me.id, self.value + 1)


class Event(Resource):
    """``trio.Event``.

    trio wakes those who wait in the order of a set, which is nobody's; we as they came.
    """

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:
        super().__init__(loop, number, value)
        self.lot = ParkingLot(number)

    def wait(self, me: Task) -> Body:
        """Wait until it is set; if it is, checkpoint."""
        if self.value:
            yield from checkpoint(me)
        else:
            yield from self.lot.park(me)

    def set(self, me: Task) -> None:
        """Wake all who wait."""
        if not self.value:
            self.change(me.id, 1)
            self.lot.unpark(len(self.lot.parked), me.id)

    def clear(self, me: Task) -> None:
        """Put a new event in its place: trio's cannot be cleared.  Nobody waits for the old one."""
        self.change(me.id, 0)


class Barrier(Resource):
    """A barrier; trio has none, so this is one made of events, each used for one round.

    Args:
        loop: whose tasks meet here.
        number: its number in the trace.
        value: how many have to come; its value in the trace is how many have.
    """

    def __init__(self, loop: Loop, number: int, value: int = 2) -> None:
        super().__init__(loop, number)
        self.parties = value
        self.lot = ParkingLot(number)

    def wait(self, me: Task) -> Body:
        """Wait for the others; the last wakes all, and checkpoints."""
        if self.value + 1 >= self.parties:
            self.change(me.id, 0)
            self.lot.unpark(len(self.lot.parked), me.id)
            yield from checkpoint(me)
            return
        self.change(me.id, self.value + 1)
        try:
            yield from self.lot.park(me)
        except Cancelled:  # it does not come after all
            self.change(me.id, self.value - 1)
            raise
