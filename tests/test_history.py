"""Moments and lanes of a trace: by hand.  The laws are in test_properties.py."""

from __future__ import annotations

from array import array

import pytest

from schedsim.history import History
from schedsim.simulation import Simulation
from schedsim.state import State, Status, apply
from schedsim.trace import Kind, Trace
from tests.machines import MS, job, play, repeat, tasks, threads


def example() -> Trace:
    """Two threads in turn: rows at 0, 1, 2, 3 and 4 ms."""
    return play(threads(job("a", "compute 2ms"), job("b", "compute 2ms"), gil=False, quantum="1ms"))


def kinds(trace: Trace, lane: array[int]) -> list[tuple[int, str, str]]:
    """The rows of a lane: when (ms), what, why."""
    return [(trace.times[n] // MS, trace.row(n).kind.name, trace.row(n).reason.name) for n in lane]


def test_the_lane_of_a_thread_has_its_coming_and_going() -> None:
    """Also the rows by which others push it off its core."""
    trace = example()
    assert kinds(trace, History(trace).rows_of(2)) == [
        (0, "SPAWN", "ARRIVED"),
        (0, "RUN", "NONE"),
        (0, "COMPUTE", "NONE"),
        (1, "RUN", "QUANTUM"),  # b comes, a goes
        (2, "RUN", "QUANTUM"),  # a comes, b goes
        (3, "RUN", "EXIT"),
    ]


def test_the_lane_of_a_core_has_its_changes() -> None:
    trace = example()
    assert [when for when, *_ in kinds(trace, History(trace).rows_on(0))] == [0, 1, 2, 3, 4]


def test_the_lane_of_a_task_has_the_row_by_which_it_left() -> None:
    trace = play(tasks(job("a", "sleep 1ms"), job("b")))
    history = History(trace)
    assert kinds(trace, history.rows_of(3)) == [
        (0, "SPAWN", "ARRIVED"),
        (0, "TASK_RUN", "NONE"),
        (0, "TASK_RUN", "SLEEP"),  # b comes, a goes
        (1, "TASK_READY", "TIMER"),
        (1, "TASK_RUN", "NONE"),
        (1, "LOOP_WAIT", "EXIT"),
    ]


def test_the_lane_of_nobody_is_empty() -> None:
    assert len(History(example()).rows_of(99)) == 0


@pytest.mark.parametrize(
    ("row", "before", "after"),
    [(-1, None, 2), (2, None, 5), (3, 2, 5), (5, 2, 7), (6, 5, 7), (7, 5, None), (99, 7, None)],
)
def test_neighbours_in_a_lane(row: int, before: int | None, after: int | None) -> None:
    lane = array("q", [2, 5, 7])
    assert History.preceding(lane, row) == before
    assert History.following(lane, row) == after


def test_an_instant_includes_all_its_rows() -> None:
    trace = example()
    history = History(trace)
    assert history.rows_at(-1) == 0
    assert history.rows_at(MS) == sum(time <= MS for time in trace.times)
    assert history.state_at_time(MS - 1).status[2] is Status.RUNNING
    assert history.state_at_time(MS).status[3] is Status.RUNNING
    assert history.state_at_time(99 * MS).rows == len(trace)


@pytest.mark.parametrize("rows", [-1, 10_000])
def test_there_is_no_moment_beyond_the_rows(rows: int) -> None:
    with pytest.raises(IndexError, match=f"there is no row {rows}"):
        History(example()).state_at(rows)


def test_a_moment_far_back_is_folded_from_the_keyframe_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not from the beginning: a state that is asked for costs one spacing of rows at most."""
    trace = play(tasks(job("a", repeat(400, "sleep 1ms"))))
    history = History(trace, spacing=100)
    history.state_at(len(trace))
    applied: list[int] = []

    def counting(state: State, time: int, code: int, arg: int) -> None:
        applied.append(code)
        apply(state, time, code, arg)

    history.state_at(7)
    monkeypatch.setattr("schedsim.state.state.apply", counting)
    assert history.state_at(950).rows == 950
    assert len(applied) == 50
    assert history.state_at(980).rows == 980
    assert len(applied) == 50 + 30  # on from where it was


def test_keyframes_are_further_apart_on_large_machines() -> None:
    """So that to keep them takes no longer than to find the way from one to the next."""
    trace = play(tasks(job("a", "sleep 1ms", count=2_000)))
    history = History(trace, spacing=10)
    history.state_at(len(trace))
    # 2,002 entities, of which 16 come back while one row is applied: 125 rows.
    assert history._keyframe_rows[-1] - history._keyframe_rows[-2] == 125


@pytest.mark.parametrize("count", [3, 300])
def test_a_state_that_was_put_away_comes_back_as_it_was(count: int) -> None:
    trace = play(tasks(job("a", repeat(300 // count, "sleep 1ms", "yield"), count=count)))
    history = History(trace, spacing=3)
    history.state_at(len(trace))
    put_away = [type(each).__name__ for each in history._keyframes]
    assert "Keyframe" in put_away
    for rows in range(0, len(trace), 50):
        assert history.state_at(rows) == State.start(trace).forward(rows)


def test_a_state_that_was_handed_out_does_not_change() -> None:
    trace = example()
    history = History(trace, spacing=4)
    held = history.state_at(6)
    copy = held.copy()
    for rows in (9, 2, len(trace), 0, 7):
        history.state_at(rows)
    assert held == copy


def test_a_history_follows_a_trace_that_grows() -> None:
    simulation = Simulation(threads(job("a", repeat(50, "compute 1ms", "sleep 1ms"))))
    history = History(simulation.trace)
    simulation.run(rows=20)
    first = list(history.rows_of(2))
    simulation.run()
    assert list(history.rows_of(2))[: len(first)] == first
    assert len(history.rows_of(2)) > len(first)
    assert history.state_at(len(simulation.trace)).status[2] is Status.EXITED
    assert simulation.trace.row(history.rows_of(2)[0]).kind is Kind.SPAWN
