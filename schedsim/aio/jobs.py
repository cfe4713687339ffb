"""The jobs of a ``.py`` scenario as tasks of a real asyncio loop: what coroutines are there.

A coroutine is driven by the standard library's own ``Task``.  Bodies in the other styles, and
steps, run beside it in a coroutine that performs what they ask for (:class:`Server`).

Not here: who makes the jobs, and what their names mean (:mod:`schedsim.simulation`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from types import coroutine
from typing import Any

from schedsim.aio import clock
from schedsim.aio.loop import SimLoop
from schedsim.aio.program import AsyncioProgram
from schedsim.aio.served import NamedLock, Resolve, Server
from schedsim.aio.source import frames_within
from schedsim.aio.unasked import Unasked
from schedsim.durations import Time
from schedsim.engine import Engine
from schedsim.engine.facts import ResourceFacts
from schedsim.programs.coroutines import chain_kept
from schedsim.programs.greenlets import Abandoned
from schedsim.programs.resumable import (
    MOST_AT_ONCE,
    Cancelled,
    Notes,
    Place,
    Unserved,
    Written,
    drive,
    ended_with,
    traceback_of,
)
from schedsim.programs.styles import Function
from schedsim.trace import Entity, Listing
from schedsim.traps import PERIOD, Trap

_performed = coroutine(drive)


class JobTask(Coroutine[Any, Any, Any]):
    """A job's coroutine, as its ``Task`` drives it.

    Args:
        loop: the program of its loop.
        written: the job's body.
        describe: makes its entity of a plain one.
    """

    def __init__(
        self, loop: JobLoop, written: Written, describe: Callable[[Entity], Entity]
    ) -> None:
        self.written = written
        self.describe = describe
        self.yielding = True
        """Whether a bare ``yield`` is obeyed: ``asyncio.sleep(0)``."""
        self.task: asyncio.Task[Any] | None = None
        """None until it arrives."""
        self.pc = 0
        """Where it is, if it is in another style."""
        self.driven = False
        """It is in another style."""
        self.kept: dict[int, str] = {}
        self.number = 0
        self._loop = loop
        self._releases = 0
        """How many jobs of a periodic task are done."""
        self._cancelled = False
        self._awaited: list[asyncio.Future[None]] = []
        self._inner: Coroutine[Any, Any, Any] | None = None
        self.__name__ = type(self).__name__

    # -- for those who wait for it ----------------------------------------------------------

    async def begun(self) -> asyncio.Task[Any]:
        """Its task, when it has arrived."""
        while self.task is None:
            future = asyncio.get_running_loop().create_future()
            self._awaited.append(future)
            await future
        return self.task

    def cancel(self) -> None:
        """Cancel its task; or as soon as it arrives."""
        if self.task is None:
            self._cancelled = True
        else:
            self.task.cancel()

    def arrive(self, name: str, resolve: Resolve) -> None:
        """Make its task."""
        loop, written = self._loop.loop, self.written
        if isinstance(written, Function) and written.style == "coroutine":
            self._inner = written.function(*written.arguments)
        else:
            self.driven = True
            self._inner = self._play(resolve)
        self.task = loop.create_task(self, name=name)
        self.task.add_done_callback(self._loop.one_done)
        if self._cancelled:
            self.task.cancel()
        for future in self._awaited:
            if not future.done():
                future.set_result(None)

    # -- as its task sees it ----------------------------------------------------------------

    def send(self, value: Any) -> Any:
        """Go on, past bare ``yield`` if that is not obeyed."""
        assert self._inner is not None, "it has arrived"
        return self._go(self._inner.send, value)

    def throw(self, *error: Any) -> Any:
        """Go on with an exception."""
        assert self._inner is not None, "it has arrived"
        return self._go(self._inner.throw, *error)

    def close(self) -> None:
        """Throw it away."""
        assert self._inner is not None, "it has arrived"
        self._inner.close()

    def __await__(self) -> Any:
        """Only its task drives it."""
        raise TypeError("the coroutine of a job is its task's")

    def _go(self, go: Callable[..., Any], *value: Any) -> Any:
        assert self._inner is not None, "it has arrived"
        passed = 0
        try:
            while True:
                asked = go(*value)
                if asked is not None or self.yielding:
                    return asked
                go, value, passed = self._inner.send, (None,), passed + 1
                if passed > MOST_AT_ONCE:
                    says = f"{MOST_AT_ONCE:,} requests in a row that take no time"
                    if passed > 2 * MOST_AT_ONCE:  # it has heard that before, and gone on
                        raise Unserved(says)
                    go, value = self._inner.throw, (Unserved(says),)
        except Abandoned:
            raise
        except SystemExit as error:  # it ends the task, not the machine
            raise ended_with(error, self.written, self.notes) from None

    # -- for what is told of it -------------------------------------------------------------

    @property
    def notes(self) -> Notes:
        """Where it is written down what rows have no room for."""
        return Notes(self.kept, self._failed, self._loop.thread.engine.trace)

    def _failed(self, text: str) -> None:
        self._loop.thread.engine.trace.failures[self.number] = text

    def entity(self, plain: Entity) -> Entity:
        """How it is entered in the trace."""
        self.number = plain.id
        self._loop.thread.engine.trace.kept[plain.id] = self.kept
        return self.describe(plain)

    @property
    def inner(self) -> Any:
        """The coroutine itself."""
        return self._inner

    # -- bodies in other styles -------------------------------------------------------------

    def perform(self, trap: Trap) -> Any:
        """Do what the body asks for."""
        what, argument = trap
        if what == PERIOD:
            self._releases += 1
            arrival = self._loop.thread.engine.trace.entities[self.number].arrival
            trap = (what, arrival + self._releases * argument)
        return self._loop.server.answer(trap).__await__()

    async def _play(self, resolve: Resolve) -> Any:
        written = Unasked(self.written, self._loop.thread)
        try:
            return await _performed(written, self, resolve, self.notes)
        except Cancelled:
            raise asyncio.CancelledError from None


class OfFile:
    """Tasks are told by the file of their author: a place is a line of it.

    Args:
        file: as its code objects name it.
        listing: its lines.
    """

    def __init__(self, file: str, listing: Listing) -> None:
        self.file = file
        self.listing = listing
        self._place = Place(file)

    def entity(self, body: Any, plain: Entity) -> Entity:
        """A job says itself who it is; other tasks are named after their function."""
        if isinstance(body, JobTask):
            return body.entity(plain)
        return replace(plain, listing=self.listing, style="coroutine")

    def place(self, body: Any) -> int:
        """The author's innermost line."""
        if isinstance(body, JobTask):
            if body.driven:
                return body.pc
            body = body.inner
        return self._place.line(frames_within(body))

    def kept(self, body: Any) -> str:
        """The chain of frames, as far as it is the author's."""
        if isinstance(body, JobTask):
            assert not body.driven, "whoever drives it has said it"
            body = body.inner
        frames = [each for each in frames_within(body) if each[0].co_filename == self.file]
        return chain_kept(frames, self._place) if frames else ""

    def failed(self, error: BaseException) -> str:
        """The traceback, without frames of ours."""
        return traceback_of(error, self.file)


class JobLoop(AsyncioProgram):
    """A thread that runs a real asyncio loop until all of its jobs are done.

    Args:
        engine: the machine.
        thread: the entity number of the thread.
        told: what is told of its tasks.
        toll: what it costs to start or resume a task.
    """

    def __init__(self, engine: Engine, thread: int, told: OfFile, toll: Time) -> None:
        super().__init__(engine, thread, {})
        self.loop = SimLoop(self.thread)
        self.loop.rows.told = told
        self.loop.rows.toll = toll
        self.loop.set_exception_handler(self._failed)
        self.server = Server(self.loop)
        self.thread.serves(self.server.serve)
        self._left = 0

    def start(self, job: JobTask, name: str, arrival: Time, resolve: Resolve) -> None:
        """Let ``job`` be a task, from its arrival on."""
        self._left += 1
        self.server.resolve = self.server.resolve or resolve
        if arrival > self.thread.engine.now:
            self.loop.call_at(clock.seconds(arrival), job.arrive, name, resolve)
        else:
            job.arrive(name, resolve)

    def lock(self, number: int) -> NamedLock:
        """A lock between its tasks."""
        lock = NamedLock(self.loop, number)
        self.loop.rows.locks.append(lock)
        return lock

    def one_done(self, _: object) -> None:
        """Another job is done: with the last, the loop ends."""
        self._left -= 1
        if not self._left:
            self.loop.stop()

    def resource_facts(self) -> ResourceFacts:
        """What threads and tasks wait for that it made."""
        rows = self.loop.rows
        found = super().resource_facts()
        for lock in rows.locks:
            waiting = () if self.thread.is_killed else lock.waiting
            tasks = {rows.waits_on(task): number for task, number in rows.numbers.items()}
            found[lock.number] = (lock.holder, 0, [tasks[each] for each in waiting])
        return found

    def _shut_down_executor(self, loop: SimLoop) -> None:
        # No task is left, so the thread may wait by itself, and the trace has no task for it.
        if loop._default_executor is not None:
            loop._default_executor.shutdown()

    def _make_loop(self) -> SimLoop:
        return self.loop

    def _play(self, loop: SimLoop) -> None:
        try:
            while self._left:
                loop.run_forever()
        except Abandoned:
            raise
        except SystemExit as error:  # of a task that no job is: it ends the loop
            self._note(error)

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What asyncio would log: of tasks it is known already."""
        error = context.get("exception")
        if "handle" in context and isinstance(error, BaseException):
            self._note(error)

    def _note(self, error: BaseException) -> None:
        failures = self.thread.engine.trace.failures
        failures.setdefault(self.thread.id, self.loop.rows.told.failed(error))
