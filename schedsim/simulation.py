"""A scenario set up on an engine: names become processes, threads, loops and tasks.

What the kernel does with them is in ``engine/``; what a user may do to them in
:mod:`schedsim.commands`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
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
    Thread,
    Tolls,
    make_gil,
)
from schedsim.loops import LOOPS
from schedsim.loops.base import LiveTask, LoopLock, Task
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.live import Flavour
from schedsim.partition import Partition
from schedsim.patching import Patching
from schedsim.policies import POLICIES
from schedsim.pooling import FOR_POOLS, PoolOf, Pools, bound, errands, leave, using
from schedsim.presets import preset_of
from schedsim.programs.resumable import Notes, Unserved, Written, drive
from schedsim.programs.steps import Code, Steps, assemble
from schedsim.programs.structured import Script, write_script
from schedsim.programs.styles import Function
from schedsim.programs.walks import walk
from schedsim.scenario import Job, ProcessPlan, Scenario, ThreadPlan
from schedsim.threads import CATALOGUE
from schedsim.threads.base import Worker
from schedsim.threads.channels import Channel
from schedsim.threads.locks import PlainLock
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
    from schedsim.aio.jobs import JobLoop, JobTask

CHANNELS = ("pipe", "socket")
"""Kinds of what tasks share not only with the tasks of their loop."""


class Interpreter:
    """An interpreter: its entity, and its GIL if it has one."""

    def __init__(self, id: int, gil: Gil | None) -> None:
        self.id = id
        self.gil = gil


class Process(Interpreter):
    """A process, which is its main interpreter too: its patches, and its threads by name."""

    def __init__(self, id: int, name: str, gil: Gil | None, patching: Patching) -> None:
        super().__init__(id, gil)
        self.name = name
        self.patching = patching
        self.interpreters: dict[str, Interpreter] = {}
        """The others that it has, where each has a GIL."""
        self.groups: dict[str, ThreadGroup] = {}
        self.loops: dict[str, LoopThread] = {}
        """Its threads that run an event loop, by name."""


class LoopThread:
    """A thread with an event loop, and its tasks by name."""

    def __init__(
        self,
        process: Process,
        thread: Thread,
        loop: EventLoop | JobLoop,
        flavour: Flavour,
        *,
        live: bool,
    ) -> None:
        self.process = process
        self.thread = thread
        self.loop = loop
        self.flavour = flavour
        self.live = live
        """Its tasks are live: some of them say what flat steps cannot."""
        self.flavour_name = ""
        """Its name in :data:`schedsim.loops.LOOPS`."""
        self.groups: dict[str, TaskGroup] = {}
        self.works: Works = {}
        """What its tasks may give to pools."""
        self.resources: dict[str, object] = {}

    def group(self, simulation: Simulation, job: Job) -> TaskGroup:
        """All tasks of ``job`` that this loop will run."""
        if isinstance(self.loop, EventLoop):
            return TaskGroup(simulation, job, self, self.loop)
        return RealTaskGroup(simulation, job, self, self.loop)

    def start(self, simulation: Simulation, plan: ThreadPlan) -> None:
        """Let it have its tasks, and start those that start with the scenario."""
        for each in plan.tasks:
            self.groups[each.name] = self.group(simulation, each)
        for group in self.groups.values():
            group.start_all()

    def resource(self, trace: Trace, kind: str, name: str, value: int) -> object:
        """What its tasks share under that name."""
        known = self.resources.get(name)
        if known is None:
            if not isinstance(self.loop, EventLoop):
                if kind != "lock":
                    raise Unserved(f"{kind} {name!r}: plain asyncio has its own")
                known = self.loop.lock(trace.resource(kind, name))
            elif self.live:
                number = trace.resource(kind, name)
                known = self.flavour.resources[kind](self.loop, number, value)
            else:
                known = LoopLock(trace.resource(kind, name))
            self.resources[name] = known
        return known


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
        self.trace = Trace(
            cores=machine.cores,
            unit=scenario.unit,
            switch_interval=scenario.python.switch_interval,
            old_gil=scenario.python.kind == "old",
            waking_takes_time=machine.wake_latency > 0,
            policy=machine.policy,
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
        self.partition = None
        """Who was given to which core beforehand, if anybody was."""
        if machine.placement in ("first_fit", "worst_fit"):
            first_fit = machine.placement == "first_fit"
            self.partition = Partition(machine.cores, first_fit=first_fit)
        self.processes: dict[str, Process] = {}
        self.cpu_heavy: list[Steps | LiveTask | Worker | JobTask] = []
        """The bodies whose yielding can be toggled."""
        self.yielding: bool | None = None
        """What the user has set it to, for those that are spawned from then on."""
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
        process = Process(entity.id, name, self._gil(), Patching(on=bool(by), early=early))
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

    def _gil(self) -> Gil | None:
        return make_gil(self.gil_rules) if self._has_gil else None

    def notes(self, entity: Entity) -> Notes:
        """Where it is written down what rows have no room for."""
        return Notes(
            self.trace.kept.setdefault(entity.id, {}),
            partial(self.trace.failures.__setitem__, entity.id),
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
        self, job: Job, jobs: Mapping[str, Job], scope: Mapping[str, _Group], work: Works
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
        scripts = bound([(work.job.name, work.script()) for work in self._work])
        for work, script in zip(self._work, scripts, strict=True):
            work.use(script)
        return scripts[0].listing if scripts else None

    def _start(self, scenario: Scenario) -> None:
        if self.partition is not None:
            self.partition.plan([thread.job for plan in scenario.plan() for thread in plan.threads])
        own_process: dict[str, ThreadGroup] = {}
        groups = []
        for plan in scenario.plan():
            process = self.add_process(plan.name, plan) if plan.name else None
            scope = process.groups if process else own_process
            for thread in plan.threads:
                group = scope[thread.job.name] = ThreadGroup(self, thread, process, scope)
                groups.append(group)
        for group in groups:
            group.know_work()
        for group in groups:  # only now: a step may name any of them
            group.start_all()


class _Body(ABC):
    """The steps of a job, with what their names mean.

    Args:
        scope: what the names of jobs in them mean.
        works: what they mean where a job is given to a pool.
    """

    def __init__(
        self, simulation: Simulation, job: Job, scope: Mapping[str, _Group], works: Works
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


class PoolWork(_Body):
    """A job that is given to pools, as what :class:`schedsim.threads.pools.Work` asks for."""

    def __init__(
        self, simulation: Simulation, job: Job, scope: Mapping[str, _Group], works: Works
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
        name = _instance(self.job, self._times)
        self._times += 1
        return name, self.script().play(worker)

    def usual_pool(self, entity: int) -> Pool:
        """Where ``to_thread`` has it done, if thread or task ``entity`` says so."""
        return self.simulation.pools.of(entity)


Works: TypeAlias = "dict[str, PoolWork]"
"""What may be given to pools, by the name that it has among jobs that know one another."""


class _Group(_Body):
    """What groups of threads and of tasks share: one job, which is started again and again."""

    def __init__(
        self, simulation: Simulation, job: Job, scope: Mapping[str, _Group], works: Works
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


class ThreadGroup(_Group):
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
    ) -> None:
        super().__init__(simulation, plan.job, scope, {})
        self.plan = plan
        self.process = process
        kind_of = simulation.scenario.kind_of
        self.structured = plan.job.body is not None or not CATALOGUE.flat(plan.job.steps, kind_of)
        self.members: list[Thread] = []

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
        simulation = self.simulation
        name = _instance(self.job, len(self.members))
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
        cpu = BOUNDLESS if code is None else code.cpu
        entity = _entity(simulation.trace, job, name, home.id, listing, cpu=cpu)
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
        entity = _entity(trace, job, name, home.id, written.listing, style=style)
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
            worker.afterwards = partial(_next_job, worker, script, job.attributes.period)
        return worker

    def resource(self, kind: str, name: str) -> Any:
        """What threads share."""
        if self.structured:
            return self.simulation.resource(kind, name)
        return self.simulation.lock(name)

    def know_work(self) -> None:
        """Tell the machine what its steps, or those of its tasks, give to pools."""
        jobs = {name: group.job for name, group in self.scope.items()}
        jobs |= {task.name: task for task in self.plan.tasks}
        for job in (self.plan.job, *self.plan.tasks):
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
        entity = _entity(trace, job, name, interpreter.id, loop=plan.loop)
        flavour = LOOPS[plan.loop]
        if runs_real_asyncio(plan):
            program = self._start_real(entity, flavour)
            thread = engine.spawn(entity.id, program, interpreter.gil, by=by, loop=True)
            thread.check_every = job.check_every
            self.members.append(thread)
            home = process.loops[name] = LoopThread(process, thread, program, flavour, live=True)
            home.start(simulation, plan)
            return
        live = simulation.scenario.shares_more_than_locks or not all(
            each.body is None and flavour.flat(each.steps) for each in plan.tasks
        )
        loop = flavour.loop(engine, entity.id)
        loop.switch_cost = simulation.toll(plan.loop, flavour.style or "steps")
        loop.version = simulation.scenario.python.released
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
        written = next(each.body for each in self.plan.tasks if _is_coroutine(each))
        assert isinstance(written, Function), "it is written in Python"
        told = OfFile(written.file, written.listing)
        toll = simulation.toll(entity.loop, flavour.style or "steps")
        simulation.close_with(partial(close, simulation.engine))
        return JobLoop(simulation.engine, entity.id, told, toll)


class TaskGroup(_Group):
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
        name = _instance(self.job, len(self.members))
        job, trace = simulation.toggled(self.job, by), simulation.trace
        thread = home.thread.id
        process = trace.entities[thread].process
        task: Task | LiveTask
        if home.live:
            task = self._live(job, name)
        else:
            code = self.code()
            entity = _entity(trace, job, name, process, code.listing, thread=thread, cpu=code.cpu)
            task = Task(entity.id, code)
        task.yielding = job.yielding
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
        entity = _entity(
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
            task.body = drive(written, task, resolve, simulation.notes(entity))
        else:
            task.body = self.script().play(task)
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
        name = _instance(self.job, len(self.members))
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


def _is_coroutine(job: Job) -> bool:
    return job.body is not None and job.body.style == "coroutine"


def runs_real_asyncio(plan: ThreadPlan) -> bool:
    """Coroutines on asyncio's loop are run by the standard library itself."""
    return plan.loop == "asyncio" and any(map(_is_coroutine, plan.tasks))


def _as_it_is(trap: Trap) -> Trap:
    return trap


def _instance(job: Job, before: int) -> str:
    """``name``; ``name-1``, ``name-2`` ... where there are several."""
    return f"{job.name}-{before + 1}" if job.count > 1 or before else job.name


def _next_job(worker: Worker, script: Script, period: Time) -> Body:
    """What a periodic thread does once its present job is given up."""
    yield (PERIOD, period)
    yield from script.play(worker)


def _entity(  # noqa: PLR0913 - what an entity says of itself
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
