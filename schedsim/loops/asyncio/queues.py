"""Queues of asyncio, after ``Lib/asyncio/queues.py``.

A task that is woken looks again whether there is something for it: who uses the ``_nowait`` verbs
may have been faster (SEMANTICS.md A12).
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Any

from schedsim.loops.asyncio.errors import QueueEmpty, QueueFull
from schedsim.loops.asyncio.futures import Future, Task
from schedsim.loops.base import Loop
from schedsim.loops.resources import Resource
from schedsim.trace import Reason
from schedsim.traps import Body, Stop


class Queue(Resource):
    """``asyncio.Queue``: first in, first out.  Its value is how many it holds.

    Args:
        loop: whose tasks use it.
        number: its number in the trace.
        value: how many it has room for; any number if 0.
    """

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:
        super().__init__(loop, number)
        self.room = value
        self.items: Any = deque()
        self.getters: deque[Future] = deque()
        self.putters: deque[Future] = deque()
        self.joiners: deque[Future] = deque()
        self.unfinished = 0

    @property
    def full(self) -> bool:
        """There is no room."""
        return 0 < self.room <= len(self.items)

    def put(self, me: Task, item: object) -> Body:
        """Put ``item`` into it, as soon as there is room."""
        while self.full:
            yield from self._line_up(me, self.putters)
        self.put_nowait(me, item)

    def get(self, me: Task) -> Body:
        """Take the next item, as soon as there is one."""
        while not self.items:
            yield from self._line_up(me, self.getters)
        return self.get_nowait(me)

    def put_nowait(self, me: Task, item: object) -> None:
        """Put ``item`` into it now."""
        if self.full:
            raise QueueFull
        self.insert(item)
        self.change(me.id, len(self.items))
        self.unfinished += 1
        self._wake_next(self.getters, me)

    def get_nowait(self, me: Task) -> Any:
        """Take the next item now."""
        if not self.items:
            raise QueueEmpty
        item = self.extract()
        self.change(me.id, len(self.items))
        self._wake_next(self.putters, me)
        return item

    def task_done(self, me: Task) -> None:
        """One of the items that were taken is dealt with."""
        if self.unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self.unfinished -= 1
        if not self.unfinished:
            for future in self.joiners:
                if not future.over:
                    future.set_result(by=me.id)

    def join(self, me: Task) -> Body:
        """Wait until all that was ever put into it is dealt with."""
        if self.unfinished:
            future = Future(self.loop)
            self.joiners.append(future)
            try:
                yield from future.wait(me, Reason.LOCK, self.number)
            finally:
                self.joiners.remove(future)

    def insert(self, item: object) -> None:
        """Add ``item``; order is an affair of the kind of queue."""
        self.items.append(item)

    def extract(self) -> Any:
        """Remove the next item."""
        return self.items.popleft()

    def _line_up(self, me: Task, line: deque[Future]) -> Body:
        """Wait until there may be something to do for those in ``line``."""
        future = Future(self.loop)
        line.append(future)
        try:
            yield from future.wait(me, Reason.LOCK, self.number)
        except (Exception, Stop):
            woken = not future.cancel() and not future.cancelled
            if future in line:
                line.remove(future)
            possible = self.items if line is self.getters else not self.full
            if possible and woken:
                self._wake_next(line, me)
            raise

    def _wake_next(self, line: deque[Future], me: Task) -> None:
        while line:
            future = line.popleft()
            if not future.over:
                future.set_result(by=me.id)
                break


class LifoQueue(Queue):
    """``asyncio.LifoQueue``: last in, first out."""

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:
        super().__init__(loop, number, value)
        self.items = []

    def extract(self) -> Any:
        """Remove the newest item."""
        return self.items.pop()


class PriorityQueue(LifoQueue):
    """``asyncio.PriorityQueue``: the least first."""

    def insert(self, item: object) -> None:
        """Add ``item``."""
        heappush(self.items, item)

    def extract(self) -> Any:
        """Remove the least item."""
        return heappop(self.items)
