"""The playhead: where it can go, and what acting does to the run."""

import contextlib

import pytest
from hypothesis import given, strategies as st

from schedsim.commands import Command, Inject, SetYielding
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.timeline import LaneId
from schedsim.trace import Kind
from schedsim.tui.session import AHEAD, Session
from tests.tui.branching import parting
from tests.tui.scenes import ENDLESS, FREE, GIL, MS, PROCESSES, STARVE


def test_it_begins_when_everything_is_there_and_nothing_has_run() -> None:
    session = Session(Run(STARVE))
    assert session.step == 5  # main, three tickers, the cruncher
    assert {row.kind for row in session.trace.rows(0, 5)} == {Kind.SPAWN}
    assert session.trace.row(5).kind is Kind.RUN


def test_forward_goes_to_the_next_row_and_its_time() -> None:
    session = Session(Run(STARVE))
    for _ in range(6):
        session.forward()
    assert (session.step, session.at) == (11, MS)  # ticker-1 has computed for 1 ms


def test_back_undoes_forward() -> None:
    session = Session(Run(STARVE))
    session.to_step(40)
    before = session.moment.state.copy()
    for _ in range(30):
        session.forward()
    for _ in range(30):
        session.back()
    assert (session.step, session.at) == (40, session.trace.times[39])
    assert session.moment.state == before


def test_back_goes_no_further_than_the_beginning() -> None:
    session = Session(Run(STARVE))
    session.back()
    assert (session.step, session.at) == (5, 0)


def test_back_from_between_two_rows_goes_to_the_earlier_one() -> None:
    session = Session(Run(STARVE))
    session.to_time(30 * MS)
    step = session.step
    session.back()
    assert (session.step, session.at) == (step, 3 * MS)  # the cruncher has begun to compute
    session.back()
    assert session.step == step - 1


def test_forward_stops_at_the_end() -> None:
    session = Session(Run(FREE))
    for _ in range(2 * len(session.trace)):
        session.forward()
    assert (session.step, session.at) == (len(session.trace), 20 * MS)
    assert session.at_end


@pytest.mark.parametrize("at", [0, 1, 20 * MS, 20 * MS + 1, 10**18])
def test_a_time_is_found_with_all_that_happened_up_to_it(at: int) -> None:
    session = Session(Run(FREE))
    session.to_time(at)
    assert session.at == min(at, 20 * MS)
    assert session.step == session.run.history.rows_at(session.at)


def test_the_next_event_of_a_core_skips_all_others() -> None:
    session = Session(Run(GIL))
    session.selected = LaneId("core", 2)
    assert session.next_event()
    assert session.trace.row(session.step - 1).core == 2
    first = session.step
    assert session.next_event()
    assert session.previous_event()
    assert session.step == first
    assert not session.previous_event()
    assert session.step == first


def test_the_next_event_of_a_task_skips_all_others() -> None:
    session = Session(Run(STARVE))
    ticker = next(e.id for e in session.trace.entities if e.name == "ticker-2")
    session.selected = LaneId("task", ticker)
    rows = []
    while session.next_event():
        rows.append(session.step - 1)
    assert rows == [row for row in session.run.history.rows_of(ticker) if row >= session.first]


def test_the_next_event_of_a_gil_is_when_it_changes_hands() -> None:
    session = Session(Run(GIL))
    session.selected = next(lane for lane in session.timeline.lanes() if lane.kind == "gil")
    kinds = []
    while session.next_event():
        kinds.append(session.trace.row(session.step - 1).kind)
    assert kinds[:4] == [Kind.GIL_TAKE, Kind.GIL_REQUEST, Kind.GIL_RELEASE, Kind.GIL_TAKE]
    wanted = {Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.GIL_REQUEST}
    assert len(kinds) == sum(row.kind in wanted for row in session.trace.rows())


def test_selecting_stops_at_the_first_and_the_last_lane() -> None:
    session = Session(Run(FREE))
    session.select(-1)
    assert session.selected == LaneId("core", 0)
    session.select(100)
    assert session.selected is not None
    assert session.trace.entities[session.selected.number].name == "worker-2"


def test_lanes_of_gils_that_nobody_can_wait_for_are_left_out() -> None:
    moment = Session(Run(PROCESSES)).moment
    assert [lane.kind for lane in moment.lanes()] == ["core"] * 2 + ["thread"] * 5


def test_an_endless_run_is_executed_ahead_of_the_playhead_and_no_further() -> None:
    session = Session(Run(ENDLESS))
    assert session.wants_more()
    while session.wants_more():
        session.grow(5_000)
    assert session.step + AHEAD <= len(session.trace) <= session.step + AHEAD + 6_000
    session.to_step(len(session.trace))
    assert session.wants_more()


def test_acting_in_the_past_begins_a_branch_and_keeps_the_other_future() -> None:
    session = Session(Run(STARVE))
    session.to_time(400 * MS)
    session.to_time(100 * MS)
    old, first = session.trace, session.branches.current
    session.act(Inject("hog", 80 * MS, 40 * MS, process="python", loop="main"))
    assert list(session.branches) == [first, session.branches.current]
    assert first.run.trace is old
    assert session.trace is not old
    assert session.at == 100 * MS
    assert session.trace.codes[:17] == old.codes[:17]
    assert [e.name for e in session.trace.entities][-1] == "hog"


def test_acting_where_nobody_has_looked_further_goes_on_with_the_branch() -> None:
    session = Session(Run(STARVE))
    session.to_time(100 * MS)
    session.toggle_yielding()
    session.to_time(150 * MS)
    session.toggle_yielding()
    assert len(session.branches) == 2
    assert len(session.run.commands) == 2


def test_undoing_looks_at_the_branch_without_the_last_command_at_the_same_moment() -> None:
    session = Session(Run(STARVE))
    session.to_time(100 * MS)
    session.toggle_yielding()
    session.to_time(150 * MS)
    session.add_cores(1)
    session.to_time(200 * MS)
    assert session.undo()
    assert [placed.command for placed in session.run.commands] == [SetYielding(on=True)]
    assert session.undo()
    assert session.branches.current.number == 1
    assert session.at == 200 * MS
    assert not session.undo()


@pytest.mark.parametrize("between", [False, True])
def test_undo_gives_back_the_very_step_at_which_one_acted(between: bool) -> None:
    """Many things happen at one instant: its end is another picture."""
    session = Session(Run(GIL))
    session.forward()
    if between:
        session.to_time(session.at + 7 * MS)
    before = (session.step, session.at)
    session.add_cores(1)
    assert session.step == before[0] + 1
    assert session.undo()
    assert (session.step, session.at) == before


def test_undo_of_what_was_done_later_leaves_one_at_the_same_step() -> None:
    session = Session(Run(GIL))
    session.to_time(20 * MS)
    session.add_cores(1)
    session.to_step(session.first + 1)
    before = (session.step, session.at)
    assert session.undo()
    assert (session.step, session.at) == before


def test_branches_part_where_somebody_acted() -> None:
    session = Session(Run(STARVE))
    first = session.branches.current
    session.to_time(100 * MS)
    step = session.step
    session.toggle_yielding()
    second = session.branches.current
    session.take(first)
    session.to_time(50 * MS)
    session.add_cores(1)
    third = session.branches.current
    assert parting(first, second) == parting(second, first) == (step, 100 * MS)
    assert parting(second, third)[1] == 50 * MS
    assert first.run.trace.codes[:step] == second.run.trace.codes[:step]


def test_what_does_not_fit_changes_nothing() -> None:
    session = Session(Run(STARVE))
    session.to_time(100 * MS)
    before = (session.trace, session.step, session.at)
    with pytest.raises(ValueError, match="process"):
        session.act(Inject("hog", MS, MS, process="nowhere"))
    assert (session.trace, session.step, session.at) == before


def test_yielding_is_toggled_by_what_is_so_at_the_playhead() -> None:
    session = Session(Run(STARVE))
    session.to_time(10 * MS)
    assert not session.yielding()
    session.toggle_yielding()
    assert session.yielding()
    session.home()
    assert not session.yielding()


def test_work_can_be_injected_after_the_end() -> None:
    session = Session(Run(FREE))
    session.end()
    session.act(Inject("late", 5 * MS, 5 * MS))
    session.end()
    assert session.at == 25 * MS


def test_restarting_goes_to_the_beginning_of_the_first_branch() -> None:
    session = Session(Run(STARVE))
    untouched = Run(STARVE).finish().digest()
    session.to_time(100 * MS)
    session.toggle_yielding()
    session.restart()
    assert session.run.commands == ()
    assert session.step == session.first
    assert session.run.finish().digest() == untouched


COMMANDS: list[Command] = [
    SetYielding(on=True),
    SetYielding(on=False),
    Inject("hog", 7 * MS, 3 * MS, yielding=True, process="python"),
    Inject("lone", 7 * MS, 7 * MS),
]


@given(
    scene=st.sampled_from([STARVE, GIL]),
    acts=st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from(COMMANDS)), max_size=4),
)
def test_whatever_is_done_replays_exactly(
    scene: Scenario, acts: list[tuple[float, bool, Command]]
) -> None:
    session = Session(Run(scene))
    for where, between, command in acts:
        session.to_step(int(where * len(session.trace)))
        if between:
            session.to_time(session.at + MS // 3)
        with contextlib.suppress(ValueError):  # a second process of that name: nothing changes
            session.act(command)
    done = session.run.finish().digest()
    again = Run(session.run.scenario, session.run.seed, session.run.commands)
    assert again.finish().digest() == done


def test_what_is_injected_after_the_end_replays() -> None:
    session = Session(Run(FREE))
    session.end()
    session.act(Inject("late", 5 * MS, 5 * MS))
    again = Run(FREE, 0, session.run.commands)
    assert again.finish().digest() == session.run.finish().digest()
