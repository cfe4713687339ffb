"""Where only equal turns end the kernel goes from turn to turn in one go: the rows are the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from schedsim.engine import Engine, kernel, turns
from schedsim.scenario import MachineSpec, Scenario
from schedsim.simulation import Simulation
from tests.machines import job, repeat, threads
from tests.strategies import scenarios


def digest(scenario: Scenario, *, in_one_go: bool, rows: int = 2_000) -> str:
    simulation = Simulation(scenario)
    if not in_one_go:
        for queue in simulation.engine.queues:
            queue.equal_turns = 0
    simulation.run(rows=rows)
    return simulation.trace.digest()


@given(scenarios(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 500))
def test_whatever_else_happens(scenario: Scenario, cores: int, quantum: int, rows: int) -> None:
    machine = MachineSpec(cores=cores, parameters={"quantum": quantum})
    scenario = replace(scenario, machine=machine)
    expected = digest(scenario, in_one_go=False, rows=rows)
    assert digest(scenario, in_one_go=True, rows=rows) == expected


@pytest.mark.parametrize("gil", [True, False])
def test_long_turns_of_many_are_taken_in_one_go(gil: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it does happen: most rows are written there."""
    jobs = [
        job("even", "compute 300ms", count=5),
        job("other", repeat(3, "compute 77ms", "sleep 5ms"), arrival="12ms", count=2),
    ]
    scenario = threads(*jobs, cores=2, quantum="10ms", interval="25ms", gil=gil)
    expected = digest(scenario, in_one_go=False)
    written = 0
    in_turn = turns.take_turns

    def counted(engine: Engine, quantum: int, until: int, rows: int) -> None:
        nonlocal written
        before = len(engine.trace)
        in_turn(engine, quantum, until, rows)
        written += len(engine.trace) - before

    monkeypatch.setattr(kernel, "take_turns", counted)
    assert digest(scenario, in_one_go=True) == expected
    if not gil:
        assert written > 100


def test_it_stops_at_the_row_at_which_it_is_to_pause() -> None:
    """Also between two cores whose turns end together."""
    scenario = threads(job("even", "compute 300ms", count=5), cores=2, quantum="10ms", gil=False)
    for rows in range(20, 60):
        expected = digest(scenario, in_one_go=False, rows=rows)
        assert digest(scenario, in_one_go=True, rows=rows) == expected


@pytest.mark.parametrize("parameters", [{}, {"aligned": True}, {"keep_slice": True}])
def test_only_where_all_slices_are_the_quantum(parameters: dict[str, bool]) -> None:
    machine = MachineSpec(parameters={"quantum": 7, **parameters})
    [queue] = Simulation(Scenario("turns", machine=machine)).engine.queues
    assert queue.equal_turns == (0 if parameters else 7)
    queue.retime(9)
    assert queue.equal_turns == (0 if parameters else 9)
