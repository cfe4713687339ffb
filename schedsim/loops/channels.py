"""Pipes and sockets between tasks, or between tasks and threads: cooperative reading."""

from __future__ import annotations

from functools import partial
from typing import Any

from schedsim.loops.base import LiveTask
from schedsim.loops.executors import call_soon_threadsafe
from schedsim.threads.channels import Channel
from schedsim.trace import Reason
from schedsim.traps import PARK, Body


class _Waiting:
    """A task that waits for a message to be sent."""

    def __init__(self, me: LiveTask) -> None:
        self.me = me
        self.told = False

    def arrived(self, by: int) -> Body:
        """Let it look when the message is due."""
        yield from ()
        call_soon_threadsafe(self.me.loop, self.tell, by)

    def tell(self, by: int) -> None:
        self.told = True
        self.me.loop.make_ready(self.me, Reason.UNLOCKED, by=by)


def send(me: LiveTask, channel: Channel, size: int = 0) -> Body:
    """Send ``size`` bytes."""
    yield from channel.send(me.id, size)


def receive(me: LiveTask, channel: Channel) -> Body:
    """Wait for the next message; how many bytes it has.  Other tasks go on meanwhile."""
    device: Any = partial(me.flavour.verbs["io"], me)
    while (due := channel.due()) is None or due > me.loop.host.now:
        if due is None:
            waits = _Waiting(me)
            channel.receivers.append(waits)
            while not waits.told:
                yield (PARK, (Reason.LOCK, channel.number))
        else:
            yield from device(due - me.loop.host.now)
    return channel.pop(me.id)
