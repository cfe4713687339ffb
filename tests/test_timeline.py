"""Lanes of slices and cells, worked out by hand, and what must hold for all of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from schedsim.attributes import Attributes
from schedsim.commands import SetCores
from schedsim.programs.steps import Repeat
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.timeline import Cell, LaneId, Situation, Timeline
from schedsim.traps import PERIOD, Op
from tests.machines import (
    MS,
    job,
    late_while_waiting,
    loop,
    play,
    repeat,
    steps,
    tasks,
    threads,
    tree,
)
from tests.strategies import MOST_ROWS, scenarios

S = Situation


def lane(timeline: Timeline, kind: str, name: str) -> LaneId:
    return next(
        each for each in timeline.lanes() if each.kind == kind and timeline.name(each) == name
    )


def seen(timeline: Timeline, kind: str, name: str) -> list[tuple[Situation, int, int]]:
    found = timeline.slices(lane(timeline, kind, name))
    return [(part.situation, part.start // MS, part.end // MS) for part in found]


def test_an_overdue_task_is_ready_from_the_moment_it_was_due() -> None:
    """Its timer cannot interrupt the cruncher, but its wait is over: sleep 10 ms, resumed at 50."""
    trace = play(tasks(job("tick", "sleep 10ms", "compute 1ms"), job("crunch", "compute 50ms")))
    assert seen(Timeline(trace), "task", "tick") == [
        (S.SUSPENDED, 0, 10),
        (S.READY, 10, 50),
        (S.RUNNING, 50, 51),
    ]


def test_a_task_in_hand_of_a_thread_without_the_gil_waits_with_its_thread() -> None:
    """The loop wakes at 2 ms, the GIL is the other thread's until 7 ms: ready, but thread waits."""
    plan = ("p", (loop("main", job("t", "sleep 2ms", "compute 1ms")), job("w", "compute 20ms")))
    timeline = Timeline(play(tree(plan, cores=2)))
    assert seen(timeline, "task", "t")[:3] == [
        (S.SUSPENDED, 0, 2),
        (S.THREAD_WAITS, 2, 7),
        (S.RUNNING, 7, 8),
    ]
    assert seen(timeline, "thread", "main")[:3] == [
        (S.SUSPENDED, 0, 2),
        (S.WAITS_FOR_GIL, 2, 7),
        (S.RUNNING, 7, 8),
    ]


def test_a_blocking_call_shows_on_the_caller_and_leaves_the_others_ready() -> None:
    trace = play(tasks(job("bad", "call time.sleep 5ms"), job("good", "compute 1ms")))
    timeline = Timeline(trace)
    assert seen(timeline, "task", "bad") == [(S.CALLING, 0, 5), (S.GONE, 5, 6)]
    assert seen(timeline, "task", "good") == [(S.READY, 0, 5), (S.RUNNING, 5, 6)]
    assert seen(timeline, "core", "core 0") == [(S.IDLE, 0, 5), (S.RUNNING, 5, 6)]


def test_lanes_are_cores_then_each_process_with_its_gil_threads_and_tasks() -> None:
    trace = play(tasks(job("a", "compute 1ms"), job("b", "compute 1ms"), cores=2))
    timeline = Timeline(trace)
    assert [(each.kind, timeline.name(each)) for each in timeline.lanes()] == [
        ("core", "core 0"),
        ("core", "core 1"),
        ("gil", "GIL python"),
        ("thread", "main"),
        ("task", "a"),
        ("task", "b"),
    ]


def test_cells_show_what_fills_most_of_them_and_how_much_ran() -> None:
    """compute 1, sleep 3, compute 2 in cells of 2 ms: half run, suspended, run, nothing more."""
    trace = play(threads(job("a", "compute 1ms", "sleep 3ms", "compute 2ms")))
    timeline = Timeline(trace)
    a = lane(timeline, "thread", "a")
    cells = timeline.cells(a, 0, 2 * MS, 5)
    assert cells[1] == Cell(S.SUSPENDED, a.number, 0.0)
    assert cells[2] == Cell(S.RUNNING, a.number, 1.0)
    assert cells[0].running == 0.5
    assert cells[3:] == [Cell(None, 0, 0.0)] * 2


def test_a_crowded_lane_tells_exactly_how_much_ran() -> None:
    """1,000 turns of 1 ms in 11 ms: an eleventh of each cell, however the looks fall."""
    trace = play(threads(job("a", repeat(1000, "compute 1ms", "sleep 10ms"))))
    timeline = Timeline(trace)
    for kind, name in (("thread", "a"), ("core", "core 0"), ("gil", "GIL python")):
        cells = timeline.cells(lane(timeline, kind, name), 0, 2_200 * MS, 5)
        assert [cell.running for cell in cells] == [pytest.approx(1 / 11)] * 5


def test_equal_halves_are_shown_as_running() -> None:
    """5 s of play, 5 s of waiting, whichever comes first in a cell of 10 s."""
    trace = play(
        threads(job("a", "sleep 5ms", "compute 5ms"), job("b", "compute 5ms", "sleep 5ms"))
    )
    timeline = Timeline(trace)
    for name in ("a", "b"):
        (cell,) = timeline.cells(lane(timeline, "thread", name), 0, 10 * MS, 1)
        assert (cell.situation, cell.running) == (S.RUNNING, 0.5)


@given(scenarios(), st.integers(1, 40))
def test_looking_at_a_crowd_finds_the_same_running_time_as_adding_up(
    scenario: Scenario, width: int
) -> None:
    run = Run(scenario, rows=MOST_ROWS)
    run.finish()
    timeline = Timeline(run.trace)
    count = run.trace.end // width + 1
    for each in timeline.lanes():
        exact = timeline.cells(each, 0, width, count)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("schedsim.timeline._CROWD", -1)
            looked = timeline.cells(each, 0, width, count)
        assert [cell.running for cell in looked] == [cell.running for cell in exact]
        for one, two in zip(looked, exact, strict=True):
            assert (one.situation is None) == (two.situation is None)


def test_a_timeline_may_be_extended_row_by_row() -> None:
    run = Run(tasks(job("t", repeat(5, "compute 1ms", "sleep 3ms"), count=2)))
    grown = Timeline(run.trace)
    while not run.finished:
        run.extend(len(run.trace) + 3)
        grown.extend()
    whole = Timeline(run.trace)
    assert grown.lanes() == whole.lanes()
    for each in whole.lanes():
        assert list(grown.slices(each)) == list(whole.slices(each))


@given(scenarios(), st.integers(1, 40), st.integers(1, 30))
def test_slices_cover_the_run_and_cells_agree_with_them(
    scenario: Scenario, width: int, count: int
) -> None:
    run = Run(scenario, rows=MOST_ROWS)
    run.finish()
    timeline = Timeline(run.trace)
    for each in timeline.lanes():
        slices = list(timeline.slices(each))
        assert not slices or (slices[0].start == 0 and slices[-1].end == run.trace.end)
        for one, two in pairwise(slices):
            assert one.end == two.start
            assert one[2:] != two[2:]
        cells = timeline.cells(each, 0, width, count)
        assert len(cells) == count
        for number, cell in enumerate(cells):
            start, end = number * width, min((number + 1) * width, run.trace.end)
            if start >= run.trace.end:
                assert cell.situation is None
                continue
            inside = [min(s.end, end) - max(s.start, start) for s in slices if s[2:] == cell[:2]]
            share = sum(length for length in inside if length > 0)
            assert share * len({s[2:] for s in slices}) >= end - start  # nobody fills more


# -- locks, cores that come and go, deadlines -------------------------------------------------


def test_waiting_for_a_lock_is_a_situation_of_its_own() -> None:
    """a has the lock until 3 ms; b wants it from 1 ms on, and then has to compute for 1 ms."""
    trace = play(
        threads(
            job("a", "acquire m", "compute 3ms", "release m"),
            job("b", "compute 1ms", "acquire m", "compute 1ms", "release m"),
            cores=2,
            gil=False,
        )
    )
    assert seen(Timeline(trace), "thread", "b") == [
        (S.RUNNING, 0, 1),
        (S.WAITS_FOR_LOCK, 1, 3),
        (S.RUNNING, 3, 4),
    ]


def test_a_task_waits_for_a_lock_too_and_is_ready_once_it_is_handed_on() -> None:
    """b is handed the lock at 3 ms, while a computes on until 5 ms."""
    trace = play(
        tasks(
            job("a", "acquire m", "sleep 3ms", "release m", "compute 2ms"),
            job("b", "acquire m", "compute 1ms", "release m"),
        )
    )
    assert seen(Timeline(trace), "task", "b") == [
        (S.WAITS_FOR_LOCK, 0, 3),
        (S.READY, 3, 5),
        (S.RUNNING, 5, 6),
    ]


def cores_at(counts: dict[int, int], *jobs: Job, cores: int) -> Run:
    """A run in which the machine is given so many cores at those times (ms)."""
    run = Run(threads(*jobs, cores=cores, gil=False))
    for time, count in counts.items():
        run.extend(10_000)
        step = sum(each <= time * MS for each in run.trace.times)
        run.act(SetCores(count), step, time * MS)
    run.extend(10_000)
    return run


def test_a_core_that_is_taken_away_is_gone_until_it_is_back() -> None:
    """b runs there until 2 ms, and again from 4 ms on; the third core has nothing to do."""
    jobs = (job("a", "compute 9ms"), job("b", "compute 9ms"))
    timeline = Timeline(cores_at({2: 1, 4: 3}, *jobs, cores=3).trace)
    assert seen(timeline, "core", "core 1")[:3] == [
        (S.RUNNING, 0, 2),
        (S.GONE, 2, 4),
        (S.RUNNING, 4, 11),
    ]
    assert seen(timeline, "core", "core 2")[:3] == [(S.IDLE, 0, 2), (S.GONE, 2, 4), (S.IDLE, 4, 11)]
    assert seen(timeline, "thread", "b") == [(S.RUNNING, 0, 2), (S.READY, 2, 4), (S.RUNNING, 4, 11)]


def test_a_core_that_comes_later_has_a_lane_of_its_own() -> None:
    jobs = (job("a", "compute 9ms"), job("b", "compute 9ms"))
    timeline = Timeline(cores_at({2: 2}, *jobs, cores=1).trace)
    assert seen(timeline, "core", "core 1") == [(S.NEW, 0, 2), (S.RUNNING, 2, 11)]


def periodic(*jobs: tuple[str, int, int], abort: bool = False, until: int = 20) -> Timeline:
    """Name, computing and period (ms) each, under EDF."""
    run = Run(
        Scenario(
            "test",
            model="processes",
            machine=MachineSpec(policy="edf", parameters={"abort_on_miss": abort}),
            python=PythonSpec(gil=False),
            jobs=tuple(
                Job(
                    name,
                    (Repeat((*steps(f"compute {length}ms"), Op((PERIOD, None), "wait")), None),),
                    attributes=Attributes(period=period * MS),
                )
                for name, length, period in jobs
            ),
            until=until * MS,
        )
    )
    run.finish()
    return Timeline(run.trace)


def missed(timeline: Timeline, name: str) -> list[int]:
    return [due // MS for due in timeline.missed(lane(timeline, "thread", name))]


def test_deadlines_that_were_met_are_not_marked_even_if_just_so() -> None:
    timeline = periodic(("a", 5, 5))
    assert missed(timeline, "a") == []


def test_deadlines_that_were_missed_are_known_by_their_moment() -> None:
    """Jobs of 6 ms every 5 are done at 6, 12 and 18 ms, due at 5, 10 and 15; the next is due at 20,
    where the run ends."""
    timeline = periodic(("a", 6, 5))
    assert missed(timeline, "a") == [5, 10, 15]
    a = lane(timeline, "thread", "a")
    assert timeline.missed(a, 10 * MS, 15 * MS) == [10 * MS]
    assert timeline.missed(LaneId("core", 0)) == []


def test_a_job_that_is_given_up_has_missed_its_deadline_once() -> None:
    assert missed(periodic(("a", 6, 5), abort=True), "a") == [5, 10, 15, 20]


def test_who_is_given_up_while_it_waits_has_missed_it_and_waits_for_its_next_release() -> None:
    """a is before b, both are due at 3 ms; b's next release is at 5 ms."""
    timeline = Timeline(late_while_waiting(9 * MS).trace)
    assert missed(timeline, "b") == [3]
    b = lane(timeline, "thread", "b")
    found = [timeline.at(b, at * MS).situation for at in (2, 4, 6, 8)]
    assert found == [
        Situation.READY,
        Situation.SUSPENDED,
        Situation.RUNNING,
        Situation.SUSPENDED,
    ]


def test_a_job_that_is_never_done_misses_one_deadline_after_the_other() -> None:
    assert missed(periodic(("a", 100, 5)), "a") == [5, 10, 15]


def test_a_thread_without_a_period_may_have_a_deadline() -> None:
    """6 ms of computing, due at 5 and at 6 ms."""
    for due, late in ((5, [5]), (6, [])):
        work = job("a", "compute 6ms", attributes=Attributes(deadline=due * MS))
        assert missed(Timeline(play(threads(work))), "a") == late


# -- waiting for others, loops as one lane ----------------------------------------------------


def test_waiting_for_a_message_is_not_sleeping() -> None:
    """b waits for what a puts after 2 ms, and then sleeps for 3 ms."""
    trace = play(
        tasks(job("a", "sleep 2ms", "put q"), job("b", "get q", "sleep 3ms", "compute 1ms"))
    )
    assert seen(Timeline(trace), "task", "b") == [
        (S.WAITS_FOR_OTHERS, 0, 2),
        (S.SUSPENDED, 2, 5),
        (S.RUNNING, 5, 6),
    ]


def test_a_thread_waits_for_an_event_that_another_sets() -> None:
    trace = play(
        threads(
            job("a", "compute 4ms", "set e"),
            job("b", "wait e", "compute 1ms"),
            cores=2,
            gil=False,
        )
    )
    assert seen(Timeline(trace), "thread", "b") == [
        (S.WAITS_FOR_OTHERS, 0, 4),
        (S.RUNNING, 4, 5),
    ]


def test_a_loop_is_one_lane_that_tells_whom_it_has_in_hand() -> None:
    """a computes 2 ms, b 1 ms; both sleep until 5 ms; then a calls for 3 ms, and b runs again."""
    trace = play(
        tasks(
            job("a", "compute 2ms", "sleep 3ms", "call time.sleep 3ms"),
            job("b", "compute 1ms", "sleep 2ms", "compute 1ms"),
        )
    )
    timeline = Timeline(trace)
    main = lane(timeline, "thread", "main")
    found = [
        (part.situation, trace.entities[part.who].name, part.start // MS, part.end // MS)
        for part in timeline.slices(LaneId("loop", main.number))
    ]
    assert found == [
        (S.RUNNING, "a", 0, 2),
        (S.RUNNING, "b", 2, 3),
        (S.SUSPENDED, "main", 3, 5),
        (S.CALLING, "a", 5, 8),
        (S.RUNNING, "b", 8, 9),
    ]


@given(scenarios())
def test_a_loop_runs_as_much_as_its_thread(scenario: Scenario) -> None:
    run = Run(scenario, rows=MOST_ROWS)
    run.finish()
    timeline = Timeline(run.trace)
    for each in timeline.lanes():
        if each.kind == "thread" and run.trace.entities[each.number].loop:
            together = LaneId("loop", each.number)
            assert timeline.ran(together, 0, run.trace.end) == timeline.ran(each, 0, run.trace.end)


def test_the_list_of_lanes_stays_until_one_is_added() -> None:
    run = Run(tasks(job("t", repeat(5, "compute 1ms", "sleep 3ms"), count=2)))
    run.extend(20)
    timeline = Timeline(run.trace)
    lanes = timeline.lanes()
    run.finish()
    timeline.extend()
    assert timeline.lanes() is lanes
