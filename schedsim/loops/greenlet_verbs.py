"""Verbs and blocks that gevent and eventlet share: each asks the thing itself.

What they do not share is in the ``verbs`` of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from schedsim.durations import Time
from schedsim.loops.channels import receiving, send
from schedsim.loops.executors import Usual, submit
from schedsim.loops.greenlets import DEVICE, Failure, Greenlet, Told
from schedsim.loops.live import Verb
from schedsim.loops.monitors import Condition, Lock
from schedsim.threads.pools import PoolChoice, Work
from schedsim.trace import NEVER, Reason
from schedsim.traps import Body


class Flag(Protocol):
    """An event."""

    def set(self, by: int) -> None:
        """Let those go on that wait for it."""

    def clear(self, by: int) -> None:
        """Let others wait from now on."""


class Awaited(Protocol):
    """An event, a condition or a barrier."""

    def wait(self, me: Any) -> Body:
        """Wait for it."""


class Queue(Protocol):
    """A queue."""

    def put(self, me: Greenlet, item: object, *, block: bool) -> Body:
        """Put ``item`` into it."""

    def get(self, me: Greenlet, *, block: bool) -> Body:
        """Take an item."""


class Held:
    """``with lock:``, of a lock, a semaphore or a condition."""

    def __init__(self, me: Greenlet, lock: Lock[Any]) -> None:
        self.me = me
        self.lock = lock

    def enter(self) -> Body:
        """Take it."""
        yield from self.lock.acquire(self.me)

    def leave(self, error: BaseException | None) -> Body:  # noqa: ARG002 - locks forget none
        """Let go of it."""
        yield from ()
        self.lock.release(self.me)


def period(me: Greenlet, length: Time) -> Body:
    """Wait for the next release of a periodic task."""
    due = me.next_release(length)
    if due > me.loop.host.now:
        yield from me.pause(due - me.loop.host.now, Reason.PERIOD)


def acquire(me: Greenlet, lock: Lock[Any]) -> Body:
    """``lock.acquire()``, of a lock, a semaphore or a condition."""
    yield from lock.acquire(me)


def release(me: Greenlet, lock: Lock[Any]) -> Body:
    """``lock.release()``; whoever waits is told when this greenlet has left: it may barge in."""
    yield from ()
    lock.release(me)


def set_(me: Greenlet, event: Flag) -> Body:
    """``event.set()``."""
    yield from ()
    event.set(me.id)


def clear(me: Greenlet, event: Flag) -> Body:
    """``event.clear()``."""
    yield from ()
    event.clear(me.id)


def wait(me: Greenlet, awaited: Awaited) -> Body:
    """``wait()`` of an event, a condition or a barrier."""
    return (yield from awaited.wait(me))


def notify(me: Greenlet, condition: Condition[Any], most: int) -> Body:
    """``condition.notify(most)``; 0: all."""
    yield from ()
    condition.notify(me, most)


def put(me: Greenlet, queue: Queue, item: object, *, block: bool = True) -> Body:
    """``queue.put(item)``."""
    yield from queue.put(me, item, block=block)


def get(me: Greenlet, queue: Queue, *, block: bool = True) -> Body:
    """``queue.get()``."""
    return (yield from queue.get(me, block=block))


def run_in(me: Greenlet, pool: PoolChoice, work: Work) -> Body:
    """Let a worker of ``pool`` do ``work``; who is killed waits no longer, and the work goes on."""
    told = Told(me, NEVER, Reason.AWAIT, Reason.JOINED)
    assignment = yield from submit(me, pool.of(me.id), work, lambda _, by: told.tell(by))
    yield from told.wait()
    return assignment.outcome()


def to_thread(me: Greenlet, work: Work) -> Body:
    """The same in the usual pool."""
    return (yield from run_in(me, Usual(work), work))


def raise_(me: Greenlet, name: str) -> Body:  # noqa: ARG001 - verbs share a signature
    """Fail."""
    yield from ()
    raise Failure(name)


SHARED: Mapping[str, Verb] = {
    "yield": Greenlet.give_way,
    "sleep": Greenlet.pause,
    "io": partial(Greenlet.pause, reason=Reason.IO, rank=DEVICE),
    "period": period,
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
    "send": send,
    "recv": receiving(Told),
    "to_thread": to_thread,
    "run_in": run_in,
}
