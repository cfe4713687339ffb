"""Futures and tasks of asyncio: who waits for whom, and who is called when.

After ``Lib/asyncio/futures.py`` and ``tasks.py`` (SEMANTICS.md A4, A5, A8, A9).  What is built on
them is in the modules beside this one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from schedsim.loops.asyncio.errors import Cancelled
from schedsim.loops.base import Loop, TaskGroup
from schedsim.loops.live import Flavour
from schedsim.loops.live_tasks import LiveTask
from schedsim.trace import NEVER, Reason
from schedsim.traps import PARK, Body

if TYPE_CHECKING:
    from schedsim.loops.asyncio.groups import Group
    from schedsim.loops.asyncio.sleeping import Sleep


class Status(Enum):
    """How far a future has come."""

    PENDING = 1
    FINISHED = 2
    CANCELLED = 3


Callee: TypeAlias = "Callable[[Awaited], None] | Task"
"""Who is told that a future is done: a function in a callback of its own, or a task that waits."""

_PENDING = Status.PENDING


class Awaited(ABC):
    """What a task may await: a future, or a task."""

    __slots__ = tuple[str, ...]()
    """None: who is both this and something else has slots of its own."""
    loop: Loop
    reason: Reason
    """Why a task that waits for it becomes ready, in the row that tells so."""
    status: Status
    value: Any
    error: BaseException | None
    callees: tuple[Callee, ...] | list[Callee]
    """In the order in which they came; a list from the second on."""

    @property
    @abstractmethod
    def by(self) -> int:
        """The entity that caused that."""

    @abstractmethod
    def cancel(self, by: int = 0, reason: Reason = Reason.CANCELLED) -> bool:
        """Cancel it; False if it is over already.

        Args:
            by: who does so.
            reason: why those that wait for it go on.
        """

    @property
    def over(self) -> bool:
        """It has a result, an error, or was cancelled."""
        return self.status is not _PENDING

    @property
    def cancelled(self) -> bool:
        """It was cancelled."""
        return self.status is Status.CANCELLED

    def result(self) -> Any:
        """What is known; raises the error, or that it was cancelled."""
        if self.cancelled:
            raise Cancelled
        if self.error is not None:
            raise self.error.with_traceback(None)  # else each who awaits it makes it longer
        return self.value

    def when_over(self, callee: Callee) -> None:
        """``add_done_callback``: tell ``callee``, in a pass to come."""
        if self.over:
            self._tell(callee)
        else:
            self._add(callee)

    def forget(self, callee: Callee) -> None:
        """``remove_done_callback``."""
        self.callees = [each for each in self.callees if each != callee]

    def wait(self, me: Task, reason: Reason = Reason.AWAIT, arg: int = NEVER) -> Body:
        """``await future``: what is over already does not yield (A5).

        Args:
            me: who waits.
            reason: what the trace is to say of the wait; ``arg`` goes with it.
            arg: see :class:`schedsim.trace.Reason`.
        """
        if self.status is _PENDING:
            self._add(me)
            me.waits_on = self
            yield (PARK, (reason, arg))
        return self.result()

    def _add(self, callee: Callee) -> None:
        if not self.callees:
            self.callees = (callee,)
        elif isinstance(self.callees, tuple):
            self.callees = [*self.callees, callee]
        else:
            self.callees.append(callee)

    def _settle(self, status: Status) -> None:
        self.status = status
        callees, self.callees = self.callees, ()
        for callee in callees:
            self._tell(callee)

    def _tell(self, callee: Callee) -> None:
        if type(callee) is Task:  # `isinstance` of an abstract class takes ten times as long
            self.loop.make_ready(callee, self.reason, by=self.by)
        else:
            self.loop.call_soon(partial(cast("Callable[[Awaited], None]", callee), self))


class Future(Awaited):
    """Something that will be known.

    Args:
        loop: who calls those that wait for it.
        reason: why a task that waits for it becomes ready, in the row that tells so.
        by: who causes that.
    """

    __slots__ = ("by", "callees", "error", "loop", "reason", "status", "value")
    by: int

    def __init__(self, loop: Loop, reason: Reason = Reason.UNLOCKED, by: int = 0) -> None:
        self.loop = loop
        self.reason = reason
        self.by = by
        self.status = _PENDING
        self.value = None
        self.error = None
        self.callees = ()

    def cancel(self, by: int = 0, reason: Reason = Reason.CANCELLED) -> bool:
        """Cancel it; False if it is over already."""
        if self.over:
            return False
        self.by, self.reason = by, reason
        self._settle(Status.CANCELLED)
        return True

    def set_result(self, value: object = None, *, by: int = 0) -> None:
        """Let it be known, because entity ``by`` did something."""
        self.by = by or self.by
        self.value = value
        self._settle(Status.FINISHED)

    def set_error(self, error: BaseException) -> None:
        """Let it have failed."""
        self.error = error
        self._settle(Status.FINISHED)

    def set_result_unless_over(self, *_: object) -> None:
        """``_set_result_unless_cancelled``, ``_release_waiter``: what a timer does."""
        if not self.over:
            self.set_result()


class _Asking:
    """In place of what a task waits for, while that is asked to end."""

    def cancel(self, by: int = 0, reason: Reason = Reason.CANCELLED) -> bool:  # noqa: ARG002
        """It waits for itself, by way of others; each asks the next one."""
        raise RecursionError("maximum recursion depth exceeded")


_ASKING: Final = _Asking()


class Task(Awaited, LiveTask):
    """A task: a future that is known when its body has ended."""

    __slots__ = (
        *("callees", "cancels", "error", "groups", "must_cancel", "status", "value", "waits_on"),
    )
    reason = Reason.JOINED

    def __init__(self, id: int, loop: Loop, flavour: Flavour) -> None:
        LiveTask.__init__(self, id, loop, flavour)
        self.status = _PENDING
        self.value = None
        self.error = None
        self.callees = ()
        self.waits_on: Awaited | Sleep | _Asking | None = None
        """``_fut_waiter``."""
        self.must_cancel = False
        """Its body is to meet ``Cancelled`` where it goes on."""
        self.cancels = 0
        """``_num_cancels_requested``."""
        self.groups: tuple[Group, ...] = ()
        """The groups of tasks that its body is inside of, innermost last."""

    @property
    def by(self) -> int:
        """It causes that those who wait for it go on."""
        return self.id

    def cancel(self, by: int = 0, reason: Reason = Reason.CANCELLED) -> bool:
        """Ask it to end; False if it has ended.  Runs nothing at once (A9).

        Raises:
            RecursionError: it waits for itself, by way of others; each asks the next one.
        """
        if self.over:
            return False
        waits_on = self.waits_on
        if waits_on is _ASKING:
            return waits_on.cancel()
        self.loop.cancel_noted(self, by)
        self.cancels += 1
        self.waits_on = _ASKING
        try:
            if waits_on is None or not waits_on.cancel(by, reason):
                self.must_cancel = True
        finally:
            self.waits_on = waits_on
        return True

    def cancelled_from_outside(self) -> None:
        """``loop.call_soon_threadsafe(task.cancel)``; the loop only logs it when that fails."""
        with suppress(RecursionError):
            self.cancel()

    def uncancel(self) -> int:
        """Take one request back; how many are left."""
        assert self.cancels, "only who has made a request takes one back"
        self.cancels -= 1
        if not self.cancels and self.loop.version >= (3, 13):
            self.must_cancel = False
        return self.cancels

    def parked(self) -> None:
        """If it was asked to end before it came here, what it waits for is cancelled at once."""
        if self.must_cancel and self.waits_on is not None and self.waits_on.cancel():
            self.must_cancel = False

    def what_to_throw(self) -> BaseException | None:
        """``Cancelled``, if it was asked to end.  It waits no more."""
        self.waits_on = None
        if not self.must_cancel:
            return None
        self.must_cancel = False
        return Cancelled()

    def returned(self, value: object) -> Reason:
        """Asked to end and never met it: it counts as cancelled all the same."""
        if self.must_cancel:
            self.status = Status.CANCELLED
            return Reason.CANCELLED
        self.value, self.status = value, Status.FINISHED
        return Reason.EXIT

    def raised(self, error: BaseException) -> Reason:
        """It ends with ``error``."""
        if isinstance(error, Cancelled):
            self.status = Status.CANCELLED
            return Reason.CANCELLED
        self.error, self.status = error, Status.FINISHED
        return Reason.FAILED

    def ended(self) -> None:
        """Let those who wait for it be called."""
        self._settle(self.status)

    def spawn(self, group: TaskGroup) -> Body:
        """Start one more of ``group``; it belongs to the innermost group of tasks."""
        if self.groups:
            self.groups[-1].check_open()
        group.start(self.id)
        task = group.members[-1]
        assert isinstance(task, Task), "all tasks of a live loop are live"
        yield from self.eager_step(task)
        self.started(task)

    def eager_step(self, task: Task) -> Body:
        """It has just made ``task``, whose first step is run at once if tasks are eager (A8)."""
        if self.loop.eager and task.arrived:
            self.loop.run_first(task, self)
            yield (PARK, (Reason.AWAIT, NEVER))

    def started(self, task: LiveTask) -> None:
        """Its innermost group is to wait for ``task``."""
        if self.groups and isinstance(task, Task):
            self.groups[-1].add(task)
