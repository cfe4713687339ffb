"""A scenario: a machine, a Python, and work for them; plain data.

It can be written as *jobs*, which say nothing of the execution model, or as a *tree* of
processes, threads and tasks.  :meth:`Scenario.plan` turns jobs into a tree for a model.  Files
are read in :mod:`schedsim.scenario_file`; running is :mod:`schedsim.simulation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from schedsim.attributes import ORDINARY, Attributes
from schedsim.durations import Time
from schedsim.engine.gil import GilRules
from schedsim.engine.pace import CacheSpec
from schedsim.programs.resumable import Written
from schedsim.programs.steps import Step


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """The virtual machine: ``[machine]``."""

    cores: int = 1
    policy: str = "round_robin"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments of the policy."""
    switch_cost: Time = 0
    migration_cost: Time = 0
    wake_latency: Time = 0
    """How long, on average, an idle core takes to begin with a thread that was woken."""
    queue_per_core: bool = False
    """Cores have run queues of their own; else one serves all."""
    idle_pull: bool = True
    """A core that runs dry takes work from the queue of another."""
    balance: Time = 0
    """How often queues of very different length are evened out; 0: never."""
    peek_interval: Time = 0
    """How often a core with an empty queue looks at one other core (OSTEP); 0: never."""
    peek_choices: tuple[int, ...] = ()
    """The cores drawn for that, as far as they are given."""
    core_orders: tuple[tuple[int, ...], ...] = ()
    """By tick, the order in which idle cores take from the run queue."""
    placement: str = "least_loaded"
    """``first_fit`` or ``worst_fit``: threads are tied to cores beforehand, by utilisation."""
    speeds: tuple[Fraction, ...] = ()
    """How much faster than speed 1 each core is; cores that are not named have speed 1."""
    cache: CacheSpec | None = None


@dataclass(frozen=True, slots=True)
class PythonSpec:
    """The interpreter: ``[python]``."""

    gil: bool = True
    """There is one, of whichever kind; else this Python is free-threaded."""
    switch_interval: Time = 5_000_000
    kind: str = "shared"
    """``shared`` by the threads of a process, ``per_interpreter``, or ``old``: before 3.2."""
    version: str = "3.12"
    linger: Time = 600
    """How long, on average, a thread that has asked for the GIL stays on its core before it sleeps.

    0: it sleeps at once, and whoever has waited longest always gets the GIL."""
    check_every: Time = 0
    """How far apart the checks for such a request are; 0, as in a tight loop: too close to count.
    """
    check_interval: int = 100
    """The old GIL: after so many ticks its holder signals a waiter."""
    tick: Time = 15
    """The old GIL: how long a tick takes, about a bytecode."""
    free_threaded_speed: Fraction | None = None
    """How fast a thread is without a GIL; None: as measured for the version."""
    monkey_patch: str = ""
    """Who has patched the standard library before anything else ran: ``gevent``, ``eventlet``."""
    imported_early: tuple[str, ...] = ()
    """Calls that keep their blocking originals: their names were imported before the patch."""

    task_switch_cost: Time | None = 0
    """What it costs an event loop to start or resume a task; None: as measured, by framework and
    style (:mod:`schedsim.presets`).  Threads pay ``machine.switch_cost``."""

    eager_tasks: bool = False
    """Tasks of asyncio begin with a step at once: ``eager_task_factory``, from 3.12 on."""

    @property
    def release(self) -> tuple[int, int]:
        """The version in numbers: 3.9 came before 3.10."""
        major, minor = self.version.split(".")
        return int(major), int(minor)

    @property
    def speed(self) -> Fraction:
        """How much of a core's speed a thread gets."""
        if self.gil:
            return Fraction(1)
        return self.free_threaded_speed or FREE_THREADED.get(self.version, Fraction(1))

    @property
    def rules(self) -> GilRules:
        """The rules of its GILs."""
        old_check = self.check_interval * self.tick if self.kind == "old" else 0
        return GilRules(self.switch_interval, self.linger, self.check_every, old_check)


FREE_THREADED: Mapping[str, Fraction] = MappingProxyType(
    {"3.13": Fraction(71, 100), "3.14": Fraction(93, 100)}
)
"""How fast a single thread is in a free-threaded build (SEMANTICS.md G9); before 3.13 there was
none, so that for other versions it is the idea alone."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work, ``count`` times over."""

    name: str
    steps: tuple[Step, ...] = ()
    count: int = 1
    arrival: Time = 0
    cpu_heavy: bool = False
    """Its ``yield`` steps can be switched on and off while it runs."""
    yielding: bool = True
    """Whether they are on at first."""
    spawned: bool = False
    """It starts when somebody spawns it, not with the scenario."""
    attributes: Attributes = ORDINARY
    """What its threads say of themselves to the scheduler."""
    affinity: tuple[int, ...] = ()
    """The cores that its threads may run on; all if empty."""
    check_every: Time | None = None
    """How far apart its threads check for a drop request, if not as ``[python]`` says."""
    body: Written | None = None
    """What it does instead of steps: a function, in a scenario that is written in Python."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that threads or tasks share and wait for, as it is declared."""

    kind: str
    """``lock``, ``rlock``, ``semaphore``, ``event``, ``condition``, ``queue``, ``barrier``,
    ``pipe``, ``socket``."""
    value: int = 0
    """What a semaphore begins with, how much a queue holds at most (0: no limit), whether an event
    is set, how many a barrier waits for."""
    inheritance: bool = False
    """Of a lock: its holder has the standing of the best who waits for it."""
    latency: Time = 0
    """Of a pipe or socket: how long a byte is on its way."""
    bandwidth: int = 0
    """Of a pipe or socket: bytes a second; 0: no limit."""


@dataclass(frozen=True, slots=True)
class PoolSpec:
    """A pool of workers: ``[[pool]]``.  Each process that uses it has one of its own."""

    workers: int | None = None
    """How many at most; None: as Python has it (``min(32, cores + 4)`` threads, or a process for
    each core)."""
    kind: str = "thread"
    """What its workers are: ``thread`` or ``process``."""
    start_method: str = "fork"
    """Of processes: ``fork`` (all for the first job) or ``spawn`` (as they are needed)."""
    start_cost: Time | None = None
    """Computing of a new process before its first job; None: as measured, and 0 in ticks."""
    pickle_cost: Time | None = None
    """Computing to pickle a job, and again to unpickle it; None: as measured, and 0 in ticks."""
    result_cost: Time | None = None
    """The same of a result."""


@dataclass(frozen=True, slots=True)
class ThreadPlan:
    """A thread of the tree: it runs the steps of its job, or an event loop with tasks."""

    job: Job
    loop: str = ""
    """The flavour of its event loop, or nothing."""
    tasks: tuple[Job, ...] = ()
    interpreter: str | None = ""
    """Where it runs, if each interpreter has a GIL: in the main one if empty, None for its own."""


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """A process of the tree."""

    name: str
    threads: tuple[ThreadPlan, ...]
    monkey_patch: str | None = None
    """As in :class:`PythonSpec`, where it has a Python of its own; None: as the others."""
    imported_early: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """An execution model for jobs: what becomes of each."""

    says: str
    """The model in a few words."""
    loop: str = ""
    """The flavour of the loop that runs all jobs as tasks of one thread, or nothing."""
    own_process: bool = False
    """Without a loop: every job gets a process, not just a thread."""


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "processes": Model("a process with one thread for each job", own_process=True),
        "threads": Model("one process with a thread for each job"),
        "asyncio": Model("one process, one thread, a task for each job", loop="asyncio"),
        "uvloop": Model("as asyncio, on libuv's loop", loop="uvloop"),
        "trio": Model("one thread, a trio task for each job", loop="trio"),
        "gevent": Model("one thread, a greenlet for each job", loop="gevent"),
        "eventlet": Model("one thread, a green thread for each job", loop="eventlet"),
        "callbacks": Model("a bare event loop, a chain of callbacks a job", loop="callbacks"),
        "generators": Model("a bare event loop, and a generator a job", loop="generators"),
        "coroutines": Model("a bare event loop, and a coroutine a job", loop="coroutines"),
        "greenlets": Model("a bare event loop, and a greenlet a job", loop="greenlets"),
    }
)

DEFAULT_VALUES: Mapping[str, int] = MappingProxyType({"semaphore": 1, "barrier": 2})
"""What is shared and not declared begins with 0, but for these."""

PROCESS = "python"
"""The name of the one process of a job file."""
LOOP_THREAD = "main"
"""The name of the thread that runs the event loop of a job file."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a run begins with, but the seed."""

    title: str
    name: str = ""
    """Its name in the library: the file's name without the ending."""
    lesson: str = ""
    group: str = ""
    """The heading under which the library lists it."""
    order: int = 0
    """Its place in the library."""
    unit: str = "ns"
    """``ns`` or ``tick``: what an integer time is."""
    model: str = "threads"
    """The model of the jobs; a tree has none."""
    machine: MachineSpec = field(default_factory=MachineSpec)
    python: PythonSpec = field(default_factory=PythonSpec)
    jobs: tuple[Job, ...] = ()
    processes: tuple[ProcessPlan, ...] = ()
    shared: Mapping[str, Shared] = field(default_factory=dict)
    """By name, what is declared; the rest is as its verbs have it."""
    pools: Mapping[str, PoolSpec] = field(default_factory=dict)
    """By name."""
    until: Time | None = None
    """When to stop looking, for a scenario that never ends by itself."""
    again: Callable[[], Scenario] | None = None
    """Makes it anew for each run, where what it does is Python that may keep something in mind."""

    @property
    def is_tree(self) -> bool:
        """Whether it is written as a tree of processes."""
        return bool(self.processes)

    def kind_of(self, name: str, otherwise: str = "lock") -> str:
        """The kind of what is shared under ``name``: as declared, or as the verb that uses it."""
        declared = self.shared.get(name)
        return declared.kind if declared else otherwise

    def value_of(self, kind: str, name: str) -> int:
        """What it begins with."""
        declared = self.shared.get(name)
        return declared.value if declared else DEFAULT_VALUES.get(kind, 0)

    @property
    def shares_more_than_locks(self) -> bool:
        """Whether something else is declared: what acquires it is no plain lock then."""
        return any(shared.kind != "lock" for shared in self.shared.values())

    def plan(self) -> tuple[ProcessPlan, ...]:
        """The tree that is to run; a process without a name stands for one for each instance."""
        if self.processes:
            return self.processes
        model = MODELS[self.model]
        if model.loop:
            loop_thread = ThreadPlan(Job(LOOP_THREAD), model.loop, self.jobs)
            return (ProcessPlan(PROCESS, (loop_thread,)),)
        own = None if self.python.kind == "per_interpreter" and not model.own_process else ""
        threads = tuple(ThreadPlan(job, interpreter=own) for job in self.jobs)
        if model.own_process:
            return tuple(ProcessPlan("", (thread,)) for thread in threads)
        return (ProcessPlan(PROCESS, threads),)
