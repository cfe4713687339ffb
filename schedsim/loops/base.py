"""What every event loop has in common: tasks, timers, and what the machine offers to a loop.

A loop is a program in a thread and a scheduler of tasks.  It serves the traps of its tasks
itself and passes on to the engine only what it cannot do alone: computing, a blocking call, and
waiting while nothing is ready.  It writes the rows about its tasks.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from schedsim.durations import Time
from schedsim.programs.steps import Code, Steps
from schedsim.trace import NEVER, SUBJECT_SHIFT, Trace


class Host(Protocol):
    """The machine, as far as a loop may know it."""

    now: Time
    stop: int
    """The number of rows at which the trace is to pause."""
    trace: Trace


class Task(Steps):
    """A task of an event loop: a body of steps, and who waits for it."""

    __slots__ = ("as_subject", "awaited_by", "done", "id", "releases", "sleeping", "timer")

    def __init__(self, id: int, code: Code, *, yielding: bool = True) -> None:
        super().__init__(code, yielding=yielding)
        self.id = id
        self.as_subject = id << SUBJECT_SHIFT
        self.sleeping = False
        """A timer is to resume it, and its callback has not run yet."""
        self.timer: Timer | None = None
        """Made for its first sleep and used for all: it waits for one moment at a time."""
        self.done = False
        self.releases = 0
        """How many jobs of a periodic task are done."""
        self.awaited_by: list[Task] | None = None
        """Tasks to wake when this one is done, in the order in which they began to wait."""


class LoopLock:
    """A lock between the tasks of one loop: ``asyncio.Lock``.

    Letting go hands it to the task that waited longest.  (asyncio frees it and wakes that task,
    but nobody can take it in between, because ``acquire`` waits while others do: SEMANTICS.md A2.)
    """

    __slots__ = ("holder", "number", "waiters")

    def __init__(self, number: int) -> None:
        self.number = number
        self.holder: Task | None = None
        self.waiters: deque[Task] = deque()


class Timer(list[Time]):
    """A task's timer: a list of one, its moment, so that ``heapq`` compares moments alone.

    Equal moments then leave the heap in the heap's own order, not first come first served, as
    with asyncio's ``TimerHandle``, whose ``<`` looks at ``_when`` only (SEMANTICS.md A2).  A list
    compares in C: twice as fast as a ``__lt__`` of ours.
    """

    __slots__ = ("task",)

    def __init__(self, task: Task) -> None:
        super().__init__((NEVER,))
        self.task = task


class TaskGroup(Protocol):
    """All tasks that were started under one name: the argument of ``SPAWN`` and ``JOIN``."""

    members: list[Task]
    past: int
    """So many of the first members are known to be done."""

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
