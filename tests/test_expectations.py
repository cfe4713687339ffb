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
from tests.machines import job, threads

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
