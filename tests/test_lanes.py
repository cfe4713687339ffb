"""Lanes against the states they come from, and lanes that branches share against new ones."""

from __future__ import annotations

from hypothesis import given, strategies as st

from schedsim.history import History
from schedsim.lanes import present
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.state import State, Status
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Entity, Kind, Reason, Role, Trace
from tests.invariants import moments
from tests.machines import MS, job, play, repeat, tasks
from tests.plain_lanes import all_lanes, looks_the_same, shown, slices
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
@given(runs())
def test_after_each_row_what_a_lane_shows_is_told_by_the_state(run: Run) -> None:
    trace = run.finish()
    lanes = {*Timeline(trace).lanes(), *all_lanes(trace)}
    for state in moments(trace):
        for lane in lanes:
            now = present(state, lane.kind, lane.number, state.time)
            assert now == shown(state, lane, state.time), lane


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


def test_whoever_a_file_tells_of_before_it_exists_has_a_lane_from_then_on() -> None:
    """b is there, though it came after a, of whom no row says that it came."""
    trace = Trace(unit="tick")
    trace.enter(Entity(1, Role.PROCESS, "p", 0, 0, "p"))
    trace.enter(Entity(2, Role.THREAD, "main", 1, 2, "main", loop="asyncio"))
    trace.enter(Entity(3, Role.TASK, "a", 1, 2, "a"))
    trace.enter(Entity(4, Role.TASK, "b", 1, 2, "b"))
    trace.append(0, Kind.SPAWN, Reason.ARRIVED, subject=2)
    trace.append(0, Kind.SPAWN, Reason.ARRIVED, subject=4)
    trace.append(5, Kind.TASK_READY, Reason.TIMER, subject=3)
    trace.end = 9
    assert State.start(trace).forward(3).status[3] is Status.READY
    timeline = Timeline(trace)
    slices = [(each.situation, each.start, each.end) for each in timeline.slices(LaneId("task", 3))]
    assert slices == [(Situation.NEW, 0, 5), (Situation.THREAD_WAITS, 5, 9)]


def test_a_task_that_a_file_gives_to_a_thread_without_a_core_is_shown_on_none() -> None:
    trace = Trace(unit="tick")
    trace.enter(Entity(1, Role.PROCESS, "p", 0, 0, "p"))
    trace.enter(Entity(2, Role.THREAD, "main", 1, 2, "main", loop="asyncio"))
    trace.enter(Entity(3, Role.TASK, "a", 1, 2, "a"))
    for each in (2, 3):
        trace.append(0, Kind.SPAWN, Reason.ARRIVED, subject=each)
    trace.append(5, Kind.TASK_RUN, subject=3)
    trace.end = 9
    assert State.start(trace).forward(3).loops[2].current == 3
    timeline = Timeline(trace)
    assert {each.situation for each in timeline.slices(LaneId("core", 0))} == {Situation.IDLE}
    assert {each.situation for each in timeline.slices(LaneId("task", 3))} == {
        Situation.THREAD_WAITS
    }
