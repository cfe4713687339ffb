"""Runs in which somebody acts, and whether engine and state agree on them; for tests."""

from __future__ import annotations

from schedsim.commands import Command
from schedsim.engine.facts import facts
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.simulation import Simulation
from schedsim.state import State
from tests.machines import MS


def acted(scenario: Scenario, at: float, *commands: Command) -> Run:
    """A run in which commands were given after everything that happens up to ``at`` (ms)."""
    run = Run(scenario)
    run.finish()
    time = round(at * MS)
    step = run.history.rows_at(time)
    for command in commands:
        step = run.act(command, step, time)
    run.finish()
    return run


def obeyed(run: Run) -> Simulation:
    """A machine that has come as far as to the last of the commands of ``run``, and has obeyed."""
    simulation = Simulation(run.scenario, run.seed)
    for placed in run.commands:
        simulation.run(run.until, placed.step)
        simulation.engine.advance(placed.time)
        placed.command.obey(simulation)
    return simulation


def agrees(run: Run) -> bool:
    """Whether engine and state say the same at the end."""
    simulation = obeyed(run)
    simulation.run(run.until)
    trace = simulation.trace
    assert trace.digest() == run.trace.digest()
    return State.start(trace).forward(len(trace)).facts() == facts(simulation.engine)
