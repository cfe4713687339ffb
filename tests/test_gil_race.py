"""Who gets the GIL, when holders look, and how long threads take to wake up (G3, G4, D10)."""

from __future__ import annotations

import random
from collections import Counter
from statistics import fmean
from typing import Any

import pytest

from schedsim.engine.chance import exponential, uniform
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.simulation import Simulation
from schedsim.trace import Kind, Reason, Trace
from schedsim.why import explain
from tests.machines import MS, Slice, holds, job, ms, play, repeat, rows, threads, told, tree


def hogs(count: int, work: str = "100ms", **options: Any) -> Scenario:
    """Threads that only compute, in tight loops, on two cores."""
    names = "abcdef"[:count]
    machine: dict[str, Any] = {"cores": 2, "linger": "600ns"}
    return threads(*(job(name, f"compute {work}") for name in names), **(machine | options))


def run(scenario: Scenario, seed: int = 0) -> Trace:
    """The whole run."""
    simulation = Simulation(scenario, seed)
    simulation.run()
    return simulation.trace


# -- who wins ---------------------------------------------------------------------------------


def test_in_tight_loops_the_one_who_asked_mostly_wins() -> None:
    """G4 (i): two threads play ping-pong while a third starves; P(next = previous) 0.85 to 0.97."""
    back = []
    for seed in range(40):
        who = [turn.who for turn in holds(run(hogs(3), seed))][:20]  # before anybody has ended
        back += [a == c for a, c in zip(who, who[2:], strict=False)]
    assert 0.85 <= fmean(back) <= 0.97


def test_two_threads_need_no_luck() -> None:
    """Whoever asks is also the oldest: the same run with every seed, and nothing is drawn."""
    traces = [run(hogs(2), seed) for seed in range(5)]
    assert len({trace.digest() for trace in traces}) == 1
    assert [turn.end - turn.start for turn in holds(traces[0])][:39] == [5.0] * 39


def test_on_one_core_nobody_is_on_another_core_than_the_holder() -> None:
    """G4 (ii): nothing is drawn, and nothing differs from a Python where they sleep at once."""
    traces = {run(hogs(4, cores=1), seed).digest() for seed in range(5)}
    assert traces == {run(hogs(4, cores=1, linger="0us")).digest()}


def test_without_an_idle_core_the_oldest_waiter_wins() -> None:
    """The other core is busy with another process; so c gets it at 5 ms, not b, who asked."""
    other = ("other", (job("x", "sleep 1ms", "compute 1s"),))
    scenario = tree(("python", hogs(3).jobs), other, cores=2, linger="600ns")
    for seed in range(5):
        simulation = Simulation(scenario, seed)
        simulation.run(8 * MS)
        (dropped,) = [row for row in told(simulation.trace, Kind.GIL_RELEASE) if row[0] == 5]
        assert dropped == (5, "GIL_RELEASE", "DROP_REQUEST", "a", "c")


def test_who_won_and_why_is_said() -> None:
    """With seed 0 b asks at 5 ms and gets it; c has waited as long."""
    whole = Run(hogs(3))
    trace = whole.finish()
    dropped = next(row for row in trace.rows() if row.reason is Reason.DROP_REQUEST and row.other)
    released = next(
        row
        for row in trace.rows(dropped.n)
        if row.kind is Kind.GIL_RELEASE and row.reason is Reason.DROP_REQUEST
    )
    text = explain(whole.history, released.n + 1).text
    assert "b has asked so shortly before that it is still on its core: it takes the GIL." in text
    assert "c has queued longest (5 ms), but would have to be woken first." in text


# -- checks -----------------------------------------------------------------------------------


def test_a_request_is_honoured_at_the_next_check() -> None:
    """G3: up to 100 us later, any time in between."""
    late = [
        turn.end - turn.start - 5
        for seed in range(3)
        for turn in holds(run(hogs(2, check_every=100_000), seed))[1:30]
    ]
    assert 0 <= min(late) < 0.02
    assert 0.08 < max(late) <= 0.1
    assert fmean(late) == pytest.approx(0.05, abs=0.01)


def test_a_job_may_have_checks_of_its_own() -> None:
    """a works in calls of 2 ms, b in a tight loop: a is late to drop, b is not."""
    a = job("a", "compute 60ms", check_every=2 * MS)
    trace = play(threads(a, job("b", "compute 60ms"), cores=2))
    lengths = {
        who: [turn.end - turn.start for turn in holds(trace)[:10] if turn.who == who]
        for who in "ab"
    }
    assert lengths["b"] == pytest.approx([5.0] * 5)
    assert all(5 < length <= 7 for length in lengths["a"])


def test_who_lets_go_before_its_check_needs_none() -> None:
    """Asked at 5 ms, it reads a file at 6 ms; its check was to come within a second."""
    a = job("a", "compute 6ms", "io 1ms", "compute 1ms", check_every=1_000 * MS)
    trace = play(threads(a, job("b", "compute 2ms"), cores=2))
    assert holds(trace) == [Slice("a", 0, 6), Slice("b", 6, 8), Slice("a", 8, 9)]
    assert [row.reason for row in rows(trace, Kind.GIL_RELEASE)] == [
        Reason.IO,
        Reason.EXIT,
        Reason.EXIT,
    ]


def test_whose_wait_times_out_while_the_gil_is_free_takes_it() -> None:
    """``while (gil->locked)``: b is woken at 3 ms, but x and y have the cores.

    c's window ends at 5 ms: it need not ask, but a core it needs as well.
    """
    trace = play(
        tree(
            ("p", (job("a", "compute 3ms", "io 20ms"), *hogs(3).jobs[1:])),
            ("q", (job("x", "sleep 1ms", "compute 50ms"),)),
            ("r", (job("y", "sleep 1ms", "compute 50ms"),)),
            cores=2,
        ),
        "9ms",
    )
    assert [row for row in told(trace, Kind.WAKE) if row[2] == "GIL_FREE"] == [
        (5, "WAKE", "GIL_FREE", "c", "")
    ]
    assert not rows(trace, Kind.GIL_REQUEST)


# -- waking up --------------------------------------------------------------------------------


def test_an_exponential_time_has_its_mean_and_its_tail() -> None:
    """1 / e of all are longer than the mean."""
    source = random.Random(1)
    drawn = [exponential(source, 1_000_000) for _ in range(20_000)]
    assert fmean(drawn) == pytest.approx(1_000_000, rel=0.02)
    assert sum(time > 1_000_000 for time in drawn) / 20_000 == pytest.approx(0.3679, abs=0.01)
    assert {uniform(source, 3) for _ in range(100)} == {0, 1, 2, 3}


def test_the_draws_are_the_same_on_every_python() -> None:
    """Whole numbers, from ``getrandbits`` alone."""
    source = random.Random(7)
    assert [exponential(source, 1_000) for _ in range(6)] == EXPONENTIAL
    assert [uniform(source, 99) for _ in range(6)] == UNIFORM


EXPONENTIAL = [323, 150, 1821, 1507, 433, 90]
UNIFORM = [54, 7, 72, 15, 28, 80]


def test_an_idle_core_takes_a_while_to_begin_with_a_thread_that_was_woken() -> None:
    """Not with one that arrives, nor one whose call returns: that takes as long as it says."""
    trace = play(threads(job("a", "compute 1ms", "call os.read 1ms", "compute 1ms")))
    late = threads(job("a", "compute 1ms", "call os.read 1ms", "compute 1ms"), wake_latency="50us")
    assert play(late).end == trace.end == 3 * MS
    slept = play(threads(job("a", "compute 1ms", "sleep 1ms", "compute 1ms"), wake_latency="50us"))
    assert slept.end > 3 * MS
    assert len(rows(slept, Kind.SWITCH)) == len(rows(slept, Kind.STARTED)) == 1


def test_a_busy_core_goes_on_at_once() -> None:
    """b was woken while a had the core: the core is awake."""
    trace = play(
        threads(job("b", "sleep 1ms", "compute 1ms"), job("a", "compute 5ms"), wake_latency="50us"),
    )
    assert ms(trace.end) == 6


def test_threads_in_lock_step_part_when_waking_takes_time() -> None:
    """Twenty that compute 3 ms and sleep 2 ms: all get the GIL, as in CPython 3.11 to 3.13.

    There each had 47 to 145 turns in five seconds.  With no latency at all 3 + 2 is an interval of
    5 to the nanosecond, and those who time out together queue behind the same others for ever.
    """

    def turns(wake_latency: str) -> list[int]:
        twenty = job("t", repeat(None, "compute 3ms", "sleep 2ms"), count=20)
        simulation = Simulation(threads(twenty, cores=2, wake_latency=wake_latency))
        simulation.run(5_000 * MS)
        return sorted(
            Counter(row.subject for row in rows(simulation.trace, Kind.GIL_TAKE)).values()
        )

    assert len(turns("0us")) == 5
    fair = turns("50us")
    assert len(fair) == 20
    assert fair[0] >= 40
    assert fair[-1] <= 150
