"""Findings about pools and about threads that cannot help, raised where they should be only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schedsim.findings import find
from schedsim.findings.base import Finding
from schedsim.metrics import measure
from schedsim.scenario import PoolSpec, Scenario
from schedsim.trace import Trace
from tests.machines import MS, job, play, processes, repeat, tasks, threads
from tests.sharing import played, work

SLEEPER = work("sleeper", "call time.sleep 50ms", spawned=True)
CRUNCH = work("crunch", "compute 50ms", spawned=True)


def pooled(scenario: Scenario, **pools: PoolSpec) -> Trace:
    return played(replace(scenario, pools=pools))


def kinds(trace: Trace) -> list[str]:
    return [finding.kind for finding in find(measure(trace))]


def the(trace: Trace, kind: str) -> Finding:
    (finding,) = (each for each in find(measure(trace)) if each.kind == kind)
    return finding


# -- pool exhaustion ----------------------------------------------------------------------------


def test_jobs_that_wait_for_a_worker_while_cores_are_idle_are_told() -> None:
    """B4: with four workers six of ten sleeps wait, two of them for 100 ms."""
    scenario = tasks(work("task", "run_in p sleeper", count=10), SLEEPER, cores=2)
    trace = pooled(scenario, p=PoolSpec(4))
    finding = the(trace, "pool_exhaustion")
    assert (finding.start, finding.end) == (0, 100 * MS)
    victims = [trace.entities[victim].name for victim in finding.victims]
    assert victims == [f"task-{n}" for n in range(5, 11)]
    assert finding.why == (
        "6 jobs of task-5, task-6, task-7 and 3 more waited for a worker of pool p, up to 100 ms: "
        "all 4 were busy, and cores were idle."
    )


def test_a_pool_with_enough_workers_is_healthy() -> None:
    scenario = tasks(work("task", "run_in p sleeper", count=10), SLEEPER, cores=2)
    assert kinds(pooled(scenario, p=PoolSpec(10))) == []


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_more_workers_would_not_help_where_the_cores_or_the_gil_are_busy(kind: str) -> None:
    scenario = tasks(work("task", "run_in p crunch", count=6), CRUNCH, cores=2)
    assert "pool_exhaustion" not in kinds(pooled(scenario, p=PoolSpec(2, kind)))


def test_too_few_processes_for_the_cores_are_told() -> None:
    scenario = tasks(work("task", "run_in p crunch", count=4), CRUNCH, cores=4)
    finding = the(pooled(scenario, p=PoolSpec(1, "process")), "pool_exhaustion")
    assert "the only worker of pool p" in finding.why


def test_a_job_that_waits_for_ever_for_its_own_pool_is_told_with_the_deadlock() -> None:
    scenario = threads(
        work("t", "run_in p outer"),
        work("outer", "run_in p inner", spawned=True),
        work("inner", "compute 1ms", spawned=True),
    )
    trace = pooled(scenario, p=PoolSpec(1))
    # Nothing took time: there is no wait to tell of but that which never ends.
    assert kinds(trace) == ["deadlock"]


def test_idle_workers_are_no_deadlock_of_their_own() -> None:
    scenario = threads(
        work("t", "run_in p sleeper", "wait never"), SLEEPER, work("u", "run_in p sleeper")
    )
    finding = the(pooled(scenario, p=PoolSpec(2)), "deadlock")
    assert len(finding.victims) == 1


def test_a_run_that_is_cut_tells_what_has_waited_up_to_there() -> None:
    """At 25 ms four sleep, and six wait for one of the four; before, nothing has taken time."""
    scenario = tasks(work("task", "run_in p sleeper", count=10), SLEEPER, cores=2)
    trace = pooled(scenario, p=PoolSpec(4))
    cut = trace.until(trace.times.index(50 * MS), 25 * MS)
    finding = the(cut, "pool_exhaustion")
    assert (finding.start, finding.end) == (0, 25 * MS)
    assert finding.why.startswith("6 jobs of task-5, task-6, task-7 and 3 more waited for a worker")
    for rows in range(1, trace.times.index(50 * MS)):
        assert "pool_exhaustion" not in kinds(trace.until(rows, 0)), f"after row {rows}"


def test_who_waits_at_a_cut_where_all_cores_are_busy_needs_no_more_workers() -> None:
    scenario = tasks(work("task", "run_in p crunch", count=6), CRUNCH, cores=2)
    trace = pooled(scenario, p=PoolSpec(2, "process"))
    cut = trace.until(max(n for n, time in enumerate(trace.times) if time < 60 * MS), 60 * MS)
    assert "pool_exhaustion" not in kinds(cut)


# -- lost parallelism -----------------------------------------------------------------------------


def test_computing_threads_under_one_gil_are_told_what_they_lose() -> None:
    """D1: two threads of 40 ms on two cores take 80 ms, and somebody waits all the time."""
    trace = play(threads(job("a", "compute 40ms"), job("b", "compute 40ms"), cores=2))
    finding = the(trace, "lost_parallelism")
    assert finding.why == (
        "a and b compute under one GIL: for 75 ms (94% of the time) somebody waited for it while "
        "a core was idle."
    )


@pytest.mark.parametrize(
    "scenario",
    [
        threads(job("a", "compute 40ms"), job("b", "compute 40ms"), cores=1),
        threads(job("a", "compute 40ms"), job("b", "compute 40ms"), cores=2, gil=False),
        processes(job("a", "compute 40ms"), job("b", "compute 40ms"), cores=2),
        threads(job("a", "compute 40ms"), job("b", repeat(4, "io 9ms", "compute 1ms")), cores=2),
    ],
)
def test_other_machines_lose_nothing(scenario: Scenario) -> None:
    assert "lost_parallelism" not in kinds(play(scenario))
