"""``asyncio.sleep``: a coroutine that makes a future and a timer, which are one record here.

After ``Lib/asyncio/tasks.py``, ``sleep`` (SEMANTICS.md A4).
"""

from __future__ import annotations

from typing import Final

from schedsim.durations import Time
from schedsim.loops.asyncio.errors import Cancelled
from schedsim.loops.asyncio.futures import Task
from schedsim.loops.naps import Nap, Stage
from schedsim.programs.waits import Wait
from schedsim.trace import Reason
from schedsim.traps import GIVE_WAY, Body, Trap

# To name a member of an enumeration costs three lookups.
_CALLED_OFF: Final = Stage.CALLED_OFF
_TIMER: Final = Reason.TIMER


class Sleep(Nap):
    """``asyncio.sleep`` of some time; also the future that its timer sets."""

    __slots__ = ()
    me: Task

    def begin(self) -> Trap:
        """The future is awaited."""
        self.me.waits_on = self
        return super().begin()

    def wake(self) -> None:
        """``_set_result_unless_cancelled``."""
        self.me.loop.make_ready(self.me, _TIMER)

    def end(self) -> None:
        """``return await future``, and ``finally: h.cancel()``."""
        called_off = self.stage is _CALLED_OFF
        self.leave()
        if called_off:
            raise Cancelled

    def cancel(self, by: int = 0, reason: Reason = Reason.CANCELLED) -> bool:
        """Cancel the future; False if it is over already."""
        if self.stage is not Stage.ASLEEP:
            return False
        self.stage = Stage.CALLED_OFF
        self.me.loop.make_ready(self.me, reason, by=by)
        return True


def sleep(me: Task, duration: Time, reason: Reason = Reason.SLEEP) -> Body | Wait:
    """``asyncio.sleep(duration)``: of 0, a bare ``yield`` (A4)."""
    if duration <= 0 and reason is Reason.SLEEP:
        return give_way(me)
    return Sleep(me, duration, reason)


def give_way(me: Task) -> Body:  # noqa: ARG001 - verbs share a signature
    """``asyncio.sleep(0)``: a bare ``yield`` (A4)."""
    yield GIVE_WAY
