"""Numbers about a chosen stretch of time, worked out by hand."""

from __future__ import annotations

import pytest

from schedsim.metrics.span import measure_span, measure_stay
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Trace
from tests.machines import MS, job, loop, play, tasks, threads, tree

S = Situation


def number(trace: Trace, name: str) -> int:
    return next(entity.id for entity in trace.entities if entity.name == name)


def test_who_ran_how_much_of_it_the_most_first() -> None:
    """On one core without a GIL a runs 0 to 3 ms, b 3 to 10 ms: of 2 to 6 ms that is 1 and 3."""
    trace = play(threads(job("a", "compute 3ms"), job("b", "compute 7ms"), gil=False))
    span = measure_span(Timeline(trace), 2 * MS, 6 * MS)
    assert span.length == 4 * MS
    assert span.ran == ((number(trace, "b"), 3 * MS), (number(trace, "a"), 1 * MS))
    assert span.busy == (1.0,)


def test_a_core_is_busy_for_the_share_of_the_range_in_which_it_had_somebody() -> None:
    """Two cores, a computes 2 ms and sleeps 2 ms, b computes 8 ms: one is busy half of 0 to 4."""
    jobs = (job("a", "compute 2ms", "sleep 2ms", "compute 1ms"), job("b", "compute 8ms"))
    span = measure_span(Timeline(play(threads(*jobs, cores=2, gil=False))), 0, 4 * MS)
    assert sorted(span.busy) == [0.5, 1.0]


def test_what_its_tasks_ran_is_not_counted_for_their_thread_again() -> None:
    trace = play(tasks(job("a", "compute 3ms"), job("b", "compute 1ms")))
    span = measure_span(Timeline(trace), 0, trace.end)
    assert span.ran == ((number(trace, "a"), 3 * MS), (number(trace, "b"), 1 * MS))


def test_a_range_ends_where_the_run_does() -> None:
    trace = play(threads(job("a", "compute 3ms")))
    span = measure_span(Timeline(trace), 2 * MS, 10 * MS)
    assert (span.start, span.end) == (2 * MS, 3 * MS)
    assert measure_span(Timeline(trace), 7 * MS, 9 * MS).length == 0


def test_how_one_thread_fared() -> None:
    """a: runs 0-1, sleeps 1-3, b has the core 1-5, a is ready 3-5, runs 5-7.  Of 0.5 to 6 ms:"""
    jobs = (job("a", "compute 1ms", "sleep 2ms", "compute 2ms"), job("b", "compute 4ms"))
    trace = play(threads(*jobs, gil=False))
    stay = measure_stay(Timeline(trace), LaneId("thread", number(trace, "a")), MS // 2, 6 * MS)
    assert stay.times == {S.RUNNING: MS // 2 + MS, S.SUSPENDED: 2 * MS, S.READY: 2 * MS}
    assert stay.switches == 1


def test_how_a_task_fared_whose_thread_waits_for_the_gil() -> None:
    """The loop wakes at 2 ms, the GIL is the other thread's until 7 ms."""
    plan = ("p", (loop("main", job("t", "sleep 2ms", "compute 1ms")), job("w", "compute 20ms")))
    trace = play(tree(plan, cores=2))
    stay = measure_stay(Timeline(trace), LaneId("task", number(trace, "t")), 0, 8 * MS)
    assert stay.times == {S.SUSPENDED: 2 * MS, S.THREAD_WAITS: 5 * MS, S.RUNNING: MS}
    assert stay.switches == 1


@pytest.mark.parametrize("kind", ["core", "gil", "thread"])
def test_times_add_up_to_the_range(kind: str) -> None:
    trace = play(threads(job("a", "compute 3ms", "sleep 1ms"), job("b", "compute 3ms")))
    timeline = Timeline(trace)
    for lane in timeline.lanes():
        if lane.kind == kind:
            assert sum(measure_stay(timeline, lane, MS, 4 * MS).times.values()) == 3 * MS
