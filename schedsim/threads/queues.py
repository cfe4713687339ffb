"""``queue.Queue`` and ``queue.SimpleQueue``."""

from __future__ import annotations

from collections import deque
from typing import Any

from schedsim.durations import Time
from schedsim.threads.base import Failure, Host, Lock, Resource, Worker
from schedsim.threads.locks import Mutex, Waiters
from schedsim.traps import ACQUIRE, RELEASE, Body


class Empty(Failure):
    """``queue.Empty``."""


class Full(Failure):
    """``queue.Full``."""


class Queue(Resource):
    """``queue.Queue``: a plain lock and two conditions; its value is how much it holds.

    Args:
        host: the machine.
        number: its number in the trace.
        most: how much it holds at most; 0: no limit.
    """

    def __init__(self, host: Host, number: int, most: int = 0) -> None:
        super().__init__(host, number)
        self.most = most
        self.items: deque[Any] = deque()
        self.mutex = Mutex(host, number)
        self.not_empty = Waiters(host, number, self.mutex)
        self.not_full = Waiters(host, number, self.mutex)

    def put(self, me: Worker, item: object = None, timeout: Time | None = None) -> Body:
        """Put ``item`` in; wait while it is full, but raise :class:`Full` in the end."""
        yield from self.mutex.acquire(me)
        has_room = yield from self.not_full.wait_for(me, self._has_room, timeout)
        if has_room:
            self.items.append(item)
            self.change(me.id, len(self.items))
            yield from self.not_empty.notify(me, 1)
        yield from self.mutex.release(me)
        if not has_room:
            raise Full

    def get(self, me: Worker, timeout: Time | None = None) -> Body:
        """Take the next item; wait while there is none, and raise :class:`Empty` in the end."""
        yield from self.mutex.acquire(me)
        item = None
        has_some = yield from self.not_empty.wait_for(me, lambda: bool(self.items), timeout)
        if has_some:
            item = self.items.popleft()
            self.change(me.id, len(self.items))
            yield from self.not_full.notify(me, 1)
        yield from self.mutex.release(me)
        if not has_some:
            raise Empty
        return item

    def _has_room(self) -> bool:
        return not self.most or len(self.items) < self.most


class _Getter:
    """Somebody who waits for an item, and what it was handed."""

    __slots__ = ("item", "lock")

    def __init__(self, lock: Lock) -> None:
        self.lock = lock
        self.item: Any = None


class SimpleQueue(Resource):
    """``queue.SimpleQueue`` of Python 3.13: what is put is handed to who waits longest.

    (``Modules/_queuemodule.c``.  Before 3.13 somebody else could be quicker to take it.)  Its value
    is how much it holds.

    Args:
        host: the machine.
        number: its number in the trace; ``NEVER`` if it is not told of.
        newest_first: it hands to who has waited shortest.
    """

    def __init__(self, host: Host, number: int, *, newest_first: bool = False) -> None:
        super().__init__(host, number)
        self.newest_first = newest_first
        self.items: deque[Any] = deque()
        self.getters: deque[_Getter] = deque()

    def put(self, by: int, item: object) -> Body:
        """Put ``item`` in, on behalf of entity ``by``; never waits."""
        if self.getters:
            getter = self.getters.pop() if self.newest_first else self.getters.popleft()
            getter.item = item
            yield (RELEASE, getter.lock)
        else:
            self.items.append(item)
            self.change(by, len(self.items))

    def get(self, me: Worker) -> Body:
        """Take the next item; wait while there is none."""
        if self.items:
            return self.get_nowait(me)
        getter = _Getter(self.host.lock(self.number, quiet=True))
        yield (ACQUIRE, getter.lock)
        self.getters.append(getter)
        yield (ACQUIRE, getter.lock)
        return getter.item

    def get_nowait(self, me: Worker) -> Any:
        """Take the next item, which is there."""
        item = self.items.popleft()
        self.change(me.id, len(self.items))
        return item
