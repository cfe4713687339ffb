"""Commands on CPU-heavy work: start some, and let it obey its ``yield`` steps or not."""

from __future__ import annotations

from dataclasses import dataclass

from schedsim.durations import LONGEST, Time, format_duration
from schedsim.programs.steps import Repeat, Step
from schedsim.scenario import Job, ThreadPlan
from schedsim.simulation import Process, Simulation, ThreadGroup
from schedsim.trace import Kind, Reason
from schedsim.traps import COMPUTE, YIELD, Op


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
