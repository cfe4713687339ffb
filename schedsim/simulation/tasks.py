"""All tasks of one job in one event loop: ours, or the standard library's."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from schedsim.loops.event_loop import EventLoop
from schedsim.loops.flat_tasks import Task
from schedsim.loops.live_tasks import LiveTask
from schedsim.programs.resumable import Written, drive
from schedsim.programs.walks import walk
from schedsim.scenario import Job
from schedsim.simulation.bodies import CHANNELS, Group, enter, instance
from schedsim.trace import Entity
from schedsim.traps import (
    Trap,
)

if TYPE_CHECKING:
    from schedsim.aio.jobs import JobLoop, JobTask
    from schedsim.simulation.machine import Simulation
    from schedsim.simulation.places import LoopThread


class TaskGroup(Group):
    """All tasks of one job in one event loop."""

    def __init__(
        self, simulation: Simulation, job: Job, home: LoopThread, loop: EventLoop | None
    ) -> None:
        super().__init__(simulation, job, home.groups, home.works)
        self.home = home
        self._loop = loop
        self.members: list[Any] = []
        """Flat tasks all, or live tasks all."""

    def resource(self, kind: str, name: str) -> object:
        """What the tasks of this loop share; channels they share with everybody."""
        if kind in CHANNELS:
            return self.simulation.resource(kind, name)
        value = self.simulation.scenario.value_of(kind, name)
        return self.home.resource(self.simulation.trace, kind, name, value)

    def call(self, trap: Trap) -> Trap:
        """What a blocking call is where it is made: a patch may make it cooperative."""
        home = self.home
        flavour = self.simulation.trace.entities[home.thread.id].loop
        return home.process.patching.call(trap, flavour)

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
        simulation, home, loop = self.simulation, self.home, self._loop
        assert loop is not None, "it is one of ours"
        name = instance(self.job, len(self.members))
        job, trace = simulation.toggled(self.job, by), simulation.trace
        thread = home.thread.id
        process = trace.entities[thread].process
        task: Task | LiveTask
        if home.live:
            task = self._live(job, name)
        else:
            code = self.code()
            entity = enter(trace, job, name, process, code.listing, thread=thread, cpu=code.cpu)
            task = Task(entity.id, code)
        if not job.yielding:
            task.yielding = False
        if job.cpu_heavy:
            simulation.cpu_heavy.append(task)
        self.members.append(task)
        loop.add(task, by=by)

    def _live(self, job: Job, name: str) -> LiveTask:
        """A task whose body is a generator of traps, however it is written."""
        simulation, home = self.simulation, self.home
        written, resolve = job.body, self.look_up
        if written is None and home.flavour.style:
            written, resolve = self._walk(home.flavour.style), _as_it_is
        style = written.style if written else "steps"
        entity = enter(
            simulation.trace,
            job,
            name,
            home.process.id,
            written.listing if written else self.script().listing,
            thread=home.thread.id,
            style=style,
        )
        assert self._loop is not None, "it is one of ours"
        task = home.flavour.task(entity.id, self._loop, home.flavour)
        task.toll = simulation.toll(home.flavour_name, style)
        if written is not None:
            task.begin(drive(written, task, resolve, simulation.notes(entity)))
        else:
            task.begin(self.script())
        return task

    def _walk(self, style: str) -> Written:
        """The steps as a body of that style; rendered once."""
        if self._written is None:
            self._written = walk(style, self.script())
        return self._written


class RealTaskGroup(TaskGroup):
    """All tasks of one job in a loop of the standard library."""

    def __init__(self, simulation: Simulation, job: Job, home: LoopThread, loop: JobLoop) -> None:
        super().__init__(simulation, job, home, None)
        self._real = loop

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
        from schedsim.aio.jobs import JobTask  # noqa: PLC0415 - its loop has loaded it

        simulation = self.simulation
        name = instance(self.job, len(self.members))
        job = simulation.toggled(self.job, by)
        written, resolve = job.body, self.look_up
        if written is None:
            written, resolve = self._walk("coroutine"), _as_it_is
        describe = partial(_described, name, job, written)
        task: JobTask = JobTask(self._real, written, describe)
        task.yielding = job.yielding
        if job.cpu_heavy:
            simulation.cpu_heavy.append(task)
        self.members.append(task)
        self._real.start(task, name, job.arrival, resolve)


def _described(name: str, job: Job, written: Written, plain: Entity) -> Entity:
    """A task of a real loop, as its job has it."""
    return replace(
        plain,
        name=name,
        job=job.name,
        arrival=job.arrival or plain.arrival,
        listing=written.listing,
        cpu_heavy=job.cpu_heavy,
        yielding=job.yielding,
        attributes=job.attributes,
        style=written.style,
    )


def _as_it_is(trap: Trap) -> Trap:
    return trap
