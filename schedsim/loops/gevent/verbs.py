"""What the steps of a greenlet mean under gevent.

gevent has no ``shield``; conditions and barriers are those of the patched standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from schedsim.loops import monitors
from schedsim.loops.base import TaskGroup
from schedsim.loops.gevent import greenlets
from schedsim.loops.gevent.events import Event
from schedsim.loops.gevent.greenlets import GeventGreenlet
from schedsim.loops.gevent.locks import Counter, Lock, Semaphore
from schedsim.loops.gevent.queues import Queue
from schedsim.loops.gevent.timeouts import Timeout
from schedsim.loops.greenlet_verbs import SHARED, Held
from schedsim.loops.greenlets import GreenletExit, Hub
from schedsim.loops.live import MakeManager, Verb
from schedsim.traps import Body


class Condition(monitors.Condition[Any]):
    """``threading.Condition`` over locks of gevent; while somebody waits, it is for this."""

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:  # noqa: ARG002 - as for all
        super().__init__(Lock(hub, number), lambda: Counter(hub, number=number))


class Barrier(monitors.Barrier[Any]):
    """``threading.Barrier`` over locks of gevent."""

    def __init__(self, hub: Hub, number: int, value: int) -> None:
        super().__init__(Condition(hub, number), value)


class Group:
    """What is spawned inside belongs together: leaving waits for it (``gevent.joinall``).

    An error that ends the block kills the others first, as leaving ``with greenlet:`` does.
    """

    def __init__(self, me: GeventGreenlet) -> None:
        self.me = me
        self.members: list[GeventGreenlet] = []

    def enter(self) -> Body:
        """From here on, what is spawned belongs to it."""
        yield from ()
        self.me.blocks.append(self.members)

    def leave(self, error: BaseException | None) -> Body:
        """Wait for all that was spawned inside."""
        self.me.blocks.remove(self.members)
        if error is not None:
            yield from greenlets.killall(self.me, self.members)
        else:
            yield from greenlets.joinall(self.me, self.members)
        return False


def join(me: GeventGreenlet, group: TaskGroup) -> Body:
    """``greenlet.join()``, of each of ``group``."""
    for member in group.members:
        assert isinstance(member, GeventGreenlet), "all tasks of a live loop are live"
        if member is not me:
            yield from greenlets.join(me, member)


def await_(me: GeventGreenlet, group: TaskGroup) -> Body:
    """``greenlet.get()``, of each of ``group``: its value, or its error here."""
    value = None
    for member in group.members:
        assert isinstance(member, GeventGreenlet), "all tasks of a live loop are live"
        if member is not me:
            value = yield from greenlets.get(me, member)
    return value


def kill(me: GeventGreenlet, group: TaskGroup) -> Body:
    """``greenlet.kill()``, of each of ``group``: waits until it is dead."""
    for member in group.members:
        assert isinstance(member, GeventGreenlet), "all tasks of a live loop are live"
        yield from greenlets.kill(me, member)


def gather(me: GeventGreenlet, groups: tuple[TaskGroup, ...]) -> Body:
    """``gevent.joinall(..., raise_error=True)``: the first error is raised at once."""
    members: list[Any] = [each for group in groups for each in group.members if each is not me]
    yield from greenlets.joinall(me, members, raises=True)


VERBS: Mapping[str, Verb] = {
    **SHARED,
    "join": join,
    "await": await_,
    "cancel": kill,
    "gather": gather,
}

BLOCKS: Mapping[str, MakeManager] = {
    "with": Held,
    "timeout": Timeout,
    "move_on": partial(Timeout, silent=True),
    "group": Group,
}

RESOURCES: Mapping[str, Callable[..., Any]] = {
    "lock": Lock,
    "semaphore": Semaphore,
    "event": Event,
    "condition": Condition,
    "queue": Queue,
    "barrier": Barrier,
}

CATCHES: Mapping[str, type[BaseException]] = {
    "cancelled": GreenletExit,
    "timeout": Timeout,
    "error": Exception,
}
