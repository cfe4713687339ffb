"""Pipes and sockets between tasks, or between tasks and threads: cooperative reading.

Who waits for a message may be cancelled, killed or timed out meanwhile, so how a task waits is up
to its flavour.  What one does not take any more is for the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeAlias

from schedsim.loops.executors import call_soon_threadsafe
from schedsim.loops.live_tasks import LiveTask
from schedsim.threads.channels import Channel
from schedsim.traps import Body


class Waiting(Protocol):
    """A task that waits to be told something, once."""

    def wait(self) -> Body:
        """Be suspended until then."""

    def tell(self, by: int) -> None:
        """It is so, because of entity ``by``: called in the loop, also when nobody waits now."""


MakeWaiting: TypeAlias = Callable[[Any, int], Waiting]
"""How tasks of a flavour wait: called with the task and the number of what it waits for."""


class _Reader:
    """A task that waits for a message to be sent.

    Args:
        me: the task.
        waiting: how it waits.
    """

    def __init__(self, me: LiveTask, waiting: Waiting) -> None:
        self.me = me
        self.waiting = waiting

    def arrived(self, by: int) -> Body:
        """Let it take the message."""
        yield from ()
        self.delivered(by)

    def delivered(self, by: int) -> None:
        """Likewise: what a selector reports is called back in the next pass."""
        call_soon_threadsafe(self.me.loop, self.waiting.tell, by)


def send(me: LiveTask, channel: Channel, size: int = 0) -> Body:
    """Send ``size`` bytes."""
    yield from channel.send(me.id, size)


def receive(me: LiveTask, channel: Channel, waiting: MakeWaiting) -> Body:
    """Wait for the next message; how many bytes it has.  Other tasks go on meanwhile."""
    device: Any = partial(me.flavour.verbs["io"], me)
    try:
        while not channel.is_there():
            due = channel.due()
            if due is None or channel.receivers:  # what is under way is theirs who came before
                yield from _until_sent(me, channel, waiting(me, channel.number))
            else:
                yield from device(due - me.loop.host.now)
    except GeneratorExit:
        raise
    except BaseException:
        yield from channel.pass_on(me.id)
        raise
    return channel.pop(me.id)


def receiving(waiting: MakeWaiting) -> Callable[[LiveTask, Channel], Body]:
    """The verb ``recv`` of a flavour."""
    return partial(receive, waiting=waiting)


def _until_sent(me: LiveTask, channel: Channel, waiting: Waiting) -> Body:
    reader = _Reader(me, waiting)
    channel.receivers.append(reader)
    channel.came(me.id)
    try:
        yield from waiting.wait()
    finally:
        if reader in channel.receivers:
            channel.receivers.remove(reader)
