"""Tasks of trio: how they wait, how they are woken, and checkpoints.

After ``Task``, ``checkpoint`` and ``wait_task_rescheduled`` of trio's ``_core`` (SEMANTICS.md T2,
T3).  What they wait for is in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from schedsim.durations import Time
from schedsim.loops.base import Loop
from schedsim.loops.live import Flavour
from schedsim.loops.live_tasks import LiveTask
from schedsim.loops.trio.cancel_scopes import Cancelled, CancelScope
from schedsim.loops.trio.loop import TrioLoop
from schedsim.trace import NEVER, Reason
from schedsim.traps import EXIT, GIVE_WAY, PARK, Body, Trap

if TYPE_CHECKING:
    from schedsim.loops.trio.nurseries import Nursery
    from schedsim.loops.trio.sync import ParkingLot


def gone() -> bool:
    """An abort function with nothing to tidy up: the wait is over."""
    return True


class Task(LiveTask):
    """A task.  All of its body is inside a cancel scope of its own, so that it can be cancelled.

    A task that nobody's nursery holds is in the loop's system nursery, where it may fail without
    harm to others.
    """

    __slots__ = (
        *("abort", "awaited_by", "breaks", "error", "lot", "met", "nurseries", "nursery", "scope"),
        *("sent", "whole"),
    )
    loop: TrioLoop

    def __init__(self, id: int, loop: Loop, flavour: Flavour) -> None:
        assert isinstance(loop, TrioLoop), "trio's tasks want trio's loop"
        super().__init__(id, loop, flavour)
        self.abort: Callable[[], bool] | None = None
        """How to end its wait because it is cancelled; False if it has to wait on.  None: it does
        not wait, or was asked before."""
        self.sent: Any = None
        self.met: BaseException | None = None
        """What its wait is to raise."""
        self.scope: CancelScope | None = None
        """The innermost it is in."""
        self.whole = CancelScope(self)
        """The one that all of its body is in."""
        self.activate(self.whole)
        self.nursery: Nursery | None = None
        """Whose child it is."""
        self.nurseries: list[Nursery] = []
        """Those it has opened, innermost last."""
        self.lot: ParkingLot | None = None
        """Where it is parked."""
        self.breaks: dict[ParkingLot, None] = {}
        """Nobody is to wait for what it holds, once it has ended."""
        self.awaited_by: dict[Task, None] = {}
        """Who waits for its end, first come first."""
        self.error: BaseException | None = None
        """What it ended with."""

    def started(self, task: LiveTask) -> None:
        """``nursery.start_soon``, of the innermost nursery that it has open."""
        if self.nurseries and isinstance(task, Task):
            self.nurseries[-1].adopt(task)

    # -- waiting -------------------------------------------------------------------------------

    def wait(self, abort: Callable[[], bool], reason: Reason, arg: Time = NEVER) -> Body:
        """``wait_task_rescheduled``: a schedule point, and a cancel point if ``abort`` agrees.

        Args:
            abort: see :attr:`abort`.
            reason: what the trace is to say of the wait; ``arg`` goes with it.
            arg: see :class:`schedsim.trace.Reason`.
        """
        self.abort = abort
        yield (PARK, (reason, arg))
        met, self.met = self.met, None
        if met is not None:
            raise met
        return self.sent

    def reschedule(
        self,
        reason: Reason,
        by: int = 0,
        value: object = None,
        error: BaseException | None = None,
    ) -> None:
        """``reschedule``: let its wait return ``value``, or raise ``error``."""
        self.abort = None
        self.sent, self.met = value, error
        self.loop.make_ready(self, reason, by=by)

    def activate(self, scope: CancelScope | None) -> None:
        """``_activate_cancel_status``: let ``scope`` be the innermost it is in."""
        if self.scope is not None:
            del self.scope.tasks[self]
        self.scope = scope
        if scope is not None:
            scope.tasks[self] = None

    def deliver_cancel(self) -> None:
        """``_attempt_delivery_of_any_pending_cancel``."""
        scope, abort = self.scope, self.abort
        if abort is None or scope is None or not scope.cancelled:
            return
        self.abort = None
        if abort():
            self.reschedule(scope.reason or Reason.CANCELLED, scope.by, error=Cancelled())

    def cancelled_from_outside(self) -> None:
        """``trio.from_thread.run_sync(scope.cancel)``, of the scope around all of it."""
        if not self.whole.called:
            self.loop.cancel_noted(self, 0)
            self.whole.cancel()

    # -- its end -------------------------------------------------------------------------------

    def step(self) -> Trap:
        """Go on to the next trap; a group of errors ends it too."""
        try:
            return super().step()
        except BaseExceptionGroup as group:  # with a Cancelled in it: no Exception
            return (EXIT, self.raised(group))

    def returned(self, value: object) -> Reason:  # noqa: ARG002 - nobody asks a task for a value
        """It has come to its end."""
        self.whole.close(None)
        return Reason.EXIT

    def raised(self, error: BaseException) -> Reason:
        """What its own scope does not catch, its nursery will have."""
        self.error = self.whole.close(error)
        if self.error is None or is_cancelled(self.error):
            return Reason.CANCELLED
        return Reason.FAILED

    def ended(self) -> None:
        """``task_exited``; before that, those who wait for its end are told."""
        for task in self.awaited_by:
            task.reschedule(Reason.JOINED, self.id)
        for lot in self.breaks:
            lot.break_lot()
        if self.nursery is not None:
            self.nursery.child_finished(self)

    def wait_for_end(self, member: Task) -> Body:
        """Wait for an event that ``member`` sets with its last breath."""
        if member.done:
            yield from checkpoint(self)
            return
        member.awaited_by[self] = None

        def abort() -> bool:
            del member.awaited_by[self]
            return True

        yield from self.wait(abort, Reason.JOIN)


def is_cancelled(error: BaseException) -> bool:
    """Whether ``error`` says nothing but ``Cancelled``."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(Cancelled)[1] is None
    return isinstance(error, Cancelled)


def checkpoint(me: Task) -> Body:
    """``checkpoint``: first a schedule point, then a cancel point."""
    yield GIVE_WAY
    if me.scope is not None and me.scope.cancelled:
        yield from me.wait(gone, Reason.AWAIT)


def checkpoint_if_cancelled(me: Task) -> Body:
    """``checkpoint_if_cancelled``: nothing, or a checkpoint that raises."""
    if me.scope is not None and me.scope.cancelled:
        yield from checkpoint(me)


def sleep_until(me: Task, due: Time, reason: Reason = Reason.SLEEP) -> Body:
    """``sleep_until``: a scope with a deadline around a wait for ever."""
    with CancelScope(me, due, expiry=Reason.TIMER):
        yield from me.wait(gone, reason, due)


def sleep(me: Task, duration: Time, reason: Reason = Reason.SLEEP) -> Body:
    """``trio.sleep``; of 0, a checkpoint (T2)."""
    if duration:
        yield from sleep_until(me, me.loop.host.now + duration, reason)
    else:
        yield from checkpoint(me)
