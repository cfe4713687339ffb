"""What the steps of a greenlet mean under eventlet.

eventlet has no ``shield``; conditions and barriers are those of the patched standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from schedsim.loops import monitors
from schedsim.loops.base import TaskGroup
from schedsim.loops.eventlet import greenthreads
from schedsim.loops.eventlet.events import Flag
from schedsim.loops.eventlet.greenthreads import GreenThread
from schedsim.loops.eventlet.queues import Queue
from schedsim.loops.eventlet.semaphores import Counter, Lock, Semaphore
from schedsim.loops.eventlet.timeouts import Timeout
from schedsim.loops.greenlet_verbs import SHARED, Held
from schedsim.loops.greenlets import GreenletExit, Hub
from schedsim.loops.live import MakeManager, Verb
from schedsim.traps import Body


class Condition(monitors.Condition[Any]):
    """``threading.Condition`` over locks of eventlet; while somebody waits, it is for this."""

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:  # noqa: ARG002 - as for all
        super().__init__(Lock(hub, number), lambda: Counter(hub, number=number))


class Barrier(monitors.Barrier[Any]):
    """``threading.Barrier`` over locks of eventlet."""

    def __init__(self, hub: Hub, number: int, value: int) -> None:
        super().__init__(Condition(hub, number), value)


class Group:
    """What is spawned inside belongs together: leaving waits for it (``GreenPool.waitall``).

    An error that ends the block kills the others first.
    """

    def __init__(self, me: GreenThread) -> None:
        self.me = me
        self.members: list[GreenThread] = []

    def enter(self) -> Body:
        """From here on, what is spawned belongs to it."""
        yield from ()
        self.me.blocks.append(self.members)

    def leave(self, error: BaseException | None) -> Body:
        """Wait for all that was spawned inside."""
        self.me.blocks.remove(self.members)
        if error is not None:
            for member in self.members:
                yield from greenthreads.kill(self.me, member)
        for member in self.members:
            yield from _until_over(self.me, member)
        return False


def join(me: GreenThread, group: TaskGroup) -> Body:
    """Wait for each of ``group``, whatever becomes of it."""
    for member in group.members:
        assert isinstance(member, GreenThread), "all tasks of a live loop are live"
        if member is not me:
            yield from _until_over(me, member)


def _until_over(me: GreenThread, other: GreenThread) -> Body:
    """``other.wait()``; what it raises is not raised here."""
    try:
        yield from other.wait(me)
    except (Exception, GreenletExit) as error:
        if error is not other.error:
            raise


def await_(me: GreenThread, group: TaskGroup) -> Body:
    """``greenthread.wait()``, of each of ``group``: its value, or its error here."""
    value = None
    for member in group.members:
        assert isinstance(member, GreenThread), "all tasks of a live loop are live"
        if member is not me:
            value = yield from member.wait(me)
    return value


def kill(me: GreenThread, group: TaskGroup) -> Body:
    """``greenthread.kill()``, of each of ``group``: each runs at once."""
    for member in group.members:
        assert isinstance(member, GreenThread), "all tasks of a live loop are live"
        yield from greenthreads.kill(me, member)


def gather(me: GreenThread, groups: tuple[TaskGroup, ...]) -> Body:
    """``wait()`` for each, one after the other: the first error met is raised."""
    for group in groups:
        yield from await_(me, group)


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
    "event": Flag,
    "condition": Condition,
    "queue": Queue,
    "barrier": Barrier,
}

CATCHES: Mapping[str, type[BaseException]] = {
    "cancelled": GreenletExit,
    "timeout": Timeout,
    "error": Exception,
}
