"""How far measuring and looking for findings have come is told on the way, and to nobody else."""

from __future__ import annotations

import pytest

from schedsim.cli import telling
from schedsim.findings import FINDINGS, find
from schedsim.metrics import measure
from schedsim.run import Run
from schedsim.scenario import Scenario
from tests.machines import job, repeat, tasks

BLOCK = 1 << 16
"""Rows between two looks at whoever waits."""


def long_run() -> Scenario:
    """Three rows a turn, a hundred thousand in all, and some."""
    return tasks(job("t", repeat(17_000, "compute 1ms", "sleep 1ms"), count=2))


def test_measuring_tells_how_many_rows_are_done() -> None:
    trace = Run(long_run()).finish()
    told: list[int] = []
    measured = measure(trace, told.append)
    assert told == [*range(BLOCK, len(trace), BLOCK), len(trace)]
    assert len(told) > 1
    assert measured.times == measure(trace).times


def test_looking_for_findings_tells_which_one_it_looks_for() -> None:
    measured = measure(Run(tasks(job("t", "compute 1ms"))).finish())
    told: list[str] = []
    assert find(measured, told.append) == find(measured)
    assert told == list(FINDINGS)


@pytest.mark.parametrize("looks", [True, False])
def test_the_command_tells_it_only_on_a_terminal(
    looks: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = Run(long_run())
    _ = run.finish()
    monkeypatch.setattr("sys.stderr.isatty", lambda: looks)
    _ = telling.print_run(run, as_json=False)
    out, err = capsys.readouterr()
    assert "measured" not in out
    assert "looking" not in out
    steps = [line.strip() for line in err.split("\r")]
    if not looks:
        assert err == ""
        return
    rows = len(run.trace)
    assert steps[0] == f"measured {BLOCK * 100 // rows} % ..."
    assert "measured 100 % ..." in steps
    assert "looking for blocked loop ..." in steps
    assert steps[-2:] == ["", ""]
