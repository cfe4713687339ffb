"""What the tasks of one loop share and wait for, as far as the trace tells of it.

Not here: how a flavour wakes those who wait (its own modules), and locks between threads.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from schedsim.trace import Kind

if TYPE_CHECKING:
    from schedsim.loops.base import Host, Loop
    from schedsim.loops.flat_tasks import Task
    from schedsim.loops.live_tasks import LiveTask


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

    def take(self, task: Task, host: Host) -> bool:
        """Let ``task`` take it if it is free, or else wait for it."""
        if self.holder is not None:
            self.waiters.append(task)
            return False
        self.holder = task
        host.trace.append(host.now, Kind.LOCK, subject=task.id, other=self.number)
        return True

    def let_go(self, task: Task, host: Host) -> Task | None:
        """Hand it to the task that waited longest: that, to be made ready."""
        if self.holder is not task:
            return None  # nothing to let go of: the reader of scenarios refuses what it can see
        heir = self.holder = self.waiters.popleft() if self.waiters else None
        other = heir.id if heir else 0
        host.trace.append(host.now, Kind.UNLOCK, subject=task.id, other=other, arg=self.number)
        if heir is not None:
            host.trace.append(host.now, Kind.LOCK, subject=heir.id, other=self.number)
        return heir


class Resource:
    """What live tasks of one loop share and wait for, as far as the trace tells of it.

    Args:
        loop: whose tasks they are.
        number: its number in the trace.
        value: how many a semaphore has left or a queue holds; whether an event is set.
    """

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:
        self.loop = loop
        self.number = number
        self.value = 0
        self.holder: LiveTask | None = None
        if value:
            self.change(0, value)
        loop.resources.append(self)

    def change(self, by: int, value: int) -> None:
        """Let its value be another, because entity ``by`` did something; tell the trace."""
        if value == self.value:
            return
        self.value = value
        host, number = self.loop.host, self.number
        host.trace.append(host.now, Kind.RESOURCE, subject=by, other=number, arg=value)

    def taken(self, task: LiveTask) -> None:
        """``task`` is its holder now."""
        self.holder = task
        host = self.loop.host
        host.trace.append(host.now, Kind.LOCK, subject=task.id, other=self.number)

    def let_go(self, task: LiveTask) -> None:
        """``task`` is its holder no longer."""
        self.holder = None
        host = self.loop.host
        host.trace.append(host.now, Kind.UNLOCK, subject=task.id, arg=self.number)
