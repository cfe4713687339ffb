"""What a user may do to a running machine, as values that can be saved and replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from schedsim.attributes import changed
from schedsim.durations import LONGEST, Time, format_duration
from schedsim.engine import Engine, set_policy, set_slices, switch_off, switch_on
from schedsim.engine.lives import set_attributes
from schedsim.ops.calls import PATCHES
from schedsim.plain import plain
from schedsim.policies import POLICIES
from schedsim.policies.defaults import check, complete
from schedsim.programs.steps import Repeat, Step
from schedsim.scenario import Job, ThreadPlan
from schedsim.simulation import Process, Simulation, ThreadGroup, lives
from schedsim.trace import MOST_CORES, InForce, Kind, Reason, Role
from schedsim.traps import COMPUTE, YIELD, Op


class Command(Protocol):
    """Something done to a running machine."""

    def obey(self, simulation: Simulation) -> None:
        """Do it, now.

        Raises:
            ValueError: it does not fit this machine.
        """


@dataclass(frozen=True, slots=True)
class SetYielding:
    """Let CPU-heavy work obey its ``yield`` steps, or run past them, from this moment on."""

    on: bool

    def obey(self, simulation: Simulation) -> None:
        """Toggle all CPU-heavy work there is, and what is spawned later."""
        engine = simulation.engine
        engine.trace.append(engine.now, Kind.COMMAND, Reason.YIELDING, arg=int(self.on))
        simulation.yielding = self.on
        for body in simulation.cpu_heavy:
            body.yielding = self.on


@dataclass(frozen=True, slots=True)
class Inject:
    """Start CPU-heavy work: ``duration`` of computing in chunks, with a ``yield`` after each."""

    name: str
    duration: Time
    chunk: Time
    yielding: bool = False
    process: str = ""
    """Where; a process of its own if empty."""
    loop: str = ""
    """The thread of that process whose event loop is to run it as a task; a new thread if empty."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense on any machine."""
        if not self.name.strip():
            raise ValueError("name: a task needs a name")
        if not 0 < self.duration <= LONGEST:
            raise ValueError("duration: must be longer than 0, and at most ten years")
        if not 0 < self.chunk <= self.duration:
            raise ValueError("chunk: must be longer than 0 and no longer than the duration")
        if self.loop and not self.process:
            raise ValueError("process: a loop is in a process")

    def job(self, name: str, unit: str) -> Job:
        """The work as steps, under a name that nobody has."""

        def part(times: int, length: Time) -> Repeat:
            text = format_duration(length, unit)
            do: tuple[Step, ...] = (
                Op((COMPUTE, length), f"compute {text}"),
                Op((YIELD, None), "yield"),
            )
            return Repeat(do, times)

        whole, rest = divmod(self.duration, self.chunk)
        steps = [part(whole, self.chunk)]
        if rest:
            steps.append(part(1, rest))
        return Job(name, tuple(steps), cpu_heavy=True, yielding=self.yielding)

    def obey(self, simulation: Simulation) -> None:
        """Start it as a task, a thread or a process; wake the loop if it waits."""
        process = self._find(simulation)
        engine = simulation.engine
        engine.trace.append(engine.now, Kind.COMMAND, Reason.INJECT, arg=self.duration)
        job = self.job(self._fresh_name(simulation), simulation.scenario.unit)
        if not self.loop:
            ThreadGroup(simulation, ThreadPlan(job), process, {}, {}).start(0)
            return
        assert process is not None, "a loop is in a process"
        home = process.loops[self.loop]
        home.group(simulation, job).start(0)
        engine.poke(home.thread)

    def _fresh_name(self, simulation: Simulation) -> str:
        """``name``, or ``name-2`` ... so that two are never mistaken for one."""
        taken = {entity.name for entity in simulation.trace.entities}
        name, number = self.name, 1
        while name in taken:
            number += 1
            name = f"{self.name}-{number}"
        return name

    def _find(self, simulation: Simulation) -> Process | None:
        if not self.process:
            return None
        process = simulation.processes.get(self.process)
        if process is None:
            known = ", ".join(simulation.processes)
            raise ValueError(f"process: there is no process {self.process!r}, only {known}")
        if process.id in simulation.killed:
            raise ValueError(f"process: {self.process!r} was killed")
        if self.loop:
            home = process.loops.get(self.loop)
            if home is None:
                known = ", ".join(process.loops) or "none"
                raise ValueError(
                    f"loop: {self.process!r} has no event loop {self.loop!r}, only {known}"
                )
            if home.thread.ended:
                raise ValueError(f"loop: the event loop {self.loop!r} has ended")
        return process


@dataclass(frozen=True, slots=True)
class SetCores:
    """Let the machine have so many cores from this moment on."""

    count: int

    def __post_init__(self) -> None:
        """Refuse what makes no sense on any machine."""
        if not 1 <= self.count <= MOST_CORES:
            raise ValueError(f"count: a machine has at least 1 core, and at most {MOST_CORES}")

    def obey(self, simulation: Simulation) -> None:
        """Add the cores that are missing, or take the last ones away."""
        engine = simulation.engine
        engine.trace.append(engine.now, Kind.COMMAND, Reason.CORES, arg=self.count)
        engine.set_cores(self.count)


@dataclass(frozen=True, slots=True)
class SetSwitchInterval:
    """Let who waits for a GIL from this moment on ask for it after ``interval``.

    As ``sys.setswitchinterval`` does: a wait that has begun goes on for as long as it was to.
    """

    interval: Time

    def __post_init__(self) -> None:
        """Refuse what makes no sense on any machine."""
        if not 0 < self.interval <= LONGEST:
            raise ValueError("interval: must be longer than 0, and at most ten years")

    def obey(self, simulation: Simulation) -> None:
        """Change it for all GILs there are, and those to come."""
        engine = simulation.engine
        if not simulation.gil:
            raise ValueError("interval: this Python has no GIL, so there is nothing to switch")
        engine.trace.append(engine.now, Kind.COMMAND, Reason.INTERVAL, arg=self.interval)
        simulation.gil_rules.interval = self.interval


@dataclass(frozen=True, slots=True)
class SetPatch:
    """Let the standard library be monkey patched, or be as it was, from this moment on."""

    on: bool

    def obey(self, simulation: Simulation) -> None:
        """Patch every process by the framework of its loops, or undo it."""
        engine = simulation.engine
        if not any(thread.loop in PATCHES for thread in simulation.trace.entities):
            raise ValueError(f"on: there is no loop of {' or '.join(PATCHES)} to patch for")
        engine.trace.append(engine.now, Kind.COMMAND, Reason.PATCHING, arg=int(self.on))
        for process in simulation.processes.values():
            process.patching.on = self.on


@dataclass(frozen=True, slots=True)
class SetGil:
    """Let threads need the GIL of their interpreter, or no longer, from this moment on.

    As a free-threaded build does at run time (see :mod:`schedsim.engine.gil_switch`).  How fast
    threads compute does not change: that is up to the build.
    """

    on: bool

    def obey(self, simulation: Simulation) -> None:
        """Switch it for every interpreter, and those to come."""
        engine = simulation.engine
        if simulation.scenario.python.kind == "old":
            raise ValueError(
                "on: the GIL of before Python 3.2 cannot be switched; free-threaded builds can"
                " do that, and they came with 3.13"
            )
        if self.on == simulation.gil:
            now = "need the GIL already" if self.on else "do not need a GIL as it is"
            raise ValueError(f"on: threads {now}")
        engine.trace.append(engine.now, Kind.COMMAND, Reason.GIL_SWITCHED, arg=int(self.on))
        simulation.gil = self.on
        if self.on:
            switch_on(engine, simulation.pools.gils)
        else:
            switch_off(engine, simulation.pools.gils.values())


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """Let another policy schedule, or the same with other parameters, from this moment on.

    See :mod:`schedsim.engine.changeover` for what becomes of those who wait and run.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Those that are not given have the policy's defaults."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense on any machine."""
        check(self.name, self.parameters)

    def obey(self, simulation: Simulation) -> None:
        """Move everybody over."""
        engine = simulation.engine
        policy = POLICIES[self.name]
        per_core = engine.balance.per_core
        if policy.queue_per_core and not per_core:
            raise ValueError(
                f"name: {self.name} wants a run queue for each core, and this machine has one for"
                ' all: set queues = "per_core" in [machine]'
            )
        parameters = complete(self.name, self.parameters, simulation.scenario.unit)
        in_force = InForce(self.name, parameters, 1 if per_core else engine.online)
        _note(engine, Reason.POLICY, in_force)
        set_policy(engine, partial(policy, **parameters))


@dataclass(frozen=True, slots=True)
class SetQuantum:
    """Let slices that begin from this moment on be so long; those under way are not cut short."""

    quantum: Time | tuple[Time, ...]
    """Of all, or of each level of a policy that has levels, the highest first."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense on any machine."""
        lengths = (self.quantum,) if isinstance(self.quantum, int) else self.quantum
        if not lengths or not all(0 < length <= LONGEST for length in lengths):
            raise ValueError("quantum: must be longer than 0, and at most ten years")

    def obey(self, simulation: Simulation) -> None:
        """Change what the policy calls its quantum, or base slice."""
        engine = simulation.engine
        was = engine.trace.policies[-1]
        word = engine.policy.sliced_by
        if not word:
            raise ValueError(f"quantum: {was.name} {NO_QUANTUM.get(was.name, 'has no quantum')}")
        length = self.quantum if isinstance(self.quantum, int) else list(self.quantum)
        levels = was.parameters.get(word)
        if isinstance(levels, list) and isinstance(length, int):
            length = [length] * len(levels)
        parameters = {**was.parameters, word: length}
        check(was.name, parameters)
        try:
            set_slices(engine, length)
        except ValueError as error:
            raise ValueError(f"quantum: {error}") from None
        engine.make_policy = partial(POLICIES[was.name], **parameters)
        _note(engine, Reason.SLICES, InForce(was.name, parameters, was.cores))


NO_QUANTUM: Mapping[str, str] = {
    "cfs": "has no quantum: how long a slice is follows from sched_latency and weights",
    "priority": "has no quantum here: equals do not take turns",
    "linux": "has no quantum here: with fair = cfs slices follow from sched_latency",
}
"""Why there is none, of a policy of which there is more to say."""


def _note(engine: Engine, reason: Reason, in_force: InForce) -> None:
    """Write down that a policy is in force from now on."""
    policies = engine.trace.policies
    policies.append(in_force)
    engine.trace.append(engine.now, Kind.COMMAND, reason, arg=len(policies) - 1)


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill a process, or cancel a task as its framework does it.

    A thread cannot be killed in Python: who names one has its process killed (``kill -9``), and all
    threads of it end at that instant, wherever they are.  A task is asked to end by its own loop;
    when it does, and whether, is up to the framework and to the task.
    """

    name: str
    """Of a task, a thread or a process; or of a job, for all its instances."""
    process: str = ""
    """Where it lives, if that has to be said."""
    loop: str = ""
    """The thread whose event loop runs it, if that has to be said."""

    def obey(self, simulation: Simulation) -> None:
        """Kill it; who has not arrived yet cannot be."""
        found = lives.named(simulation, self.name, self.process, self.loop)
        tasks = [entity for entity in found if entity.role is Role.TASK]
        homes = {lives.home_of(simulation, e): e for e in reversed(found) if e not in tasks}
        for task in tasks:
            lives.check_task(simulation, task)
        for process in homes:
            lives.check_process(simulation, process)
        engine = simulation.engine
        for task in tasks:
            engine.trace.append(engine.now, Kind.COMMAND, Reason.KILLED, subject=task.id)
            lives.cancel(simulation, task)
        for process, entity in sorted(homes.items()):
            engine.trace.append(engine.now, Kind.COMMAND, Reason.KILLED, subject=entity.id)
            lives.kill_process(simulation, process)


NICE = (-20, 19)
"""The least and the greatest nice value."""
MOST_TICKETS = 1_000_000
MOST_PRIORITY = 1_000_000
REAL_TIME = (1, 99)
"""The priorities of Linux's classes fifo and rr."""


@dataclass(frozen=True, slots=True)
class SetNice:
    """``renice``: let threads have another nice value from this moment on.

    On Linux every thread has one of its own; who names a process means all its threads.
    """

    name: str
    """Of a thread or a process; or of a job, for all its instances."""
    nice: int
    process: str = ""
    """Where it lives, if that has to be said."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense on any machine."""
        _check_range("nice", self.nice, *NICE)

    def obey(self, simulation: Simulation) -> None:
        """Change the weights."""
        _set_attribute(simulation, self.name, self.process, Reason.NICE, "nice", self.nice)


@dataclass(frozen=True, slots=True)
class SetPriority:
    """Let threads have another priority from this moment on: which is better, the policy says."""

    name: str
    """Of a thread or a process; or of a job, for all its instances."""
    priority: int
    process: str = ""
    """Where it lives, if that has to be said."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense on any machine."""
        _check_range("priority", self.priority, -MOST_PRIORITY, MOST_PRIORITY)

    def obey(self, simulation: Simulation) -> None:
        """Change it."""
        if _policy(simulation) == "linux":
            _check_range("priority", self.priority, *REAL_TIME)
        _set_attribute(
            simulation, self.name, self.process, Reason.PRIORITY, "priority", self.priority
        )


@dataclass(frozen=True, slots=True)
class SetTickets:
    """Let threads have so many tickets from this moment on."""

    name: str
    """Of a thread or a process; or of a job, for all its instances."""
    tickets: int
    process: str = ""
    """Where it lives, if that has to be said."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense on any machine."""
        _check_range("tickets", self.tickets, 1, MOST_TICKETS)

    def obey(self, simulation: Simulation) -> None:
        """Change it."""
        _set_attribute(simulation, self.name, self.process, Reason.TICKETS, "tickets", self.tickets)


def _check_range(key: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        nearest = max(least, min(value, most))
        raise ValueError(f"{key}: {value} is not from {least} to {most}; the nearest is {nearest}")


def _policy(simulation: Simulation) -> str:
    """The name of the policy that serves the machine now."""
    return simulation.trace.policies[-1].name


def _set_attribute(
    simulation: Simulation, name: str, process: str, reason: Reason, key: str, value: int
) -> None:
    """Let the threads that ``name`` means say something else of themselves."""
    engine = simulation.engine
    found = lives.named(simulation, name, process)
    if any(entity.role is Role.TASK for entity in found):
        raise ValueError(f"name: {plain(name, 40)!r} is a task: its loop takes tasks in turn")
    homes = [lives.threads_of(simulation, e.id) for e in found if e.role is Role.PROCESS]
    threads = [thread for home in homes for thread in home]
    threads += [lives.record_of(simulation, e.id) for e in found if e.role is Role.THREAD]
    threads = [thread for thread in threads if not thread.ended]
    policy = _policy(simulation)
    for thread in threads:
        if not engine.policy.heeds(thread.attributes, key):
            what = {"nice": "nice values", "priority": "priorities"}.get(key, key)
            of_class = thread.attributes.scheduling_class
            who = f"for a thread of class {of_class}, " if policy == "linux" else ""
            raise ValueError(f"{key}: {who}the policy {policy} does not look at {what}")
    for thread in threads:
        engine.trace.append(engine.now, Kind.COMMAND, reason, subject=thread.id, arg=value)
        set_attributes(engine, thread, changed(thread.attributes, key, value))


COMMANDS: Mapping[
    str,
    type[
        SetYielding
        | Inject
        | SetCores
        | SetSwitchInterval
        | SetPatch
        | SetGil
        | SetPolicy
        | SetQuantum
        | Kill
        | SetNice
        | SetPriority
        | SetTickets
    ],
] = {
    "yielding": SetYielding,
    "inject": Inject,
    "cores": SetCores,
    "switch_interval": SetSwitchInterval,
    "patch": SetPatch,
    "gil": SetGil,
    "policy": SetPolicy,
    "quantum": SetQuantum,
    "kill": Kill,
    "nice": SetNice,
    "priority": SetPriority,
    "tickets": SetTickets,
}
"""By the name under which a recording keeps them."""
