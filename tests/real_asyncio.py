"""The asyncio of the running interpreter, on a clock that jumps: what our loop must agree with.

The same steps that our tasks run are run here by real coroutines on a real event loop.  Its clock
moves only when the loop waits for its next timer, or when a coroutine computes.  Moments are
whole numbers and exact as floats.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from schedsim.programs.steps import Repeat, Step
from schedsim.scenario import Job
from schedsim.traps import (
    ACQUIRE,
    CALL,
    COMPUTE,
    IO,
    JOIN,
    MARK,
    PERIOD,
    RELEASE,
    SLEEP,
    SPAWN,
    YIELD,
    Op,
)

Log: TypeAlias = list[tuple[int, str, str]]


class Idle(Exception):
    """Nothing will ever happen again."""


class _Jump(selectors.SelectSelector):
    """Finds nothing ready, and lets the clock jump by as long as it was to wait."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Idle
        self.loop.clock += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's loop; only its clock and its selector are ours."""

    def __init__(self) -> None:
        selector = _Jump()
        selector.loop = self
        self.clock = 0.0
        super().__init__(selector)
        # Due is what is earlier than now plus this; far from 0 a nanosecond is too little to add.
        self._clock_resolution = 0.5

    def time(self) -> float:
        return self.clock


class RealRun:
    """Jobs as real tasks of a real loop.

    Args:
        jobs: what to run; those that are spawned wait for that.
        most: stop after so many marks.
    """

    def __init__(self, jobs: Sequence[Job], most: int = 10_000) -> None:
        self.loop = VirtualLoop()
        self.jobs = {job.name: job for job in jobs}
        self.most = most
        self.log: Log = []
        self.groups: dict[str, list[asyncio.Future[None]]] = {name: [] for name in self.jobs}
        self.locks: dict[str, asyncio.Lock] = {}
        self.holders: dict[str, asyncio.Task[Any] | None] = {}
        self.releases: dict[str, int] = {}
        """How many jobs of a periodic task are done."""

    def play(self) -> RealRun:
        """Run until nothing is left to do."""
        loop = self.loop
        for job in self.jobs.values():
            if not job.spawned:
                for _ in range(job.count):
                    self.start(job)
        with suppress(Idle):
            loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()
        return self

    def start(self, job: Job) -> None:
        """``create_task``, now or when the job arrives."""
        group = self.groups[job.name]
        who = f"{job.name}-{len(group) + 1}" if job.count > 1 or group else job.name
        if job.arrival > self.loop.time():
            ended: asyncio.Future[None] = self.loop.create_future()  # to be awaited until then
            group.append(ended)
            self.loop.call_at(job.arrival, self.arrive, job, who, ended)
        else:
            group.append(self.loop.create_task(self.do(job, job.steps, who)))

    def arrive(self, job: Job, who: str, ended: asyncio.Future[None]) -> None:
        """What the timer of a late task calls."""

        async def body() -> None:
            await self.do(job, job.steps, who)
            ended.set_result(None)

        group = self.groups[job.name]
        group[group.index(ended)] = self.loop.create_task(body())

    async def do(self, job: Job, steps: Sequence[Step], who: str) -> None:
        """Steps of a task, awaited in line."""
        for step in steps:
            if isinstance(step, Repeat):
                done = 0
                while step.times is None or done < step.times:
                    done += 1
                    await self.do(job, step.do, who)
                continue
            assert isinstance(step, Op), "blocks have tests of their own"
            if step.trap[0] != YIELD or job.yielding:
                await self.one(*step.trap, who, job)

    async def one(self, what: int, argument: Any, who: str, job: Job) -> None:
        """One operation."""
        if what in (SLEEP, YIELD):
            await asyncio.sleep(argument or 0)
        elif what in (COMPUTE, CALL):
            self.loop.clock += argument
        elif what == IO:
            answer: asyncio.Future[None] = self.loop.create_future()
            self.loop.call_later(argument, answer.set_result, None)
            await answer
        elif what == SPAWN:
            self.start(self.jobs[argument])
        elif what == JOIN:
            for other in self.groups[argument]:  # also those that are started meanwhile
                if other is not asyncio.current_task():
                    await other
        elif what in (ACQUIRE, RELEASE):
            await self.lock(what, argument)
        elif what == PERIOD:
            await self.next_release(argument, who, job)
        elif what == MARK:
            if len(self.log) >= self.most:
                await self.loop.create_future()  # for ever
            self.log.append((int(self.loop.time()), who, argument))

    async def lock(self, what: int, name: str) -> None:
        """Take a lock, or let go of it if it is this task's own."""
        if what == ACQUIRE:
            await self.locks.setdefault(name, asyncio.Lock()).acquire()
            self.holders[name] = asyncio.current_task()
        elif self.holders.get(name) is asyncio.current_task():
            self.holders[name] = None
            self.locks[name].release()

    async def next_release(self, period: int, who: str, job: Job) -> None:
        """Wait for the next job of a periodic task."""
        self.releases[who] = self.releases.get(who, 0) + 1
        wait = job.arrival + self.releases[who] * period - self.loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
