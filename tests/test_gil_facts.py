"""Loose rules about real threads under the GIL (``cases/gil_facts.json`` has what was measured)."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from schedsim.scenario import PythonSpec
from schedsim.validate.runs import MS, SECOND, US, at, cpu_bound, latencies, play, probe
from tests.machines import ends

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case
    for case in json.loads(
        (Path(__file__).parent / "cases" / "gil_facts.json").read_text(encoding="utf-8")
    )["cases"]
}
WAKE = 25 * US


def delays(case: str, check_every: int = 0) -> list[int]:
    """How long a thread that sleeps 3 ms waits for the GIL then."""
    params = CASES[case]["params"]
    interval = params["switch_interval_ms"] * MS
    python = PythonSpec(switch_interval=interval, check_every=check_every)
    jobs = [cpu_bound(params["cpu_threads"])] if params["cpu_threads"] else []
    waker = probe([3 * MS])
    return latencies(
        play(*jobs, waker, cores=3, python=python, wake_latency=WAKE, until=5 * SECOND)
    )


def test_there_are_no_other_facts() -> None:
    assert list(CASES) == [
        "gil-wake-idle-5ms",
        "gil-wake-1cpu-50ms",
        "gil-wake-2cpu-50ms",
        "gil-cpu-1",
        "gil-cpu-4",
    ]


def test_with_nobody_computing_there_is_no_delay() -> None:
    expected = CASES["gil-wake-idle-5ms"]["expect"]["typical_delay_ms"]
    assert round(at(delays("gil-wake-idle-5ms"), 0.5)) == expected


def test_beside_a_thread_that_computes_it_is_an_interval() -> None:
    """0.9 to 1.1 intervals, and 0.3 ms."""
    expected = CASES["gil-wake-1cpu-50ms"]["expect"]["typical_delay_ms"]
    assert 0.9 * expected <= at(delays("gil-wake-1cpu-50ms"), 0.5) <= 1.1 * expected + 0.3


def test_beside_two_it_is_some_intervals() -> None:
    """0.9 to (threads + 2) intervals at the median.

    The machine that was measured was busy with other things too, so a holder often was not on its
    core to look at once: as if it was in C calls of 10 us.  In tight loops and undisturbed it is
    longer (D7), which was measured at an interval of 5 ms, but not of 50.
    """
    params = CASES["gil-wake-2cpu-50ms"]["params"]
    interval = params["switch_interval_ms"]
    found = at(delays("gil-wake-2cpu-50ms", 10 * US), 0.5)
    assert 0.9 * interval <= found <= (params["cpu_threads"] + 2) * interval


@pytest.mark.parametrize("case", ["gil-cpu-1", "gil-cpu-4"])
def test_threads_that_compute_take_turns_on_many_cores(case: str) -> None:
    """N times as long as one alone; and with so many turns all end near the end."""
    params, expect = CASES[case]["params"], CASES[case]["expect"]
    python = PythonSpec(switch_interval=round(params["switch_interval_ms"] * MS))
    hogs = cpu_bound(params["threads"], 500 * MS)
    cores, shares = params["cpus"], []
    for seed in range(7):
        trace = play(hogs, cores=cores, python=python, wake_latency=WAKE, seed=seed)
        assert trace.end / (500 * MS) == pytest.approx(expect["makespan_over_single"], rel=0.05)
        finished = ends(trace).values()
        shares.append(min(finished) / max(finished))
    assert median(shares) >= 0.75
