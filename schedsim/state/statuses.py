"""What an entity is doing."""

from __future__ import annotations

from enum import IntEnum

from schedsim.trace import Reason


class Status(IntEnum):
    """What an entity is doing.  NEW and RUNNING are said of threads and tasks alike."""

    NEW = 0
    RUNNABLE = 1
    """A thread in the run queue."""
    RUNNING = 2
    """A thread on a core; a task in its loop's hand."""
    BLOCKED = 3
    """A thread that waits for something other than a core."""
    EXITED = 4
    READY = 5
    """A task in its loop's ready queue."""
    SUSPENDED = 6
    """A task that awaits something unfinished."""
    DONE = 7


STAYS_RUNNABLE = frozenset(
    {Reason.QUANTUM, Reason.YIELD, Reason.PREEMPTED, Reason.OFFLINE, Reason.THROTTLED}
)
"""Why a thread may leave its core and yet want it back at once."""
