"""A run as text: what it tells, and that it fits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schedsim.recording import Source
from schedsim.report import to_json, to_text
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import load
from tests.machines import job, repeat, threads

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.toml"))


def finished(scenario: Scenario) -> Run:
    run = Run(scenario)
    run.finish()
    return run


def figures(scenario: Scenario) -> dict[str, str]:
    """The lines of figures by their first word."""
    lines = to_text(finished(scenario)).splitlines()
    return {line[:12].strip(): line[12:].strip() for line in lines if line[12:14] == "  "}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_report_fits_into_80_columns(path: Path) -> None:
    assert all(len(line) <= 80 for line in to_text(finished(load(path))).splitlines())


def test_long_names_make_room_for_the_numbers() -> None:
    name = "a-thread-with-quite-a-long-name"
    work = [job(f"{name}-{n}", "compute 1234567us") for n in range(12)]
    lines = to_text(finished(threads(*work, gil=False))).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert any(line.startswith("a-thread") and "1.235 s" in line for line in lines)


def test_the_figures_of_a_round_robin() -> None:
    """24, 3 and 3 in turns of 4: done at 30, 7 and 10."""
    work = [job(name, f"compute {n}ms") for name, n in (("P1", 24), ("P2", 3), ("P3", 3))]
    found = figures(threads(*work, quantum="4ms", gil=False))
    assert found["run"] == "took 30 ms  finished 3  throughput 100 a second"
    assert found["cores"] == "useful 100.0%  overhead 0.0%  idle 0.0%"
    assert found["switches"] == "context 3  preemptions 1  migrations 0  GIL 0"
    assert found["turnaround"] == "mean 15.67 ms  max 30 ms"
    assert found["waiting"] == "mean 5.667 ms  max 7 ms  in one piece 7 ms"
    assert "deadlines" not in found
    assert "loop lag" not in found


def test_percentiles_are_told_of_ten_and_more() -> None:
    work = [job(f"j{n}", repeat(2, "compute 1ms")) for n in range(10)]
    assert "p99" in figures(threads(*work, gil=False))["turnaround"]
    assert "p99" not in figures(threads(*work[:9], gil=False))["turnaround"]


def test_json_has_counts_of_threads_and_no_jobs_where_nothing_is_periodic() -> None:
    pair = (job("a", "compute 3ms"), job("b", "compute 3ms"))
    data = to_json(finished(threads(*pair, quantum="2ms", gil=False)))
    assert data["jobs"] == []
    thread = data["threads"][0]
    names = ("slowdown", "longest_wait", "context_switches", "migrations", "preemptions")
    assert [thread[name] for name in names] == [1.667, 2_000_000, 1, 0, 1]
    assert data["slices"][0].keys() == {"core", "process", "thread", "task", "start", "end"}


def test_of_a_crowd_thirty_are_told() -> None:
    """Each of 31 pairs takes its two locks in both orders and is stuck: 62 threads."""
    work = []
    for n in range(31):
        one, other = f"acquire x{n}", f"acquire y{n}"
        work += [
            job(f"a{n}", one, "compute 1ms", "sleep 1ms", other),
            job(f"b{n}", other, "compute 1ms", "sleep 1ms", one),
        ]
    lines = to_text(finished(threads(*work, cores=2, gil=False))).splitlines()
    assert "... and 32 more" in lines
    assert sum(bool(re.match(r"[a-z ]+ at \d+ ms: ", line)) for line in lines) == 30
    assert re.fullmatch(r"\.\.\. and \d+ more findings", lines[-1])


def test_a_long_traceback_is_told_by_its_end(tmp_path: Path) -> None:
    """Twelve lines of it; what has gone wrong is in the last."""
    path = tmp_path / "deep.py"
    path.write_text(
        "from schedsim.authoring import Scenario, compute, job\n"
        + "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(9))
        + "def f9():\n    raise LookupError('deep down')\n"
        + "def body():\n    yield compute('1ms')\n    f0()\n"
        + "def scenario():\n    return Scenario([job('deep', body)])\n"
    )
    lines = to_text(finished(Source.of(path).load())).splitlines()
    last = next(n for n, line in enumerate(lines) if "deep down" in line)
    assert lines[last] == "    LookupError: deep down"
    assert lines[last - 12] == "    ..."
