"""A scenario: a machine, a Python, and work for them; plain data.

It can be written as *jobs*, which say nothing of the execution model, or as a *tree* of
processes, threads and tasks.  :meth:`Scenario.plan` turns jobs into a tree for a model.  Files
are read in :mod:`schedsim.scenario_file`; running is :mod:`schedsim.simulation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from schedsim.attributes import ORDINARY, Attributes
from schedsim.durations import Time
from schedsim.engine.pace import CacheSpec
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
    switch_interval: Time = 5_000_000


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


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that threads or tasks share and wait for, as it is declared."""

    kind: str
    """``lock``, ``semaphore``, ``event``, ``condition``, ``queue``, ``barrier``."""
    value: int = 0
    """What a semaphore begins with, how much a queue holds at most (0: no limit), whether an event
    is set, how many a barrier waits for."""
    inheritance: bool = False
    """Of a lock: its holder has the standing of the best who waits for it."""


@dataclass(frozen=True, slots=True)
class ThreadPlan:
    """A thread of the tree: it runs the steps of its job, or an event loop with tasks."""

    job: Job
    loop: str = ""
    """The flavour of its event loop, or nothing."""
    tasks: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """A process of the tree."""

    name: str
    threads: tuple[ThreadPlan, ...]


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
        "uvloop": Model("the same on libuv's loop", loop="uvloop"),
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
    until: Time | None = None
    """When to stop looking, for a scenario that never ends by itself."""

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

    def plan(self) -> tuple[ProcessPlan, ...]:
        """The tree that is to run; a process without a name stands for one for each instance."""
        if self.processes:
            return self.processes
        model = MODELS[self.model]
        if model.loop:
            loop_thread = ThreadPlan(Job(LOOP_THREAD), model.loop, self.jobs)
            return (ProcessPlan(PROCESS, (loop_thread,)),)
        threads = tuple(ThreadPlan(job) for job in self.jobs)
        if model.own_process:
            return tuple(ProcessPlan("", (thread,)) for thread in threads)
        return (ProcessPlan(PROCESS, threads),)
