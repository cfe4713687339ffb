"""eventlet's queue (``queue.py``): items, and green threads that put and get them.

Getters and putters are sets there; here they are served in the order in which they came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from schedsim.durations import Time
from schedsim.loops.eventlet.greenthreads import Event
from schedsim.loops.eventlet.timeouts import Timeout
from schedsim.loops.greenlets import Greenlet, Hub, HubCall, Switch
from schedsim.loops.resources import Resource
from schedsim.threads.queues import Empty, Full
from schedsim.trace import Reason
from schedsim.traps import Body


class Queue:
    """``eventlet.queue.Queue``.

    Args:
        hub: who serves those that wait.
        number: of its resource in the trace.
        value: how many items it holds at most; 0: no limit (``Queue(None)``).
    """

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:
        self.hub = hub
        self.number = number
        self.most = value or None
        self.items: deque[Any] = deque()
        self.getters: deque[Greenlet] = deque()
        self.putters: deque[tuple[Greenlet, list[Any]]] = deque()
        """With what each has in hand: nothing, once a getter was given it."""
        self.told = Resource(hub, number)
        self.unfinished = 0
        self.finished = Event(hub, Reason.LOCK, number=number)
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
        in_hand = [item]
        putter = (me, in_hand)
        self.putters.append(putter)
        timer = Timeout(me, timeout, error=Full())
        try:
            if self.getters:
                self._unlock_soon(me)
            yield from me.park(Reason.LOCK, self.number)
            if in_hand:
                self._put(item, me.id)
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
        timer = Timeout(me, timeout, error=Empty())
        try:
            self.getters.append(me)
            if self.putters:
                self._unlock_soon(me)
            try:
                yield from me.park(Reason.LOCK, self.number)
            except BaseException:
                self._unlock_soon(me)
                raise
            item, me.given = me.given, None
            return item
        finally:
            if me in self.getters:
                self.getters.remove(me)
            timer.cancel()

    def task_done(self, me: Greenlet) -> None:
        """One of the items that were taken has been dealt with."""
        if self.unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self.unfinished -= 1
        if not self.unfinished:
            self.finished.send(by=me.id)

    def join(self, me: Greenlet) -> Body:
        """Wait until all items have been dealt with."""
        if self.unfinished:
            yield from self.finished.wait(me)

    def _put(self, item: object, by: int) -> None:
        self.items.append(item)
        self.unfinished += 1
        if self.finished.sent:
            self.finished.reset()
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
        while True:
            if self.items and self.getters:
                yield from self._serve(self.getters.popleft())
            elif self.putters and self.getters:  # full, and yet nothing to take: a channel
                putter, in_hand = self.putters.popleft()
                self._put(in_hand.pop(), putter.id)
                yield from self._serve(self.getters.popleft())
                yield Switch(putter, Reason.UNLOCKED, self._by)
            elif self.putters and self.has_room:
                putter, _ = self.putters.popleft()
                yield Switch(putter, Reason.UNLOCKED, self._by)
            else:
                break
        self._unlocking = None

    def _serve(self, getter: Greenlet) -> Iterator[Switch]:
        getter.given = self._get(getter.id)
        yield Switch(getter, Reason.UNLOCKED, self._by)
