"""Lanes against the states they come from, and lanes that branches share against new ones."""

from __future__ import annotations

from hypothesis import given, strategies as st

from schedsim.history import History
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.state import State
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import Role, Trace
from tests.invariants import moments
from tests.machines import MS, job, play, repeat, tasks
from tests.plain_lanes import all_lanes, looks_the_same, slices
from tests.strategies import MOST_ROWS, scenarios
from tests.strokes import runs, seldom


def states_of(trace: Trace) -> list[State]:
    return [State.start(trace), *(state.copy() for state in moments(trace))]


@seldom
@given(runs())
def test_a_lane_is_what_the_states_say(run: Run) -> None:
    trace = run.finish()
    timeline, states = Timeline(trace), states_of(trace)
    for lane in {*timeline.lanes(), *all_lanes(trace)}:
        shown = [tuple(part) for part in timeline.slices(lane)]
        assert shown == slices(trace, states, lane), lane


@given(scenarios())
def test_a_lane_is_what_the_states_say_if_nobody_acts(scenario: Scenario) -> None:
    trace = Run(scenario, rows=MOST_ROWS // 2).finish()
    timeline, states = Timeline(trace), states_of(trace)
    for lane in {*timeline.lanes(), *all_lanes(trace)}:
        shown = [tuple(part) for part in timeline.slices(lane)]
        assert shown == slices(trace, states, lane), lane


@seldom
@given(st.data(), runs())
def test_a_branch_has_the_lanes_and_moments_of_a_trace_that_is_looked_at_anew(
    data: st.DataObject, whole: Run
) -> None:
    """Both are of the first so many commands that were given; or of the past alone."""
    trace = whole.finish()
    known = data.draw(st.integers(0, len(whole.commands)))
    other = Run(whole.scenario, commands=whole.commands[:known], rows=MOST_ROWS)
    _ = other.finish()
    most = whole.shares(other)
    rows = data.draw(st.integers(0, most))
    assert most == len(trace) or known < len(whole.commands)
    assert trace.digest_of_rows(0, rows) == other.trace.digest_of_rows(0, rows)
    old, history = Timeline(trace), whole.history
    _ = history.rows_of(0)
    shared = old.branch(other.trace, rows, history.state_at)
    moments_shared = history.branch(other.trace, rows)
    while shared.rows < len(other.trace):
        shared.extend(shared.rows + 7)
    looks_the_same(shared, Timeline(other.trace))
    fresh = History(other.trace)
    for entity in other.trace.entities:
        assert moments_shared.rows_of(entity.id) == fresh.rows_of(entity.id)
    for core in range(other.trace.cores + 1):
        assert moments_shared.rows_on(core) == fresh.rows_on(core)
    for step in range(0, len(other.trace) + 1, 5):
        assert moments_shared.state_at(step) == fresh.state_at(step)
        assert moments_shared.state_at(step).trace is other.trace


@given(scenarios(), st.floats(0, 1))
def test_the_past_alone_has_the_lanes_of_a_trace_that_ends_there(
    scenario: Scenario, place: float
) -> None:
    run = Run(scenario, rows=MOST_ROWS)
    trace = run.finish()
    rows = round(place * len(trace))
    past = trace.until(rows, trace.times[rows - 1] if rows else 0)
    looks_the_same(Timeline(trace).branch(past, rows, run.history.state_at), Timeline(past))


def test_a_timeline_that_has_not_kept_up_tells_up_to_the_next_row() -> None:
    trace = play(tasks(job("t", repeat(5, "compute 1ms", "sleep 3ms"), count=2)))
    timeline = Timeline(trace, 0)
    assert (timeline.rows, timeline.end) == (0, 0)
    timeline.extend(20)
    assert timeline.rows == 20
    assert timeline.end == trace.times[20] < trace.end
    task = next(e.id for e in trace.entities if e.role is Role.TASK)
    shown = list(timeline.slices(LaneId("task", task)))
    assert shown[-1].end == timeline.end
    cells = timeline.cells(LaneId("core", 0), 0, MS, trace.end // MS)
    assert cells[timeline.end // MS - 1].situation is not None
    assert cells[-1].situation is None
    timeline.extend()
    looks_the_same(timeline, Timeline(trace))
