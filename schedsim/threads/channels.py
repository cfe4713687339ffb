"""Pipes and sockets, as models of latency: what is sent arrives later.

A message takes the latency, and the time that its bytes need at the bandwidth; messages of one
channel go one after the other, so they come out in the order in which they were sent.  Sending
does not wait: buffers are large.  Not modelled: full buffers, and who is at the other end.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Protocol

from schedsim.durations import UNITS, Time
from schedsim.threads.base import Host, Resource, Worker
from schedsim.traps import ACQUIRE, IO, RELEASE, Body


class Receiver(Protocol):
    """Somebody who waits for a message and has to be woken: in a thread, or in a task."""

    def arrived(self, by: int) -> Body:
        """There is a message from ``by``, who is just at it."""

    def delivered(self, by: int) -> None:
        """There is one that was on its way from ``by``: nobody does anything now."""


class Channel(Resource):
    """A pipe or a socket, in one direction; its value is how many messages are in it.

    Args:
        host: the machine.
        number: its number in the trace.
        latency: how long a byte is on its way.
        bandwidth: bytes a second; 0: no limit.
    """

    def __init__(self, host: Host, number: int, latency: Time = 0, bandwidth: int = 0) -> None:
        super().__init__(host, number)
        self.latency = latency
        self.bandwidth = bandwidth
        self.messages: deque[tuple[Time, int]] = deque()
        """When each is there, and how many bytes it has."""
        self.free_at: Time = 0
        """When the last byte of the last message has been sent."""
        self.receivers: deque[Receiver] = deque()
        """Those who wait for messages that had not been sent yet, first come first served.

        Each is woken by one that has arrived.
        """
        self.begun: dict[int, int] = {}
        """By entity that ever waited: its place among all waits, when it began the last time."""

    def send(self, by: int, size: int) -> Body:
        """Send ``size`` bytes, on behalf of entity ``by``; never waits."""
        now = self.host.now
        takes = -(-size * UNITS["s"] // self.bandwidth) if self.bandwidth else 0
        self.free_at = max(self.free_at, now) + takes
        due = self.free_at + self.latency
        self.messages.append((due, size))
        self.change(by, len(self.messages))
        if not self.receivers:
            return
        if due <= now:
            yield from self.receivers.popleft().arrived(by)
        else:  # whoever waits is not woken before it is there
            self.host.deliver(due, lambda: bool(self.receivers), partial(self._deliver, by))

    def _deliver(self, by: int) -> None:
        if self.is_there():
            self.receivers.popleft().delivered(by)

    def is_there(self) -> bool:
        """The next message need not be waited for."""
        due = self.due()
        return due is not None and due <= self.host.now

    def came(self, entity: int) -> None:
        """``entity`` begins to wait for a message to be sent."""
        self.begun.pop(entity, None)
        self.begun[entity] = 1 + next(reversed(self.begun.values()), 0)

    def pass_on(self, by: int) -> Body:
        """Who was told of a message takes none: let the next look, if there is one."""
        if self.is_there() and self.receivers:
            yield from self.receivers.popleft().arrived(by)

    def due(self) -> Time | None:
        """When the next message is there; None if there is none on its way."""
        return self.messages[0][0] if self.messages else None

    def pop(self, by: int) -> int:
        """Take the next message, which is there; its size."""
        _, size = self.messages.popleft()
        self.change(by, len(self.messages))
        return size

    def receive(self, me: Worker) -> Body:
        """``recv``: wait, without the GIL, for the next message; its size."""
        while not self.is_there():
            due = self.due()
            if due is None or self.receivers:  # others came before, and what is under way is theirs
                waits = _Waiting(self.host, self.number)
                yield (ACQUIRE, waits.lock)
                self.receivers.append(waits)
                self.came(me.id)
                yield (ACQUIRE, waits.lock)
            else:
                yield (IO, due - self.host.now)
        return self.pop(me.id)


class _Waiting:
    """A thread that waits for a message."""

    def __init__(self, host: Host, number: int) -> None:
        self.host = host
        self.lock = host.lock(number, quiet=True)

    def arrived(self, by: int) -> Body:  # noqa: ARG002 - the row of its waking says who
        """Let it take the message."""
        yield (RELEASE, self.lock)

    def delivered(self, by: int) -> None:
        """Likewise; what wakes a thread is the thread of whoever has sent it."""
        self.lock.pass_on(self.host, self.host.trace.entities[by].thread)
