"""Which rows the timeline has: groups, folds and filters; and what a folded group shows."""

from __future__ import annotations

from schedsim.history import History
from schedsim.run import Run
from schedsim.scenario import Job, PythonSpec, Scenario
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Kind
from schedsim.tui import together
from schedsim.tui.glyphs import SIGNS
from schedsim.tui.rows import Row, Rows
from schedsim.tui.session import Session
from schedsim.tui.widgets.lanes import head_sign
from tests.machines import MS, job, loop, play, threads, tree
from tests.tui.scenes import FREE, GIL, PROCESSES, STARVE, ops

ALL = 1 << 40
TWO = tree(
    ("web", (loop("main", job("t1", "compute 1ms"), job("t2", "compute 1ms")), job("w1"))),
    ("db", (job("w2", "compute 4ms"), job("w3", "sleep 1ms", "compute 1ms"))),
    cores=2,
)


def listed(rows: Rows, timeline: Timeline) -> list[str]:
    """The rows as text: a column of indent each, and the members of whoever is folded."""
    found = []
    for row in rows.shown(timeline, ALL, ALL):
        name = timeline.name(row.lane)
        folded = f" ({len(row.members)})" if row.folded else ""
        found.append(f"{'.' * row.depth}{row.lane.kind} {name}{folded}")
    return found


def test_threads_stand_under_their_process_and_tasks_under_their_loop() -> None:
    timeline = Timeline(play(TWO))
    assert listed(Rows(), timeline) == [
        "core core 0",
        "core core 1",
        "gil GIL web",
        "process web",
        ".thread main",
        "..task t1",
        "..task t2",
        ".thread w1",
        "gil GIL db",
        "process db",
        ".thread w2",
        ".thread w3",
    ]


def test_an_only_process_and_one_with_a_single_thread_need_no_line() -> None:
    for scenario in (STARVE, GIL, PROCESSES):
        rows = Rows().shown(Session(Run(scenario)).timeline, ALL, ALL)
        assert "process" not in {row.lane.kind for row in rows}


def test_an_only_process_with_many_threads_can_be_folded() -> None:
    many = Scenario("many", python=PythonSpec(gil=False), jobs=(Job("w", ops("compute 1ms"), 9),))
    timeline = Session(Run(many)).timeline
    rows = Rows()
    assert rows.fold_all(timeline)
    assert listed(rows, timeline) == ["core core 0", "process python (9)"]


def test_a_folded_group_is_one_row_and_cores_and_gils_stay() -> None:
    timeline = Timeline(play(TWO))
    rows = Rows()
    main = next(lane for lane in timeline.lanes() if timeline.name(lane) == "main")
    assert rows.fold(main)
    assert ".thread main (2)" in listed(rows, timeline)
    assert "..task t1" not in listed(rows, timeline)
    assert ".thread w1" in listed(rows, timeline)
    assert rows.fold_all(timeline) is True
    assert listed(rows, timeline) == [
        *("core core 0", "core core 1", "gil GIL web", "process web (4)"),
        *("gil GIL db", "process db (2)"),
    ]
    assert rows.fold_all(timeline) is False
    assert len(listed(rows, timeline)) == 12


def test_a_filter_keeps_who_is_called_so_and_the_groups_they_are_in() -> None:
    timeline = Timeline(play(TWO))
    rows = Rows()
    rows.text = "t2"
    assert listed(rows, timeline) == [
        *("core core 0", "core core 1", "gil GIL web", "process web", ".thread main", "..task t2"),
        "gil GIL db",
    ]
    assert rows.hidden(timeline) == 5
    rows.text = "core 1"
    assert listed(rows, timeline) == ["core core 1"]
    rows.text = "main"
    assert listed(rows, timeline)[3:7] == ["process web", ".thread main", "..task t1", "..task t2"]


def test_where_nobody_is_called_so_cores_and_gils_stay() -> None:
    """As in another branch, or before a question."""
    timeline = Timeline(play(TWO))
    rows = Rows()
    rows.text = "nobody"
    kept = ["core core 0", "core core 1", "gil GIL web", "gil GIL db"]
    assert listed(rows, timeline) == kept


def test_a_filter_finds_who_is_folded_away() -> None:
    timeline = Timeline(play(TWO))
    rows = Rows()
    _ = rows.fold_all(timeline)
    rows.text = "t2"
    assert "..task t2" in listed(rows, timeline)


def test_a_filter_takes_no_notice_of_capitals_but_of_spaces() -> None:
    timeline = Timeline(play(TWO))
    assert Rows().finds(timeline, " T2 ")
    assert not Rows().finds(timeline, "t 2")


def test_who_guesses_is_not_told_who_comes_later() -> None:
    timeline = Timeline(play(TWO))
    t1 = next(lane for lane in timeline.lanes() if timeline.name(lane) == "t1")
    rows = Rows().shown(timeline, t1.number, 1)
    assert {row.lane.kind for row in rows} == {"core", "gil", "process", "thread"}
    assert all(row.lane.number < (1 if row.lane.kind == "core" else t1.number) for row in rows)


def test_the_selection_goes_to_the_group_that_is_folded_over_it() -> None:
    session = Session(Run(STARVE))
    task = next(row.lane for row in session.shown_rows() if row.lane.kind == "task")
    main = next(row.lane for row in session.shown_rows() if row.lane.kind == "thread")
    session.selected = task
    _ = session.rows.fold(main)
    session.settle()
    assert session.selected == main


def test_the_selection_goes_to_a_neighbour_of_a_lane_that_is_filtered_out() -> None:
    session = Session(Run(STARVE))
    session.selected = next(
        row.lane for row in session.shown_rows() if session.timeline.name(row.lane) == "ticker-1"
    )
    session.rows.text = "cruncher"
    session.settle()
    assert session.selected in {row.lane for row in session.shown_rows()}


def test_the_next_event_of_a_folded_loop_is_that_of_any_task_in_it() -> None:
    session = Session(Run(STARVE))
    main = next(row.lane for row in session.shown_rows() if row.lane.kind == "thread")
    tasks = session.rows.members(session.timeline, main)
    session.selected = main
    _ = session.rows.fold(main)
    wanted = sorted(
        {
            row
            for lane in (*tasks, *session.rows.members(session.timeline, main))
            for row in session.run.history.rows_of(lane.number)
            if row >= session.first
        }
    )
    found = []
    while session.next_event():
        found.append(session.step - 1)
    assert found == wanted
    assert len(found) > len(session.run.history.rows_of(main.number))


def test_the_next_event_of_a_process_is_that_of_any_thread_in_it() -> None:
    session = Session(Run(TWO))
    session.selected = next(r.lane for r in session.shown_rows() if r.lane.kind == "process")
    assert session.next_event()
    row = session.trace.row(session.step - 1)
    assert session.trace.entities[row.subject].process == session.selected.number


def test_a_folded_loop_shows_whom_it_has_in_hand() -> None:
    """STARVE: the tickers have 0 to 3 ms, the cruncher what comes then."""
    session = Session(Run(STARVE))
    names = {entity.name: entity.id for entity in session.trace.entities}
    main = LaneId("thread", names["main"])
    row = Row(main, 0, (LaneId("task", names["ticker-1"]),), folded=True)
    cells = together.cells(session.timeline, row, 0, MS, 5)
    assert [cell.who for cell in cells] == [
        names[name] for name in ("ticker-1", "ticker-2", "ticker-3", "cruncher", "cruncher")
    ]


def test_a_folded_process_runs_if_any_of_its_threads_does() -> None:
    """One core: a runs 0-2 and b 2-4; then both sleep until a wakes at 5 and runs until 6."""
    trace = play(
        threads(
            job("a", "compute 2ms", "sleep 3ms", "compute 1ms"),
            job("b", "compute 2ms", "sleep 2ms"),
            gil=False,
        )
    )
    timeline = Timeline(trace)
    members = tuple(lane for lane in timeline.lanes() if lane.kind == "thread")
    a, b = (lane.number for lane in members)
    row = Row(LaneId("process", 1), 0, members, folded=True)
    cells = together.cells(timeline, row, 0, MS, 6)
    assert [cell.situation for cell in cells] == [
        *[Situation.RUNNING] * 4,
        Situation.SUSPENDED,
        Situation.RUNNING,
    ]
    assert [cells[n].who for n in (0, 1, 2, 3, 5)] == [a, a, b, b, a]
    history = History(trace)
    state = history.state_at(history.rows_at(3 * MS))
    assert together.at(state, row, 3 * MS) == (Situation.RUNNING, b)


def test_a_crowd_of_threads_runs_when_any_of_them_has_a_core() -> None:
    """100 threads of 1 ms each on two cores: in each of 50 ms two of them run."""
    many = threads(*(job(f"w{n}", "compute 1ms") for n in range(100)), cores=2, gil=False)
    trace = play(many)
    timeline, history = Timeline(trace), History(trace)
    members = tuple(lane for lane in timeline.lanes() if lane.kind == "thread")
    assert len(members) > together.CROWD
    row = Row(LaneId("process", 1), 0, members, folded=True)
    cells = together.cells(timeline, row, 0, MS, 50)
    cores = [LaneId("core", n) for n in range(2)]
    for n, cell in enumerate(cells):
        assert cell.situation is Situation.RUNNING
        assert cell.who in {timeline.at(core, n * MS).who for core in cores}
        state = history.state_at(history.rows_at(n * MS))
        assert together.at(state, row, n * MS)[0] is Situation.RUNNING


def test_the_cell_under_the_playhead_is_what_its_row_leaves() -> None:
    """At 1 ms a lets go of the GIL, then of the core; b takes both at the same instant."""
    session = Session(Run(threads(job("a", "compute 1ms"), job("b", "compute 1ms"), cores=1)))
    _ = session.run.finish()
    trace = session.trace
    lets_go = next(n for n in range(len(trace)) if trace.row(n).kind is Kind.GIL_RELEASE)
    assert trace.times[lets_go] == trace.times[lets_go + 1] == MS
    session.to_step(lets_go + 1)
    moment = session.moment
    core, gil = (row for row in moment.rows if row.lane.kind in ("core", "gil"))
    assert head_sign(moment, gil) is SIGNS[Situation.IDLE]
    assert together.at(moment.state, core, MS) == (Situation.RUNNING, trace.row(lets_go).subject)


def test_nothing_can_be_folded_where_there_are_no_groups() -> None:
    session = Session(Run(FREE))
    assert session.rows.fold_all(session.timeline) is None
    assert session.rows.group_of(session.timeline, LaneId("core", 0)) is None
