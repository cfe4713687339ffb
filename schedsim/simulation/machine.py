"""A scenario set up on an engine: names become processes, threads, loops and tasks.

What the kernel does with them is in ``engine/``; what a user may do to them in
:mod:`schedsim.commands`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import finalize, proxy

from schedsim.durations import Time
from schedsim.engine import (
    EVEN,
    FOREVER,
    Balance,
    Engine,
    Gil,
    Lock,
    Pace,
    Tolls,
    make_gil,
)
from schedsim.loops.flat_tasks import Task as FlatTask
from schedsim.loops.live_tasks import LiveTask
from schedsim.partition import Partition
from schedsim.patching import Patching
from schedsim.policies import POLICIES
from schedsim.pooling import Pools, bound, errands
from schedsim.presets import preset_of
from schedsim.programs.resumable import Notes
from schedsim.programs.steps import Steps
from schedsim.scenario import Job, ProcessPlan, Scenario, ThreadPlan
from schedsim.simulation.bodies import CHANNELS, Group, PoolWork, Works
from schedsim.simulation.places import Interpreter, Process
from schedsim.simulation.threads import ThreadGroup
from schedsim.threads import CATALOGUE
from schedsim.threads.base import Worker
from schedsim.threads.channels import Channel
from schedsim.threads.locks import PlainLock
from schedsim.trace import Entity, InForce, Listing, Role, Trace

if TYPE_CHECKING:
    from schedsim.aio.jobs import JobTask


class Simulation:
    """A running machine.

    Args:
        scenario: what to set up.  Everything that starts with it has started when this returns.
        seed: of the random numbers, for policies that draw lots.
    """

    def __init__(self, scenario: Scenario, seed: int = 0) -> None:
        if scenario.again is not None:
            scenario = scenario.again()
        self.scenario = scenario
        self.seed = seed
        machine = scenario.machine
        policy = partial(POLICIES[machine.policy], **machine.parameters)
        served = 1 if machine.queue_per_core else machine.cores
        self.trace = Trace(
            cores=machine.cores,
            unit=scenario.unit,
            switch_interval=scenario.python.switch_interval,
            old_gil=scenario.python.kind == "old",
            waking_takes_time=machine.wake_latency > 0,
            policy=machine.policy,
            policies=[InForce(machine.policy, machine.parameters, served)],
            queue_per_core=machine.queue_per_core,
        )
        share = scenario.python.speed
        even = not machine.speeds and machine.cache is None and share == 1
        self.engine = Engine(
            self.trace,
            policy,
            tolls=Tolls(machine.switch_cost, machine.migration_cost, machine.wake_latency),
            balance=Balance(
                per_core=machine.queue_per_core,
                pulls=machine.idle_pull,
                interval=machine.balance,
                peek_interval=machine.peek_interval,
                peek_choices=machine.peek_choices,
                core_orders=machine.core_orders,
            ),
            pace=EVEN if even else Pace(self.trace, machine.speeds, machine.cache, share=share),
            seed=seed,
        )
        self.gil_rules = scenario.python.rules
        self.gil = scenario.python.gil
        """Threads need it at this moment."""
        self.locks: dict[str, Lock] = {}
        """Between threads, by name."""
        self.shared: dict[str, Any] = {}
        """What else threads share, by name."""
        me: Any = proxy(self)
        self.weakly: Simulation = me
        """What runs on the machine knows it by this, and does not keep it alive: when it is
        forgotten, what is still suspended in greenlets is closed (:meth:`close_with`)."""
        self.pools = Pools(
            self.engine,
            scenario,
            partial(Simulation.add_process, me),
            partial(Simulation._listing_of_work, me),
        )
        self._work: list[PoolWork] = []
        """All that may be given to pools."""
        self._bound: Listing | None = None
        self.partition = None
        """Who was given to which core beforehand, if anybody was."""
        if machine.placement in ("first_fit", "worst_fit"):
            first_fit = machine.placement == "first_fit"
            self.partition = Partition(machine.cores, first_fit=first_fit)
        self.processes: dict[str, Process] = {}
        self.cpu_heavy: list[Steps | FlatTask | LiveTask | Worker | JobTask] = []
        """The bodies whose yielding can be toggled."""
        self.yielding: bool | None = None
        """What the user has set it to, for those that are spawned from then on."""
        self.killed: set[int] = set()
        """Processes that were killed, by entity."""
        self._closes = False
        self._start(scenario)

    def close_with(self, close: Callable[[], None]) -> None:
        """Let ``close`` be called when nobody wants this any more."""
        if not self._closes:
            self._closes = True
            finalize(self, close)

    def run(self, until: Time | None = None, rows: int = FOREVER) -> None:
        """Let the machine run: see :meth:`schedsim.engine.Engine.run`."""
        self.engine.run(FOREVER if until is None else until, rows)

    def add_process(self, name: str, plan: ProcessPlan | None = None) -> Process:
        """Make a process, with a GIL if this Python has one."""
        python = self.scenario.python
        by, early = python.monkey_patch, python.imported_early
        if plan is not None and plan.monkey_patch is not None:
            by = plan.monkey_patch
        if plan is not None and plan.imported_early is not None:
            early = plan.imported_early
        number = len(self.trace.entities)
        entity = self.trace.enter(
            Entity(
                number,
                Role.PROCESS,
                name,
                0,
                0,
                name,
                gil=self._has_gil,
                monkey_patch=by,
                imported_early=early,
            )
        )
        real = self.trace.unit == "ns"
        patching = Patching(on=bool(by), early=early, real=real)
        process = Process(entity.id, name, self._gil(), patching)
        self.processes[name] = process
        self.pools.gils[process.id] = process.gil
        return process

    def home(self, process: Process, plan: ThreadPlan, name: str) -> Interpreter:
        """Where thread ``name`` of ``process`` runs: in the process, or an interpreter of it."""
        own = name if plan.interpreter is None else plan.interpreter
        if not own or self.scenario.python.kind != "per_interpreter" or not self._has_gil:
            return process
        if own not in process.interpreters:
            id = len(self.trace.entities)
            parent = process.id
            self.trace.enter(
                replace(
                    self.trace.entities[parent],
                    id=id,
                    name=own,
                    process=parent,
                    job=own,
                    interpreter=True,
                )
            )
            interpreter = process.interpreters[own] = Interpreter(id, self._gil())
            self.pools.gils[id] = interpreter.gil
        return process.interpreters[own]

    @property
    def _has_gil(self) -> bool:
        return self.scenario.python.gil

    def _gil(self) -> Gil:
        """One that is not on may be switched on later."""
        gil = make_gil(self.gil_rules)
        gil.on = self.gil
        return gil

    def notes(self, entity: Entity) -> Notes:
        """Where it is written down what rows have no room for."""
        return Notes(
            self.trace.kept.setdefault(entity.id, {}),
            partial(self.trace.failures.__setitem__, entity.id),
            self.trace,
        )

    def toll(self, loop: str, style: str) -> Time:
        """What that event loop pays to start or resume a task of that style."""
        cost = self.scenario.python.task_switch_cost
        if cost is None:
            measured = preset_of(loop, style)
            return measured.switch if measured else 0
        return cost

    def toggled(self, job: Job, by: int) -> Job:
        """``job`` as it is now, when entity ``by`` starts it: the toggle holds for it too."""
        if not by or self.yielding is None or not job.cpu_heavy:
            return job
        return replace(job, yielding=self.yielding)

    def lock(self, name: str) -> Lock:
        """The lock between threads of that name."""
        lock = self.locks.get(name)
        if lock is None:
            declared = self.scenario.shared.get(name)
            inheritance = declared is not None and declared.inheritance
            lock = self.engine.lock(self.trace.resource("lock", name), inheritance=inheritance)
            self.locks[name] = lock
        return lock

    def resource(self, kind: str, name: str) -> Any:
        """What threads share under that name, for those that are not flat."""
        if kind == "lock":
            return PlainLock(self.lock(name))
        known = self.shared.get(name)
        if known is None:
            number = self.trace.resource(kind, name)
            declared = self.scenario.shared.get(name)
            if kind in CHANNELS and declared is not None:
                known = Channel(self.engine, number, declared.latency, declared.bandwidth)
            else:
                value = self.scenario.value_of(kind, name)
                known = CATALOGUE.resources[kind](self.engine, number, value)
            self.shared[name] = known
        return known

    def know_work(
        self, job: Job, jobs: Mapping[str, Job], scope: Mapping[str, Group], work: Works
    ) -> None:
        """Let everything be known that the steps of ``job`` give to pools, and what that gives.

        Args:
            job: who gives it.
            jobs: what names in its steps mean.
            scope: what names in what it gives mean: threads.
            work: where it is to be found by name.
        """
        for errand in errands(job.steps):
            if errand.job not in work:
                given = jobs[errand.job]
                work[errand.job] = PoolWork(self, given, scope, work)
                self._work.append(work[errand.job])
                self.know_work(given, jobs, scope, work)

    def _listing_of_work(self) -> Listing | None:
        """What workers of pools may do; with the first of them its listing is fixed."""
        if self._bound is None and self._work:
            scripts = bound([(work.job.name, work.script()) for work in self._work])
            for work, script in zip(self._work, scripts, strict=True):
                work.use(script)
            self._bound = scripts[0].listing
        return self._bound

    def _start(self, scenario: Scenario) -> None:
        if self.partition is not None:
            self.partition.plan([thread.job for plan in scenario.plan() for thread in plan.threads])
        own_process: dict[str, ThreadGroup] = {}
        own_works: Works = {}
        groups = []
        for plan in scenario.plan():
            process = self.add_process(plan.name, plan) if plan.name else None
            scope = process.groups if process else own_process
            works = {} if process else own_works
            for thread in plan.threads:
                group = scope[thread.job.name] = ThreadGroup(
                    self, thread, process, scope, {} if thread.loop else works
                )
                groups.append(group)
        for group in groups:
            group.know_work()
        for group in groups:  # only now: a step may name any of them
            group.start_all()
