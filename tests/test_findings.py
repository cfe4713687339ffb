"""Findings: raised where they should be, and nowhere else."""

from __future__ import annotations

from schedsim.findings import find
from schedsim.metrics import measure
from schedsim.trace import Trace
from tests.machines import MS, job, loop, play, repeat, tasks, threads, tree


def kinds(trace: Trace) -> list[str]:
    return [finding.kind for finding in find(measure(trace))]


def test_a_long_computation_blocks_the_loop_when_others_wait() -> None:
    trace = play(tasks(job("tick", "sleep 10ms"), job("crunch", "compute 150ms")))
    (finding,) = find(measure(trace))
    assert (finding.kind, finding.start, finding.end) == ("blocked_loop", 0, 150 * MS)
    assert trace.entities[finding.who].name == "crunch"
    assert [trace.entities[victim].name for victim in finding.victims] == ["tick"]


def test_a_long_computation_alone_blocks_nobody() -> None:
    assert kinds(play(tasks(job("crunch", "compute 150ms")))) == []


def test_computing_in_chunks_with_yields_is_healthy() -> None:
    trace = play(
        tasks(
            job("tick", repeat(5, "sleep 10ms")), job("crunch", repeat(10, "compute 20ms", "yield"))
        )
    )
    assert kinds(trace) == []


def test_any_blocking_call_that_makes_another_task_wait_is_told() -> None:
    trace = play(tasks(job("bad", "call time.sleep 5ms"), job("good", "compute 1ms")))
    assert kinds(trace) == ["blocked_loop"]


def test_threads_in_blocking_calls_are_no_finding() -> None:
    trace = play(threads(job("a", "call time.sleep 500ms"), job("b", "compute 1ms")))
    assert kinds(trace) == []


def test_two_threads_that_join_each_other_are_a_deadlock() -> None:
    trace = play(threads(job("a", "compute 1ms", "join b"), job("b", "join a")))
    (finding,) = find(measure(trace))
    assert finding.kind == "deadlock"
    assert finding.why.startswith("a, b:")


def test_a_run_that_is_merely_cut_short_is_no_deadlock() -> None:
    assert kinds(play(tasks(job("a", "sleep 10ms")), until="5ms")) == []


def test_a_job_that_does_it_again_and_again_is_told_once_at_its_worst() -> None:
    trace = play(
        tasks(job("tick", "sleep 10ms"), job("crunch", "compute 120ms", "yield", "compute 150ms"))
    )
    (finding,) = find(measure(trace))
    assert finding.end - finding.start == 150 * MS
    assert "Its job did so 2 times" in finding.why


def test_waiting_for_the_gil_is_not_held_against_the_task() -> None:
    """60 ms of computing take longer beside a thread that wants the GIL too, but are 60 ms."""
    plan = (
        "p",
        (
            loop("main", job("short", "compute 60ms"), job("tick", "sleep 1ms")),
            job("spin", "compute 200ms"),
        ),
    )
    assert kinds(play(tree(plan, cores=2))) == []
