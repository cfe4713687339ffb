"""All threads of one job: plain ones, those with a body of their own, and those with a loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from schedsim.engine import (
    Thread,
)
from schedsim.loops import EAGER, LOOPS
from schedsim.loops.live import Flavour
from schedsim.pooling import errands, leave, using
from schedsim.programs.resumable import Written, drive
from schedsim.programs.steps import Steps
from schedsim.programs.styles import Function
from schedsim.scenario import Job, ThreadPlan
from schedsim.simulation.bodies import Group, Works, enter, instance, next_job
from schedsim.simulation.places import LoopThread, Process
from schedsim.threads import CATALOGUE
from schedsim.threads.base import Worker
from schedsim.trace import Entity
from schedsim.traps import (
    BOUNDLESS,
)

if TYPE_CHECKING:
    from schedsim.aio.jobs import JobLoop
    from schedsim.simulation.machine import Simulation


class ThreadGroup(Group):
    """All threads of one job.

    Args:
        process: where they live; None gives each a process of its own.
    """

    def __init__(
        self,
        simulation: Simulation,
        plan: ThreadPlan,
        process: Process | None,
        scope: Mapping[str, ThreadGroup],
        works: Works,
    ) -> None:
        super().__init__(simulation, plan.job, scope, works)
        self.plan = plan
        self.process = process
        kind_of = simulation.scenario.kind_of
        self.structured = plan.job.body is not None or not CATALOGUE.flat(plan.job.steps, kind_of)
        self.members: list[Thread] = []

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
        simulation = self.simulation
        name = instance(self.job, len(self.members))
        process = self.process or simulation.add_process(name)
        if self.plan.loop:
            self._start_loop(process, name, by)
            return
        if self.job.body is not None:
            self._start_body(self.job.body, process, name, by)
            return
        job = self._placed(simulation.toggled(self.job, by))
        home = simulation.home(process, self.plan, name)
        code = None if self.structured else self.code()
        listing = self.script().listing if code is None else code.listing
        # Where cores or interpreters are slow, work is no time, and nobody can tell what is left.
        cpu = code.cpu if code is not None and simulation.engine.pace.even else BOUNDLESS
        entity = enter(simulation.trace, job, name, home.id, listing, cpu=cpu)
        body: Steps | Worker
        body = Steps(code, yielding=job.yielding) if code else self._worker(entity.id, job)
        if job.cpu_heavy:
            simulation.cpu_heavy.append(body)
        thread = simulation.engine.spawn(entity.id, body, home.gil, by=by)
        thread.check_every = job.check_every
        self.members.append(thread)

    def _start_body(self, written: Written, process: Process, name: str, by: int) -> None:
        """A thread whose program is a function."""
        simulation = self.simulation
        job = self._placed(simulation.toggled(self.job, by))
        trace, style = simulation.trace, written.style
        home = simulation.home(process, self.plan, name)
        entity = enter(trace, job, name, home.id, written.listing, style=style)
        body = Worker(simulation.engine, entity.id, CATALOGUE)
        body.yielding = job.yielding
        body.body = drive(written, body, self.look_up, simulation.notes(entity))
        if job.cpu_heavy:
            simulation.cpu_heavy.append(body)
        thread = simulation.engine.spawn(entity.id, body, home.gil, by=by)
        thread.check_every = job.check_every
        self.members.append(thread)

    def _worker(self, id: int, job: Job) -> Worker:
        """Who carries out steps that are not flat, in the thread that is entity ``id``."""
        worker = Worker(self.simulation.engine, id, CATALOGUE)
        worker.yielding = job.yielding
        script, pools = self.script(), self.simulation.pools
        used = pools.used(id, (self.job,))
        worker.body = using(used, script.play(worker)) if used else script.play(worker)
        if job.attributes.period:
            worker.afterwards = partial(next_job, worker, script, job.attributes.period)
        return worker

    def resource(self, kind: str, name: str) -> Any:
        """What threads share."""
        if self.structured:
            return self.simulation.resource(kind, name)
        return self.simulation.lock(name)

    def know_work(self) -> None:
        """Tell the machine what its steps, or those of its tasks, give to pools."""
        given = [job for job in (self.plan.job, *self.plan.tasks) if any(errands(job.steps))]
        if not given:
            return
        jobs = {name: group.job for name, group in self.scope.items()}
        jobs |= {task.name: task for task in self.plan.tasks}
        for job in given:
            self.simulation.know_work(job, jobs, self.scope, self.works)

    def _placed(self, job: Job) -> Job:
        """``job`` with the core that its next thread is given to beforehand, if it is."""
        partition = self.simulation.partition
        if partition is None or job.affinity:
            return job
        return replace(job, affinity=partition.next_core(job))

    def _start_loop(self, process: Process, name: str, by: int) -> None:
        simulation, plan = self.simulation, self.plan
        trace, engine = simulation.trace, simulation.engine
        job = self._placed(plan.job)
        interpreter = simulation.home(process, plan, name)
        entity = enter(trace, job, name, interpreter.id, loop=plan.loop)
        flavour = LOOPS[plan.loop]
        if runs_real_asyncio(plan):
            program = self._start_real(entity, flavour)
            thread = engine.spawn(entity.id, program, interpreter.gil, by=by, loop=True)
            thread.check_every = job.check_every
            self.members.append(thread)
            home = process.loops[name] = LoopThread(process, thread, program, flavour, live=True)
            home.start(simulation, plan)
            return
        eager = simulation.scenario.python.eager_tasks and plan.loop == EAGER
        live = (
            eager
            or simulation.scenario.shares_more_than_locks
            or not all(each.body is None and flavour.flat(each.steps) for each in plan.tasks)
        )
        loop = flavour.loop(engine, entity.id)
        loop.version = simulation.scenario.python.release
        loop.eager = eager
        loop.switch_cost = simulation.toll(plan.loop, flavour.style or "steps")
        thread = engine.spawn(entity.id, loop, interpreter.gil, by=by, loop=True)
        thread.check_every = job.check_every
        self.members.append(thread)
        home = process.loops[name] = LoopThread(process, thread, loop, flavour, live=live)
        home.flavour_name = plan.loop
        home.works = self.works
        used = simulation.pools.used(entity.id, plan.tasks)
        if used:
            loop.epilogue = leave(used, wait=True)
        home.start(simulation, plan)

    def _start_real(self, entity: Entity, flavour: Flavour) -> JobLoop:
        """The standard library's own asyncio, for coroutines."""
        from schedsim.aio.jobs import JobLoop, OfFile  # noqa: PLC0415 - it loads the real asyncio
        from schedsim.aio.program import close  # noqa: PLC0415 - as above

        simulation = self.simulation
        written = next(each.body for each in self.plan.tasks if is_coroutine(each))
        assert isinstance(written, Function), "it is written in Python"
        told = OfFile(written.file, written.listing)
        toll = simulation.toll(entity.loop, flavour.style or "steps")
        simulation.close_with(partial(close, simulation.engine))
        return JobLoop(simulation.engine, entity.id, told, toll)


def runs_real_asyncio(plan: ThreadPlan) -> bool:
    """Coroutines on asyncio's loop are run by the standard library itself."""
    return plan.loop == "asyncio" and any(map(is_coroutine, plan.tasks))


def is_coroutine(job: Job) -> bool:
    """Whether its body is an ``async def``."""
    return job.body is not None and job.body.style == "coroutine"
