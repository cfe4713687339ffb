"""A real asyncio loop as a program of a simulated machine: what runs in its thread.

```python
async def ticker() -> None:
    for _ in range(20):
        compute("1ms")
        await asyncio.sleep(0.010)


process = trace.enter(Entity(1, Role.PROCESS, "web", 0, 0, "web", gil=True))
thread = trace.enter(Entity(2, Role.THREAD, "main", 1, 2, "main", loop="asyncio"))
program = AsyncioProgram(engine, thread.id, {"ticker": ticker})
engine.spawn(thread.id, program, Gil(5_000_000), loop=True)
engine.run()
close(engine)
```

The thread's entity says ``loop="asyncio"``, and it is spawned with ``loop=True``: the loop writes
the rows about computing.  A thread that runs a plain function is a
:class:`schedsim.aio.thread.SimThread`: ``engine.spawn(id, SimThread(engine, id, function), gil)``.
"""

from __future__ import annotations

import asyncio
from array import array
from asyncio import runners
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from schedsim.aio.loop import SimLoop
from schedsim.aio.thread import SimThread
from schedsim.durations import Time
from schedsim.engine import Engine
from schedsim.engine.facts import LoopFacts, ResourceFacts
from schedsim.loops.base import Loss
from schedsim.traps import Trap

Main = Callable[[], Coroutine[Any, Any, Any]]


class AsyncioProgram:
    """Runs coroutine functions as the first tasks of a new loop, until all of them are done.

    Then it ends as ``asyncio.run`` does: tasks that are left are cancelled, asynchronous
    generators and the executor shut down.

    Args:
        engine: the machine.
        thread: the entity number of the thread.
        mains: what the first tasks run, by name.
    """

    pc = 0

    def __init__(self, engine: Engine, thread: int, mains: Mapping[str, Main]) -> None:
        self.mains = dict(mains)
        self.thread = SimThread(engine, thread, self._run)
        self.body = self.thread.program
        self.results: dict[str, Any] = {}
        """What each of the first tasks returned."""
        self.errors: dict[str, BaseException] = {}
        """What each of them that failed, or was cancelled, raised."""

    @property
    def error(self) -> BaseException | None:
        """What ended the whole thread, if that was an exception."""
        return self.body.error

    def resume(self) -> Trap:
        """Run to the next trap."""
        return self.body.resume()

    def demand(self, *, whole: bool) -> Time:
        """Unknown: as if it never ended."""
        return self.body.demand(whole=whole)

    def abandon(self) -> None:
        """It is never a periodic program: nothing to give up."""

    def close(self) -> None:
        """Throw it away: suspended coroutines are closed, and nothing is logged of them."""
        loop = self.thread.loop
        if loop is not None:
            loop.hush()
        self.body.close()
        if loop is not None and not loop.is_closed():
            loop.discard()

    def killed(self) -> Loss:
        """Its process was killed."""
        return self.thread.killed()

    def cancel(self, number: int) -> None:
        """``loop.call_soon_threadsafe(task.cancel)``, of the task that is entity ``number``."""
        loop = self.thread.loop
        assert loop is not None, "it has the task"
        for task, its in list(loop.rows.numbers.items()):
            if its == number:
                loop.call_soon_threadsafe(task.cancel)

    def loop_facts(self) -> LoopFacts | None:
        """What its loop knows of its tasks: see :mod:`schedsim.engine.facts`."""
        return self.thread.loop_facts()

    def resource_facts(self) -> ResourceFacts:
        """What threads wait for that it made."""
        return self.thread.resource_facts()

    def _run(self) -> None:
        loop = self._make_loop()
        try:
            self._play(loop)
        finally:
            if not self.body.closing:
                try:
                    runners._cancel_all_tasks(loop)  # type: ignore[attr-defined]
                    # Not without need: each of them would be a task in the trace.
                    if loop._asyncgens:
                        loop.run_until_complete(loop.shutdown_asyncgens())
                    self._shut_down_executor(loop)
                finally:
                    loop.close()

    def _shut_down_executor(self, loop: SimLoop) -> None:
        if loop._default_executor is not None:
            loop.run_until_complete(loop.shutdown_default_executor())

    def _make_loop(self) -> SimLoop:
        return SimLoop(self.thread)

    def _play(self, loop: SimLoop) -> None:
        """Run the first tasks until all of them are done."""
        if not self.mains:
            return
        tasks = [loop.create_task(main(), name=name) for name, main in self.mains.items()]
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        for name, task in zip(self.mains, tasks, strict=True):
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                self.results[name] = task.result()
            else:
                self.errors[name] = error


def close(engine: Engine) -> None:
    """Throw away a run: all greenlets of its threads end, with nothing logged.

    To be called whenever such a machine is no longer needed: a suspended frame keeps what it
    refers to alive, and the garbage collector does not see through it.  The trace stays as it is.
    """
    engine.trace = replace(
        engine.trace,
        times=array("q"),
        codes=array("q"),
        args=array("q"),
        entities=list(engine.trace.entities),
        failures={},
    )
    for thread in list(engine.threads.values()):
        ends = getattr(thread.program, "close", None)
        if ends is not None:
            ends()
