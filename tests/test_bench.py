"""``schedsim bench``: what it says and how it leaves; the measuring itself is marked slow."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner

from schedsim import bench
from schedsim.bench import looking, memory, ours, simso, start_up, store, workload
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


@pytest.mark.slow
def test_a_case_is_run_in_a_fresh_process() -> None:
    assert bench.in_fresh_process("bytes of a row") == 24  # three numbers of eight bytes


def test_whoever_looks_is_told_how_far_it_is(
    costs: dict[str, float], capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(bench.measure(["switches", "customers"], 1, told=True)) == [
        ("switches", costs["switches"]),
        ("customers", costs["customers"]),
    ]
    assert capsys.readouterr().err.split("\r") == [
        "",
        "round 1 of 1: 0 of 2, switches",
        "round 1 of 1: 1 of 2, customers",
        "",
    ]


SIMSO = """
from types import SimpleNamespace


class Configuration:
    def __init__(self):
        self.tasks, self.processors, self.scheduler_info = [], [], SimpleNamespace()

    def add_task(self, **said):
        self.tasks.append(SimpleNamespace(**said))

    def add_processor(self, **said):
        self.processors.append(said)

    def check_all(self):
        assert self.scheduler_info.clas == "simso.schedulers.EDF"


class Model:
    def __init__(self, configuration):
        self.asked = configuration

    def run_model(self):
        print("what EDF decides")
        asked = self.asked
        assert len(asked.processors) == 2
        ends = asked.duration // asked.cycles_per_ms
        jobs = {each.name: range(0, ends, each.period) for each in asked.tasks}
        assert all(each.wcet == each.period * 0.16 for each in asked.tasks)
        tasks = {name: SimpleNamespace(jobs=every) for name, every in jobs.items()}
        self.results = SimpleNamespace(tasks=tasks)
"""
"""What of SimSo our peer uses; it releases jobs, and does not run them."""


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A uv whose environments have that SimSo."""
    packages = tmp_path / "packages" / "simso"
    packages.mkdir(parents=True)
    for name in ("__init__", "core", "configuration"):
        (packages / f"{name}.py").write_text(SIMSO)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={packages.parent} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    script = tmp_path / "uv"
    script.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = venv ]; then shift 4; mkdir -p "$1/bin"; '
        f'ln -s {python} "$1/bin/python"; fi\n'
    )
    script.chmod(0o755)
    monkeypatch.setattr(simso, "which", lambda _: str(script))
    return script


@pytest.mark.skipif(os.name != "posix", reason="its uv is a shell script")
@pytest.mark.usefixtures("small", "uv")
def test_simso_does_the_same_jobs_in_an_environment_of_its_own() -> None:
    with simso.environment():
        assert simso.is_here()
        jobs, seconds = bench.CASES["SimSo EDF jobs"].run()
    assert jobs == ours.periodic()[0]
    assert seconds >= 0
    assert not simso.is_here()


@pytest.mark.skipif(os.name != "posix", reason="its uv is a shell script")
def test_simso_that_cannot_be_installed_is_told(uv: Path) -> None:
    uv.write_text('#!/bin/sh\n[ "$1" = pip ] && echo "no network" >&2 && exit 1\nexit 0\n')
    done = run("--with-simso")
    assert (done.exit_code, done.stderr) == (1, "Error: SimSo cannot be installed:\nno network\n")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less work; and this process has other things to do than to freeze its garbage."""
    monkeypatch.setattr(gc, "freeze", lambda: None)
    for name in ("SWITCHES", "AT_LEAST", "CUSTOMERS"):
        monkeypatch.setattr(workload, name, 1_000)
    monkeypatch.setattr(workload, "JOBS", 500)
    monkeypatch.setattr(store, "ROWS", 1_000)
    monkeypatch.setattr(store, "SEEKS", 10)
    monkeypatch.setattr(memory, "_MANY", 100)


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
        "CFS, mixed nice, 10 threads",
        "customers",
        "SimPy customers",
        "store: execute",
        "store: write",
        "store: write without states",
        "store: read",
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
@pytest.mark.parametrize("name", ["EDF, 10 threads", "EDF, all different, 10 threads"])
def test_only_switches_are_counted_where_a_job_has_more_rows(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workload, "SWITCHES", 999)
    events, _ = bench.CASES[name].run()
    assert events == 333  # each has a row for its computing and one for the job after it as well


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("name", "events", "least", "most"),
    [
        ("bytes of a row", None, 24, 24),  # three numbers of eight bytes
        ("allocated bytes of a row", None, 24, 30),
        ("store: bytes of a row", 1_000, 1, 200),  # few rows, and all that is beside them
        ("bytes of an entity", 100, sys.getsizeof(""), 1_000),
        ("bytes of a task in steps", 100, 100, 1_000),
        ("bytes of a live task", 100, 200, 3_000),
    ],
)
def test_bytes_are_counted_of_as_many_as_it_says(
    name: str, events: int | None, least: float, most: float
) -> None:
    counted, total = bench.CASES[name].run()
    assert events is None or counted == events
    assert least <= total / counted <= most


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "seek", [store.seek_in_file, pytest.param(store.seek_in_memory, marks=pytest.mark.slow)]
)
def test_seeking_is_one_event_of_many(seek: Callable[[], workload.Measured]) -> None:
    events, seconds = seek()
    assert events == 1
    assert seconds >= 0


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", looking.SCENARIOS)
def test_looking_is_measured_by_rows(kind: str) -> None:
    events, _ = looking.looking(kind, 300)
    assert events >= 300  # that it looks at how many there are costs, so it looks seldom


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "name", ["uvloop sleep(0)", pytest.param("looptime sleep(1ms)", marks=pytest.mark.slow)]
)
def test_peers_that_may_be_missing_sleep_as_often(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = name.partition(" ")[0]
    if importlib.util.find_spec(package) is None:  # any loop will do to count
        loops = SimpleNamespace(new_event_loop=asyncio.new_event_loop)
        monkeypatch.setitem(sys.modules, package, loops)
    events, _ = bench.CASES[f"{name}, 1,000 tasks"].run()
    assert events == 10_000


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_sleeps_of_generators_are_counted_too() -> None:
    events, _ = bench.CASES["live sleep(1ms), 1,000 tasks"].run()
    assert events == 10_000


@pytest.mark.slow
@pytest.mark.parametrize("name", ["python -c pass", "schedsim run"])
def test_a_start_is_a_process_of_its_own(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_up, "_TIMES", 2)
    starts, seconds = bench.CASES[name].run()
    assert starts == 2
    assert seconds > 0


def test_a_customer_wants_all_of_it_until_it_is_served() -> None:
    customer = ours.Customer(7)
    assert customer.demand(whole=True) == 7
    customer.resume()
    assert customer.demand(whole=True) == 0


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
