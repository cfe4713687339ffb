"""``--expect``: what must hold of a run, and how it is told that it does not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from schedsim.expectations import read
from schedsim.metrics import measure
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.simulation import Simulation
from tests.machines import MS, job, threads

# a computes 10 ms and b behind it: b waits 10 ms, and is done after 20 ms (fifo, by hand).
TWO = threads(job("a", "compute 10ms"), job("b", "compute 10ms"), policy="fifo", gil=False)


def broken(text: str) -> str:
    return read(text, "ns").broken(measure(Run(TWO).finish()))


@pytest.mark.parametrize(
    "text",
    [
        "max_wait(b) <= 10ms",
        "max_wait(b)==10ms",
        "min_wait() == 0ms",
        "mean_turnaround() == 15ms",
        "total_cpu() == 20ms",
        "max_slowdown(b) == 2",
        "makespan < 21ms",
        "no deadlock",
    ],
)
def test_what_holds_is_not_mentioned(text: str) -> None:
    assert not broken(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("max_wait(b) < 10ms", "it is 10 ms"),
        ("makespan <= 19ms", "it is 20 ms"),
        ("max_slowdown(b) < 2", "it is 2"),
        ("deadlock", "there is none"),
        ("max_loop_lag < 1ms", "it cannot be said of this run"),
    ],
)
def test_what_does_not_hold_is_told(text: str, says: str) -> None:
    assert broken(text) == says


def test_it_may_be_too_early_to_say() -> None:
    """After 15 ms of 20 b is not over; c, whom nobody has started, is not there."""
    jobs = (job("a", "compute 10ms"), job("b", "compute 10ms", "spawn c"))
    unborn = job("c", "compute 1ms", spawned=True)
    simulation = Simulation(threads(*jobs, unborn, policy="fifo", gil=False))
    simulation.run(until=15 * MS)
    measured = measure(simulation.trace)
    assert read("max_finish(a) == 10ms", "ns").broken(measured) == ""
    says = "b has no finish: the run ended before"
    assert read("max_finish(b) == 20ms", "ns").broken(measured) == says
    assert read("max_cpu(c) < 1ms", "ns").broken(measured) == "there was nobody of that name"


def test_what_is_found_is_told_with_the_first_moment() -> None:
    """Each of two waits for the lock of the other, from 2 ms on, by hand."""
    two = threads(
        job("a", "acquire x", "compute 1ms", "sleep 1ms", "acquire y"),
        job("b", "acquire y", "compute 1ms", "acquire x"),
        policy="fifo",
    )
    found = read("no deadlock", "ns").broken(measure(Run(two).finish()))
    assert found.startswith("1 found, the first at 2 ms: ")


def test_ticks_have_no_unit() -> None:
    file = """
schema = 1
title = "Ticks"
unit = "tick"
job = [ { name = "a", steps = ["compute 3"] } ]
"""
    measured = measure(Run(loads(file, "ticks")).finish())
    assert read("makespan == 3", "tick").broken(measured) == ""
    assert read("makespan < 3", "tick").broken(measured) == "it is 3 ticks"
    with pytest.raises(ValueError, match="3ms"):
        read("makespan < 3ms", "tick")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("max_wiat(b) < 1ms", "unknown figure 'wiat': did you mean 'wait'?"),
        ("mx_wait(b) < 1ms", "did you mean 'max'?"),
        ("makspan < 1ms", "unknown metric 'makspan': did you mean 'makespan'?"),
        ("no deadlok", "unknown finding 'deadlok': did you mean 'deadlock'?"),
        ("max_wait(b) < 1", "'1' has no unit"),
        ("???", "expected something like"),
    ],
)
def test_a_mistake_names_the_nearest_choice(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        read(text, "ns")


def test_exit_codes(tmp_path: Path) -> None:
    """0: it holds; 1: it does not; 2: it names nobody.  Of a recording too."""
    file, saved = tmp_path / "two.toml", tmp_path / "two.rec"
    file.write_text(
        'schema = 1\ntitle = "two"\n[[job]]\nname = "a"\ncount = 2\nsteps = ["compute 5ms"]\n'
    )

    def code(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "schedsim", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    assert code("run", str(file), "-o", str(saved), "--expect", "max_finish(a) == 10ms")[0] == 0
    failed, says = code("replay", str(saved), "--expect", "max_finish(a-1) == 10ms")
    assert (failed, says) == (1, "schedsim: expected max_finish(a-1) == 10ms: it is 5 ms\n")
    wrong, says = code("run", str(file), "--expect", "max_finish(b) == 10ms")
    assert wrong == 2
    assert "nobody is called 'b'" in says
