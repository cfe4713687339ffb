"""Scenarios of queues, pools, timeouts and locks of several libraries; every figure of a lesson."""

from __future__ import annotations

import pytest

from schedsim import library
from schedsim.scenario_file import load
from schedsim.trace import Trace
from tests.machines import ends, marks, play


def run(name: str, *settings: str, model: str = "") -> Trace:
    return play(load(library.path(name), settings=settings, model=model))


def said(trace: Trace) -> list[tuple[float, str]]:
    return [(time, label) for time, _, label in marks(trace)]


def test_two_workers_need_four_rounds_for_eight_files() -> None:
    """40 ms each; the health check is ninth in the queue."""
    found = ends(run("pool-exhaustion"))
    assert [found[f"request-{n}"] for n in range(1, 9)] == [40, 40, 80, 80, 120, 120, 160, 160]
    assert found["health check"] == 161
    enough = ends(run("pool-exhaustion", "pool.files.workers=8"))
    assert {enough[f"request-{n}"] for n in range(1, 9)} == {40}
    assert enough["health check"] == 41


@pytest.mark.parametrize("model", ["", "threads"])
def test_a_full_queue_slows_the_producer_down(model: str) -> None:
    """Made every ms until two wait, then every 4 ms; the last of ten is used at 1 + 10 x 4 ms."""
    assert said(run("backpressure", model=model)) == [(29, "all made"), (41, "all used")]


def test_a_queue_without_a_limit_makes_nothing_faster() -> None:
    trace = run("backpressure", "queue.items.size=0")
    assert said(trace) == [(10, "all made"), (41, "all used")]


@pytest.mark.parametrize("model", ["", "trio"])
def test_a_timeout_waits_for_what_does_not_await(model: str) -> None:
    assert said(run("timeout", model=model)) == [(50, "done in one piece"), (50, "timed out")]


def test_beside_something_short_the_timeout_is_in_time() -> None:
    assert said(run("timeout", 'job.computes.steps=["io 1ms"]')) == [(10, "timed out")]


def test_timeouts_of_gevent_come_last() -> None:
    """``gevent.Timeout`` has its timer run at priority -1, behind all others."""
    assert said(run("timeout", model="gevent")) == [(50, "done in one piece"), (50, "answered")]


@pytest.mark.parametrize(
    ("model", "order"),
    # SEMANTICS B8: p05, t3, g5 and e5.
    [("", "ABCABC"), ("uvloop", "ABCABC"), ("gevent", "AABBCC"), ("eventlet", "ABCABC")],
)
def test_who_gets_the_lock_next(model: str, order: str) -> None:
    assert "".join(label for _, label in said(run("barging", model=model))) == order


def test_trio_hands_the_lock_over_in_either_order() -> None:
    order = "".join(label for _, label in said(run("barging", model="trio")))
    assert order in ("ABCABC", "CBACBA")


def test_processes_use_all_cores_and_cost_something() -> None:
    """Threads: 2 x 40 ms, in turns under the GIL."""

    def milestones(*settings: str) -> list[float]:
        found = said(run("process-pool", *settings))
        return [time for time, label in found if label.endswith("are done")]

    assert milestones() == [80, 80 + 55]
    assert milestones("pool.processes.pickle_cost=40ms") == [80, 80 + 169]
