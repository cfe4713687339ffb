"""Cancel scopes: stretches of code that are called off as one (``_run.py`` of trio).

A scope that is cancelled stays so: every checkpoint inside raises ``Cancelled`` again
(SEMANTICS.md T3).  trio's ``CancelScope`` and ``CancelStatus`` are one here, because bodies cannot
leave blocks in another order than they entered them.  What a task does when it is woken belongs to
``tasks``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from schedsim.durations import Time
from schedsim.loops.timers import Timer
from schedsim.trace import Reason
from schedsim.traps import Body, Stop

if TYPE_CHECKING:
    from schedsim.loops.trio.tasks import Task


class Cancelled(Stop):
    """``trio.Cancelled``."""


class TooSlowError(Exception):
    """``trio.TooSlowError``."""


class CancelScope:
    """A cancel scope.

    Args:
        task: whose body enters it; or all of whose body it is.
        deadline: when it is cancelled by itself.
        shield: whether cancelled scopes around it stay out.
        expiry: why a task goes on because of the deadline.
    """

    __slots__ = (
        *("_timer", "by", "called", "cancelled", "caught", "children", "deadline", "expiry"),
        *("parent", "reason", "shield", "task", "tasks"),
    )

    def __init__(
        self,
        task: Task,
        deadline: Time | None = None,
        *,
        shield: bool = False,
        expiry: Reason = Reason.TIMEOUT,
    ) -> None:
        self.task = task
        self.deadline = deadline
        self.shield = shield
        self.expiry = expiry
        self.parent: CancelScope | None = None
        self.children: dict[CancelScope, None] = {}
        self.tasks: dict[Task, None] = {}
        """Those whose innermost scope it is."""
        self.called = False
        """``cancel_called``."""
        self.cancelled = False
        """``effectively_cancelled``: it, or one around it that it is not shielded from."""
        self.caught = False
        """``cancelled_caught``: what was going on inside was called off, and got no further."""
        self.reason: Reason | None = None
        self.by = 0
        """The entity that cancelled it, or 0."""
        self._timer: Timer | None = None

    @property
    def reached(self) -> bool:
        """``parent_cancellation_is_visible_to_us``."""
        return self.parent is not None and not self.shield and self.parent.cancelled

    def adopt(self, parent: CancelScope | None) -> None:
        """Let it be inside ``parent``."""
        if self.parent is not None:
            del self.parent.children[self]
        self.parent = parent
        if parent is not None:
            parent.children[self] = None
            self._recalculate()

    def __enter__(self) -> Self:
        loop = self.task.loop
        if self.deadline is not None:
            if loop.host.now >= self.deadline:
                self.expire()
            else:
                self._timer = loop.set_deadline(self.deadline, self.task, self.expire)
        self.adopt(self.task.scope)
        self.task.activate(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if isinstance(error, GeneratorExit):  # the run is thrown away: nobody is to be woken
            return False
        left = self.close(error)
        if left is not None and left is not error:
            raise left
        return left is None

    def close(self, error: BaseException | None) -> BaseException | None:
        """``_close``: leave it with ``error``; what is left of that outside."""
        self.task.activate(self.parent)
        if error is not None and self.cancelled and not self.reached:
            if isinstance(error, Cancelled):
                self.caught, error = True, None
            elif isinstance(error, BaseExceptionGroup):
                matched, error = error.split(Cancelled)
                self.caught = matched is not None
        self.adopt(None)
        self._stop_timer()
        return error

    def cancel(self, by: int = 0, reason: Reason = Reason.CANCELLED) -> None:
        """Call it off, on behalf of entity ``by``; once is for ever."""
        if self.called:
            return
        if self.reason is None:
            self.reason, self.by = reason, by
        self.called = True
        self._stop_timer()
        self._recalculate()

    def expire(self) -> None:
        """Its deadline has come."""
        self.cancel(reason=self.expiry)

    def _recalculate(self) -> None:
        """Find out who is cancelled now, and let those who can be woken know.

        trio wakes them in the order of its sets, which is nobody's; we in the order in which the
        tasks were made.
        """
        reached: list[Task] = []
        asked: list[Task] = []
        todo = [self]
        while todo:
            scope = todo.pop()
            if scope.cancelled or not (scope.called or scope.reached):
                continue
            if scope.reason is None and scope.parent is not None:
                scope.reason, scope.by = scope.parent.reason, scope.parent.by
            scope.cancelled = True
            reached.extend(scope.tasks)
            if scope is scope.task.whole and scope.by:
                asked.append(scope.task)
            todo.extend(scope.children)
        for task in sorted(asked, key=_number):
            task.loop.cancel_noted(task, self.by)
        for task in sorted(reached, key=_number):
            task.deliver_cancel()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self.task.loop.timers.cancel(self._timer)
            self._timer = None


def _number(task: Task) -> int:
    return task.id


class ScopeBlock:
    """A cancel scope as a block of steps: ``move_on_after``, ``CancelScope(shield=True)``.

    Args:
        task: whose body goes through it.
        duration: how long from its beginning to its deadline, if it has one.
        shield: see :class:`CancelScope`.
    """

    def __init__(self, task: Task, duration: Time | None = None, *, shield: bool = False) -> None:
        self.task = task
        self.duration = duration
        self.shield = shield
        self.scope = CancelScope(task, shield=shield)

    def enter(self) -> Body:
        """``__enter__``: no checkpoint."""
        yield from ()
        if self.duration is not None:
            self.scope.deadline = self.task.loop.host.now + self.duration
        self.scope.__enter__()

    def leave(self, error: BaseException | None) -> Body:
        """``__exit__``: no checkpoint."""
        yield from ()
        return self.scope.__exit__(None, error, None)


class FailAfter(ScopeBlock):
    """``fail_after``: a scope that raises ``TooSlowError`` if its deadline calls it off."""

    def leave(self, error: BaseException | None) -> Body:
        """``__exit__``: no checkpoint."""
        forgotten = yield from super().leave(error)
        if self.scope.caught:
            raise TooSlowError
        return forgotten
