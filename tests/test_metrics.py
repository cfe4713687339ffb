"""Measures worked out by hand (definitions: SEMANTICS.md A5)."""

from __future__ import annotations

from hypothesis import given

from schedsim.metrics import METRICS, Times, measure
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.trace import Trace
from tests.machines import MS, job, play, repeat, tasks, threads
from tests.strategies import MOST_ROWS, scenarios


def times(trace: Trace, name: str) -> Times:
    return next(
        each for each in measure(trace).times.values() if trace.entities[each.entity].name == name
    )


def figure(trace: Trace, name: str) -> object:
    return METRICS[name](measure(trace))


def test_round_robin_textbook_times() -> None:
    """P1 24, P2 3, P3 3, quantum 4 (Silberschatz 5.3.3): finish 30, 7, 10; waiting 6, 4, 7."""
    trace = play(
        threads(
            job("P1", "compute 24ms"),
            job("P2", "compute 3ms"),
            job("P3", "compute 3ms"),
            quantum="4ms",
            gil=False,
        )
    )
    found = {name: times(trace, name) for name in ("P1", "P2", "P3")}
    assert [t.finish for t in found.values()] == [30 * MS, 7 * MS, 10 * MS]
    assert [t.waiting for t in found.values()] == [6 * MS, 4 * MS, 7 * MS]
    assert [t.response for t in found.values()] == [0, 4 * MS, 7 * MS]
    assert figure(trace, "mean_waiting") == 5_666_666.667
    assert figure(trace, "utilisation") == 1.0


def test_waiting_for_the_gil_is_waiting() -> None:
    """Both want 10 ms; b waits 5, then 5 again while a has its second turn."""
    trace = play(threads(job("a", "compute 10ms"), job("b", "compute 10ms"), cores=2))
    assert times(trace, "b").waiting == 10 * MS
    assert times(trace, "b").cpu == 10 * MS
    assert figure(trace, "gil_switches") == 3
    assert figure(trace, "utilisation") == 0.5


def test_a_task_suspended_in_a_sleep_does_not_wait_but_an_overdue_one_does() -> None:
    """Sleeps 10 ms, overdue for 40 ms beside a cruncher."""
    trace = play(tasks(job("tick", "sleep 10ms"), job("crunch", "compute 50ms")))
    assert times(trace, "tick").waiting == 40 * MS
    assert times(trace, "tick").turnaround == 50 * MS
    assert figure(trace, "max_loop_lag") == 40 * MS


def test_the_thread_of_a_loop_is_charged_for_its_tasks_but_is_not_a_job() -> None:
    trace = play(tasks(job("a", "compute 2ms"), job("b", "compute 3ms")))
    assert times(trace, "main").cpu == 5 * MS
    assert figure(trace, "finished") == 2


def test_context_switches_cost_overhead_not_useful_time() -> None:
    """a, b, a, b in turns of 1 ms at 1 ms a switch: half of it overhead."""
    trace = play(
        threads(
            job("a", "compute 2ms"),
            job("b", "compute 2ms"),
            quantum="1ms",
            switch_cost="1ms",
            gil=False,
        )
    )
    assert trace.end == 8 * MS
    assert figure(trace, "overhead") == 0.5
    assert figure(trace, "utilisation") == 0.5
    assert figure(trace, "context_switches") == 3


def test_what_never_ends_has_no_turnaround() -> None:
    trace = play(threads(job("a", repeat(None, "compute 1ms", "sleep 1ms"))), until="10ms")
    assert times(trace, "a").turnaround is None
    assert figure(trace, "finished") == 0


@given(scenarios())
def test_core_time_is_useful_overhead_or_idle_and_cpu_adds_up(scenario: Scenario) -> None:
    run = Run(scenario, rows=MOST_ROWS)
    trace = run.finish()
    found = measure(trace)
    assert 0 <= found.useful + found.overhead <= trace.cores * trace.end
    assert sum(t.cpu for t in found.jobs) == found.useful
    for each in found.times.values():
        assert each.waiting >= 0
        if each.turnaround is not None:
            assert each.cpu <= each.turnaround


def test_a_core_without_the_gil_is_no_turn_yet() -> None:
    """b gets a core at once, and the GIL 5 ms later."""
    trace = play(threads(job("a", "compute 10ms"), job("b", "compute 10ms"), cores=2))
    assert times(trace, "b").response == 5 * MS


def test_being_switched_to_is_waiting() -> None:
    """Turnaround, less cpu and sleep: 1 ms of each of two context switches."""
    trace = play(threads(job("a", "compute 2ms"), switch_cost="1ms"))
    assert times(trace, "a").waiting == 1 * MS
