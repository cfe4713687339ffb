"""Commands that change the rules: with a GIL or without, the scheduling policy, its slices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from typing import Any

from schedsim.durations import LONGEST, Time
from schedsim.engine import Engine, set_policy, set_slices, switch_off, switch_on
from schedsim.policies import POLICIES
from schedsim.policies.defaults import check, complete
from schedsim.simulation import Simulation
from schedsim.trace import InForce, Kind, Reason


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
        if isinstance(length, list) and "levels" not in signature(POLICIES[was.name]).parameters:
            raise ValueError(f"quantum: {was.name} has no levels: give one length")
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
