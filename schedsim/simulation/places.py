"""Where work lives: interpreters with their GILs, processes, and threads that run an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.engine import (
    Gil,
    Thread,
)
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.live import Flavour
from schedsim.loops.resources import LoopLock
from schedsim.patching import Patching
from schedsim.scenario import Job, ThreadPlan
from schedsim.simulation.tasks import RealTaskGroup, TaskGroup
from schedsim.trace import Trace

if TYPE_CHECKING:
    from schedsim.aio.jobs import JobLoop
    from schedsim.simulation.bodies import Works
    from schedsim.simulation.machine import Simulation
    from schedsim.simulation.threads import ThreadGroup


class Interpreter:
    """An interpreter: its entity, and its GIL, which may be off."""

    def __init__(self, id: int, gil: Gil) -> None:
        self.id = id
        self.gil = gil


class Process(Interpreter):
    """A process, which is its main interpreter too: its patches, and its threads by name."""

    def __init__(self, id: int, name: str, gil: Gil, patching: Patching) -> None:
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
                assert kind == "lock", "a program of plain asyncio can ask for nothing else"
                known = self.loop.lock(trace.resource(kind, name))
            elif self.live:
                number = trace.resource(kind, name)
                known = self.flavour.resources[kind](self.loop, number, value)
            else:
                known = LoopLock(trace.resource(kind, name))
            self.resources[name] = known
        return known
