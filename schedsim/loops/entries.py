"""What a ready queue holds, and what each says that it is: its ``entry``, looked at first.

Not here: tasks (:mod:`schedsim.loops.flat_tasks`, :mod:`schedsim.loops.live_tasks`), and what joins
the queue later (:mod:`schedsim.loops.timers`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from schedsim.loops.flat_tasks import Task
    from schedsim.loops.live_tasks import LiveTask
    from schedsim.loops.timers import Alarm

STEP: Final = 0
"""An entry of the ready queue: the next step of a :class:`Task`."""
TIMER: Final = 1
"""The callback of a timer, which makes its :class:`Task` ready for its next step."""
CALLBACK: Final = 2
"""A plain callback."""
LIVE: Final = 3
"""The next step of a :class:`LiveTask`."""
DONE: Final = 4
"""Not in the queue any more: of a :class:`Task` that has ended."""
BEHIND: Final = 5
"""Never in the queue: of a :class:`Timer`, whose callback joins it."""


class Callback:
    """A plain callback in the ready queue, or behind a timer."""

    __slots__ = ("cancelled", "run")
    entry: Final = CALLBACK

    def __init__(self, run: Callable[[], None]) -> None:
        self.run = run
        self.cancelled = False


def nothing() -> None:
    """What is done in place of somebody who is gone."""


def stopped() -> Callback:
    """A callback that does nothing, in the place of somebody who is gone."""
    callback = Callback(nothing)
    callback.cancelled = True
    return callback


Entry: TypeAlias = "Task | Callback | LiveTask | Alarm"
"""What a ready queue holds."""
