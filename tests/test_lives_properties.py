"""Random machines on which somebody is killed or reniced at random moments."""

from __future__ import annotations

from unittest import mock

from hypothesis import HealthCheck, given, settings, strategies as st

from schedsim.commands import Kill
from schedsim.history import History
from schedsim.loops.live import Flavour
from schedsim.programs.steps import Repeat
from schedsim.scenario import Job, PythonSpec, Scenario
from schedsim.simulation import Simulation
from schedsim.state import State, Status
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Reason, Role
from schedsim.why import explain
from tests.invariants import check_moment, check_nobody_is_left, moments
from tests.machines import marks, steps
from tests.strategies import MOST_ROWS
from tests.strokes import Blow, blows, machines_of_all_kinds, struck

often = settings(
    max_examples=max(80, settings().max_examples),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@often
@given(machines_of_all_kinds(), st.lists(blows, min_size=1, max_size=4))
def test_the_state_is_what_the_engine_says_after_every_blow(
    scenario: Scenario, deeds: list[Blow]
) -> None:
    simulation, _ = struck(scenario, deeds)
    trace = simulation.trace
    for state in moments(trace):
        check_moment(state, scenario.machine)
    if trace.complete:
        check_nobody_is_left(state)


@often
@given(machines_of_all_kinds(), st.lists(blows, min_size=1, max_size=3))
def test_who_is_gone_is_gone_on_its_lane_and_every_row_is_explained(
    scenario: Scenario, deeds: list[Blow]
) -> None:
    trace = struck(scenario, deeds)[0].trace
    timeline, history = Timeline(trace), History(trace)
    state = State.start(trace).forward(len(trace))
    for entity in trace.entities[1 : len(state.status)]:
        if entity.role is not Role.PROCESS and state.why[entity.id] is Reason.KILLED:
            assert state.status[entity.id] in (Status.EXITED, Status.DONE)
            kind = "task" if entity.role is Role.TASK else "thread"
            at = timeline.at(LaneId(kind, entity.id), state.since[entity.id])
            assert at.situation is Situation.GONE
    for step in range(len(trace) + 1):
        assert explain(history, step).headline


@often
@given(
    machines_of_all_kinds(),
    st.lists(blows, min_size=1, max_size=3),
    st.lists(st.integers(1, 7), min_size=1, max_size=4),
)
def test_a_run_with_kills_that_is_cut_into_pieces_is_the_same_run(
    scenario: Scenario, deeds: list[Blow], strides: list[int]
) -> None:
    simulation, places = struck(scenario, deeds)
    again = Simulation(scenario)
    for place in places:
        turn = 0
        while len(again.trace) < place.rows:
            before = len(again.trace)
            again.run(rows=min(place.rows, before + strides[turn % len(strides)]))
            turn += 1
            if len(again.trace) == before:
                break
        again.engine.advance(place.now, MOST_ROWS)
        place.command.obey(again)
        again.run(rows=0)
    again.run(rows=len(simulation.trace))
    rows = min(len(simulation.trace), len(again.trace))
    assert rows >= min(len(simulation.trace), MOST_ROWS)
    assert again.trace.digest_of_rows(0, rows) == simulation.trace.digest_of_rows(0, rows)


# -- flat tasks end as live ones do ---------------------------------------------------------------

_LINES = (
    *("compute 2ns", "compute 3ns", "sleep 1ns", "sleep 4ns", "io 3ns", "yield", "yield"),
    *("call time.sleep 2ns", "mark x", "join b", "join c"),
)


@st.composite
def flat_tasks(draw: st.DrawFn) -> Scenario:
    """Tasks that are flat, where nothing says that they are to be live."""
    model = draw(st.sampled_from(["asyncio", "trio", "gevent", "eventlet"]))
    jobs = []
    for name in "abc":
        taboo = {f"join {name}", "join b" if name == "c" else ""}
        usable = [
            line
            for line in _LINES
            if line not in taboo and not (model == "trio" and line.startswith("join"))
        ]
        body = steps(*draw(st.lists(st.sampled_from(usable), min_size=1, max_size=5)))
        if draw(st.booleans()):
            body = (Repeat(body, 2),)
        jobs.append(
            Job(
                name,
                body,
                arrival=draw(st.sampled_from([0, 0, 0, 2])),
                count=draw(st.sampled_from([1, 1, 2])),
            )
        )
    python = PythonSpec(task_switch_cost=0)
    return Scenario("flat", model=model, jobs=tuple(jobs), python=python)


def outcome(scenario: Scenario, at: int, who: int, seed: int) -> tuple[object, ...]:
    """What becomes of everybody if one task is killed at a moment, and what was logged."""
    simulation = Simulation(scenario, seed)
    simulation.run(until=at)
    simulation.engine.advance(at)
    trace = simulation.trace
    tasks = [entity for entity in trace.entities if entity.role is Role.TASK]
    says = "done"
    try:
        Kill(tasks[who % len(tasks)].name, loop="main").obey(simulation)
    except ValueError as error:
        says = str(error)
    simulation.run(rows=3_000)
    state = State.start(trace).forward(len(trace))
    found = {e.name: (state.status[e.id], state.since[e.id], state.why[e.id]) for e in tasks}
    return says, found, marks(trace)


@often
@given(flat_tasks(), st.integers(0, 14), st.integers(0, 5), st.integers(0, 3))
def test_a_flat_task_ends_as_a_live_one_does(
    scenario: Scenario, at: int, who: int, seed: int
) -> None:
    """What live tasks do was compared with the real frameworks; flat ones are a shortcut."""
    flat = outcome(scenario, at, who, seed)
    with mock.patch.object(Flavour, "flat", return_value=False):
        live = outcome(scenario, at, who, seed)
    assert flat == live
