"""``schedsim bench``: what it says and how it leaves; the measuring itself is marked slow."""

from __future__ import annotations

import gc
import importlib.util
import json
import sys
from collections import Counter
from heapq import heappop, heappush
from typing import Any

import click
import pytest
from click.testing import CliRunner

from schedsim import bench
from schedsim.bench import ours, workload
from schedsim.bench.memory import needed
from schedsim.trace import Kind


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Made-up costs, at first 100 for everything, in place of measured ones."""
    found = dict.fromkeys(bench.CASES, 100.0)
    monkeypatch.setattr(bench, "in_fresh_process", found.__getitem__)
    return found


def run(*arguments: str) -> Any:
    return CliRunner().invoke(bench.bench, list(arguments))


def rows_of(*arguments: str) -> dict[str, Any]:
    return {row["name"]: row for row in json.loads(run("--json", *arguments).stdout)["rows"]}


def test_ratios_are_told_with_their_goals(costs: dict[str, float]) -> None:
    costs["SimPy Resource"] = 650
    rows = rows_of()
    assert rows["round robin: speed against SimPy with Resource"] == {
        "name": "round robin: speed against SimPy with Resource",
        "goal": ">= 6",
        "value": 6.5,
        "met": True,
    }
    assert rows["round robin: cost with 10,000 threads to 10"]["goal"] == "<= 2"
    assert rows["CFS, mixed nice: cost of a switch, 10,000 threads to 10"]["met"] is None


def test_some_rows_tell_a_difference_or_a_figure_by_itself(costs: dict[str, float]) -> None:
    costs |= {"schedsim run": 230, "python -c pass": 9, "bytes of a row": 23}
    rows = rows_of()
    assert rows["schedsim run, ms more than python -c pass"]["value"] == 221
    assert rows["schedsim run, ms more than python -c pass"]["met"] is False
    assert rows["bytes of a row of the trace"]["value"] == 23
    assert rows["bytes of a row of the trace"]["met"] is True


def test_a_goal_that_is_missed_is_an_exit_code(costs: dict[str, float]) -> None:
    costs["SimPy Resource"] = 590
    done = run("--only", "resource")
    assert done.exit_code == 1
    assert "5.90    >= 6  MISSED" in done.stdout
    costs["SimPy Resource"] = 610
    done = run("--only", "resource")
    assert done.exit_code == 0
    assert "6.10    >= 6  met" in done.stdout


@pytest.mark.parametrize("policy", ["round robin", "MLFQ", "CFS", "EEVDF", "EDF"])
def test_a_policy_whose_decisions_grow_too_dear_is_missed(
    policy: str, costs: dict[str, float]
) -> None:
    row = f"{policy}: cost of a switch, 10,000 threads to 10"
    costs[f"{policy}, 10,000 threads"] = 199
    assert run("--only", row).exit_code == 0
    costs[f"{policy}, 10,000 threads"] = 201
    done = run("--only", row)
    assert done.exit_code == 1
    assert row in done.stdout


@pytest.mark.usefixtures("costs")
def test_what_takes_long_is_measured_only_when_all_is_asked_for() -> None:
    name = "sleep(0), 1,000,000 tasks: speed against asyncio"
    assert name not in rows_of("--only", "sleep(0)")
    assert name in rows_of("--only", "sleep(0)", "--full")


def test_the_median_of_the_rounds_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter([1.0, 900.0, 5.0, 7.0, 6.0])

    def measured(case: str) -> float:
        return next(rounds) if case == "switches" else 1.0

    monkeypatch.setattr(bench, "in_fresh_process", measured)
    told = json.loads(run("--json", "--rounds", "5", "--only", "bare heap").stdout)
    assert told["costs"]["switches"] == 6.0


@pytest.mark.usefixtures("costs")
def test_what_is_the_same_each_time_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Counter[str]()

    def count(case: str) -> float:
        measured[case] += 1
        return 1.0

    monkeypatch.setattr(bench, "in_fresh_process", count)
    run("--rounds", "4")
    assert measured["bytes of a row"] == 1
    assert measured["switches"] == 4


@pytest.mark.usefixtures("costs")
@pytest.mark.parametrize("package", ["simpy", "uvloop", "looptime"])
def test_a_peer_that_is_missing_is_left_out_with_a_word(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else find_spec(name)
    )
    done = run()
    assert f"left out without {package} (it is " in done.stderr
    assert f"against {package.replace('simpy', 'SimPy')}" not in done.stdout
    assert "round robin: speed against a bare heap and deque" in done.stdout


@pytest.mark.usefixtures("costs")
def test_simso_is_left_out_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    row = "periodic jobs under EDF: speed against SimSo"
    done = run("--only", "sim")
    assert (
        f"left out without simso (it needs an environment of its own: say --with-simso): {row}"
        in (done.stderr)
    )
    assert row not in done.stdout
    monkeypatch.setenv("SCHEDSIM_BENCH_SIMSO", "/somewhere/bin/python")
    assert row in run("--only", "sim").stdout


def test_simso_without_uv_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schedsim.bench.simso.which", lambda _: None)
    done = run("--with-simso")
    assert done.exit_code == 1
    assert "--with-simso needs uv to make an environment: pip install uv" in done.stderr


@pytest.mark.usefixtures("costs")
def test_rows_that_nobody_has_are_told() -> None:
    done = run("--only", "nonsense")
    assert done.exit_code == 1
    assert "no row has 'nonsense' in its name" in done.stderr


def test_every_row_has_its_cases() -> None:
    assert {case for row in bench.ROWS for case in row.cases} == set(bench.CASES)


def test_a_case_that_fails_is_told_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(click.ClickException, match="bare loop failed"):
        bench.in_fresh_process("bare loop")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less work; and this process has other things to do than to freeze its garbage."""
    monkeypatch.setattr(gc, "freeze", lambda: None)
    for name in ("SWITCHES", "AT_LEAST", "CUSTOMERS"):
        monkeypatch.setattr(workload, name, 1_000)
    monkeypatch.setattr(workload, "JOBS", 500)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "name",
    [
        "switches, 10 threads",
        "switches under GILs",
        "SimPy by hand",
        "SimPy Resource",
        "SimPy interrupts",
        "bare loop",
        "CFS, 10 threads",
        "customers",
        "SimPy customers",
    ],
)
def test_a_case_does_the_work_it_says(name: str) -> None:
    events, seconds = bench.CASES[name].run()
    assert events == 1_000
    assert seconds >= 0


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["sleep(0)", "sleep(1ms)", "SimPy timeout", "asyncio sleep(0)"])
def test_few_tasks_are_measured_until_they_have_slept_often_enough(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workload, "AT_LEAST", 15_000)
    events, _ = bench.CASES[f"{name}, 1,000 tasks"].run()
    assert events == 20_000


@pytest.mark.usefixtures("small")
def test_only_switches_are_counted_where_a_job_has_more_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workload, "SWITCHES", 999)
    events, _ = bench.CASES["EDF, 10 threads"].run()
    assert events == 333  # each has a row for its computing and one for the job after it as well


@pytest.mark.usefixtures("small")
def test_customers_wait_as_long_as_lindley_says() -> None:
    """First in, first out, each to the server that is free first."""
    coming = workload.customers()
    free = [0] * workload.SERVERS
    expected = []
    for arrival, length in coming:
        begin = max(heappop(free), arrival)
        heappush(free, begin + length)
        expected.append(begin)
    engine = ours.shop()
    ours.serve(engine, coming)
    begun = {row.subject: row.time for row in engine.trace.rows() if row.kind is Kind.RUN}
    assert list(begun.values()) == expected
    assert expected != [arrival for arrival, _ in coming]


@pytest.mark.usefixtures("small")
def test_all_periodic_jobs_are_done_that_are_counted() -> None:
    jobs, _ = ours.periodic()
    horizon = workload.horizon()
    assert jobs == sum(len(range(0, horizon, period)) for period in workload.PERIODS)
    assert 500 <= jobs <= 510


@pytest.mark.parametrize(("kind", "most"), [("flat", 170), ("live", 370)])
def test_what_suspended_tasks_need_is_little_and_does_not_grow(kind: str, most: int) -> None:
    """Beside the rows of the trace and its table of tasks; 17 kB of it are the machine's own."""
    third, ninth = needed(1_000, kind)
    assert third.rest < most
    assert ninth.rest < third.rest + 10


@pytest.mark.slow
def test_costs_stay_flat() -> None:
    """Issue 2 and 3: what a decision or a sleep costs does not grow."""
    done = run("--json", "--rounds", "3", "--only", " to 10")
    rows = json.loads(done.stdout)["rows"]
    assert [row for row in rows if row["met"] is False] == []
    assert done.exit_code == 0
