"""The GIL, switched off and on while the machine runs, by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from schedsim.commands import Command, SetGil, SetSwitchInterval
from schedsim.durations import parse_duration
from schedsim.metrics import measure
from schedsim.metrics.slices import of_gils
from schedsim.run import Run
from schedsim.scenario import PoolSpec, ProcessPlan, Scenario, ThreadPlan
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Kind
from schedsim.why import explain
from tests.acting import acted, agrees
from tests.machines import MS, Slice, ends, holds, job, machine, marks, tasks, threads, told
from tests.sharing import lines


def crunchers(**options: Any) -> Scenario:
    """Three threads that compute 30 ms each, on four cores, under a GIL."""
    return threads(
        job("a", "compute 30ms"),
        job("b", "compute 30ms"),
        job("c", "compute 30ms"),
        cores=4,
        **options,
    )


def then(run: Run, at: str, command: Command) -> Run:
    """The same run with one more command, at a later time."""
    time = parse_duration(at)
    run.act(command, run.history.rows_at(time), time)
    run.finish()
    return run


def test_off_all_run_in_parallel_from_there() -> None:
    """In turns of 5 ms: at 5 b has asked, so it queues behind c (G2).  Left: a 20, b 25, c 25."""
    run = acted(crunchers(), 20, SetGil(on=False))
    assert holds(run.trace)[:4] == [
        Slice("a", 0, 5),
        Slice("c", 5, 10),
        Slice("b", 10, 15),
        Slice("a", 15, 20),
    ]
    assert ends(run.trace) == {"a": 40, "b": 45, "c": 45}
    assert agrees(run)


def test_off_nobody_holds_it_any_more() -> None:
    run = acted(crunchers(), 20, SetGil(on=False))
    found = [(each.start // MS, each.end // MS) for each in of_gils(run.trace)]
    assert found == [(0, 5), (5, 10), (10, 15), (15, 20)]


def test_on_again_there_is_one_holder() -> None:
    """Off at 20, on at 30: a has 10 left, b and c 15 each; a, on the lowest core, keeps it.

    The order of the turns is that of the beginning; a ends at 50, and c has queued longest.
    """
    run = then(acted(crunchers(), 20, SetGil(on=False)), "30ms", SetGil(on=True))
    after = [each for each in holds(run.trace) if each.start >= 30]
    assert after == [
        Slice(who, start, start + 5)
        for who, start in zip("acbacbcb", range(30, 70, 5), strict=True)
    ]
    assert ends(run.trace) == {"a": 50, "c": 65, "b": 70}
    assert agrees(run)


def test_who_waited_is_runnable_at_once_and_nothing_is_asked_for_any_more() -> None:
    """At 12 ms b holds it since 10; a and c wait."""
    run = acted(crunchers(), 12, SetGil(on=False))
    woken = [row for row in told(run.trace, Kind.WAKE) if row[2] == "GIL_SWITCHED"]
    assert [(row[0], row[3]) for row in woken] == [(12, "a"), (12, "c")]
    assert not [row for row in told(run.trace, Kind.GIL_REQUEST) if row[0] > 12]
    assert ends(run.trace) == {"a": 37, "b": 40, "c": 37}


def test_a_thread_in_a_c_call_that_let_go_of_it_does_not_take_it_back() -> None:
    """Without a GIL a's code that follows runs beside b: 10 in C, 5 in Python."""
    scenario = threads(
        job("a", "compute 1ms", "call zlib.compress 10ms", "compute 5ms", "mark done"),
        job("b", "compute 40ms"),
        cores=2,
    )
    run = acted(scenario, 8, SetGil(on=False))
    assert agrees(run)
    held = Run(scenario)
    held.finish()
    assert marks(held.trace)[0][0] > marks(run.trace)[0][0] == 16


def test_who_is_in_c_code_when_it_is_switched_on_asks_when_it_is_back() -> None:
    """a is in zlib from 1 to 11; b, on at 5, computes with the GIL; a waits from 11 to 16."""
    scenario = threads(
        job("a", "compute 1ms", "call zlib.compress 10ms", "compute 5ms", "mark done"),
        job("b", "compute 40ms"),
        cores=2,
        gil=False,
    )
    run = acted(scenario, 5, SetGil(on=True))
    assert holds(run.trace) == [Slice("b", 5, 16), Slice("a", 16, 21), Slice("b", 21, 45)]
    assert marks(run.trace) == [(21, "a", "done")]
    assert agrees(run)
    (goes_on,) = (
        row.n for row in run.trace.rows() if row.kind is Kind.GIL_RELEASE and row.time < 6 * MS
    )
    assert explain(run.history, goes_on + 1).text == (
        "a is in C code that does without the GIL: it goes on. "
        "It will ask for the GIL when that code returns."
    )


def test_who_waits_for_a_lock_gets_it_whatever_becomes_of_the_gil() -> None:
    """b wants m, which a has until 10; off at 5 it must still take it, and a must let go first."""
    scenario = threads(
        job("a", "acquire m", "call time.sleep 10ms", "release m"),
        job("b", "compute 1ms", "acquire m", "compute 2ms", "release m", "mark b"),
        cores=2,
    )
    off = acted(scenario, 5, SetGil(on=False))
    assert marks(off.trace) == [(12, "b", "b")]
    assert agrees(off)
    on = then(off, "7ms", SetGil(on=True))
    assert marks(on.trace) == [(12, "b", "b")]
    assert agrees(on)


def test_threads_that_come_later_obey_too() -> None:
    """Two that arrive at 30 ms run side by side after it was switched off at 20."""
    scenario = threads(job("a", "compute 5ms", arrival="30ms", count=2), cores=2)
    run = acted(scenario, 20, SetGil(on=False))
    assert ends(run.trace) == {"a-1": 35, "a-2": 35}
    back = then(run, "21ms", SetGil(on=True))
    assert ends(back.trace) == {"a-1": 35, "a-2": 40}


def test_the_gil_of_a_process_that_comes_meanwhile_is_free_when_it_is_switched_on() -> None:
    """Off at 2, on at 20: a worker's process is made at 5, when nobody needs its GIL."""
    scenario = replace(
        tasks(
            job("a", "compute 5ms", "mark on", *lines("run_in p crunch")),
            job("crunch", "compute 30ms", spawned=True),
        ),
        pools={"p": PoolSpec(1, "process")},
    )
    run = then(acted(scenario, 2, SetGil(on=False)), "20ms", SetGil(on=True))
    assert agrees(run)
    timeline = Timeline(run.trace)
    told = {
        lane.number: [each.situation.name for each in timeline.slices(lane)]
        for lane in timeline.lanes()
        if lane.kind == "gil"
    }
    assert list(told.values()) == [
        ["RUNNING", "GONE", "IDLE", "RUNNING"],
        ["IDLE", "RUNNING", "IDLE"],
    ]


def test_its_speed_is_that_of_the_build() -> None:
    """Half as fast without a GIL: so it is in a free-threaded build, and so it stays there."""
    slow = threads(job("a", "compute 10ms"), gil=False, free_threaded_speed=Fraction(1, 2))
    assert ends(acted(slow, 4, SetGil(on=True)).trace) == {"a": 20}
    fast = threads(job("a", "compute 10ms"), free_threaded_speed=Fraction(1, 2))
    assert ends(acted(fast, 4, SetGil(on=False)).trace) == {"a": 10}


def test_interpreters_have_a_gil_each() -> None:
    scenario = Scenario(
        "test",
        processes=(
            ProcessPlan(
                "p",
                (
                    ThreadPlan(job("a", "compute 10ms", count=2)),
                    ThreadPlan(job("b", "compute 10ms", count=2), interpreter="sub"),
                ),
            ),
        ),
        **machine(cores=4, kind="per_interpreter"),
    )
    run = acted(scenario, 2, SetGil(on=False))
    assert ends(run.trace) == {"a-1": 10, "a-2": 12, "b-1": 10, "b-2": 12}
    back = then(run, "4ms", SetGil(on=True))
    assert len(back.history.state_at_time(5 * MS).gils) == 2
    assert agrees(back)


def test_a_lane_of_a_gil_that_is_off_is_gone() -> None:
    run = then(acted(crunchers(), 20, SetGil(on=False)), "30ms", SetGil(on=True))
    lane = list(Timeline(run.trace).slices(LaneId("gil", 1), 18 * MS, 32 * MS))
    assert [(each.start // MS, each.situation) for each in lane] == [
        (18, Situation.RUNNING),
        (20, Situation.GONE),
        (30, Situation.RUNNING),
    ]


def test_waiting_is_measured_to_the_moment_it_runs() -> None:
    """b has waited 10 ms for its first turn, and from 15 to 20 for its second."""
    run = acted(crunchers(), 20, SetGil(on=False))
    times = {run.trace.entities[t.entity].name: t for t in measure(run.trace).times.values()}
    assert (times["b"].waiting, times["b"].cpu) == (15 * MS, 30 * MS)


def test_the_state_and_the_sentences_say_so() -> None:
    run = acted(crunchers(), 12, SetGil(on=False))
    step = next(row.n for row in run.trace.rows() if row.kind is Kind.COMMAND) + 1
    (gil,) = run.history.state_at(step).gils.values()
    assert (gil.holder, len(gil.waiters)) == (0, 2)  # about to wake
    assert run.history.state_at(step + 2).gils == {}
    told_ = explain(run.history, step)
    assert told_.headline == (
        "You switched the GIL off: from now on threads run Python code side by side."
    )
    assert told_.details == (
        "b held it: it goes on without.",
        "a and c waited for it, and are runnable at once.",
        "How fast a thread computes stays as it was: that is up to the build, not to the lock.",
    )
    woken = explain(run.history, step + 1)
    assert woken.headline == "a waited for the GIL, which nobody needs any more: it is runnable."
    on = then(run, "15ms", SetGil(on=True))
    step = [row.n for row in on.trace.rows() if row.kind is Kind.COMMAND][1] + 1
    assert explain(on.history, step).headline.startswith("You switched the GIL on")


@pytest.mark.parametrize(
    ("scenario", "command", "says"),
    [
        (crunchers(kind="old"), SetGil(on=False), "before Python 3.2 cannot be switched"),
        (crunchers(), SetGil(on=True), "threads need the GIL already"),
        (crunchers(gil=False), SetGil(on=False), "do not need a GIL as it is"),
    ],
)
def test_what_makes_no_sense_is_refused(scenario: Scenario, command: Command, says: str) -> None:
    run = Run(scenario)
    run.finish()
    with pytest.raises(ValueError, match=says):
        run.act(command, 5, 0)
    assert run.commands == ()


def test_an_interval_is_for_a_gil_that_is_on() -> None:
    run = acted(crunchers(), 20, SetGil(on=False))
    with pytest.raises(ValueError, match="no GIL"):
        then(run, "25ms", SetSwitchInterval(MS))
