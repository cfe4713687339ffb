"""The real asyncio, uvloop, and an asyncio whose time is virtual, at W4."""

# A peer may be missing, so it is imported by its own cases.
# ruff: noqa: PLC0415

from __future__ import annotations

from importlib import import_module
from typing import Any

from schedsim.bench import workload


def yields(tasks: int) -> workload.Measured:
    """W4 with ``sleep(0)`` on the interpreter's own asyncio."""
    return _sleeping("asyncio", tasks, 0)


def uvloop_yields(tasks: int) -> workload.Measured:
    """The same on uvloop."""
    return _sleeping("uvloop", tasks, 0)


def virtual_sleeps(tasks: int) -> workload.Measured:
    """W4 with sleeps of a millisecond on looptime, asyncio's own loop with a clock that jumps."""
    return _sleeping("looptime", tasks, 0.001)


def _sleeping(package: str, tasks: int, delay: float) -> workload.Measured:
    module: Any = import_module(package)

    def once() -> workload.Measured:
        loop = module.new_event_loop()
        measured = _run(loop, tasks, delay)
        loop.close()
        return measured

    return workload.again(tasks, once)


def _run(loop: Any, tasks: int, delay: float) -> workload.Measured:
    import asyncio

    async def task() -> None:
        sleep = asyncio.sleep
        for _ in range(workload.SLEEPS):
            await sleep(delay)

    async def all_of(waited: list[asyncio.Task[None]]) -> None:
        for each in waited:
            await each

    made = [loop.create_task(task()) for _ in range(tasks)]
    return workload.timed(tasks * workload.SLEEPS, lambda: loop.run_until_complete(all_of(made)))
