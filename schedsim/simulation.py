"""A scenario set up on an engine: names become processes, threads, loops and tasks.

What the kernel does with them is in ``engine/``; what a user may do to them in
:mod:`schedsim.commands`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from schedsim.durations import Time
from schedsim.engine import FOREVER, Engine, Gil, Thread
from schedsim.loops import LOOPS
from schedsim.loops.asyncio import AsyncioLoop
from schedsim.loops.base import Task
from schedsim.policies import POLICIES
from schedsim.programs.steps import Code, Steps, assemble
from schedsim.scenario import Job, Scenario, ThreadPlan
from schedsim.trace import Entity, Role, Trace
from schedsim.traps import JOIN, MARK, SPAWN, Trap


class Process:
    """A process: its entity, its GIL if it has one, and its threads by name."""

    def __init__(self, id: int, name: str, gil: Gil | None) -> None:
        self.id = id
        self.name = name
        self.gil = gil
        self.groups: dict[str, ThreadGroup] = {}
        self.loops: dict[str, LoopThread] = {}
        """Its threads that run an event loop, by name."""


class LoopThread:
    """A thread with an event loop, and its tasks by name."""

    def __init__(self, process: Process, thread: Thread, loop: AsyncioLoop) -> None:
        self.process = process
        self.thread = thread
        self.loop = loop
        self.groups: dict[str, TaskGroup] = {}


class Simulation:
    """A running machine.

    Args:
        scenario: what to set up.  Everything that starts with it has started when this returns.
        seed: for policies that draw lots.
    """

    def __init__(self, scenario: Scenario, seed: int = 0) -> None:
        self.scenario = scenario
        self.seed = seed
        self.trace = Trace(
            cores=scenario.machine.cores,
            unit=scenario.unit,
            switch_interval=scenario.python.switch_interval,
        )
        policy = POLICIES[scenario.machine.policy](**scenario.machine.parameters)
        self.engine = Engine(self.trace, policy, switch_cost=scenario.machine.switch_cost)
        self.processes: dict[str, Process] = {}
        self.cpu_heavy: list[Steps] = []
        """The bodies whose yielding can be toggled."""
        self.yielding: bool | None = None
        """What the user has set it to, for those that are spawned from then on."""
        self._start(scenario)

    def run(self, until: Time | None = None, rows: int = FOREVER) -> None:
        """Let the machine run: see :meth:`schedsim.engine.Engine.run`."""
        self.engine.run(FOREVER if until is None else until, rows)

    def add_process(self, name: str) -> Process:
        """Make a process, with a GIL if this Python has one."""
        python = self.scenario.python
        entity = self.trace.enter(
            Entity(len(self.trace.entities), Role.PROCESS, name, 0, 0, name, gil=python.gil)
        )
        process = Process(entity.id, name, Gil(python.switch_interval) if python.gil else None)
        self.processes[name] = process
        return process

    def toggled(self, job: Job, by: int) -> Job:
        """``job`` as it is now, when entity ``by`` starts it: the toggle holds for it too."""
        if not by or self.yielding is None or not job.cpu_heavy:
            return job
        return replace(job, yielding=self.yielding)

    def _start(self, scenario: Scenario) -> None:
        own_process: dict[str, ThreadGroup] = {}
        groups = []
        for plan in scenario.plan():
            process = self.add_process(plan.name) if plan.name else None
            scope = process.groups if process else own_process
            for thread in plan.threads:
                group = scope[thread.job.name] = ThreadGroup(self, thread, process, scope)
                groups.append(group)
        for group in groups:  # only now: a step may name any of them
            group.start_all()


class ThreadGroup:
    """All threads of one job.

    Args:
        process: where they live; None gives each a process of its own.
        scope: what the names in their steps mean.
    """

    def __init__(
        self,
        simulation: Simulation,
        plan: ThreadPlan,
        process: Process | None,
        scope: Mapping[str, ThreadGroup],
    ) -> None:
        self.simulation = simulation
        self.plan = plan
        self.process = process
        self.scope = scope
        self.members: list[Thread] = []
        self.past = 0
        self._code: Code | None = None

    def start_all(self) -> None:
        """Start what starts with the scenario."""
        if not self.plan.job.spawned:
            for _ in range(self.plan.job.count):
                self.start(0)

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
        simulation, plan = self.simulation, self.plan
        trace = simulation.trace
        name = _instance(plan.job, len(self.members))
        process = self.process or simulation.add_process(name)
        if plan.loop:
            self._start_loop(process, name, by)
            return
        if self._code is None:
            self._code = assemble(plan.job.steps, _Resolve(trace, self.scope))
        job = simulation.toggled(plan.job, by)
        entity = _entity(trace, job, name, process.id, code=self._code)
        body = _body(simulation, Steps(self._code, yielding=job.yielding), job)
        self.members.append(simulation.engine.spawn(entity.id, body, process.gil, by=by))

    def _start_loop(self, process: Process, name: str, by: int) -> None:
        simulation, plan = self.simulation, self.plan
        trace, engine = simulation.trace, simulation.engine
        entity = _entity(trace, plan.job, name, process.id, loop=plan.loop)
        loop = LOOPS[plan.loop](engine, entity.id)
        thread = engine.spawn(entity.id, loop, process.gil, by=by, loop=True)
        self.members.append(thread)
        home = process.loops[name] = LoopThread(process, thread, loop)
        for job in plan.tasks:
            home.groups[job.name] = TaskGroup(simulation, job, home)
        for group in home.groups.values():
            group.start_all()


class TaskGroup:
    """All tasks of one job in one event loop."""

    def __init__(self, simulation: Simulation, job: Job, home: LoopThread) -> None:
        self.simulation = simulation
        self.job = job
        self.home = home
        self.members: list[Task] = []
        self.past = 0
        self._code: Code | None = None

    def start_all(self) -> None:
        """Start what starts with the scenario."""
        if not self.job.spawned:
            for _ in range(self.job.count):
                self.start(0)

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
        trace, home = self.simulation.trace, self.home
        if self._code is None:
            self._code = assemble(self.job.steps, _Resolve(trace, home.groups))
        name = _instance(self.job, len(self.members))
        job = self.simulation.toggled(self.job, by)
        entity = _entity(trace, job, name, home.process.id, thread=home.thread.id, code=self._code)
        task = Task(entity.id, self._code, yielding=job.yielding)
        _body(self.simulation, task, job)
        self.members.append(task)
        home.loop.add(task, by=by)


class _Resolve:
    """Turns the names in traps into what they name."""

    def __init__(self, trace: Trace, groups: Mapping[str, object]) -> None:
        self.trace = trace
        self.groups = groups

    def __call__(self, trap: Trap) -> Trap:
        what, argument = trap
        if what == MARK:
            return (what, self.trace.label(argument))
        if what in (SPAWN, JOIN):
            return (what, self.groups[argument])
        return trap


def _instance(job: Job, before: int) -> str:
    """``name``; ``name-1``, ``name-2`` ... where there are several."""
    return f"{job.name}-{before + 1}" if job.count > 1 or before else job.name


def _body(simulation: Simulation, body: Steps, job: Job) -> Steps:
    if job.cpu_heavy:
        simulation.cpu_heavy.append(body)
    return body


def _entity(
    trace: Trace,
    job: Job,
    name: str,
    process: int,
    *,
    thread: int = 0,
    code: Code | None = None,
    loop: str = "",
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
            listing=code.listing if code else None,
            cpu_heavy=job.cpu_heavy,
            yielding=job.yielding,
            loop=loop,
        )
    )
