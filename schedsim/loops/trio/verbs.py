"""What the steps and blocks of a live task mean under trio.

A verb that trio has as a plain function (``release``, ``set``, ``cancel``, ``put_nowait`` ...) is
no checkpoint; all others are, also when they need not wait (SEMANTICS.md T2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from schedsim.durations import Time
from schedsim.loops.base import TaskGroup
from schedsim.loops.channels import receive
from schedsim.loops.executors import run_in, to_thread
from schedsim.loops.live import MakeManager, Verb
from schedsim.loops.trio.cancel_scopes import Cancelled, FailAfter, ScopeBlock, TooSlowError
from schedsim.loops.trio.channels import Channel
from schedsim.loops.trio.nurseries import Nursery
from schedsim.loops.trio.sync import Barrier, CapacityLimiter, Condition, Event, Lock, Semaphore
from schedsim.loops.trio.tasks import Task, checkpoint, checkpoint_if_cancelled, sleep, sleep_until
from schedsim.threads.channels import Channel as Wire
from schedsim.trace import Reason
from schedsim.traps import GIVE_WAY, Body


class Raised(Exception):
    """What ``raise`` raises: its name is its only argument."""


class Takeable(Protocol):
    """What can be acquired and released: a lock, a semaphore, a condition."""

    def acquire(self, me: Task) -> Body:
        """Take it, or wait for it."""

    def release(self, me: Task) -> None:
        """Let go of it."""


class With:
    """``async with resource``."""

    def __init__(self, task: Task, resource: Takeable) -> None:
        self.task = task
        self.resource = resource

    def enter(self) -> Body:
        """``acquire``."""
        yield from self.resource.acquire(self.task)

    def leave(self, error: BaseException | None) -> Body:  # noqa: ARG002 - errors go on
        """``release``: no checkpoint."""
        yield from ()
        self.resource.release(self.task)


def join(me: Task, group: TaskGroup) -> Body:
    """Wait for the end of each of ``group``.

    trio's tasks have no results to await, and tell their errors to their nursery: so whatever
    became of them, this raises nothing.
    """
    for member in group.members:
        assert isinstance(member, Task), "all tasks of a live loop are live"
        if member is not me:
            yield from me.wait_for_end(member)


def gather(me: Task, groups: tuple[TaskGroup, ...]) -> Body:
    """Wait for the end of all of ``groups``; see :func:`join`."""
    for group in groups:
        yield from join(me, group)


def cancel(me: Task, group: TaskGroup) -> Body:
    """``cancel_scope.cancel()``, of the scope around each of ``group``."""
    yield from ()
    for member in group.members:
        assert isinstance(member, Task), "all tasks of a live loop are live"
        if not member.done:
            member.whole.cancel(me.id)


def period(me: Task, length: Time) -> Body:
    """``sleep_until`` the next release of a periodic task; a checkpoint also when it is late."""
    yield from sleep_until(me, me.next_release(length), Reason.PERIOD)


def notify(me: Task, condition: Condition, count: int = 1) -> Body:
    """``condition.notify(count)``; 0: ``notify_all``."""
    yield from ()
    condition.notify(me, count)


def raise_(me: Task, name: str) -> Body:  # noqa: ARG001 - verbs share a signature
    """Raise an error."""
    yield from ()
    raise Raised(name)


def _plain(function: Callable[..., object]) -> Verb:
    """A verb from a function that is no checkpoint: ``function(resource, me, ...)``."""

    def verb(me: Task, resource: object, *arguments: object) -> Body:
        yield from ()
        return function(resource, me, *arguments)

    return verb


def _acquire(me: Task, resource: Takeable) -> Body:
    yield from resource.acquire(me)


def _wait(me: Task, resource: Event | Condition | Barrier) -> Body:
    yield from resource.wait(me)


def _put(me: Task, queue: Channel, item: object) -> Body:
    yield from queue.send(me, item)


def _get(me: Task, queue: Channel) -> Body:
    return (yield from queue.receive(me))


class Readable:
    """``wait_readable``.

    Args:
        me: who waits.
        number: of the pipe or socket.
    """

    def __init__(self, me: Task, number: int) -> None:
        self.me = me
        self.number = number
        self.waits = False

    def wait(self) -> Body:
        """Until there is something to read; a cancel point."""
        self.waits = True
        try:
            yield from self.me.wait(self._abort, Reason.LOCK, self.number)
        finally:
            self.waits = False

    def tell(self, by: int) -> None:
        """There is, because of entity ``by``."""
        if self.waits:
            self.waits = False
            self.me.reschedule(Reason.UNLOCKED, by)

    def _abort(self) -> bool:
        self.waits = False
        return True


def _send(me: Task, wire: Wire, size: int = 0) -> Body:
    """``_nonblocking_helper`` of ``_socket.py``: a checkpoint also when it does not wait."""
    yield from checkpoint_if_cancelled(me)
    yield from wire.send(me.id, size)
    yield GIVE_WAY


def _receive(me: Task, wire: Wire) -> Body:
    yield from checkpoint_if_cancelled(me)
    due = wire.due()
    at_once = due is not None and due <= me.loop.host.now
    size = yield from receive(me, wire, Readable)
    if at_once:
        yield GIVE_WAY
    return size


def _release(resource: Takeable, me: Task) -> None:
    resource.release(me)


VERBS: Mapping[str, Verb] = {
    "yield": checkpoint,
    "sleep": sleep,
    "io": partial(sleep, reason=Reason.IO),
    "period": period,
    "join": join,
    "await": join,
    "gather": gather,
    "cancel": cancel,
    "acquire": _acquire,
    "release": _plain(_release),
    "set": _plain(Event.set),
    "clear": _plain(Event.clear),
    "wait": _wait,
    "notify": notify,
    "put": _put,
    "get": _get,
    "put_nowait": _plain(Channel.send_nowait),
    "get_nowait": _plain(Channel.receive_nowait),
    "raise": raise_,
    "send": _send,
    "recv": _receive,
    "to_thread": to_thread,
    "run_in": run_in,
}

BLOCKS: Mapping[str, MakeManager] = {
    "with": With,
    "timeout": FailAfter,
    "move_on": ScopeBlock,
    "group": Nursery,
    "shield": partial(ScopeBlock, shield=True),
}

RESOURCES: Mapping[str, Callable[..., Any]] = {
    "lock": Lock,
    "semaphore": Semaphore,
    "limiter": CapacityLimiter,
    "event": Event,
    "condition": Condition,
    "queue": Channel.declared,
    "barrier": Barrier,
}

CATCHES: Mapping[str, type[BaseException]] = {
    "cancelled": Cancelled,
    "timeout": TooSlowError,
    "error": Exception,
}
