"""What the steps of a greenlet mean under gevent.

gevent has no ``shield``; conditions and barriers are those of the patched standard library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from schedsim.durations import Time
from schedsim.loops import monitors
from schedsim.loops.base import TaskGroup
from schedsim.loops.gevent import greenlets
from schedsim.loops.gevent.events import Event
from schedsim.loops.gevent.greenlets import GeventGreenlet
from schedsim.loops.gevent.locks import Counter, Lock, Semaphore
from schedsim.loops.gevent.queues import Queue
from schedsim.loops.gevent.timeouts import Timeout
from schedsim.loops.greenlets import DEVICE, Failure, GreenletExit, Hub
from schedsim.loops.live import MakeManager, Verb
from schedsim.trace import Reason
from schedsim.traps import Body


class Condition(monitors.Condition[Any]):
    """``threading.Condition`` over locks of gevent; while somebody waits, it is for this."""

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:  # noqa: ARG002
        super().__init__(Lock(hub, number), lambda: Counter(hub, number=number))


class Barrier(monitors.Barrier[Any]):
    """``threading.Barrier`` over locks of gevent."""

    def __init__(self, hub: Hub, number: int, value: int) -> None:
        super().__init__(Condition(hub, number), value)


class Held:
    """``with lock:``, of a lock, a semaphore or a condition."""

    def __init__(self, me: GeventGreenlet, lock: monitors.Lock[Any]) -> None:
        self.me = me
        self.lock = lock

    def enter(self) -> Body:
        """Take it."""
        yield from self.lock.acquire(self.me)

    def leave(self, error: BaseException | None) -> Body:  # noqa: ARG002 - locks forget none
        """Let go of it."""
        yield from ()
        self.lock.release(self.me)


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


def period(me: GeventGreenlet, length: Time) -> Body:
    """Wait for the next release of a periodic task."""
    due = me.next_release(length)
    if due > me.loop.host.now:
        yield from me.pause(due - me.loop.host.now, Reason.PERIOD)


def acquire(me: GeventGreenlet, lock: monitors.Lock[Any]) -> Body:
    """``lock.acquire()``, of a lock, a semaphore or a condition."""
    yield from lock.acquire(me)


def release(me: GeventGreenlet, lock: monitors.Lock[Any]) -> Body:
    """``lock.release()``; whoever waits is told when this greenlet has left: it may barge in."""
    yield from ()
    lock.release(me)


def set_(me: GeventGreenlet, event: Event) -> Body:
    """``event.set()``."""
    yield from ()
    event.set(me.id)


def clear(me: GeventGreenlet, event: Event) -> Body:
    """``event.clear()``."""
    yield from ()
    event.clear(me.id)


def wait(me: GeventGreenlet, awaited: Event | Condition | Barrier) -> Body:
    """``wait()`` of an event, a condition or a barrier."""
    return (yield from awaited.wait(me))


def notify(me: GeventGreenlet, condition: Condition, most: int) -> Body:
    """``condition.notify(most)``; 0: all."""
    yield from ()
    condition.notify(me, most)


def put(me: GeventGreenlet, queue: Queue, item: object, *, block: bool = True) -> Body:
    """``queue.put(item)``."""
    yield from queue.put(me, item, block=block)


def get(me: GeventGreenlet, queue: Queue, *, block: bool = True) -> Body:
    """``queue.get()``."""
    return (yield from queue.get(me, block=block))


def raise_(me: GeventGreenlet, name: str) -> Body:  # noqa: ARG001 - verbs share a signature
    """Fail."""
    yield from ()
    raise Failure(name)


VERBS: Mapping[str, Verb] = {
    "yield": GeventGreenlet.give_way,
    "sleep": GeventGreenlet.pause,
    "io": partial(GeventGreenlet.pause, reason=Reason.IO, rank=DEVICE),
    "period": period,
    "join": join,
    "await": await_,
    "cancel": kill,
    "gather": gather,
    "acquire": acquire,
    "release": release,
    "set": set_,
    "clear": clear,
    "wait": wait,
    "notify": notify,
    "put": put,
    "get": get,
    "put_nowait": partial(put, block=False),
    "get_nowait": partial(get, block=False),
    "raise": raise_,
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
