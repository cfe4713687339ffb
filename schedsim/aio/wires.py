"""Simulated connections: two ends, bytes that take their time, and the selector that watches them.

What was sent arrives ``latency`` later, in order.  An end is non-blocking, like the sockets that
asyncio wants; it takes any amount at once.  Ends that have something to read are reported in the
order in which they came to have it, as ``epoll`` does.

A loop that waits is woken when something *arrives* at an end it watches, not when it is sent.
"""

from __future__ import annotations

from asyncio import events
from collections import deque
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final
from weakref import WeakSet, ref

from schedsim.aio.clock import Duration, duration
from schedsim.aio.thread import SimThread, required

if TYPE_CHECKING:
    from schedsim.aio.loop import SimLoop

_ORDER: Final = count()
READ: Final = 1
WRITE: Final = 2


class End:
    """One end of a simulated connection: see :func:`socketpair`."""

    def __init__(self, latency: int) -> None:
        self.latency = latency
        self.peer: End | None = None
        self.closed = False
        self.watched_by: WeakSet[Selector] = WeakSet()
        self._inbound: deque[tuple[int, int, bytes]] = deque()
        """When each piece arrives, which one it is of all, and its bytes; none: the end."""

    def send(self, data: bytes) -> int:
        """Send all of ``data`` to the other end.

        Raises:
            BrokenPipeError: the other end, or this one, is closed.
        """
        peer = self.peer
        if self.closed or peer is None or peer.closed:
            raise BrokenPipeError("the other end is closed")
        if data:
            peer._comes(required("send()"), self.latency, bytes(data))
        return len(data)

    def recv(self, n: int) -> bytes:
        """Take up to ``n`` of the bytes that have arrived; none once the other end is closed.

        Raises:
            BlockingIOError: nothing has arrived.
        """
        thread = required("recv()")
        if self.arrival() is None or not self.readable(thread):
            raise BlockingIOError("nothing has arrived")
        moment, number, data = self._inbound[0]
        if not data:
            return b""
        if len(data) > n:
            self._inbound[0] = (moment, number, data[n:])
        else:
            self._inbound.popleft()
        return data[:n]

    def close(self) -> None:
        """Close this end: the other finds the end of what was sent."""
        if not self.closed:
            self.closed = True
            if self.peer is not None and not self.peer.closed:
                self.peer._comes(required("close()"), self.latency, b"")

    def setblocking(self, blocking: bool) -> None:  # noqa: FBT001 - as sockets have it
        """Say that it does not block.

        Raises:
            ValueError: it is to block.
        """
        if blocking:
            raise ValueError("a simulated socket never blocks")

    def readable(self, thread: SimThread) -> bool:
        """Something has arrived."""
        arrival = self.arrival()
        return arrival is not None and arrival[0] <= thread.engine.now

    def arrival(self) -> tuple[int, int] | None:
        """When the next bytes arrive, or did, and their number among all that was ever sent."""
        return self._inbound[0][:2] if self._inbound else None

    def _comes(self, sender: SimThread, latency: int, data: bytes) -> None:
        engine = sender.engine
        moment = engine.now + latency
        self._inbound.append((moment, next(_ORDER), data))
        for selector in sorted(self.watched_by, key=lambda each: each.thread.id):
            thread = selector.thread
            if latency and thread.record.selecting:  # who does not wait sees it before it does
                poke = partial(engine.poke, thread.record, sender.id)
                engine.deliver(moment, partial(selector.waits_for, self), poke)
            else:
                thread.poke()


def socketpair(latency: Duration = 0) -> tuple[End, End]:
    """The two ends of a simulated connection, whose bytes take ``latency`` each way."""
    time = duration(latency)
    first, second = End(time), End(time)
    first.peer, second.peer = second, first
    return first, second


class Selector:
    """What a loop's ``_run_once`` asks for input.

    Args:
        loop: whose it is.
        thread: the thread that waits.
    """

    def __init__(self, loop: ref[SimLoop], thread: SimThread) -> None:
        self.loop = loop
        self.thread = thread
        self._watched: dict[End, list[events.Handle | None]] = {}

    def select(self, timeout: float | None) -> list[tuple[End, int]]:
        """Wait as ``timeout`` says, and tell which ends can be read or written."""
        loop = self.loop()
        assert loop is not None, "it runs"
        loop.wait(timeout)
        return self._ready() if self._watched else []

    def is_ready(self) -> bool:
        """Some end can be read or written, and somebody wants to know."""
        return bool(self._watched) and bool(self._ready())

    def next_arrival(self) -> int | None:
        """When something arrives at an end that is watched, as far as it is under way."""
        arrivals = [end.arrival() for end, (reader, _) in self._watched.items() if reader]
        return min((arrival[0] for arrival in arrivals if arrival is not None), default=None)

    def handles(self, end: End) -> tuple[events.Handle | None, events.Handle | None]:
        """The reader and the writer of an end."""
        reader, writer = self._watched.get(end, (None, None))
        return reader, writer

    def waits_for(self, end: End) -> bool:
        """Its loop waits, and wants to know what arrives at ``end``."""
        return self.thread.record.selecting and self.handles(end)[0] is not None

    def watch(self, end: End, which: int, handle: events.Handle) -> None:
        """Call ``handle`` when ``end`` can be read (``which`` 0) or written (1)."""
        pair = self._watched.setdefault(end, [None, None])
        before, pair[which] = pair[which], handle
        if before is not None:
            before.cancel()
        end.watched_by.add(self)

    def unwatch(self, end: End, which: int) -> bool:
        """No longer; False if nobody watched."""
        pair = self._watched.get(end, [None, None])
        before, pair[which] = pair[which], None
        if pair == [None, None] and self._watched.pop(end, None) is not None:
            end.watched_by.discard(self)
        if before is not None:
            before.cancel()
        return before is not None

    def _ready(self) -> list[tuple[End, int]]:
        found = []
        for end, (reader, writer) in self._watched.items():
            arrival = end.arrival()
            reads = reader is not None and end.readable(self.thread)
            if reads or writer is not None:
                number = arrival[1] if reads and arrival is not None else -1
                mask = (READ if reads else 0) | (WRITE if writer is not None else 0)
                found.append((number, end, mask))
        found.sort(key=lambda each: each[0])
        return [(end, mask) for _, end, mask in found]
