"""Structured programs as real coroutines on the interpreter's own asyncio.

As :mod:`tests.real_asyncio`, for bodies with verbs, blocks and ``try``.  What asyncio leaves open
(the order in which a TaskGroup cancels its children) is the order of creation here.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeAlias

from schedsim.programs.steps import Block, Repeat, Step, Try
from schedsim.scenario import Job, Shared
from schedsim.traps import COMPUTE, IO, JOIN, MARK, SLEEP, SPAWN, VERB, YIELD, Named, Op
from tests.real_asyncio import Idle, Log, VirtualLoop

Groups: TypeAlias = tuple[asyncio.TaskGroup, ...]


class Failed(Exception):
    """What ``raise`` raises."""


class MoveOn:
    """``asyncio.timeout``, whose own ``TimeoutError`` is swallowed."""

    def __init__(self, duration: int) -> None:
        self.timeout = asyncio.timeout(duration)

    async def __aenter__(self) -> None:
        await self.timeout.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> bool:
        try:
            await self.timeout.__aexit__(kind, error, where)
        except TimeoutError:
            return True
        return False


class Ordered(dict[Any, None]):
    """What a TaskGroup uses of a set, in the order of insertion."""

    def add(self, item: Any) -> None:
        self[item] = None

    def discard(self, item: Any) -> None:
        self.pop(item, None)


class OrderedGroup(asyncio.TaskGroup):
    """A TaskGroup that cancels its children in the order of their creation."""

    def __init__(self) -> None:
        super().__init__()
        self._tasks: Any = Ordered()

    def _abort(self) -> None:
        tasks = self._tasks
        self._tasks = list(tasks)  # they may leave while it goes through them
        super()._abort()  # type: ignore[misc]  # not in typeshed
        self._tasks = tasks


MAKES: dict[str, Callable[[int], Any]] = {
    "lock": lambda _: asyncio.Lock(),
    "semaphore": asyncio.Semaphore,
    "event": lambda _: asyncio.Event(),
    "condition": lambda _: asyncio.Condition(),
    "queue": asyncio.Queue,
    "barrier": asyncio.Barrier,
}


BLOCKS: dict[str, Callable[..., Any]] = {"timeout": asyncio.timeout, "move_on": MoveOn}
"""The others are in :meth:`StructuredRun.inside`."""


class StructuredRun:
    """Jobs as real tasks of a real loop.

    Args:
        jobs: what to run; those that are spawned wait for that.
        shared: what they share.
        eager: tasks begin at once.
    """

    def __init__(
        self, jobs: Sequence[Job], shared: dict[str, Shared], *, eager: bool = False
    ) -> None:
        self.loop = VirtualLoop()
        self.loop.set_exception_handler(lambda *_: None)
        if eager and sys.version_info >= (3, 12):
            self.loop.set_task_factory(asyncio.eager_task_factory)
        self.jobs = {job.name: job for job in jobs}
        self.shared = {name: MAKES[each.kind](each.value) for name, each in shared.items()}
        self.log: Log = []
        self.groups: dict[str, list[asyncio.Task[Any]]] = {name: [] for name in self.jobs}
        self.states: dict[str, str] = {}
        self.time = 0
        self.over = False

    def play(self) -> StructuredRun:
        """Run until nothing can happen any more."""
        for job in self.jobs.values():
            if not job.spawned:
                for _ in range(job.count):
                    self.start(job, ())
        with suppress(Idle):
            self.loop.run_forever()
        self.time = int(self.loop.time())
        self.states = {
            self.name(self.jobs[name], index): state_of(task)
            for name, group in self.groups.items()
            for index, task in enumerate(group)
        }
        self._clean_up()
        return self

    def _clean_up(self) -> None:
        """Let everybody end who still waits, so that no coroutine is thrown away half-way."""
        self.over, log = True, list(self.log)
        while waiting := sorted(asyncio.all_tasks(self.loop), key=lambda task: task.get_name()):
            for lock in self.shared.values():  # who has been notified wants it, cancelled or not
                if isinstance(lock, asyncio.Lock | asyncio.Condition) and lock.locked():
                    lock.release()
            for task in waiting:
                task.cancel()
            with suppress(Idle):
                self.loop.run_forever()
        self.loop.close()
        self.log = log

    def name(self, job: Job, index: int) -> str:
        return f"{job.name}-{index + 1}" if job.count > 1 or index else job.name

    def start(self, job: Job, groups: Groups) -> None:
        """``create_task``, in the innermost group."""
        members = self.groups[job.name]
        who = self.name(job, len(members))

        async def body() -> None:
            task = asyncio.current_task()
            assert task is not None
            if task not in members:  # it began before its creator knew it
                members.append(task)
            await self.do(job.steps, who, ())

        coroutine = body()
        try:
            task = (groups[-1] if groups else self.loop).create_task(coroutine)
        except RuntimeError:
            coroutine.close()
            raise
        if task not in members:
            members.append(task)

    async def do(self, steps: Sequence[Step], who: str, groups: Groups) -> None:
        """Steps of a task, awaited in line."""
        for step in steps:
            if self.over:
                raise asyncio.CancelledError
            if isinstance(step, Op):
                await self.one(*step.trap, who, groups)
            elif isinstance(step, Repeat):
                assert step.times is not None
                for _ in range(step.times):
                    await self.do(step.do, who, groups)
            elif isinstance(step, Try):
                await self.attempt(step, who, groups)
            else:
                await self.inside(step, who, groups)

    async def attempt(self, step: Try, who: str, groups: Groups) -> None:
        kinds = {
            "cancelled": asyncio.CancelledError,
            "timeout": TimeoutError,
            "error": Exception,
        }
        try:
            try:
                await self.do(step.do, who, groups)
            except BaseException as error:
                for name, steps in step.handlers:
                    if isinstance(error, kinds[name]):
                        await self.do(steps, who, groups)
                        break
                else:
                    raise
        finally:
            await self.do(step.last, who, groups)

    async def inside(self, step: Block, who: str, groups: Groups) -> None:
        name, arguments = step.wish.name, step.wish.arguments

        def do(who: str, *more: asyncio.TaskGroup) -> Coroutine[Any, Any, None]:
            return self.do(step.do, who, (*groups, *more))

        if name == "shield":
            await asyncio.shield(do(f"{who} / shield"))
        elif name == "wait_for":
            apart = sys.version_info < (3, 12) or arguments[0] <= 0
            await asyncio.wait_for(do(f"{who} / wait_for" if apart else who), arguments[0])
        elif name == "group":
            async with OrderedGroup() as group:
                await do(who, group)
        else:
            make: Callable[..., Any] = BLOCKS.get(name, self.meant)
            block = make(*arguments)
            async with block:
                await do(who)

    async def one(self, what: int, argument: Any, who: str, groups: Groups) -> None:
        """One operation."""
        if what == MARK:
            self.log.append((int(self.loop.time()), who, argument))
        elif what in (SLEEP, YIELD):
            await asyncio.sleep(argument or 0)
        elif what == IO:
            answer: asyncio.Future[None] = self.loop.create_future()
            handle = self.loop.call_later(argument, settle, answer)
            try:
                await answer
            finally:
                handle.cancel()
        elif what == COMPUTE:
            self.loop.clock += argument
        elif what == SPAWN:
            self.start(self.jobs[argument], groups)
        elif what == JOIN:
            await self.join(argument)
        else:
            assert what == VERB
            await getattr(self, f"verb_{argument.name}")(*map(self.meant, argument.arguments))

    def meant(self, argument: Any) -> Any:
        if isinstance(argument, Named):
            if argument.kind == "job":
                return self.groups[argument.name]
            return self.shared[argument.name]
        return [*map(self.meant, argument)] if isinstance(argument, tuple) else argument

    async def join(self, name: str) -> None:
        me = asyncio.current_task()
        assert me is not None
        for task in self.groups[name]:
            if task is not me and not task.done():
                asked = me.cancelling()
                try:
                    await task
                except asyncio.CancelledError:
                    if me.cancelling() > asked or not task.cancelled():
                        raise
                except Exception:  # noqa: BLE001 - however it ended
                    pass

    def others(self, group: list[asyncio.Task[Any]]) -> list[asyncio.Task[Any]]:
        return [task for task in group if task is not asyncio.current_task()]

    async def verb_await(self, group: list[asyncio.Task[Any]]) -> None:
        for task in group:
            if task is not asyncio.current_task():
                await task

    async def verb_gather(self, groups: list[list[asyncio.Task[Any]]]) -> None:
        await asyncio.gather(*[task for group in groups for task in self.others(group)])

    async def verb_wait_for(self, duration: int, group: list[asyncio.Task[Any]]) -> None:
        for task in self.others(group):
            await asyncio.wait_for(task, duration)

    async def verb_cancel(self, group: list[asyncio.Task[Any]]) -> None:
        for task in group:
            task.cancel()

    async def verb_raise(self, name: str) -> None:
        raise Failed(name)

    async def verb_acquire(self, lock: Any) -> None:
        await lock.acquire()

    async def verb_release(self, lock: Any) -> None:
        lock.release()

    async def verb_set(self, event: asyncio.Event) -> None:
        event.set()

    async def verb_clear(self, event: asyncio.Event) -> None:
        event.clear()

    async def verb_wait(self, resource: Any) -> None:
        waits: Awaitable[Any] = resource.wait()
        await waits

    async def verb_notify(self, condition: asyncio.Condition, count: int) -> None:
        if count:
            condition.notify(count)
        else:
            condition.notify_all()

    async def verb_put(self, queue: asyncio.Queue[Any], item: Any) -> None:
        await queue.put(item)

    async def verb_get(self, queue: asyncio.Queue[Any]) -> None:
        await queue.get()

    async def verb_put_nowait(self, queue: asyncio.Queue[Any], item: Any) -> None:
        queue.put_nowait(item)

    async def verb_get_nowait(self, queue: asyncio.Queue[Any]) -> None:
        queue.get_nowait()


def settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def state_of(task: asyncio.Task[Any]) -> str:
    """``EXIT``, ``CANCELLED`` or ``FAILED``, as the trace says it; nothing if it still waits."""
    if not task.done():
        return ""
    if task.cancelled():
        return "CANCELLED"
    return "FAILED" if task.exception() else "EXIT"
