"""What the other flavours refuse: as the real trio does, and as the sources of the others say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

from schedsim.loops.eventlet import EVENTLET
from schedsim.loops.gevent import GEVENT
from schedsim.loops.live import Flavour
from schedsim.loops.trio import TRIO
from schedsim.threads.queues import Empty, Full
from schedsim.traps import Body
from tests.live_loops import LoopMachine

HUBS = pytest.mark.parametrize("flavour", [GEVENT, EVENTLET], ids=["gevent", "eventlet"])


def ours(flavour: Flavour, main: Callable[[LoopMachine, Any], Body]) -> Any:
    """What a main task returns; an error, as its words or its type."""
    machine = LoopMachine(flavour)
    found: list[Any] = []

    def body(me: Any) -> Body:
        try:
            found.append((yield from main(machine, me)))
        except (ValueError, RuntimeError) as error:
            found.append(str(error))
        except (Empty, Full) as error:
            found.append(type(error).__name__)

    machine.start("main", body)
    machine.run(checked=True)
    return found[0]


def test_who_holds_a_token_borrows_no_second() -> None:
    async def its() -> None:
        limiter = trio.CapacityLimiter(2)
        await limiter.acquire()
        await limiter.acquire()

    def own(machine: LoopMachine, me: Any) -> Body:
        limiter = machine.resource("limiter", "l", 2)
        yield from limiter.acquire(me)
        yield from limiter.acquire(me)

    with pytest.raises(RuntimeError) as raised:
        trio.run(its)
    assert ours(TRIO, own) == str(raised.value)


def test_who_holds_no_token_gives_none_back() -> None:
    async def its() -> None:
        trio.CapacityLimiter(2).release()

    def own(machine: LoopMachine, me: Any) -> Body:
        yield from ()
        machine.resource("limiter", "l", 2).release(me)

    with pytest.raises(RuntimeError) as raised:
        trio.run(its)
    assert ours(TRIO, own) == str(raised.value)


@HUBS
def test_more_is_dealt_with_than_was_there(flavour: Flavour) -> None:
    """``JoinableQueue.task_done`` of gevent/queue.py, ``Queue.task_done`` of eventlet/queue.py."""

    def own(machine: LoopMachine, me: Any) -> Body:
        queue = machine.resource("queue", "q")
        yield from queue.put(me, 1)
        queue.task_done(me)
        queue.task_done(me)

    assert ours(flavour, own) == "task_done() called too many times"


@HUBS
def test_who_does_not_want_to_wait_is_told_at_once(flavour: Flavour) -> None:
    """``put_nowait`` into a full queue, ``get_nowait`` out of an empty one."""

    def full(machine: LoopMachine, me: Any) -> Body:
        queue = machine.resource("queue", "q", 1)
        yield from queue.put(me, "first", block=False)
        yield from queue.put(me, "second", block=False)

    def empty(machine: LoopMachine, me: Any) -> Body:
        queue = machine.resource("queue", "q", 1)
        yield from queue.put(me, "first")
        assert (yield from queue.get(me, block=False)) == "first"
        yield from queue.get(me, block=False)

    assert ours(flavour, full) == "Full"
    assert ours(flavour, empty) == "Empty"


@HUBS
def test_who_waits_in_vain_leaves_the_line(flavour: Flavour) -> None:
    """The limit is over first: for an item, then for room; nobody is left in line."""

    def empty(machine: LoopMachine, me: Any) -> Body:
        queue = machine.resource("queue", "q", 1)
        try:
            yield from queue.get(me, 5)
        except Empty:
            return (machine.engine.now, len(queue.getters))

    def full(machine: LoopMachine, me: Any) -> Body:
        queue = machine.resource("queue", "q", 1)
        yield from queue.put(me, "first")
        try:
            yield from queue.put(me, "second", 5)
        except Full:
            return (machine.engine.now, len(queue.putters))

    assert ours(flavour, empty) == (5, 0)
    assert ours(flavour, full) == (5, 0)


@HUBS
def test_a_queue_is_joined_when_all_was_dealt_with(flavour: Flavour) -> None:
    """By hand: who joins goes on after the worker has dealt with the second of two items."""
    said: list[str] = []

    def own(machine: LoopMachine, me: Any) -> Body:
        queue = machine.resource("queue", "q")
        yield from queue.put(me, 1)
        yield from queue.put(me, 2)

        def worker(task: Any) -> Body:
            for item in (1, 2):
                assert (yield from queue.get(task)) == item
                yield from task.give_way()
                said.append(f"dealt with {item}")
                queue.task_done(task)

        machine.start("worker", worker, by=me)
        yield from queue.join(me)
        said.append("joined")

    ours(flavour, own)
    assert said == ["dealt with 1", "dealt with 2", "joined"]
