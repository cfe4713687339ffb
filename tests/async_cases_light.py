"""Programs of the shared table of operations (``asyncio_order.json``) on our own asyncio loop.

Each operation is said with what :mod:`schedsim.loops.asyncio` offers, as real programs say it with
the standard library's.  One unit of the cases is one unit of our clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from schedsim.engine.facts import facts
from schedsim.loops.asyncio import ASYNCIO
from schedsim.loops.asyncio.errors import Cancelled, TimedOut
from schedsim.loops.asyncio.futures import Future, Task
from schedsim.loops.asyncio.gathering import AsCompleted, Gathered, When, shield, wait
from schedsim.loops.asyncio.groups import Group
from schedsim.loops.asyncio.locks import Barrier
from schedsim.loops.asyncio.sleeping import sleep
from schedsim.loops.asyncio.timeouts import Timeout, wait_for
from schedsim.loops.asyncio.verbs import BLOCKS, RESOURCES
from schedsim.loops.live import start
from schedsim.programs.structured import inside
from schedsim.state import State
from schedsim.trace import Kind
from schedsim.traps import Body
from tests.live_loops import LoopMachine

Ops: TypeAlias = Sequence[Any]
NAMES = {Cancelled: "CancelledError", TimedOut: "TimeoutError"}
RAISES = {"ValueError": ValueError, "KeyError": KeyError, "RuntimeError": RuntimeError}


def name_of(error: BaseException) -> str:
    """What Python calls such an error."""
    if isinstance(error, ExceptionGroup):
        return f"ExceptionGroup[{','.join(sorted(map(name_of, error.exceptions)))}]"
    return NAMES.get(type(error), type(error).__name__)


class Case:
    """A program that is being carried out.

    Args:
        program: resources, functions and main.
        version: of Python.
    """

    def __init__(self, program: dict[str, Any], version: tuple[int, int]) -> None:
        self.machine = LoopMachine(ASYNCIO)
        self.loop: Any = self.machine.loop
        self.loop.version = version
        self.loop.eager = program.get("eager", False)
        self.program = program
        self.log: list[list[Any]] = []
        self.named: dict[str, Any] = {}
        """Tasks, futures and handles."""
        self.spawned: dict[str, Task] = {}
        self.made: dict[str, int] = {}
        """How many coroutines of a function."""
        self.resources: dict[str, Any] = {}
        self.contexts: dict[int, Any] = {}
        self.main_over: int | None = None
        """How many rows there were when the loop was asked to stop."""
        self.main: Task = self.machine.start("main", self.run_main)
        self.main.when_over(self._stop)

    def play(self) -> dict[str, Any]:
        """Run until main has ended, or nothing can happen any more; check the trace on the way."""
        machine, trace = self.machine, self.machine.trace
        while not trace.complete and not self.stopped():
            machine.engine.run(rows=len(trace) + 1)
            assert State.start(trace).forward(len(trace)).facts() == facts(machine.engine)
        return {
            "outcome": self.outcome(),
            "time": machine.engine.now,
            "log": self.log,
            "tasks": {name: state_of(task) for name, task in self.spawned.items()},
        }

    def stopped(self) -> bool:
        """``run_until_complete`` finishes the pass in which it is stopped (A15)."""
        if self.main_over is None:
            return False
        rows = self.machine.trace.rows(self.main_over)
        return any(row.kind in (Kind.LOOP_PASS, Kind.LOOP_WAIT) for row in rows)

    def outcome(self) -> str:
        """How main ended."""
        state = state_of(self.main)
        known = {"done": "ok", "pending": "deadlock", "cancelled": "cancelled"}
        return known.get(state, f"error:{state}")

    def _stop(self, _: Future) -> None:
        self.main_over = len(self.machine.trace)

    def say(self, who: str, label: str) -> None:
        self.log.append([self.machine.engine.now, who, label])

    # -- functions and tasks ------------------------------------------------------------------

    def run_main(self, me: Task) -> Body:
        for name, what in self.program["resources"].items():
            number = self.machine.trace.resource(what["type"], name)
            value = what.get("value", what.get("maxsize", what.get("parties", 0)))
            self.resources[name] = RESOURCES[what["type"]](self.loop, number, value)
        yield from self.do(self.program["main"], "main", me)

    def coroutine(self, function: str) -> Callable[[Task], Body]:
        """``function()``, named after it."""
        count = self.made[function] = self.made.get(function, 0) + 1
        return partial(self.call, function if count == 1 else f"{function}~{count}", function)

    def call(self, who: str, function: str, me: Task) -> Body:
        self.say(who, "start")
        try:
            result = yield from self.do(self.program["funcs"][function], who, me)
        except GeneratorExit:
            raise
        except BaseException as error:
            name = "cancelled" if isinstance(error, Cancelled) else name_of(error)
            self.say(who, f"end:{name}")
            raise
        self.say(who, "end" if result is None else "end:return")
        return None if result is None else result[0]

    def create_task(self, me: Task, make: Callable[[Task], Body], who: str = "task") -> Body:
        task = start(self.loop, ASYNCIO, who, make, by=me.id)
        assert isinstance(task, Task)
        self.contexts[task.id] = self.contexts.get(me.id)
        yield from me.eager_step(task)
        return task

    def do(self, ops: Ops, who: str, me: Task) -> Body:
        """Carry ``ops`` out; what ``return`` gives, in a tuple, or None."""
        for op in ops:
            name, *rest = op
            result = yield from getattr(self, f"op_{name}")(who, me, *rest)
            if result is not None:
                return result
        return None

    # -- operations ---------------------------------------------------------------------------

    def op_mark(self, who: str, me: Task, label: str) -> Body:
        yield from ()
        self.say(who, label)

    def op_sleep(self, who: str, me: Task, duration: int) -> Body:
        yield from sleep(me, duration)

    def op_spawn(self, who: str, me: Task, name: str, function: str) -> Body:
        task = yield from self.create_task(me, partial(self.call, name, function), name)
        self.named[name] = self.spawned[name] = task

    def op_gspawn(self, who: str, me: Task, name: str, function: str) -> Body:
        group = me.groups[-1]
        group.check_open()
        yield from self.op_spawn(who, me, name, function)
        group.add(self.spawned[name])

    def op_group(self, who: str, me: Task, ops: Ops) -> Body:
        return (yield from inside(Group(me), self.do(ops, who, me)))

    def told(self, who: str, body: Body) -> Body:
        value = yield from body
        self.say(who, f"ret:{json.dumps(value)}")

    def op_await(self, who: str, me: Task, name: str) -> Body:
        yield from self.told(who, self.named[name].wait(me))

    def op_shield(self, who: str, me: Task, name: str) -> Body:
        yield from self.told(who, shield(self.named[name]).wait(me))

    def op_wait_for(self, who: str, me: Task, duration: int, what: dict[str, str]) -> Body:
        if "task" in what:
            awaited = self.named[what["task"]]
        else:
            make = self.coroutine(what["func"])
            context = self.contexts.get(me.id)

            def awaited(inner: Task) -> Body:
                self.contexts.setdefault(inner.id, context)
                return make(inner)

        yield from self.told(who, wait_for(me, awaited, duration))

    def op_cancel(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.say(who, f"cancel:{self.named[name].cancel(me.id)}")

    def op_done(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.say(who, f"done:{self.named[name].over}")

    def op_cancelling(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.say(who, f"cancelling:{self.named[name].cancels}")

    def op_acquire(self, who: str, me: Task, name: str) -> Body:
        yield from self.resources[name].acquire(me)

    def op_release(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.resources[name].release(me)

    def op_with(self, who: str, me: Task, name: str, ops: Ops) -> Body:
        block: Any = BLOCKS["with"](me, self.resources[name])
        return (yield from inside(block, self.do(ops, who, me)))

    def op_put(self, who: str, me: Task, name: str, item: Any) -> Body:
        yield from self.resources[name].put(me, item)

    def op_get(self, who: str, me: Task, name: str) -> Body:
        item = yield from self.resources[name].get(me)
        self.say(who, f"got:{json.dumps(item)}")

    def op_put_nowait(self, who: str, me: Task, name: str, item: Any) -> Body:
        yield from ()
        queue = self.resources[name]
        if queue.full:
            self.say(who, "full")
        else:
            queue.put_nowait(me, item)

    def op_get_nowait(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        queue = self.resources[name]
        self.say(who, f"got:{json.dumps(queue.get_nowait(me))}" if queue.items else "empty")

    def op_task_done(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.resources[name].task_done(me)

    def op_qjoin(self, who: str, me: Task, name: str) -> Body:
        yield from self.resources[name].join(me)

    def op_set(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.resources[name].set(me.id)

    def op_clear(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.resources[name].clear(me.id)

    def op_wait(self, who: str, me: Task, name: str) -> Body:
        yield from self.resources[name].wait(me)

    op_cwait = op_wait

    def op_set_later(self, who: str, me: Task, duration: int, name: str) -> Body:
        yield from ()
        self.loop.call_at(self.loop.host.now + duration, self.resources[name].set)

    def op_notify(self, who: str, me: Task, name: str, count: int) -> Body:
        yield from ()
        self.resources[name].notify(me, count)

    def op_notify_all(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.resources[name].notify(me, 0)

    def op_barrier(self, who: str, me: Task, name: str) -> Body:
        barrier: Barrier = self.resources[name]
        index = yield from barrier.wait(me)
        self.say(who, f"barrier:{index}")

    def gathered(self, who: str, me: Task, tasks: list[Task], keep: bool) -> Body:
        found = yield from Gathered(self.loop, tasks, return_exceptions=keep).wait(me)
        told = [name_of(each) if isinstance(each, BaseException) else each for each in found]
        self.say(who, f"gathered:{json.dumps(told)}")

    def op_gather(self, who: str, me: Task, names: list[str], keep: bool) -> Body:
        yield from self.gathered(who, me, [self.named[name] for name in names], keep)

    def op_gather_new(self, who: str, me: Task, functions: list[str], keep: bool) -> Body:
        tasks = []
        for make in [self.coroutine(function) for function in functions]:
            task = yield from self.create_task(me, make)
            tasks.append(task)
        yield from self.gathered(who, me, tasks, keep)

    def op_timeout(self, who: str, me: Task, duration: int, ops: Ops) -> Body:
        return (yield from inside(Timeout(me, duration), self.do(ops, who, me)))

    def op_wait_tasks(
        self, who: str, me: Task, names: list[str], duration: int | None, mode: str
    ) -> Body:
        tasks = [self.named[name] for name in names]
        found = yield from wait(me, tasks, duration, When[mode])
        told = [sorted(n for n in set(names) if self.named[n] in each) for each in found]
        self.say(who, f"waited:{json.dumps(told)}")

    def op_as_completed(self, who: str, me: Task, names: list[str], duration: int | None) -> Body:
        for body in AsCompleted(me, [self.named[name] for name in names], duration):
            yield from self.told(who, body)

    def op_call_soon(self, who: str, me: Task, label: str) -> Body:
        yield from ()
        self.loop.call_soon(partial(self.say, "loop", label))

    def op_call_later(self, who: str, me: Task, delay: int, label: str, handle: str) -> Body:
        yield from self.op_call_at(who, me, self.loop.host.now + delay, label, handle)

    def op_call_at(self, who: str, me: Task, when: int, label: str, handle: str) -> Body:
        yield from ()
        self.named[handle] = self.loop.call_at(when, partial(self.say, "loop", label))

    def op_hcancel(self, who: str, me: Task, handle: str) -> Body:
        yield from ()
        self.loop.timers.cancel(self.named[handle])

    def op_future(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        self.named[name] = Future(self.loop)

    def op_set_result(self, who: str, me: Task, name: str, value: Any) -> Body:
        yield from ()
        if self.named[name].over:
            self.say(who, "already")
        else:
            self.named[name].set_result(value, by=me.id)

    def op_set_exception(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        if self.named[name].over:
            self.say(who, "already")
        else:
            self.named[name].set_error(ValueError(name))

    def op_on_done(self, who: str, me: Task, name: str, label: str) -> Body:
        yield from ()
        self.named[name].when_over(lambda _: self.say("loop", label))

    def op_raise(self, who: str, me: Task, name: str) -> Body:
        yield from ()
        raise RAISES[name](name)

    def op_return(self, who: str, me: Task, value: Any) -> Body:
        yield from ()
        return (value,)

    def op_repeat(self, who: str, me: Task, times: int, ops: Ops) -> Body:
        for _ in range(times):
            result = yield from self.do(ops, who, me)
            if result is not None:
                return result
        return None

    def op_ctx_set(self, who: str, me: Task, value: Any) -> Body:
        yield from ()
        self.contexts[me.id] = value

    def op_ctx_get(self, who: str, me: Task) -> Body:
        yield from ()
        self.say(who, f"ctx:{json.dumps(self.contexts.get(me.id))}")

    def op_try(self, who: str, me: Task, ops: Ops, handlers: dict[str, Ops]) -> Body:
        try:
            result = yield from self.caught(who, me, ops, handlers)
        except GeneratorExit:
            raise
        except BaseException:
            if "finally" in handlers:
                self.say(who, "finally")
                result = yield from self.do(handlers["finally"], who, me)
                if result is not None:
                    return result
            raise
        if "finally" in handlers:
            self.say(who, "finally")
            instead = yield from self.do(handlers["finally"], who, me)
            return result if instead is None else instead
        return result

    def caught(self, who: str, me: Task, ops: Ops, handlers: dict[str, Ops]) -> Body:
        try:
            return (yield from self.do(ops, who, me))
        except GeneratorExit:
            raise
        except Cancelled:
            for handler in ("cancelled", "cancelled!"):
                if handler in handlers:
                    self.say(who, "caught:cancelled")
                    result = yield from self.do(handlers[handler], who, me)
                    if handler == "cancelled!":
                        raise
                    return result
            raise
        except TimedOut:
            if "timeout" not in handlers:
                raise
            self.say(who, "caught:timeout")
            return (yield from self.do(handlers["timeout"], who, me))
        except Exception as error:
            if "error" not in handlers:
                raise
            self.say(who, f"caught:{name_of(error)}")
            return (yield from self.do(handlers["error"], who, me))


def state_of(task: Task) -> str:
    """``done``, ``cancelled``, ``pending``, or the name of its error."""
    if not task.over:
        return "pending"
    if task.cancelled:
        return "cancelled"
    return "done" if task.error is None else name_of(task.error)
