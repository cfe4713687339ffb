"""What the steps of a live task mean under asyncio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from schedsim.durations import Time
from schedsim.loops.asyncio.errors import Cancelled, Failed, TimedOut
from schedsim.loops.asyncio.executors import run_in, to_thread
from schedsim.loops.asyncio.futures import Future, Task
from schedsim.loops.asyncio.gathering import Gathered
from schedsim.loops.asyncio.groups import Group
from schedsim.loops.asyncio.inner_tasks import Shield
from schedsim.loops.asyncio.locks import (
    Barrier,
    BoundedSemaphore,
    Condition,
    Event,
    Lock,
    Semaphore,
)
from schedsim.loops.asyncio.queues import LifoQueue, PriorityQueue, Queue
from schedsim.loops.asyncio.sleeping import give_way, sleep
from schedsim.loops.asyncio.timeouts import MoveOn, Timeout, WaitFor, wait_for
from schedsim.loops.base import TaskGroup
from schedsim.loops.channels import receiving, send
from schedsim.loops.live import MakeManager, Verb
from schedsim.programs.waits import Performed
from schedsim.trace import Reason
from schedsim.traps import Body


def members(group: TaskGroup, but: Task) -> list[Task]:
    """All of ``group`` that ``but`` may wait for."""
    found = []
    for member in group.members:
        assert isinstance(member, Task), "all tasks of a live loop are live"
        if member is not but:
            found.append(member)
    return found


def join(me: Task, group: TaskGroup) -> Body:
    """Wait for all of ``group``, whatever becomes of them."""
    for member in group.members:  # also those that are started meanwhile
        assert isinstance(member, Task), "all tasks of a live loop are live"
        if member is not me and not member.over:
            asked = me.cancels
            try:
                yield from member.wait(me, Reason.JOIN)
            except Cancelled:
                if me.cancels > asked or not member.cancelled:
                    raise
            except Exception:  # noqa: BLE001, S110 - however it ended, it has ended
                pass


def await_(me: Task, group: TaskGroup) -> Body:
    """``await task``, of each of ``group``: its result, or its exception here."""
    result = None
    for member in group.members:  # also those that are started meanwhile
        assert isinstance(member, Task), "all tasks of a live loop are live"
        if member is not me:
            result = yield from member.wait(me, Reason.JOIN)
    return result


def gather(me: Task, groups: tuple[TaskGroup, ...]) -> Body:
    """``asyncio.gather`` of all tasks of ``groups``: the first error is raised."""
    tasks = [member for group in groups for member in members(group, me)]
    return (yield from Gathered(me.loop, tasks).wait(me, Reason.JOIN))


def wait_for_group(me: Task, duration: Time, group: TaskGroup) -> Body:
    """``asyncio.wait_for``, of each of ``group``, one after the other."""
    result = None
    for member in members(group, me):
        result = yield from wait_for(me, member, duration)
    return result


def cancel(me: Task, group: TaskGroup) -> Body:
    """``task.cancel()``, of each of ``group``."""
    yield from ()
    for member in group.members:
        assert isinstance(member, Task), "all tasks of a live loop are live"
        member.cancel(me.id)


def period(me: Task, length: Time) -> Performed:
    """Wait for the next release of a periodic task."""
    due, now = me.next_release(length), me.loop.host.now
    return sleep(me, due - now, Reason.PERIOD) if due > now else ()


def raise_(me: Task, name: str) -> Body:  # noqa: ARG001 - verbs share a signature
    """Raise an exception called ``name``."""
    yield from ()
    raise Failed(name)


def at_once(act: Callable[..., object]) -> Verb:
    """A verb that never waits."""

    def verb(me: Task, *arguments: Any) -> Body:
        yield from ()
        return act(me, *arguments)

    return verb


class Sent:
    """A future that is known when a message has been sent.

    Args:
        me: who waits for it.
        number: of the pipe or socket.
    """

    def __init__(self, me: Task, number: int) -> None:
        self.me = me
        self.number = number
        self.future = Future(me.loop, Reason.UNLOCKED)

    def wait(self) -> Body:
        """Await it."""
        yield from self.future.wait(self.me, Reason.LOCK, self.number)

    def tell(self, by: int) -> None:
        """It is, says entity ``by``."""
        if not self.future.over:
            self.future.set_result(by=by)


VERBS: Mapping[str, Verb] = {
    "yield": give_way,
    "sleep": sleep,
    "io": partial(sleep, reason=Reason.IO),
    "period": period,
    "join": join,
    "await": await_,
    "gather": gather,
    "wait_for": wait_for_group,
    "cancel": cancel,
    "raise": raise_,
    "acquire": lambda me, lock: lock.acquire(me),
    "release": at_once(lambda me, lock: lock.release(me)),
    "set": at_once(lambda me, event: event.set(me.id)),
    "clear": at_once(lambda me, event: event.clear(me.id)),
    "wait": lambda me, resource: resource.wait(me),
    "notify": at_once(lambda me, condition, count: condition.notify(me, count)),
    "put": lambda me, queue, item: queue.put(me, item),
    "get": lambda me, queue: queue.get(me),
    "put_nowait": at_once(lambda me, queue, item: queue.put_nowait(me, item)),
    "get_nowait": at_once(lambda me, queue: queue.get_nowait(me)),
    "send": send,
    "recv": receiving(Sent),
    "to_thread": to_thread,
    "run_in": run_in,
}


class With:
    """``async with`` a lock, a semaphore or a condition.

    Args:
        me: whose block it is.
        resource: what is held inside.
    """

    def __init__(self, me: Task, resource: Lock | Semaphore) -> None:
        self.me = me
        self.resource = resource

    def enter(self) -> Body:
        """Take it."""
        return self.resource.acquire(self.me)

    def leave(self, error: BaseException | None) -> Body:  # noqa: ARG002 - in any case
        """Let go of it."""
        yield from ()
        self.resource.release(self.me)


BLOCKS: Mapping[str, MakeManager] = {
    "with": With,
    "timeout": Timeout,
    "move_on": MoveOn,
    "wait_for": WaitFor,
    "group": Group,
    "shield": Shield,
}

RESOURCES: Mapping[str, Callable[..., Any]] = {
    "lock": Lock,
    "semaphore": Semaphore,
    "bounded_semaphore": BoundedSemaphore,
    "event": Event,
    "condition": Condition,
    "barrier": Barrier,
    "queue": Queue,
    "lifo_queue": LifoQueue,
    "priority_queue": PriorityQueue,
}

CATCHES: Mapping[str, type[BaseException]] = {
    "cancelled": Cancelled,
    "timeout": TimedOut,
    "error": Exception,
}
