"""Measures worked out by hand (definitions: SEMANTICS.md A5)."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import Any

import pytest

from schedsim.commands import Command, SetCores, SetGil, SetPolicy, SetTickets
from schedsim.metrics import METRICS, Times, measure
from schedsim.report import to_text
from schedsim.run import Run
from schedsim.scenario import MachineSpec
from schedsim.trace import Kind, Reason, Trace
from tests.machines import MS, job, ms, play, processes, repeat, tasks, threads
from tests.written import Written


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


def test_how_long_a_thread_had_a_core_between_any_two_moments() -> None:
    """a has it from 0 to 2, 4 to 6 and 8 to 9 ms; b from 2 to 4 and 6 to 8."""
    trace = play(
        threads(job("a", "compute 5ms"), job("b", "compute 4ms"), quantum="2ms", gil=False)
    )
    found = measure(trace)
    a, b = (next(e.id for e in trace.entities if e.name == name) for name in "ab")

    def ran(who: int, start: float, end: float) -> float:
        return ms(found.ran(who, round(start * MS), round(end * MS)))

    assert [ran(a, 0, 9), ran(a, 1, 5), ran(a, 2, 4), ran(a, 2.5, 3.5), ran(a, 4.5, 5)] == [
        *(5, 2, 0, 0),
        0.5,
    ]
    assert [ran(b, 0, 9), ran(b, 3, 7), ran(b, 8, 9), ran(b, 0, 2)] == [4, 2, 0, 0]


def test_what_never_ends_has_no_turnaround() -> None:
    trace = play(threads(job("a", repeat(None, "compute 1ms", "sleep 1ms"))), until="10ms")
    assert times(trace, "a").turnaround is None
    assert figure(trace, "finished") == 0


def test_a_core_without_the_gil_is_no_turn_yet() -> None:
    """b gets a core at once, and the GIL 5 ms later."""
    trace = play(threads(job("a", "compute 10ms"), job("b", "compute 10ms"), cores=2))
    assert times(trace, "b").response == 5 * MS


def test_being_switched_to_is_waiting() -> None:
    """Turnaround, less cpu and sleep: 1 ms of each of two context switches."""
    trace = play(threads(job("a", "compute 2ms"), switch_cost="1ms"))
    assert times(trace, "a").waiting == 1 * MS


def textbook() -> Trace:
    """P1 24, P2 3, P3 3, quantum 4: P1 0-4, P2 4-7, P3 7-10, P1 10-30."""
    names = {"P1": 24, "P2": 3, "P3": 3}
    work = [job(name, f"compute {length}ms") for name, length in names.items()]
    return play(threads(*work, quantum="4ms", gil=False))


def test_slowdown_is_turnaround_by_what_it_would_be_alone() -> None:
    trace = textbook()
    assert [times(trace, name).slowdown for name in ("P1", "P2", "P3")] == [1.25, 2.333, 3.333]
    assert figure(trace, "mean_slowdown") == 2.305
    assert figure(trace, "max_slowdown") == 3.333


def test_time_in_a_sleep_is_no_slowdown() -> None:
    trace = play(threads(job("a", "compute 1ms", "sleep 9ms")))
    assert times(trace, "a").slowdown == 1.0


def test_the_longest_wait_is_one_piece_of_the_waiting() -> None:
    """a and b in turns of 2, for 5 and 4: b waits 0-2 and 4-6, a 2-4 and 6-8."""
    trace = play(
        threads(job("a", "compute 5ms"), job("b", "compute 4ms"), quantum="2ms", gil=False)
    )
    assert times(trace, "a").waiting == 4 * MS
    assert times(trace, "a").longest_wait == 2 * MS
    assert times(trace, "a").longest_wait_start == 2 * MS
    assert figure(trace, "starvation") == 2 * MS


def test_a_wait_that_is_not_over_counts_too() -> None:
    trace = play(threads(job("a", "compute 9ms"), job("b", "compute 1ms"), gil=False), until="7ms")
    assert times(trace, "b").longest_wait == 7 * MS


def test_a_core_without_the_gil_does_not_end_a_wait() -> None:
    """b is on its core at 0 and cannot go on; it wants the GIL until 5."""
    trace = play(threads(job("a", "compute 10ms"), job("b", "compute 10ms"), cores=2))
    assert times(trace, "b").longest_wait == 5 * MS


def test_preemptions_are_counted_for_who_loses_its_core() -> None:
    trace = textbook()
    assert [times(trace, name).preemptions for name in ("P1", "P2", "P3")] == [1, 0, 0]
    assert [times(trace, name).context_switches for name in ("P1", "P2", "P3")] == [1, 1, 1]
    assert figure(trace, "preemptions") == 1
    assert figure(trace, "context_switches") == 3


def test_whoever_goes_on_by_itself_was_neither_preempted_nor_switched_to() -> None:
    trace = Written().thread("a").run(0, "a").run(4, "a", Reason.QUANTUM).end(8)
    assert [figure(trace, name) for name in ("preemptions", "context_switches")] == [0, 0]


def test_a_migration_is_to_go_on_on_another_core() -> None:
    trace = (
        Written(2)
        .thread("a")
        .run(0, "a", core=0)
        .idle(2, Reason.SLEEP, core=0, arg=3)
        .wake(3, "a")
        .run(3, "a", core=1)
        .idle(4, Reason.SLEEP, core=1, arg=5)
        .wake(5, "a")
        .run(5, "a", core=1)
        .end(6)
    )
    assert times(trace, "a").migrations == 1
    assert figure(trace, "migrations") == 1


def test_a_core_that_is_taken_away_while_it_switches_has_given_no_turn() -> None:
    """At 2 ms core 1 has not come to b yet: that was overhead.  a runs 4 to 13, b from 17 on."""
    run = Run(
        processes(job("a", "compute 9ms"), job("b", "compute 9ms"), cores=2, switch_cost="4ms")
    )
    run.finish()
    run.act(SetCores(1), run.history.rows_at(2 * MS), 2 * MS)
    trace = run.finish()
    b = times(trace, "b")
    assert (b.preemptions, b.cpu) == (1, 9 * MS)
    assert (b.waiting, b.finish) == (17 * MS, 26 * MS)
    assert measure(trace).overhead == (4 + 2 + 4) * MS


def test_core_time_is_useful_overhead_or_idle() -> None:
    """1 ms of switch and 2 of work, then 1 of sleep, then 1 and 1."""
    trace = play(threads(job("a", "compute 2ms", "sleep 1ms", "compute 1ms"), switch_cost="1ms"))
    shares = [figure(trace, name) for name in ("utilisation", "overhead", "idle")]
    assert shares == [0.6, 0.2, 0.2]


def test_cores_that_were_added_count_from_then_on() -> None:
    """One core for 4 ticks, then three for 2: ten ticks, of which a runs 6."""
    trace = Written().thread("a").run(0, "a").row(4, Kind.COMMAND, Reason.CORES, arg=3).end(6)
    assert measure(trace).capacity == 10
    assert figure(trace, "utilisation") == 0.6


def test_throughput_is_from_the_first_arrival_to_the_last_end() -> None:
    """Two ends in the 40 ms from 10 to 50."""
    trace = play(
        threads(job("a", "compute 10ms", arrival="10ms"), job("b", "compute 10ms", arrival="40ms"))
    )
    assert figure(trace, "throughput") == 50.0


def test_percentiles_are_in_proportion_between_two_values() -> None:
    """Eleven in a queue, a tick each: they wait 0 to 10 ticks."""
    work = [job(f"j{n}", "compute 1ms") for n in range(11)]
    trace = play(threads(*work, policy="fifo", gil=False))
    percents = [figure(trace, f"{name}_waiting") for name in ("p50", "p90", "p99", "max")]
    assert percents == [5 * MS, 9 * MS, 9.9 * MS, 10 * MS]
    assert figure(trace, "mean_waiting") == statistics.fmean(range(11)) * MS


def test_one_value_has_no_percentiles() -> None:
    trace = play(threads(job("a", "compute 1ms")))
    assert figure(trace, "p50_turnaround") is None
    assert figure(trace, "max_turnaround") == 1 * MS


def test_equal_shares_are_fair_and_all_for_one_is_not() -> None:
    """Of a core that both want from 0 to 12: halves; then 12 and nothing."""
    both = play(
        threads(job("a", "compute 9ms"), job("b", "compute 9ms"), quantum="1ms", gil=False),
        until="12ms",
    )
    assert figure(both, "fairness") == 1.0
    one = play(
        threads(job("a", "compute 20ms"), job("b", "compute 9ms"), policy="fifo", gil=False),
        until="12ms",
    )
    assert figure(one, "fairness") == 0.5
    assert figure(one, "weighted_fairness") is None


@pytest.mark.parametrize(
    ("a", "b"), [({"tickets": 300}, {}), ({"weight": 3072}, {}), ({"tickets": 30}, {"tickets": 10})]
)
def test_shares_by_weight_are_fair_by_weight(a: dict[str, Any], b: dict[str, Any]) -> None:
    """Three ticks of four for a: (1 + 1/3)^2 / (2 * (1 + 1/9)) = 0.8 without weights."""
    trace = (
        Written().thread("a", **a).thread("b", **b).run(0, "a").run(3, "b", Reason.QUANTUM).end(4)
    )
    assert figure(trace, "fairness") == 0.8
    assert figure(trace, "weighted_fairness") == 1.0


def test_a_lock_is_not_waited_for_in_the_run_queue() -> None:
    """b is blocked in the lock from 1 to 4 and ready from 4 to 5."""
    trace = (
        Written(2, locks=("x",))
        .thread("a")
        .thread("b")
        .run(0, "a")
        .row(0, Kind.LOCK, Reason.NONE, "a", other=0)
        .run(0, "b", core=1)
        .idle(1, Reason.LOCK, core=1, arg=0)
        .row(4, Kind.UNLOCK, Reason.NONE, "a", other=3, arg=0)
        .run(5, "b", core=1)
        .idle(6, Reason.EXIT, core=1)
        .end(6)
    )
    assert times(trace, "b").waiting == 1
    assert times(trace, "b").slowdown == 1.2


def test_nothing_has_happened_in_an_empty_trace() -> None:
    found = measure(Trace())
    assert {name: metric(found) for name, metric in METRICS.items()} == {
        **dict.fromkeys(METRICS),
        **dict.fromkeys(
            (
                *("makespan", "finished", "context_switches", "preemptions", "migrations"),
                *("gil_switches", "utilisation", "overhead", "idle"),
            ),
            0,
        ),
    }


# -- rules that change ----------------------------------------------------------------------------


def test_tickets_weigh_for_as_long_as_they_were_held() -> None:
    """Quantum 1: 20 and 20 until 40, then 10 and 30 until 80; b has 100, then 300: 200 on average.

    Shares by weight are 30 / 80 / 100 and 50 / 80 / 200.
    """
    scenario = processes(job("a", "compute 99ms"), job("b", "compute 99ms"), gil=False)
    machine = MachineSpec(policy="stride", parameters={"quantum": MS})
    run = Run(replace(scenario, machine=machine), until=80 * MS)
    run.act(SetTickets("b", 300), run.history.rows_at(0), 40 * MS)
    measured = measure(run.finish())
    assert [each.cpu for each in measured.work] == [30 * MS, 50 * MS]
    one, other = 30 / 80 / 100, 50 / 80 / 200
    jain = (one + other) ** 2 / (2 * (one**2 + other**2))
    assert METRICS["weighted_fairness"](measured) == pytest.approx(jain, abs=1e-6)


def test_the_report_names_all_rules_that_were_in_force() -> None:
    run = Run(threads(job("a", "compute 9ms"), job("b", "compute 9ms")))
    commands: tuple[Command, ...] = (SetPolicy("fifo"), SetCores(2), SetGil(on=False))
    for at, command in enumerate(commands, start=1):
        run.extend(100)
        run.act(command, run.history.rows_at(at * MS), at * MS)
    run.finish()
    head = to_text(run).splitlines()[1]
    assert head.startswith(
        "threads · 1 core, then 2 cores · round_robin, then fifo · GIL on, then off"
    )


def test_of_many_changes_the_report_names_the_first_and_the_last() -> None:
    run = Run(threads(job("a", "compute 9ms")))
    for at in range(1, 5):
        run.extend(100)
        run.act(SetCores(at + 1), run.history.rows_at(at * MS), at * MS)
    run.finish()
    assert "1 core, then 3 others, then 5 cores" in to_text(run)
