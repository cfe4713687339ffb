"""What wild inputs have found, each as small as it gets."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from schedsim import library, recording
from schedsim.headlines import headlines
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario_file import loads

FOR_YEARS = """
schema = 1
title = "for years"
[[job]]
name = "a"
steps = [{ repeat = TIMES, do = ["sleep 87600h"] }]
"""


def told(*arguments: str) -> str:
    """The message with which the command line refuses."""
    done = subprocess.run(
        [sys.executable, "-m", "schedsim", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def test_options_behind_a_double_minus_are_no_command() -> None:
    assert "No such option '--policies'" in told("--", "--policies")


def test_a_command_too_long_to_be_a_file_is_no_command() -> None:
    assert "No such command" in told("9" * 5000)


@pytest.mark.parametrize("command", ["run", "check", "replay", "open", "compare"])
def test_a_name_too_long_for_a_file_is_told_as_such(command: str) -> None:
    message = told(command, "9" * 5000, *(["x"] if command == "compare" else []))
    assert "standard output" not in message
    assert "Traceback" not in message
    assert len(message) < 1_500


def test_what_python_thinks_of_a_file_s_style_is_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text('"""Title"""\nx = 65is = 1\ny = "\\ "\n')
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert library.glimpse(file).title == "x.py"
        file.write_text('"""Title"""\ny = "\\ "\nz = 1is 2\n')
        assert library.glimpse(file).title == "Title"
        headlines(file.read_text(), "x.py")
    assert seen == []


@pytest.mark.parametrize("times", ["2", "'forever'"])
def test_a_run_of_more_than_ten_years_can_be_played_again(times: str) -> None:
    text = FOR_YEARS.replace("TIMES", times)
    run = Run(loads(text, "x.toml"), rows=500)
    run.finish()
    assert run.trace.end >= 2 * 10 * 365 * 24 * 3_600 * 10**9
    written = Recording.of(run, Source("x", text))
    read = recording.loads(written.dumps(), "x.rec")
    assert read.first_difference(read.play().trace) is None
