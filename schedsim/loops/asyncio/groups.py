"""Groups of tasks that end together: ``asyncio.TaskGroup``, after ``Lib/asyncio/taskgroups.py``.

When one fails, the others are asked to end in the order of their creation; asyncio iterates a set
(SEMANTICS.md A11).
"""

from __future__ import annotations

from schedsim.loops.asyncio.errors import Cancelled
from schedsim.loops.asyncio.futures import Awaited, Future, Task
from schedsim.trace import Reason
from schedsim.traps import Body


class Group:
    """A block; what is spawned inside belongs to it.

    Args:
        me: whose block it is.
    """

    def __init__(self, me: Task) -> None:
        self.parent = me
        self.tasks: dict[Task, None] = {}
        self.errors: list[Exception] = []
        self.exiting = False
        self.aborting = False
        self.parent_cancel_requested = False
        self.completed: Future | None = None

    def enter(self) -> Body:
        """From now on, what its parent spawns belongs to it."""
        self.parent.groups += (self,)
        yield from ()

    def check_open(self) -> None:
        """Refuse one more task if that would be too late."""
        if self.exiting and not self.tasks:
            raise RuntimeError("TaskGroup is finished")
        if self.aborting:
            raise RuntimeError("TaskGroup is shutting down")

    def add(self, task: Task) -> None:
        """Wait for ``task`` too."""
        if task.over and self.parent.loop.version >= (3, 12):  # its first step was all (A8)
            self._one_over(task)
        else:
            self.tasks[task] = None
            task.when_over(self._one_over)

    def leave(self, error: BaseException | None) -> Body:
        """Wait for all of its tasks, then tell how they failed."""
        me = self.parent
        self.exiting = True
        cancelled = error if isinstance(error, Cancelled) else None
        early = me.loop.version < (3, 13)
        if early and self._takes_back():
            cancelled = None
        if error is not None and not self.aborting:
            self._abort(me)
        while self.tasks:
            self.completed = Future(me.loop, Reason.JOINED)
            try:
                yield from self.completed.wait(me)
            except Cancelled as problem:
                if not self.aborting:  # its parent is asked to end
                    cancelled = problem
                    self._abort(me)
            self.completed = None
        me.groups = tuple(group for group in me.groups if group is not self)
        if not early and self._takes_back():
            cancelled = None
        if cancelled is not None and not self.errors:
            raise cancelled
        if error is not None and not isinstance(error, Cancelled):
            assert isinstance(error, Exception), "nothing else ends a body"
            self.errors.append(error)
        if self.errors:
            if not early and me.cancels:  # somebody else has asked too: that stays
                me.uncancel()
                me.cancel(me.id)
            raise ExceptionGroup("unhandled errors in a TaskGroup", self.errors) from None

    def _takes_back(self) -> bool:
        """Take back that it asked its parent to end; whether nobody else asked."""
        return self.parent_cancel_requested and self.parent.uncancel() == 0

    def _abort(self, by: Task) -> None:
        self.aborting = True
        for task in list(self.tasks):
            task.cancel(by.id)

    def _one_over(self, future: Awaited) -> None:
        assert isinstance(future, Task), "only tasks are added"
        self.tasks.pop(future, None)
        if self.completed is not None and not self.tasks and not self.completed.over:
            self.completed.set_result(by=future.id)
        if future.cancelled or future.error is None:
            return
        assert isinstance(future.error, Exception), "nothing else ends a body"
        self.errors.append(future.error)
        if not self.parent.over and not self.aborting and not self.parent_cancel_requested:
            self._abort(future)
            self.parent_cancel_requested = True
            self.parent.cancel(future.id)
