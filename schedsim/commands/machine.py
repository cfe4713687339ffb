"""Commands on what everybody runs on: cores, the GIL's switch interval, monkey patches.

Who is scheduled by which rules is in :mod:`schedsim.commands.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass

from schedsim.durations import LONGEST, Time
from schedsim.ops.calls import PATCHES
from schedsim.simulation import Simulation
from schedsim.trace import MOST_CORES, Kind, Reason


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
