"""The real trio on a clock that jumps: what our trio loop must agree with.

Carries out the programs of :mod:`tests.nursery_programs`.  What trio leaves to chance or to the
order of a set can be made ours: the same coins, and tasks in the order in which they were made.
Moments are whole numbers and exact as floats.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from heapq import heappush
from itertools import count
from typing import Any

import trio
import trio.testing
from trio._core import _run

from tests.nursery_programs import MOST, Log, Op, Program, describe


class Coins:
    """trio's source of chance: drawn from only where there is a choice, as ours."""

    def __init__(self, seed: int) -> None:
        self.random_ = random.Random(seed)

    def random(self) -> float:
        """What decides whether trio's batch is reversed."""
        batch = sys._getframe(1).f_locals["batch"]
        ours = [task for task in batch if task.name == "main" or task.name.startswith("of ")]
        if len(ours) < 2:
            return 1.0
        # trio takes a batch from its end: reversed is the order of waking.
        return 1.0 if self.random_.random() < 0.5 else 0.0


class InOrder(dict[Any, None]):
    """A set that is gone through in the order in which its members came."""

    def add(self, member: object) -> None:
        """Let ``member`` be in it."""
        self[member] = None

    def remove(self, member: object) -> None:
        """Let it not be in it."""
        del self[member]


def _recalculate(self: Any) -> None:
    """``CancelStatus.recalculate``, but tasks learn of it in the order in which they were made."""
    reached = []
    todo = [self]
    while todo:
        current = todo.pop()
        visible = current.parent_cancellation_is_visible_to_us
        new_state = current._scope.cancel_called or visible
        if new_state != current.effectively_cancelled:
            if current._scope._cancel_reason is None and visible:
                current._scope._cancel_reason = current._parent._scope._cancel_reason
            current.effectively_cancelled = new_state
            if new_state:
                reached.extend(current._tasks)
            todo.extend(current._children)
    for task in sorted(reached, key=lambda task: task._counter):
        task._attempt_delivery_of_any_pending_cancel()


@contextmanager
def by_chance(seed: int) -> Iterator[None]:
    """Let trio toss its own coins.

    Where Hypothesis is installed it shuffles its batches instead, as no trio in use ever does.
    """
    patched: Any = _run
    saved = patched._ALLOW_DETERMINISTIC_SCHEDULING, patched._r
    patched._ALLOW_DETERMINISTIC_SCHEDULING = False
    patched._r = random.Random(seed)
    try:
        yield
    finally:
        patched._ALLOW_DETERMINISTIC_SCHEDULING, patched._r = saved


@contextmanager
def in_order(seed: int) -> Iterator[None]:
    """Let trio's arbitrary orders be those that our loop has."""
    numbers = count()

    def add(self: Any, deadline: float, scope: Any) -> None:
        task = _run.GLOBAL_RUN_CONTEXT.task
        heappush(self._heap, (deadline, (task._counter, next(numbers)), scope))
        self._active += 1

    saved = _run.Deadlines.add, _run.CancelStatus.recalculate
    patched: Any = _run
    with by_chance(seed):
        patched._r = Coins(seed)
        patched.Deadlines.add = add
        patched.CancelStatus.recalculate = _recalculate
        try:
            yield
        finally:
            patched.Deadlines.add, patched.CancelStatus.recalculate = saved


class RealNurseries:
    """A program on the real trio.

    Args:
        program: what to run.
        seed: of trio's own chance; or, ``ordered``, of the coins that ours has too.
    """

    def __init__(self, program: Program, seed: int = 0, *, ordered: bool = False) -> None:
        self.program = program
        self.seed = seed
        self.ordered = ordered
        self.clock = trio.testing.MockClock(autojump_threshold=0)
        self.log: Log = []
        self.outcome = ""
        self.end = 0.0
        self.scopes: dict[str, trio.CancelScope] = {}
        self.resources: dict[str, Any] = {}
        self.nurseries: dict[trio.lowlevel.Task, list[trio.Nursery]] = {}

    def run(self) -> RealNurseries:
        """Run it to its end."""
        with in_order(self.seed) if self.ordered else by_chance(self.seed):
            trio.run(self._main, clock=self.clock)
        return self

    def _resource(self, spec: dict[str, Any]) -> Any:
        match spec["type"]:
            case "lock":
                return trio.Lock()
            case "semaphore":
                return trio.Semaphore(spec["value"])
            case "limiter":
                return trio.CapacityLimiter(spec["value"])
            case "condition":
                return trio.Condition()
            case "event":
                event = trio.Event()
                if self.ordered:
                    event._tasks = InOrder()  # type: ignore[assignment]
                return event
            case "channel":
                size = spec["maxsize"]
                return trio.open_memory_channel[object](math.inf if size is None else size)
        raise AssertionError(spec)

    def _say(self, who: str, label: str) -> None:
        self.log.append((trio.current_time(), who, label))

    def _mine(self) -> list[trio.Nursery]:
        """The nurseries that the running task has open."""
        return self.nurseries.setdefault(trio.lowlevel.current_task(), [])

    async def _main(self) -> None:
        trio.lowlevel.current_task().name = "main"
        self.resources = {
            name: self._resource(spec) for name, spec in self.program["resources"].items()
        }
        try:
            with trio.move_on_after(MOST) as scope:
                await self._do("main", self.program["main"])
            self.outcome = "stuck" if scope.cancelled_caught else "ok"
        except Exception as error:  # noqa: BLE001 - whatever ends the run is its outcome
            self.outcome = f"error:{describe(error)}"
        self.end = trio.current_time()

    async def _function(self, name: str, ops: list[Op]) -> None:
        self._say(name, "start")
        try:
            await self._do(name, ops)
        except trio.Cancelled:
            self._say(name, "end:cancelled")
            raise
        except Exception as error:
            self._say(name, f"end:{describe(error)}")
            raise
        self._say(name, "end")

    async def _do(self, who: str, ops: list[Op]) -> None:
        for op in ops:
            await self._op(who, *op)

    async def _op(self, who: str, what: str, *arguments: Any) -> None:
        match what, *arguments:
            case ["mark", label]:
                self._say(who, label)
            case ["sleep", duration]:
                await trio.sleep(duration)
            case ["compute", duration]:
                self.clock.jump(duration)
            case ["checkpoint"]:
                await trio.lowlevel.checkpoint()
            case ["start", name, function]:
                ops = self.program["funcs"][function]
                nursery = self._mine()[-1]
                nursery.start_soon(self._function, name, ops, name=f"of {name}")
            case ["cancel_nursery"]:
                self._mine()[-1].cancel_scope.cancel()
            case ["cancel", name]:
                if name in self.scopes:
                    self.scopes[name].cancel()
                self._say(who, f"cancelled {name}" if name in self.scopes else "no scope")
            case ["raise"]:
                raise ValueError
            case [_, str() as name, *more] if name in self.resources and what != "with":
                await self._use(who, what, self.resources[name], *more)
            case _:
                await self._compound(who, what, *arguments)

    async def _use(self, who: str, what: str, shared: Any, *more: Any) -> None:
        match what:
            case "send":
                await shared[0].send(*more)
            case "receive":
                self._say(who, f"got:{await shared[1].receive()}")
            case "wait":
                await shared.wait()
            case "set":
                shared.set()
            case "notify":
                shared.notify(*more)
            case _:
                raise AssertionError(f"unknown op: {what} {shared}")

    async def _compound(self, who: str, what: str, *arguments: Any) -> None:
        match what, *arguments:
            case ["nursery", ops]:
                mine = self._mine()
                async with trio.open_nursery() as nursery:
                    mine.append(nursery)
                    try:
                        await self._do(who, ops)
                    finally:
                        mine.pop()
            case ["move_on", duration, ops]:
                with trio.move_on_after(duration) as scope:
                    await self._do(who, ops)
                self._say(who, f"scope cancelled:{scope.cancelled_caught}")
            case ["fail_after", duration, ops]:
                try:
                    with trio.fail_after(duration):
                        await self._do(who, ops)
                except trio.TooSlowError:
                    self._say(who, "too slow")
            case ["shield", ops]:
                with trio.CancelScope(shield=True):
                    await self._do(who, ops)
            case ["scope", name, ops]:
                with trio.CancelScope() as scope:
                    self.scopes[name] = scope
                    await self._do(who, ops)
                self._say(who, f"scope cancelled:{scope.cancelled_caught}")
            case ["with", name, ops]:
                async with self.resources[name]:
                    await self._do(who, ops)
            case ["try", ops, handlers]:
                try:
                    await self._handled(who, ops, handlers)
                finally:
                    if "finally" in handlers:
                        self._say(who, "finally")
                        await self._do(who, handlers["finally"])
            case _:
                raise AssertionError(f"unknown op: {what} {arguments}")

    async def _handled(self, who: str, ops: list[Op], handlers: dict[str, list[Op]]) -> None:
        try:
            await self._do(who, ops)
        except trio.Cancelled:
            if "cancelled!" in handlers:
                self._say(who, "caught:cancelled")
                await self._do(who, handlers["cancelled!"])
            raise
        except Exception as error:
            if "error" not in handlers:
                raise
            self._say(who, f"caught:{describe(error)}")
            await self._do(who, handlers["error"])
