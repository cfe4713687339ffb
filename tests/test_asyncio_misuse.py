"""What ``asyncio`` refuses, and waits with and without a limit: ours beside the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from schedsim.loops.asyncio import ASYNCIO
from schedsim.loops.asyncio.errors import TimedOut
from schedsim.loops.asyncio.futures import Task
from schedsim.loops.asyncio.gathering import AsCompleted
from schedsim.loops.asyncio.groups import Group
from schedsim.loops.asyncio.sleeping import sleep
from schedsim.loops.asyncio.timeouts import wait_for
from schedsim.loops.live import start
from schedsim.trace import Kind
from schedsim.traps import COMPUTE, Body
from tests.live_loops import LoopMachine
from tests.real_asyncio import VirtualLoop

VERSIONS = [(3, 11), (3, 12), (3, 13)]


def ours(main: Callable[[LoopMachine, Task], Body], version: tuple[int, int] = (3, 13)) -> Any:
    """What a main task returns on our loop; an error, as its words."""
    machine = LoopMachine(ASYNCIO)
    loop: Any = machine.loop
    loop.version = version
    found: list[Any] = []

    def body(me: Task) -> Body:
        try:
            found.append((yield from main(machine, me)))
        except (ValueError, RuntimeError) as error:
            found.append(str(error))

    machine.start("main", body)
    machine.run(checked=True)
    return found[0]


def real(main: Callable[[], Awaitable[Any]]) -> Any:
    """The same of the real one."""

    async def run() -> Any:
        try:
            return await main()
        except (ValueError, RuntimeError) as error:
            return str(error)

    return asyncio.run(run())


def test_more_is_dealt_with_than_was_there() -> None:
    async def its() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        queue.put_nowait(1)
        queue.task_done()
        queue.task_done()

    def own(machine: LoopMachine, me: Task) -> Body:
        queue = machine.resource("queue", "q")
        yield from queue.put(me, 1)
        queue.task_done(me)
        queue.task_done(me)

    assert ours(own) == real(its) == "task_done() called too many times"


def test_a_bounded_semaphore_is_not_released_once_too_often() -> None:
    async def its() -> None:
        asyncio.BoundedSemaphore(1).release()

    def own(machine: LoopMachine, me: Task) -> Body:
        yield from ()
        machine.resource("bounded_semaphore", "s", 1).release(me)

    assert ours(own) == real(its) == "BoundedSemaphore released too many times"


def test_a_queue_is_joined_when_all_was_dealt_with() -> None:
    """By hand: who joins goes on after the second of two."""
    said: list[str] = []

    async def its() -> list[str]:
        queue: asyncio.Queue[int] = asyncio.Queue()
        queue.put_nowait(1)
        queue.put_nowait(2)

        async def worker() -> None:
            for _ in range(2):
                await asyncio.sleep(0)
                queue.get_nowait()
                said.append("done")
                queue.task_done()

        task = asyncio.create_task(worker())
        await queue.join()
        said.append("joined")
        await task
        return said

    own_said: list[str] = []

    def own(machine: LoopMachine, me: Task) -> Body:
        queue = machine.resource("queue", "q")
        yield from queue.put(me, 1)
        yield from queue.put(me, 2)

        def worker(task: Task) -> Body:
            for _ in range(2):
                yield from sleep(task, 0)
                queue.get_nowait(task)
                own_said.append("done")
                queue.task_done(task)

        start(machine.loop, ASYNCIO, "worker", worker, by=me.id)
        yield from queue.join(me)
        own_said.append("joined")
        return own_said

    assert ours(own) == real(its) == ["done", "done", "joined"]


def test_whoever_comes_too_late_is_not_among_those_that_completed() -> None:
    async def its() -> list[str]:
        said = []
        tasks = [asyncio.create_task(asyncio.sleep(n, "in time")) for n in (0, 10)]
        for each in asyncio.as_completed(tasks, timeout=0.01):
            try:
                said.append(await each)
            except TimeoutError:
                said.append("too late")
        tasks[1].cancel()
        return said

    def own(machine: LoopMachine, me: Task) -> Body:
        def slept(length: int) -> Callable[[Task], Body]:
            def body(task: Task) -> Body:
                yield from sleep(task, length)
                return "in time"

            return body

        tasks: list[Any] = [
            start(machine.loop, ASYNCIO, f"t{n}", slept(n), by=me.id) for n in (0, 10_000)
        ]
        said = []
        for each in AsCompleted(me, tasks, 10):
            try:
                said.append((yield from each))
            except TimedOut:
                said.append("too late")
        return said

    assert ours(own) == real(its) == ["in time", "too late"]


def test_what_ends_in_the_pass_in_which_time_is_up_has_not_completed() -> None:
    """The callback that it has ended is to come yet when the timer's has been."""

    async def its() -> list[str | None]:
        loop = asyncio.get_running_loop()

        async def ends() -> str:
            await asyncio.sleep(0)  # behind this, the clock has gone on
            return "in time"

        async def computes() -> None:
            loop.clock += 3  # type: ignore[attr-defined]

        said = []
        tasks = [asyncio.create_task(ends()), asyncio.create_task(computes())]
        for each in asyncio.as_completed(tasks[:1], timeout=2):
            try:
                said.append(await each)
            except TimeoutError:
                said.append("too late")
        await asyncio.sleep(0)
        return said

    def own(machine: LoopMachine, me: Task) -> Body:
        def ends(task: Task) -> Body:
            yield from sleep(task, 0)
            return "in time"

        def computes(_: Task) -> Body:
            yield (COMPUTE, 3)

        tasks: list[Any] = [
            start(machine.loop, ASYNCIO, body.__name__, body, by=me.id) for body in (ends, computes)
        ]
        said = []
        for each in AsCompleted(me, tasks[:1], 2):
            try:
                said.append((yield from each))
            except TimedOut:
                said.append("too late")
        yield from sleep(me, 0)
        return said

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert ours(own) == runner.run(its()) == ["too late"]


@pytest.mark.parametrize(("cancelled", "left"), [(70, 140), (71, 69)])
def test_when_more_than_half_of_many_timers_are_cancelled_they_are_forgotten(
    cancelled: int, left: int
) -> None:
    """``_run_once``: of more than 100, more than half; else only those that would be next."""

    async def its() -> int:
        loop: Any = asyncio.get_running_loop()
        timers = [loop.call_later(1_000 + n, str) for n in range(140)]
        for timer in timers[:0:-1][:cancelled]:
            timer.cancel()
        await asyncio.sleep(0)
        return len(loop._scheduled)

    def own(machine: LoopMachine, me: Task) -> Body:
        loop = machine.loop
        timers = [loop.call_at(1_000 + n, lambda: None) for n in range(140)]
        for timer in timers[:0:-1][:cancelled]:
            loop.timers.cancel(timer)
        yield from sleep(me, 0)
        return len(loop.timers.heap)

    assert ours(own) == real(its) == left


def test_what_is_thrown_away_while_it_waits_with_a_limit_does_nothing_more() -> None:
    machine = LoopMachine(ASYNCIO)
    loop: Any = machine.loop
    loop.version = (3, 13)

    def naps(me: Task) -> Body:
        yield from sleep(me, 20)

    bodies: list[Body] = []

    def main(me: Task) -> Body:
        bodies.append(wait_for(me, naps, 10))
        return bodies[0]

    task = machine.start("main", main)
    while not machine.names(Kind.TASK_LEFT):
        machine.engine.run(rows=len(machine.trace) + 1)
    rows = len(machine.trace)
    bodies[0].close()
    assert (len(machine.trace), task.cancels, task.over) == (rows, 0, False)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("limit", [None, 10])
def test_what_is_waited_for_in_time_gives_its_result(
    limit: int | None, version: tuple[int, int]
) -> None:
    async def its() -> int:
        return await asyncio.wait_for(asyncio.sleep(0, 7), limit)

    def own(machine: LoopMachine, me: Task) -> Body:
        def seven(task: Task) -> Body:
            yield from sleep(task, 0)
            return 7

        return (yield from wait_for(me, seven, limit))

    assert ours(own, version) == real(its) == 7


def test_a_group_that_is_finished_takes_nobody() -> None:
    async def its() -> None:
        async with asyncio.TaskGroup() as group:
            pass
        late = asyncio.sleep(0)
        try:
            group.create_task(late)
        finally:
            late.close()

    def own(machine: LoopMachine, me: Task) -> Body:
        group = Group(me)
        yield from group.enter()
        yield from group.leave(None)
        group.check_open()

    assert ours(own) == "TaskGroup is finished"
    assert real(its).endswith("is finished")
