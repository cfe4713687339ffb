"""Who has just moved, and from where."""

import pytest

from schedsim import library
from schedsim.run import Run
from schedsim.scenario_file import load
from schedsim.trace import ENDS, Kind, Reason
from schedsim.why.moves import NONE, Moves, moves
from tests.machines import job, processes, tasks

NAMES = ("starving-loop", "gil-threads", "priority-inversion", "pool-exhaustion", "work-stealing")


def run_of(name: str) -> Run:
    run = Run(load(library.path(name)))
    run.finish()
    return run


def told(run: Run, found: Moves) -> dict[str, str]:
    return {run.trace.entities[who].name: text for who, text in found.who.items()}


def first(run: Run, kind: Kind, after: int = 0) -> int:
    """The number of steps after the first row of a kind."""
    return next(row.n + 1 for row in run.trace.rows(after) if row.kind is kind)


def test_nobody_has_moved_before_the_first_row() -> None:
    assert moves(run_of("starving-loop").history, 0) == NONE


def test_a_thread_that_wakes_comes_from_what_it_waited_for() -> None:
    run = Run(
        processes(job("a", "compute 1ms", "sleep 2ms", "compute 1ms"), job("b", "compute 2ms"))
    )
    run.finish()
    step = first(run, Kind.WAKE)
    assert told(run, moves(run.history, step)) == {"a": "woke up"}


def test_a_task_comes_from_the_ready_queue_and_the_one_before_has_had_its_turn() -> None:
    run = run_of("starving-loop")
    one = first(run, Kind.TASK_RUN)
    assert told(run, moves(run.history, one)) == {"ticker-1": "from ready"}
    two = first(run, Kind.TASK_RUN, one)
    assert told(run, moves(run.history, two)) == {
        "ticker-1": "had its turn",
        "ticker-2": "from ready",
    }


def test_who_takes_the_gil_is_said_apart() -> None:
    run = run_of("gil-threads")
    step = first(run, Kind.GIL_TAKE)
    assert moves(run.history, step).took == run.trace.row(step - 1).subject


def test_whoever_is_woken_by_who_lets_go_has_moved() -> None:
    """Of threads that wait for the GIL, and of tasks that wait for a lock."""
    run = run_of("gil-threads")
    row = next(r for r in run.trace.rows() if r.kind is Kind.GIL_RELEASE and r.other)
    assert moves(run.history, row.n + 1).who[row.other] == "woke up"
    run = run_of("tasks-lock")
    row = next(r for r in run.trace.rows() if r.kind is Kind.UNLOCK and r.other)
    assert moves(run.history, row.n + 1).who[row.other] == "from suspended"


def test_who_has_had_its_turn_for_very_long_is_not_looked_for() -> None:
    run = Run(tasks(job("a", *["mark x"] * 600, "yield", "compute 1ms")))
    run.finish()
    step = first(run, Kind.LOOP_PASS, 600)
    assert run.trace.row(step - 1).reason is Reason.YIELD
    assert told(run, moves(run.history, step)) == {}


@pytest.mark.parametrize("name", NAMES)
def test_whoever_leaves_a_core_or_a_loop_has_moved(name: str) -> None:
    """The state knows who left; here it is found in the rows alone."""
    run = run_of(name)
    seen = 0
    for row in run.trace.rows():
        left = run.history.state_at(row.n).leaver(run.trace.codes[row.n])
        if left and left != row.subject:
            seen += 1
            who = moves(run.history, row.n + 1).who
            assert left in who, row
            on_core = row.kind in (Kind.RUN, Kind.SWITCH, Kind.IDLE)
            assert who[left] == (f"from core {row.core}" if on_core else "had its turn")
            assert row.reason in ENDS or len(who) <= 2
    assert seen


def test_a_task_arrives_and_comes_from_the_timers_or_from_what_it_awaited() -> None:
    run = Run(
        tasks(
            job("a", "sleep 2ms", "compute 1ms"),
            job("b", "join a"),
            job("late", "compute 1ms", arrival="5ms"),
        )
    )
    run.finish()
    spawned = {
        who: text
        for row in run.trace.rows()
        if row.kind is Kind.SPAWN
        for who, text in told(run, moves(run.history, row.n + 1)).items()
    }
    assert spawned == {"main": "arrived", "a": "arrived", "b": "arrived"}
    readied = [
        told(run, moves(run.history, row.n + 1))
        for row in run.trace.rows()
        if row.kind is Kind.TASK_READY
    ]
    assert readied == [{"a": "from timers"}, {"b": "from suspended"}, {"late": "arrived"}]
