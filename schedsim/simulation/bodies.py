"""What a job's steps mean where it runs: the names in them become what they name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from schedsim.durations import Time
from schedsim.pooling import FOR_POOLS, PoolOf
from schedsim.programs.resumable import Unserved, Written
from schedsim.programs.scripts import Script, write_script
from schedsim.programs.steps import Code, assemble
from schedsim.scenario import Job
from schedsim.threads.base import Worker
from schedsim.threads.pools import Pool
from schedsim.trace import Entity, Listing, Role, Trace
from schedsim.traps import (
    ACQUIRE,
    BOUNDLESS,
    JOIN,
    MARK,
    PERIOD,
    RELEASE,
    SPAWN,
    VERB,
    Body,
    Named,
    Trap,
    Wish,
)

if TYPE_CHECKING:
    from schedsim.simulation.machine import Simulation


CHANNELS = ("pipe", "socket")
"""Kinds of what tasks share not only with the tasks of their loop."""


class JobBody(ABC):
    """The steps of a job, with what their names mean.

    Args:
        scope: what the names of jobs in them mean.
        works: what they mean where a job is given to a pool.
    """

    def __init__(
        self, simulation: Simulation, job: Job, scope: Mapping[str, Group], works: Works
    ) -> None:
        self.simulation: Simulation = simulation.weakly
        self.job = job
        self.scope = scope
        self.works = works
        self._code: Code | None = None
        self._script: Script | None = None
        self._written: Written | None = None

    def code(self) -> Code:
        """The job's steps; assembled once, when all that they name is known."""
        if self._code is None:
            self._code = assemble(self.job.steps, self._resolve)
        return self._code

    def script(self) -> Script:
        """The same as a structured program."""
        if self._script is None:
            self._script = write_script(self.job.steps, self._resolve)
        return self._script

    def look_up(self, trap: Trap) -> Trap:
        """What a body asks for, with what it names in place of the names.

        Raises:
            Unserved: there is nothing of that name.
        """
        what, argument = trap
        if what in (SPAWN, JOIN) and argument not in self.scope:
            raise Unserved(f"there is no job named {argument!r} here: {', '.join(self.scope)}")
        try:
            return self._resolve(trap)
        except KeyError as error:
            raise Unserved(f"there is nothing here named {error}") from None

    @abstractmethod
    def resource(self, kind: str, name: str) -> object:
        """What a step names: a lock, a queue, an event ..."""

    def _resolve(self, trap: Trap) -> Trap:
        """``trap`` with what it names in place of the names."""
        what, argument = trap
        if what == MARK:
            return (what, self.simulation.trace.label(argument))
        if what in (SPAWN, JOIN):
            return (what, self.scope[argument])
        if what in (ACQUIRE, RELEASE):
            return (what, self.resource(self.simulation.scenario.kind_of(argument), argument))
        if what == VERB:
            return (what, self._wish(argument))
        return self.call(trap)

    def call(self, trap: Trap) -> Trap:
        """What a blocking call is where it is made."""
        return trap

    def _meant(self, argument: object) -> object:
        if isinstance(argument, tuple) and not isinstance(argument, Named):
            return tuple(map(self._meant, argument))
        if not isinstance(argument, Named):
            return argument
        kind, name = argument
        if kind == "job":
            return self.scope[name]
        if kind == "pool":
            return PoolOf(self.simulation.pools, name)
        return self.resource(self.simulation.scenario.kind_of(name, kind), name)

    def _wish(self, wish: Wish) -> Wish:
        """``wish`` with what its arguments name; a job that is given to a pool is work for it."""
        arguments = tuple(
            self.works[argument.name]
            if wish.name in FOR_POOLS and isinstance(argument, Named) and argument.kind == "job"
            else self._meant(argument)
            for argument in wish.arguments
        )
        return wish._replace(arguments=arguments)


class PoolWork(JobBody):
    """A job that is given to pools, as what :class:`schedsim.threads.pools.Work` asks for."""

    def __init__(
        self, simulation: Simulation, job: Job, scope: Mapping[str, Group], works: Works
    ) -> None:
        super().__init__(simulation, job, scope, works)
        self._times = 0

    def use(self, script: Script) -> None:
        """Let ``script`` be what is carried out from now on."""
        self._script = script

    def resource(self, kind: str, name: str) -> object:
        """What its workers share with all threads."""
        return self.simulation.resource(kind, name)

    def begin(self, worker: Worker) -> tuple[str, Body]:
        """Another instance of it, to be done by ``worker``: its name and its body."""
        name = instance(self.job, self._times)
        self._times += 1
        return name, self.script().play(worker)

    def usual_pool(self, entity: int) -> Pool:
        """Where ``to_thread`` has it done, if thread or task ``entity`` says so."""
        return self.simulation.pools.of(entity)


Works: TypeAlias = "dict[str, PoolWork]"
"""What may be given to pools, by the name that it has among jobs that know one another."""


class Group(JobBody):
    """What groups of threads and of tasks share: one job, which is started again and again."""

    def __init__(
        self, simulation: Simulation, job: Job, scope: Mapping[str, Group], works: Works
    ) -> None:
        super().__init__(simulation, job, scope, works)
        self.past = 0
        """How many of the first members have certainly ended; whoever joins keeps it up."""

    @abstractmethod
    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""

    def start_all(self) -> None:
        """Start what starts with the scenario."""
        if not self.job.spawned:
            for _ in range(self.job.count):
                self.start(0)


def instance(job: Job, before: int) -> str:
    """``name``; ``name-1``, ``name-2`` ... where there are several."""
    return f"{job.name}-{before + 1}" if job.count > 1 or before else job.name


def enter(  # noqa: PLR0913 - what an entity says of itself
    trace: Trace,
    job: Job,
    name: str,
    process: int,
    listing: Listing | None = None,
    *,
    thread: int = 0,
    cpu: Time = BOUNDLESS,
    loop: str = "",
    style: str = "steps",
) -> Entity:
    """Enter a thread, or a task of the loop in ``thread``, in the trace's table."""
    id = len(trace.entities)
    return trace.enter(
        Entity(
            id,
            Role.TASK if thread else Role.THREAD,
            name,
            process,
            thread or id,
            job.name,
            arrival=job.arrival,
            listing=listing,
            cpu_heavy=job.cpu_heavy,
            yielding=job.yielding,
            loop=loop,
            attributes=job.attributes,
            affinity=job.affinity,
            cpu=cpu if cpu < BOUNDLESS else None,
            style=style,
        )
    )


def next_job(worker: Worker, script: Script, period: Time) -> Body:
    """What a periodic thread does once its present job is given up."""
    yield (PERIOD, period)
    yield from script.play(worker)
