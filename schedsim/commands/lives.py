"""Commands on somebody by name: end a life, or change what threads say of themselves."""

from __future__ import annotations

from dataclasses import dataclass

from schedsim.attributes import changed
from schedsim.engine.lives import set_attributes
from schedsim.plain import plain
from schedsim.simulation import Simulation, lives
from schedsim.trace import Kind, Reason, Role


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
