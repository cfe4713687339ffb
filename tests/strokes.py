"""Machines of all kinds to which something is done at random moments: strategies, and the doing.

What is done through :class:`schedsim.run.Run` alone, at a place in a finished trace, is a ``Deed``
(tests/strategies.py).  Here it is done to a machine on its way, which must agree with its trace
after every stroke.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hypothesis import HealthCheck, settings, strategies as st

from schedsim.commands import Command, Kill, SetNice, SetPatch, SetPriority, SetTickets
from schedsim.engine.facts import facts
from schedsim.run import Placed, Run
from schedsim.scenario import Scenario
from schedsim.simulation import Simulation
from schedsim.state import State
from schedsim.trace import Entity, Role, Trace
from tests.strategies import MOST_ROWS, PARAMETERS, Deed, deeds, scenarios

seldom = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""Each takes long: machines with everything that is done to them."""


FLAVOURS = (
    *("asyncio", "uvloop", "trio", "gevent", "eventlet"),
    *("callbacks", "generators", "coroutines", "greenlets"),
)
SHARING = ("cfs", "eevdf", "linux", "priority", "lottery", "stride")


@st.composite
def machines_of_all_kinds(draw: st.DrawFn) -> Scenario:
    """Any scenario, with any loops; more often than others those whose policy has shares."""
    scenario = draw(scenarios())
    flavour = draw(st.sampled_from(FLAVOURS))
    if draw(st.booleans()):
        name = draw(st.sampled_from(SHARING))
        parameters = {word: draw(values) for word, values in PARAMETERS[name].items()}
        machine = replace(scenario.machine, policy=name, parameters=parameters)
        scenario = replace(scenario, machine=machine)
    if not scenario.is_tree:
        model = flavour if scenario.model == "asyncio" else scenario.model
        return replace(scenario, model=model)
    plans = [
        replace(
            plan,
            threads=tuple(
                replace(thread, loop=flavour) if thread.loop else thread for thread in plan.threads
            ),
        )
        for plan in scenario.processes
    ]
    return replace(scenario, processes=tuple(plans))


class Stroke(Protocol):
    """Something done to a machine, after how many more rows, and how much later."""

    @property
    def rows(self) -> int: ...

    @property
    def wait(self) -> int: ...

    def command(self, trace: Trace) -> Command:
        """What it is on a machine that has come so far."""


@dataclass(frozen=True)
class Blow:
    """What is done after how many more rows, how much later, and to which of those there are."""

    rows: int
    wait: int
    who: int
    what: str
    value: int

    def command(self, trace: Trace) -> Command:
        """As it is meant on a machine that has come so far."""
        entity = trace.entities[1 + self.who % (len(trace.entities) - 1)]
        home = trace.entities[entity.process or entity.id]
        home = trace.entities[home.process] if home.process else home
        if self.what == "nice":
            return SetNice(entity.name, self.value, home.name)
        if self.what == "priority":
            return SetPriority(entity.name, self.value, home.name)
        if self.what == "tickets":
            return SetTickets(entity.name, abs(self.value) + 1, home.name)
        return Kill(entity.name, home.name, _loop(trace, entity))


def _loop(trace: Trace, entity: Entity) -> str:
    return trace.entities[entity.thread].name if entity.role is Role.TASK else ""


blows = st.builds(
    Blow,
    st.integers(0, 40),
    st.integers(0, 3),
    st.integers(0, 30),
    st.sampled_from(["kill", "kill", "kill", "nice", "priority", "tickets"]),
    st.integers(-20, 19),
)


@dataclass(frozen=True)
class Given:
    """A command, and after how many more rows and how much later it is given."""

    rows: int
    wait: int
    given: Command

    def command(self, _: Trace) -> Command:
        """It means the same wherever it is given."""
        return self.given


@st.composite
def anything(draw: st.DrawFn, scenario: Scenario, most: int = 6) -> list[Blow | Given]:
    """What is done to a machine, one after the other."""
    found: list[Blow | Given] = []
    for _ in range(draw(st.integers(1, most))):
        if draw(st.booleans()):
            found.append(draw(blows))
            continue
        deed: Deed = draw(deeds(scenario, most=1))[0]
        command: Command = deed.command
        if draw(st.sampled_from([False] * 9 + [True])):
            command = SetPatch(draw(st.booleans()))
        found.append(Given(draw(st.integers(0, 25)), deed.wait, command))
    return found


@dataclass(frozen=True)
class Place:
    """Where a command was given."""

    rows: int
    now: int
    waits: bool
    command: Command


def struck(scenario: Scenario, deeds: Sequence[Stroke]) -> tuple[Simulation, list[Place]]:
    """A machine on which all this was done, as far as it could be; it agrees with its trace."""
    simulation = Simulation(scenario)
    trace = simulation.trace
    state = State.start(trace)
    places = []
    for blow in deeds:
        simulation.run(rows=min(len(trace) + blow.rows, MOST_ROWS))
        if blow.wait:
            simulation.engine.advance(simulation.engine.now + blow.wait, MOST_ROWS)
        command, before = blow.command(trace), len(trace)
        try:
            command.obey(simulation)
        except ValueError:
            assert len(trace) == before, "who refuses has changed nothing"
            continue
        places.append(Place(before, simulation.engine.now, bool(blow.wait), command))
        simulation.run(rows=0)
        assert state.forward(len(trace)).facts() == facts(simulation.engine)
    while len(trace) < MOST_ROWS:
        before = len(trace)
        simulation.run(rows=before + 3)
        assert state.forward(len(trace)).facts() == facts(simulation.engine)
        if len(trace) == before:
            break
    return simulation, places


def run_of(scenario: Scenario, places: list[Place]) -> Run:
    """The same commands as a run keeps them."""
    commands = tuple(Placed(each.rows, each.now, each.command) for each in places)
    return Run(scenario, commands=commands, rows=MOST_ROWS)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """A run of any machine to which anything was done, from its beginning."""
    scenario = draw(machines_of_all_kinds())
    return run_of(scenario, struck(scenario, draw(anything(scenario)))[1])
