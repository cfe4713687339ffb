"""Nurseries: blocks that do not end before the tasks that were started in them.

After ``Nursery`` and ``NurseryManager`` of trio's ``_core/_run.py``, with strict exception groups.
"""

from __future__ import annotations

from schedsim.loops.trio.cancel_scopes import CancelScope
from schedsim.loops.trio.tasks import Task
from schedsim.trace import Reason
from schedsim.traps import GIVE_WAY, Body


def refuse() -> bool:
    """The abort function of a task that waits for its children: they are cancelled, it waits on."""
    return False


class Nursery:
    """A nursery of ``task``: a block of its body."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.scope = CancelScope(task)
        self.children: dict[Task, None] = {}
        self.errors: list[BaseException] = []
        self.waits = False
        """``_parent_waiting_in_aexit``."""

    def adopt(self, child: Task) -> None:
        """``start_soon``: ``child`` has been started and belongs here."""
        self.children[child] = None
        child.nursery = self
        child.whole.adopt(self.scope)

    def enter(self) -> Body:
        """``__aenter__``: no checkpoint."""
        yield from ()
        self.scope.__enter__()
        self.task.nurseries.append(self)

    def leave(self, error: BaseException | None) -> Body:
        """``__aexit__``: wait for the children; a schedule point in any case."""
        task = self.task
        if error is not None:
            self._fail(error, task.id)
        if self.children:
            self.waits = True
            yield from task.wait(refuse, Reason.JOIN)
        else:
            yield GIVE_WAY
        task.nurseries.remove(self)
        errors = self.errors
        group = BaseExceptionGroup("Exceptions from Trio nursery", errors) if errors else None
        left = self.scope.close(group)
        if left is not None:
            raise left
        return True

    def child_finished(self, child: Task) -> None:
        """``_child_finished``."""
        del self.children[child]
        if child.error is not None:
            self._fail(child.error, child.id)
        if self.waits and not self.children:
            self.waits = False
            self.task.reschedule(Reason.JOINED, child.id)

    def _fail(self, error: BaseException, by: int) -> None:
        """``_add_exc``: one error is enough to cancel all."""
        self.errors.append(error)
        self.scope.cancel(by)
