"""Runs asyncio programs that are written as data, on any event loop, and tells what they logged.

The format is that of ``tests/cases/asyncio_order.json`` (made on CPython 3.11.7, 3.12.1, 3.13.0);
:data:`OPS` has its table of operations.  One unit of a program's time is one second of the loop's
clock, so that all moments are whole and exact as floats.

    python -m tests.async_programs CASES --loop module:Factory --check
"""

from __future__ import annotations

import argparse
import asyncio
import builtins
import importlib
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

Steps: TypeAlias = Sequence[Sequence[Any]]
Program: TypeAlias = dict[str, Any]
Factory: TypeAlias = Callable[[], asyncio.AbstractEventLoop]

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
CASES = Path(__file__).parent / "cases"

_RESOURCES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "lock": lambda _: asyncio.Lock(),
    "event": lambda _: asyncio.Event(),
    "semaphore": lambda spec: asyncio.Semaphore(spec["value"]),
    "bounded_semaphore": lambda spec: asyncio.BoundedSemaphore(spec["value"]),
    "queue": lambda spec: asyncio.Queue(spec.get("maxsize", 0)),
    "lifo_queue": lambda spec: asyncio.LifoQueue(spec.get("maxsize", 0)),
    "priority_queue": lambda spec: asyncio.PriorityQueue(spec.get("maxsize", 0)),
    "condition": lambda _: asyncio.Condition(),
    "barrier": lambda spec: asyncio.Barrier(spec["parties"]),
}


_NOTHING_LEFT = ("Deadlock", "Idle")
"""What loops raise when nothing can happen any more."""


class Outcome(NamedTuple):
    """What a program did."""

    outcome: str
    time: int
    log: list[list[Any]]
    tasks: dict[str, str] | None


class _Return(Exception):
    """A function returns from within nested steps."""


class _Group(NamedTuple):
    """The innermost task group that a function is in, if it is in one."""

    tasks: asyncio.TaskGroup


class Run:
    """One run of one program.

    Args:
        program: what to run.
        factory: makes the loop.
    """

    def __init__(self, program: Program, factory: Factory) -> None:
        self.program = program
        self.loop = factory()
        self.log: list[list[Any]] = []
        self.names: dict[str, Any] = {}
        """Spawned tasks and futures, by name."""
        self.spawned: list[str] = []
        self.handles: dict[str, asyncio.Handle] = {}
        self.resources: dict[str, Any] = {}
        self.instances: dict[str, int] = {}
        self.variable: ContextVar[Any] = ContextVar("variable", default=None)

    def play(self) -> Outcome:
        """Run it to its end, or until nothing can happen any more."""
        loop = self.loop
        loop.set_exception_handler(lambda *_: None)  # what nobody asks for is part of the program
        main = loop.create_task(self.main())
        try:
            loop.run_until_complete(main)
        except (Exception, asyncio.CancelledError) as error:
            if not main.done() and type(error).__name__ not in _NOTHING_LEFT:
                raise
            outcome = self._ended(error) if main.done() else "deadlock"
        else:
            outcome = "ok"
        time = loop.time()
        assert time == int(time), "moments are whole"
        tasks = {name: _state(self.names[name]) for name in self.spawned}
        log = list(self.log)
        self._clean_up()
        return Outcome(outcome, int(time), log, None if outcome == "deadlock" else tasks)

    def _ended(self, error: BaseException) -> str:
        return "cancelled" if isinstance(error, asyncio.CancelledError) else f"error:{_name(error)}"

    def _clean_up(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            coroutine: Any = task.get_coro()
            with suppress(BaseException):  # it may wait in its ``finally``
                coroutine.close()
        for each in self.names.values():
            if each.done() and not each.cancelled():
                each.exception()  # it has been looked at
        self.loop.close()

    def say(self, who: str, label: str) -> None:
        """Log a label."""
        time = self.loop.time()
        assert time == int(time), "moments are whole"
        self.log.append([int(time), who, label])

    async def main(self) -> None:
        """The main program: it makes the resources."""
        for name, spec in self.program["resources"].items():
            self.resources[name] = _RESOURCES[spec["type"]](spec)
        if self.program.get("eager"):
            self.loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
        with suppress(_Return):
            await self.steps(self.program["main"], "main", None)

    def instance(self, function: str, who: str | None = None) -> Any:
        """The coroutine of a function, which logs under its variable, or under its own name."""
        if who is None:
            count = self.instances[function] = self.instances.get(function, 0) + 1
            who = function if count == 1 else f"{function}~{count}"
        return self.body(function, who)

    async def body(self, function: str, who: str) -> Any:
        """One instance of a function."""
        self.say(who, "start")
        try:
            await self.steps(self.program["funcs"][function], who, None)
        except _Return as result:
            self.say(who, "end:return")
            return result.args[0]
        except asyncio.CancelledError:
            self.say(who, "end:cancelled")
            raise
        except BaseException as error:
            self.say(who, f"end:{_name(error)}")
            raise
        self.say(who, "end")
        return None

    async def steps(self, steps: Steps, who: str, group: _Group | None) -> None:
        """Do ``steps`` one after the other."""
        for verb, *arguments in steps:
            if verb in _PLAIN:
                _PLAIN[verb](self, who, *arguments)
            elif verb in _NESTED:
                await _NESTED[verb](self, who, group, *arguments)
            elif verb == "gspawn":
                assert group is not None, "the program has a group there"
                name, function = arguments
                coroutine = self.instance(function, name)
                try:
                    self.names[name] = group.tasks.create_task(coroutine)
                except RuntimeError:
                    coroutine.close()  # the group is shutting down
                    raise
                self.spawned.append(name)
            else:
                await _WAITING[verb](self, who, *arguments)


def _name(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return f"ExceptionGroup[{','.join(sorted(_name(each) for each in error.exceptions))}]"
    return type(error).__name__


def _state(task: asyncio.Future[Any]) -> str:
    if not task.done():
        return "pending"
    if task.cancelled():
        return "cancelled"
    error = task.exception()
    return "done" if error is None else _name(error)


# -- operations that do not wait --------------------------------------------------------------


def _spawn(run: Run, who: str, name: str, function: str) -> None:
    run.spawned.append(name)
    run.names[name] = run.loop.create_task(run.instance(function, name))


def _raise(run: Run, who: str, name: str) -> None:
    if name == "CancelledError":
        raise asyncio.CancelledError
    error: type[Exception] = getattr(builtins, name)
    raise error(name)


def _return(run: Run, who: str, value: Any) -> None:
    raise _Return(value)


def _put_nowait(run: Run, who: str, name: str, item: Any) -> None:
    try:
        run.resources[name].put_nowait(item)
    except asyncio.QueueFull:
        run.say(who, "full")


def _get_nowait(run: Run, who: str, name: str) -> None:
    try:
        run.say(who, f"got:{run.resources[name].get_nowait()}")
    except asyncio.QueueEmpty:
        run.say(who, "empty")


def _settle(run: Run, who: str, name: str, value: Any) -> None:
    future = run.names[name]
    if future.done():
        run.say(who, "already")
    elif isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)


def _call_later(run: Run, who: str, delay: int, label: str, handle: str) -> None:
    run.handles[handle] = run.loop.call_later(delay, run.say, "loop", label)


def _call_at(run: Run, who: str, moment: int, label: str, handle: str) -> None:
    run.handles[handle] = run.loop.call_at(moment, run.say, "loop", label)


def _future(run: Run, who: str, name: str) -> None:
    run.names[name] = run.loop.create_future()


def _on_done(run: Run, who: str, name: str, label: str) -> None:
    run.names[name].add_done_callback(lambda _: run.say("loop", label))


_PLAIN: dict[str, Callable[..., None]] = {
    "mark": lambda run, who, label: run.say(who, label),
    "spawn": _spawn,
    "cancel": lambda run, who, name: run.say(who, f"cancel:{run.names[name].cancel()}"),
    "done": lambda run, who, name: run.say(who, f"done:{run.names[name].done()}"),
    "cancelling": lambda run, who, n: run.say(who, f"cancelling:{run.names[n].cancelling()}"),
    "release": lambda run, who, name: run.resources[name].release(),
    "put_nowait": _put_nowait,
    "get_nowait": _get_nowait,
    "task_done": lambda run, who, name: run.resources[name].task_done(),
    "set": lambda run, who, name: run.resources[name].set(),
    "clear": lambda run, who, name: run.resources[name].clear(),
    "set_later": lambda run, who, ms, name: run.loop.call_later(ms, run.resources[name].set),
    "notify": lambda run, who, name, n: run.resources[name].notify(n),
    "notify_all": lambda run, who, name: run.resources[name].notify_all(),
    "call_soon": lambda run, who, label: run.loop.call_soon(run.say, "loop", label),
    "call_later": _call_later,
    "call_at": _call_at,
    "hcancel": lambda run, who, handle: run.handles[handle].cancel(),
    "future": _future,
    "set_result": _settle,
    "set_exception": lambda run, who, name: _settle(run, who, name, ValueError(name)),
    "on_done": _on_done,
    "raise": _raise,
    "return": _return,
    "ctx_set": lambda run, who, value: run.variable.set(value),
    "ctx_get": lambda run, who: run.say(who, f"ctx:{json.dumps(run.variable.get())}"),
}

# -- operations that may wait -----------------------------------------------------------------


async def _say_result(run: Run, who: str, waited: Awaitable[Any]) -> None:
    run.say(who, f"ret:{json.dumps(await waited)}")


async def _get(run: Run, who: str, name: str) -> None:
    run.say(who, f"got:{await run.resources[name].get()}")


async def _barrier(run: Run, who: str, name: str) -> None:
    run.say(who, f"barrier:{await run.resources[name].wait()}")


async def _gather(run: Run, who: str, names: list[str], keep: bool, *, new: bool = False) -> None:
    parts = [run.instance(name) if new else run.names[name] for name in names]
    results = await asyncio.gather(*parts, return_exceptions=keep)
    told = [_name(each) if isinstance(each, BaseException) else each for each in results]
    run.say(who, f"gathered:{json.dumps(told)}")


async def _wait_for(run: Run, who: str, limit: int, what: dict[str, str]) -> None:
    waited = run.names[what["task"]] if "task" in what else run.instance(what["func"])
    await _say_result(run, who, asyncio.wait_for(waited, limit))


async def _wait_tasks(run: Run, who: str, names: list[str], limit: int | None, mode: str) -> None:
    of = {run.names[name]: name for name in names}
    done, pending = await asyncio.wait(of, timeout=limit, return_when=mode)
    told = [sorted(of[each] for each in some) for some in (done, pending)]
    run.say(who, f"waited:{json.dumps(told)}")


async def _as_completed(run: Run, who: str, names: list[str], limit: int | None) -> None:
    for following in asyncio.as_completed([run.names[name] for name in names], timeout=limit):
        await _say_result(run, who, following)


_WAITING: dict[str, Callable[..., Awaitable[Any]]] = {
    "sleep": lambda run, who, ms: asyncio.sleep(ms),
    "await": lambda run, who, name: _say_result(run, who, run.names[name]),
    "shield": lambda run, who, name: _say_result(run, who, asyncio.shield(run.names[name])),
    "acquire": lambda run, who, name: run.resources[name].acquire(),
    "put": lambda run, who, name, item: run.resources[name].put(item),
    "get": _get,
    "qjoin": lambda run, who, name: run.resources[name].join(),
    "wait": lambda run, who, name: run.resources[name].wait(),
    "cwait": lambda run, who, name: run.resources[name].wait(),
    "barrier": _barrier,
    "gather": _gather,
    "gather_new": lambda run, who, names, keep: _gather(run, who, names, keep, new=True),
    "wait_for": _wait_for,
    "wait_tasks": _wait_tasks,
    "as_completed": _as_completed,
}

# -- operations with steps in them ------------------------------------------------------------


async def _with(run: Run, who: str, group: _Group | None, name: str, steps: Steps) -> None:
    async with run.resources[name]:
        await run.steps(steps, who, group)


async def _timeout(run: Run, who: str, group: _Group | None, limit: int, steps: Steps) -> None:
    async with asyncio.timeout(limit):
        await run.steps(steps, who, group)


async def _group(run: Run, who: str, group: _Group | None, steps: Steps) -> None:
    async with asyncio.TaskGroup() as tasks:
        await run.steps(steps, who, _Group(tasks))


async def _repeat(run: Run, who: str, group: _Group | None, times: int, steps: Steps) -> None:
    for _ in range(times):
        await run.steps(steps, who, group)


async def _try(
    run: Run, who: str, group: _Group | None, steps: Steps, handlers: dict[str, Steps]
) -> None:
    try:
        await run.steps(steps, who, group)
    except _Return:
        raise
    except asyncio.CancelledError:
        key = next((key for key in ("cancelled", "cancelled!") if key in handlers), None)
        if key is None:
            raise
        run.say(who, "caught:cancelled")
        await run.steps(handlers[key], who, group)
        if key == "cancelled!":
            raise
    except TimeoutError:
        if "timeout" not in handlers:
            raise
        run.say(who, "caught:timeout")
        await run.steps(handlers["timeout"], who, group)
    except Exception as error:
        if "error" not in handlers:
            raise
        run.say(who, f"caught:{_name(error)}")
        await run.steps(handlers["error"], who, group)
    finally:
        if "finally" in handlers:
            run.say(who, "finally")
            await run.steps(handlers["finally"], who, group)


_NESTED: dict[str, Callable[..., Awaitable[None]]] = {
    "with": _with,
    "timeout": _timeout,
    "group": _group,
    "repeat": _repeat,
    "try": _try,
}

OPS = frozenset((*_PLAIN, *_WAITING, *_NESTED, "gspawn"))

# -- cases ------------------------------------------------------------------------------------


def load(path: Path) -> list[dict[str, Any]]:
    """The cases of a file, those that are said of this version of Python."""
    told = json.loads(path.read_text(encoding="utf-8"))
    if not any(version.startswith(VERSION) for version in told["source"]["versions"]):
        return []
    cases: list[dict[str, Any]] = told["cases"]
    return cases


def difference(case: dict[str, Any], found: Outcome) -> str:
    """What differs from what was measured; nothing if they agree.

    Timers of equal moments leave CPython's heap in its own order.  A loop that serves them first
    come, first served is as good: ``expect_fifo_timers``.
    """
    expected = case["expect_by_version"][VERSION] if "expect_by_version" in case else case["expect"]
    allowed = [expected]
    if VERSION in case.get("expect_fifo_timers", {}):
        allowed.append(case["expect_fifo_timers"][VERSION])
    got = found._asdict()
    wrong = [key for key in expected if got[key] != expected[key]]
    if any(all(got[key] == each[key] for key in each) for each in allowed):
        return ""
    return "\n".join(f"{key}:\n  expected {expected[key]}\n  got      {got[key]}" for key in wrong)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a file of cases on a loop."""
    parser = argparse.ArgumentParser(prog="python -m tests.async_programs")
    parser.add_argument("cases", type=Path)
    parser.add_argument("--loop", default="schedsim.aio:SimLoop", help="module:factory")
    parser.add_argument("--check", action="store_true", help="compare with what is expected")
    chosen = parser.parse_args(arguments)
    module, _, name = chosen.loop.partition(":")
    factory = getattr(importlib.import_module(module), name)
    wrong = 0
    cases = load(chosen.cases)
    for case in cases:
        found = Run(case["program"], factory).play()
        if not chosen.check:
            sys.stdout.write(json.dumps({"id": case["id"], **found._asdict()}) + "\n")
            continue
        told = difference(case, found)
        wrong += bool(told)
        if told:
            sys.stdout.write(f"{case['id']}: {told}\n")
    if chosen.check:
        sys.stdout.write(f"{len(cases) - wrong} of {len(cases)} cases agree\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
