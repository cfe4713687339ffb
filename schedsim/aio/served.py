"""What bodies ask for by :mod:`schedsim.authoring`, served by a real asyncio loop.

What takes no turn of others (``compute``, ``call``, ``mark``, ``spawn``, ``release``, ``cancel``)
is done where it is called, awaited or not, as with plain asyncio.  What waits gives a coroutine to
be awaited; in a function of the executor the call itself waits.

Not here: what asyncio itself offers, which is the standard library's own.
"""

from __future__ import annotations

import asyncio
from asyncio import events, futures
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from schedsim.aio import clock
from schedsim.aio.loop import SimLoop
from schedsim.aio.thread import required
from schedsim.aio.verbs import spend
from schedsim.durations import Time
from schedsim.programs.greenlets import trap as ask
from schedsim.programs.resumable import AT_ONCE, MOST_AT_ONCE, Request, Unserved
from schedsim.trace import Kind, Reason
from schedsim.traps import (
    ACQUIRE,
    CALL,
    COMPUTING,
    IO,
    JOIN,
    MARK,
    PERIOD,
    RELEASE,
    SLEEP,
    SPAWN,
    VERB,
    YIELD,
    Trap,
    Wish,
)

if TYPE_CHECKING:
    from schedsim.aio.jobs import JobTask

Resolve: TypeAlias = Callable[[Trap], Trap]
_IN_THREADS: Final = (SLEEP, IO, YIELD)
_WAKE: Final = futures._set_result_unless_cancelled  # type: ignore[attr-defined]


class Jobs(Protocol):
    """All tasks that were started under one name."""

    members: list[JobTask]

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""


class Done:
    """What comes of a request that was served when it was made; awaiting it takes no time."""

    def __await__(self) -> Generator[Any, Any, None]:
        yield from ()


class NamedLock(asyncio.Lock):
    """An ``asyncio.Lock`` of which the trace tells.

    Args:
        loop: whose tasks use it.
        number: its number in the trace.
    """

    if TYPE_CHECKING:
        _waiters: Any

    def __init__(self, loop: SimLoop, number: int) -> None:
        super().__init__()
        self.rows = loop.rows
        self.number = number
        self.holder = 0
        """The entity of the task that has it."""

    async def acquire(self) -> Any:
        """Take it, or wait until it is free."""
        taken = await super().acquire()
        self.holder = self.rows.subject()[0]
        self.rows.engine.trace.append(
            self.rows.engine.now, Kind.LOCK, subject=self.holder, other=self.number
        )
        return taken

    def release(self) -> None:
        """Let go of it.

        Raises:
            RuntimeError: nobody has it.
        """
        if self.locked():
            self.holder = 0
            subject = self.rows.subject()[0]
            self.rows.engine.trace.append(
                self.rows.engine.now, Kind.UNLOCK, subject=subject, arg=self.number
            )
        super().release()

    @property
    def waiting(self) -> list[Any]:
        """The futures of those who wait for it, in order."""
        return [future for future in self._waiters or () if not future.done()]


class Server:
    """Serves the requests of one loop's tasks, and of the threads of its executor.

    Args:
        loop: the loop.
    """

    def __init__(self, loop: SimLoop) -> None:
        self.loop = loop
        self.resolve: Resolve | None = None
        """Turns a request that names something into one that holds it."""
        self._at_once = 0
        self._when = (0, 0)
        """When the last was made, and by whom."""

    def serve(self, request: Request) -> Any:
        """What comes of a request that is made here: its answer, or what is to be awaited."""
        assert self.resolve is not None, "it has jobs"
        self._check(request.what)
        trap = self.resolve(request)
        return self.answer(trap)

    def answer(self, trap: Trap) -> Any:
        """The same of a request that holds what it asks for."""
        what, argument = trap
        if what in COMPUTING or what in (CALL, MARK):
            self._do(what, argument)
            return Done()
        if events._get_running_loop() is not self.loop:
            return self._in_a_thread(what, argument)
        if what in (SPAWN, RELEASE):
            argument.start(self.loop.rows.subject()[0]) if what == SPAWN else argument.release()
            return Done()
        if what == VERB:
            return self._wish(argument)
        return _WAITS[what](self, argument)

    def _wish(self, wish: Wish) -> Awaitable[Any]:
        (jobs,) = wish.arguments
        if wish.name == "await":
            return self._result_of(jobs)
        assert wish.name == "cancel", "authors have no other verb, and steps beside it neither"
        for member in jobs.members:
            member.cancel()
        return Done()

    def _do(self, what: int, argument: Any) -> None:
        thread = required("a request")
        if what == MARK:
            subject, place = (thread.id, 0) if thread.loop is None else thread.loop.rows.subject()
            trace, now = thread.engine.trace, thread.engine.now
            trace.append(now, Kind.MARK, subject=subject, other=place, arg=argument)
        else:
            spend(thread, what, argument)

    @staticmethod
    def _in_a_thread(what: int, argument: Any) -> Any:
        """A function of the executor asks: the call itself waits."""
        if what not in _IN_THREADS:
            raise Unserved("only a task of the loop can ask for that, not a thread beside it")
        ask(what, argument)
        return Done()

    def _check(self, what: int) -> None:
        """Nobody goes on for ever without time passing."""
        thread = required("a request")
        who = thread.id
        if thread is self.loop.thread and self.loop.rows.hand:
            who = self.loop.rows.numbers[self.loop.rows.hand[-1]]
        when = (thread.engine.now, who)
        if what not in AT_ONCE or when != self._when:
            self._when, self._at_once = when, 0
        self._at_once += 1
        if self._at_once > MOST_AT_ONCE:
            self._at_once = 0
            raise Unserved(f"{MOST_AT_ONCE:,} requests in a row that take no time")

    # -- what waits -------------------------------------------------------------------------

    async def _sleep(self, time: Time) -> None:
        await asyncio.sleep(clock.seconds(time))

    async def _give_way(self, _: None) -> None:
        await asyncio.sleep(0)

    async def _device(self, time: Time) -> None:
        await self._until(self.loop.thread.engine.now + time, Reason.IO)

    async def _next_job(self, release: Time) -> None:
        if release > self.loop.thread.engine.now:
            await self._until(release, Reason.PERIOD)

    async def _until(self, moment: Time, reason: Reason) -> None:
        loop = self.loop
        future = loop.create_future()
        timer = loop.call_at(clock.seconds(moment), _WAKE, future, None)
        loop.rows.waits_for(reason)
        try:
            await future
        finally:
            timer.cancel()

    async def _join(self, jobs: Jobs) -> None:
        me = asyncio.current_task()
        assert me is not None, "a task awaits it"
        for member in jobs.members:  # also those that are started meanwhile
            task = await member.begun()
            if task is me or task.done():
                continue
            asked = me.cancelling()
            try:
                await task
            except asyncio.CancelledError:
                if me.cancelling() > asked or not task.cancelled():
                    raise
            except Exception:  # noqa: BLE001, S110 - however it ended, it has ended
                pass

    async def _result_of(self, jobs: Jobs) -> Any:
        result = None
        for member in jobs.members:
            task = await member.begun()
            if task is not asyncio.current_task():
                result = await task
        return result

    async def _acquire(self, lock: NamedLock) -> None:
        await lock.acquire()


_WAITS: Final[dict[int, Callable[[Server, Any], Awaitable[Any]]]] = {
    SLEEP: Server._sleep,
    YIELD: Server._give_way,
    IO: Server._device,
    PERIOD: Server._next_job,
    JOIN: Server._join,
    ACQUIRE: Server._acquire,
}
