"""``asyncio.sleep``: a coroutine that makes a future and a timer, which are one record here.

After ``Lib/asyncio/tasks.py``, ``sleep`` (SEMANTICS.md A4).  Nothing else is awaited as often, and
by as many tasks at a time, so it has no frame, no future and no callback of its own.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from schedsim.durations import Time
from schedsim.loops.asyncio.errors import Cancelled
from schedsim.loops.asyncio.futures import Status, Task
from schedsim.loops.base import CALLBACK
from schedsim.trace import Reason
from schedsim.traps import GIVE_WAY, PARK, Body, Trap

_PENDING: Final = Status.PENDING


class Nap(list[Time], Generator[Trap, None, None]):
    """``asyncio.sleep`` of some time, as a body.

    It is its own timer, a list of one, the moment (:class:`schedsim.loops.base.Timer`); the timer's
    callback; and the future that this callback sets, and that is cancelled with its task.

    Args:
        me: who sleeps.
        duration: how long.
        reason: what the trace is to say of the wait.
    """

    __slots__ = ("me", "stage", "waits")
    entry: Final = CALLBACK

    def __init__(self, me: Task, duration: Time, reason: Reason) -> None:
        super().__init__((duration,))
        self.me = me
        self.stage: Reason | Status | None = reason
        """Before it begins, the reason; then the status of the future; None when it is over."""
        self.waits = False
        """It is in the heap still."""

    # -- a coroutine ---------------------------------------------------------------------------

    def __iter__(self) -> Nap:  # type: ignore[override]  # a body first, a list for `heapq` only
        return self

    def send(self, value: None, /) -> Trap:  # noqa: ARG002 - traps have no answer here
        """Begin; or end, when it is resumed."""
        me, stage = self.me, self.stage
        if isinstance(stage, Reason):
            self.stage = _PENDING
            me.waits_on = self
            loop = me.loop
            return (PARK, (stage, loop.arm(self, loop.host.now + self[0])))
        if self.waits:  # `finally: h.cancel()`
            me.loop.cancel_timer(self)
        self.stage = None
        if stage is Status.CANCELLED:
            raise Cancelled
        raise StopIteration

    def throw(self, error: Any, value: Any = None, trail: Any = None, /) -> Trap:  # noqa: ARG002
        """End with ``error``."""
        if isinstance(self.stage, Reason):
            self.stage = None
        self.me.loop.cancel_timer(self)
        raise error

    # -- a future ------------------------------------------------------------------------------

    def cancel(self, by: int = 0, reason: Reason = Reason.CANCELLED) -> bool:
        """Cancel the future; False if it is over already."""
        if self.stage is not _PENDING:
            return False
        self.stage = Status.CANCELLED
        self.me.loop.make_ready(self.me, reason, by=by)
        return True

    # -- a timer -------------------------------------------------------------------------------

    @property
    def cancelled(self) -> bool:
        """Of the timer: nobody is interested in it any more."""
        return self.stage is None

    def stop(self) -> None:
        """Let the timer do nothing."""
        self.stage = None

    def run(self) -> None:
        """``_set_result_unless_cancelled``: what the timer does."""
        if self.stage is _PENDING:
            self.stage = Status.FINISHED
            self.me.loop.make_ready(self.me, Reason.TIMER)


def sleep(me: Task, duration: Time, reason: Reason = Reason.SLEEP) -> Body:
    """``asyncio.sleep(duration)``: of 0, a bare ``yield`` (A4)."""
    if duration <= 0 and reason is Reason.SLEEP:
        return give_way(me)
    return Nap(me, duration, reason)


def give_way(me: Task) -> Body:  # noqa: ARG001 - verbs share a signature
    """``asyncio.sleep(0)``: a bare ``yield`` (A4)."""
    yield GIVE_WAY
