"""Memory channels of trio: queues between tasks, also of no length at all.

After ``_channel.py`` (SEMANTICS.md T2).  Each is its own sender and receiver; closing them, which
ends ``async for``, is not modelled: steps have no such loop.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from schedsim.loops.base import Loop
from schedsim.loops.resources import Resource
from schedsim.loops.trio.tasks import Task, checkpoint_if_cancelled
from schedsim.trace import Reason
from schedsim.traps import GIVE_WAY, Body


class WouldBlock(Exception):
    """``trio.WouldBlock``."""


class Channel(Resource):
    """``open_memory_channel(most)``.

    Args:
        loop: whose tasks it connects.
        number: its number in the trace.
        most: how many items it holds; 0: each is handed over; None: no limit.
    """

    def __init__(self, loop: Loop, number: int, most: int | None = 0) -> None:
        super().__init__(loop, number)
        self.most = most
        self.items: deque[Any] = deque()
        self.senders: dict[Task, Any] = {}
        """Who waits to send what."""
        self.receivers: dict[Task, None] = {}

    @classmethod
    def declared(cls, loop: Loop, number: int, value: int = 0) -> Channel:
        """As scenarios declare a queue: no limit if ``value`` is 0."""
        return cls(loop, number, value or None)

    def send_nowait(self, me: Task, item: object) -> None:
        """Give ``item`` to who waits longest, or put it down."""
        if self.receivers:
            receiver = next(iter(self.receivers))
            del self.receivers[receiver]
            receiver.reschedule(Reason.UNLOCKED, me.id, value=item)
        elif self.most is None or len(self.items) < self.most:
            self.items.append(item)
            self.change(me.id, len(self.items))
        else:
            raise WouldBlock

    def send(self, me: Task, item: object) -> Body:
        """Send ``item``, and checkpoint; or wait until there is room, or a receiver."""
        yield from checkpoint_if_cancelled(me)
        try:
            self.send_nowait(me, item)
        except WouldBlock:
            self.senders[me] = item
        else:
            yield GIVE_WAY
            return

        def abort() -> bool:
            del self.senders[me]
            return True

        yield from me.wait(abort, Reason.LOCK, self.number)

    def receive_nowait(self, me: Task) -> Any:
        """Take the first item; the sender that waited longest can then put down its own."""
        if self.senders:
            sender = next(iter(self.senders))
            self.items.append(self.senders.pop(sender))
            sender.reschedule(Reason.UNLOCKED, me.id)
        if not self.items:
            raise WouldBlock
        item = self.items.popleft()
        self.change(me.id, len(self.items))
        return item

    def receive(self, me: Task) -> Body:
        """Take an item, and checkpoint; or wait for one."""
        yield from checkpoint_if_cancelled(me)
        try:
            item = self.receive_nowait(me)
        except WouldBlock:
            self.receivers[me] = None
        else:
            yield GIVE_WAY
            return item

        def abort() -> bool:
            del self.receivers[me]
            return True

        return (yield from me.wait(abort, Reason.LOCK, self.number))
