"""The ready queue of asyncio's loop, and of which task a callback in it is a step.

Not here: what rows that makes (``rows``).
"""

from __future__ import annotations

from asyncio import events, tasks
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from schedsim.aio.rows import TaskRows

AnyTask = tasks.Task[Any]
AnyHandle = events.Handle

TASKS: Final = (tasks.Task, tasks._PyTask)  # type: ignore[attr-defined] # C, and Python
_STEP_OF_C: Final = "TaskStepMethWrapper"
_STEPS: Final = frozenset({"task_wakeup", "__step", "__wakeup"})


def task_of(handle: AnyHandle) -> AnyTask | None:
    """The task of which ``handle`` is a step; None if it is some other callback.

    A step is a ``TaskStepMethWrapper`` or the builtin ``task_wakeup`` of C tasks, ``__step`` or
    ``__wakeup`` of Python ones; each has the task as ``__self__``.  ``task.cancel`` has it too.
    """
    callback = handle._callback  # type: ignore[attr-defined]
    task = getattr(callback, "__self__", None)
    if not isinstance(task, TASKS):
        return None
    named = getattr(callback, "__name__", None)
    return task if named in _STEPS or type(callback).__name__ == _STEP_OF_C else None


class ReadyQueue(deque[AnyHandle]):
    """``BaseEventLoop._ready``, which tells the rows what passes through it."""

    def __init__(self, rows: TaskRows) -> None:
        super().__init__()
        self.rows = rows

    def append(self, handle: AnyHandle, /) -> None:
        """``call_soon``, or a timer that is due."""
        super().append(handle)
        self.rows.becomes_ready(handle)

    def popleft(self) -> AnyHandle:
        """The callback that runs next."""
        handle = super().popleft()
        self.rows.runs(handle)
        return handle
