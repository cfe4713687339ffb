"""gevent's queue (``gevent/queue.py``): items, and greenlets that put and get them.

Whoever finds room, or an item, does not wait.  One callback of the hub then serves those that do:
a putter, a getter, a putter ... each inline, until nothing is left to be done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from schedsim.durations import Time
from schedsim.loops.gevent.events import Flag
from schedsim.loops.gevent.greenlets import Waiter
from schedsim.loops.gevent.timeouts import limit
from schedsim.loops.greenlets import Greenlet, Hub, HubCall, Switch
from schedsim.loops.resources import Resource
from schedsim.threads.queues import Empty, Full
from schedsim.trace import Reason
from schedsim.traps import Body


class _Putter(Waiter):
    """Who waits with an item."""

    def __init__(self, number: int, item: object, by: int) -> None:
        super().__init__(Reason.LOCK, number)
        self.item = item
        self.by = by


class Queue:
    """``gevent.queue.Queue``, called ``JoinableQueue`` before 25.4.

    Args:
        hub: who serves those that wait.
        number: of its resource in the trace.
        value: how many items it holds at most; 0: no limit.
    """

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:
        self.hub = hub
        self.number = number
        self.most = value or None
        self.items: deque[Any] = deque()
        self.getters: deque[Waiter] = deque()
        self.putters: deque[_Putter] = deque()
        self.told = Resource(hub, number)
        self.unfinished = 0
        self.finished = Flag(hub, number, is_set=True)
        self._unlocking: HubCall | None = None
        self._by = 0

    @property
    def has_room(self) -> bool:
        """Another item can be put into it."""
        return self.most is None or len(self.items) < self.most

    def put(
        self, me: Greenlet, item: object, timeout: Time | None = None, *, block: bool = True
    ) -> Body:
        """Put ``item`` into it, or wait for room; ``Full`` if there is none in time."""
        if self.has_room:
            self._put(item, me.id)
            if self.getters:
                self._unlock_soon(me)
            return
        if not block:
            raise Full
        putter = _Putter(self.number, item, me.id)
        self.putters.append(putter)
        timer = limit(me, timeout, Full())
        try:
            if self.getters:
                self._unlock_soon(me)
            yield from putter.get(me)
        finally:
            timer.cancel()
            if putter in self.putters:
                self.putters.remove(putter)

    def get(self, me: Greenlet, timeout: Time | None = None, *, block: bool = True) -> Body:
        """Take an item, or wait for one; ``Empty`` if there is none in time."""
        if self.items:
            if self.putters:
                self._unlock_soon(me)
            return self._get(me.id)
        if not block:
            raise Empty
        getter = Waiter(Reason.LOCK, self.number)
        timer = limit(me, timeout, Empty())
        try:
            self.getters.append(getter)
            if self.putters:
                self._unlock_soon(me)
            yield from getter.get(me)
            return self._get(me.id)
        finally:
            timer.cancel()
            if getter in self.getters:
                self.getters.remove(getter)

    def task_done(self, me: Greenlet) -> None:
        """One of the items that were taken has been dealt with."""
        if self.unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self.unfinished -= 1
        if not self.unfinished:
            self.finished.set(me.id)

    def join(self, me: Greenlet, timeout: Time | None = None) -> Body:
        """Wait until all items have been dealt with; False if ``timeout`` was over before that."""
        return (yield from self.finished.wait(me, timeout))

    def _put(self, item: object, by: int) -> None:
        self.items.append(item)
        self.unfinished += 1
        self.finished.clear(by)
        self.told.change(by, len(self.items))

    def _get(self, by: int) -> Any:
        item = self.items.popleft()
        self.told.change(by, len(self.items))
        return item

    def _unlock_soon(self, me: Greenlet) -> None:
        self._by = me.id
        if self._unlocking is None:
            self._unlocking = self.hub.call_in_hub(self._unlock)

    def _unlock(self) -> Iterator[Switch]:
        again = True
        while again:
            again = False
            if self.putters and self.has_room:
                again = True
                putter = self.putters.popleft()
                self._put(putter.item, putter.by)
                yield from putter.switch(Reason.UNLOCKED, self._by)
            if self.getters and self.items:
                again = True
                yield from self.getters.popleft().switch(Reason.UNLOCKED, self._by)
        self._unlocking = None
