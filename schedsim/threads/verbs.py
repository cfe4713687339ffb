"""What the steps of a thread mean that the engine does not serve itself: ``threading``'s names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schedsim.durations import Time
from schedsim.threads.base import Failure, ThreadGroup, Verb, Worker
from schedsim.threads.channels import Channel
from schedsim.threads.locks import Condition
from schedsim.threads.pools import PoolChoice, Work, run_in
from schedsim.threads.queues import Queue
from schedsim.threads.signals import Barrier, Event
from schedsim.traps import JOIN, Body


def await_(me: Worker, group: ThreadGroup) -> Body:
    """``future.result()``, of each of ``group``: its result, or its exception here."""
    yield (JOIN, group)
    result = None
    for member in group.members:
        program = member.program
        if program is not me:
            error = getattr(program, "error", None)
            if error is not None:
                raise error
            result = getattr(program, "result", None)
    return result


def gather(me: Worker, groups: tuple[ThreadGroup, ...]) -> Body:
    """Wait for all; then the first exception, in the order in which they are named."""
    for group in groups:
        yield (JOIN, group)
    for group in groups:
        yield from await_(me, group)


def acquire(me: Worker, what: Any, timeout: Time | None = None) -> Body:
    """Take a lock, or come in where a semaphore stands."""
    return (yield from what.acquire(me, timeout))


def release(me: Worker, what: Any) -> Body:
    """Let go of a lock, or let one more in."""
    yield from what.release(me)


def set_(me: Worker, event: Event) -> Body:
    """``event.set()``."""
    yield from event.set(me)


def clear(me: Worker, event: Event) -> Body:
    """``event.clear()``."""
    yield from event.clear(me)


def wait(me: Worker, what: Event | Condition | Barrier, timeout: Time | None = None) -> Body:
    """Wait for an event to be set, a condition to be notified, a barrier to be full."""
    return (yield from what.wait(me, timeout))


def notify(me: Worker, condition: Condition, count: int = 1) -> Body:
    """``condition.notify(count)``; 0: all."""
    yield from condition.notify(me, count)


def put(me: Worker, queue: Queue, item: object = None, timeout: Time | None = None) -> Body:
    """``queue.put(item)``."""
    yield from queue.put(me, item, timeout)


def put_nowait(me: Worker, queue: Queue, item: object = None) -> Body:
    """``queue.put_nowait(item)``."""
    yield from queue.put(me, item, 0)


def get(me: Worker, queue: Queue, timeout: Time | None = None) -> Body:
    """``queue.get()``."""
    return (yield from queue.get(me, timeout))


def get_nowait(me: Worker, queue: Queue) -> Body:
    """``queue.get_nowait()``."""
    return (yield from queue.get(me, 0))


def raise_(me: Worker, name: str = "") -> Body:  # noqa: ARG001 - verbs share a signature
    """Raise an exception."""
    yield from ()
    raise Failure(name)


def send(me: Worker, channel: Channel, size: int = 0) -> Body:
    """Send ``size`` bytes."""
    yield from channel.send(me.id, size)


def receive(me: Worker, channel: Channel) -> Body:
    """Wait for the next message; how many bytes it has."""
    return (yield from channel.receive(me))


def to_thread(me: Worker, work: Work) -> Body:
    """Let a thread of the default pool do a job, and wait for its result."""
    return (yield from run_in(me, work.usual_pool(me.id), work))


def in_pool(me: Worker, pool: PoolChoice, work: Work) -> Body:
    """Let a worker of ``pool`` do a job, and wait for its result."""
    return (yield from run_in(me, pool.of(me.id), work))


VERBS: Mapping[str, Verb] = {
    "await": await_,
    "gather": gather,
    "acquire": acquire,
    "release": release,
    "set": set_,
    "clear": clear,
    "wait": wait,
    "notify": notify,
    "put": put,
    "get": get,
    "put_nowait": put_nowait,
    "get_nowait": get_nowait,
    "raise": raise_,
    "send": send,
    "recv": receive,
    "to_thread": to_thread,
    "run_in": in_pool,
}
