"""What is fuzzed: how an input is tried, and what it is mutated from.

An attempt returns if all is well, also where the input is refused as it should be.  Whatever else
comes out of it is a finding.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final
from unittest.mock import patch

from schedsim import expectations, library, recording
from schedsim.durations import LONGEST, UNITS, format_duration, parse_duration, parse_ticks
from schedsim.metrics import Measured, measure
from schedsim.recording import Recording, RecordingError, Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import ScenarioError, loads
from tests.fuzz.seeds import (
    FILES,
    bound,
    command_lines,
    command_words,
    durations,
    expectation_words,
    expectations as expected,
    grammar,
    keymap_words,
    keymaps,
    recording_words,
    recordings,
    scenarios,
    text_of,
    whole_files,
)

ROWS: Final = 400
"""So far a run is executed."""
_MOST: Final = 3_000
"""Threads and tasks that a run may have here: a million of them are no mistake."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads what strangers have written."""

    attempt: Callable[[bytes], None]
    seeds: Callable[[], Sequence[str]]
    words: Callable[[], Sequence[str]]
    leaves_nothing: bool = True
    """Not even in its own folder."""


def _printable(error: Exception, source: str) -> None:
    """Every line of a message names the file, and does nothing to a terminal."""
    for line in str(error).split("\n"):
        assert line.startswith(source), line
        assert line.isprintable(), line


# -- scenario files -------------------------------------------------------------------------


def _scenario(given: bytes) -> None:
    try:
        scenario = loads(text_of(given), "file.toml", name="file")
    except ScenarioError as error:
        _printable(error, "file.toml")
        return
    _play(scenario)


def _play(scenario: Scenario) -> None:
    """Run what is of bounded size, and say everything of it."""
    if _size(scenario) > _MOST:
        return
    from schedsim import report

    played = Run(scenario, rows=ROWS)
    played.finish()
    report.to_text(played)
    report.to_json(played)


def _size(scenario: Scenario) -> int:
    return sum(
        job.count
        for plan in scenario.plan()
        for thread in plan.threads
        for job in (thread.job, *thread.tasks)
    )


# -- recordings -----------------------------------------------------------------------------


def _recording(given: bytes) -> None:
    path = Path("file.rec")
    path.write_bytes(given)
    try:
        recorded = recording.load(path)
    except RecordingError as error:
        _printable(error, "file.rec")
        return
    finally:
        path.unlink()
    try:
        scenario = recorded.source.load("file.rec (its scenario)")
        if _size(scenario) > _MOST:
            return
        played = replace(recorded, rows=min(recorded.rows, ROWS)).play(shown="file.rec")
    except (ScenarioError, RecordingError) as error:
        _printable(error, "file.rec")
        return
    recorded.first_difference(played.trace)
    again = Recording.of(played, recorded.source).dumps()
    assert recording.loads(again, "again").dumps() == again


# -- command lines --------------------------------------------------------------------------

_BAD: Final = "schema = 1\ntitle = 3\n[[job]]\nname = 'a'\nsteps = ['compute']\n"


@cache
def _beside() -> None:
    """Files to be named in command lines."""
    scenario = library.path("starving-loop").read_text(encoding="utf-8")
    Path("a.toml").write_text(scenario, encoding="utf-8")
    ticks = library.path("textbook-fifo").read_text(encoding="utf-8")
    Path("t.toml").write_text(ticks, encoding="utf-8")
    Path("bad.toml").write_text(_BAD, encoding="utf-8")
    python = library.path("four-styles").read_text(encoding="utf-8")
    Path("p.py").write_text(python, encoding="utf-8")
    run = Run(loads(scenario, "a.toml"), rows=100)
    run.finish()
    Recording.of(run, Source("a", scenario)).save(Path("a.rec"))
    Path("folder").mkdir()


def _argv(given: bytes) -> None:
    """Arguments are lines; what would take long, or for ever, is not begun."""
    _beside()
    words = [word for word in text_of(given).split("\n") if word][:14]
    if any("\0" in word for word in words):  # no operating system hands over such
        return
    if {"screenshot", "screenshots", "bench"} & set(words):
        return
    from schedsim import cli

    out = io.TextIOWrapper(io.BytesIO(), "utf-8")  # bytes may be written to a standard output
    err = io.StringIO()
    code: object = None
    with ExitStack() as stack:
        stack.enter_context(patch.object(sys, "argv", ["schedsim", *words]))
        stack.enter_context(patch("schedsim.browser.serve"))
        stack.enter_context(patch("schedsim.validate.TARGETS", {}))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            cli.main()
        except SystemExit as left:
            code = left.code
    for path in set(Path().iterdir()) - {Path(name) for name in FILES}:
        path.unlink() if path.is_file() else path.rmdir()
    assert code in {0, 1, 2}, f"{code!r} {err.getvalue()}"
    assert "Traceback" not in err.getvalue() or "has failed:" in err.getvalue(), err.getvalue()
    assert code != 2 or err.getvalue().strip(), "refused without a word"


# -- keymaps, durations, expectations, what a file says of itself ------------------------------


def _keymap(given: bytes) -> None:
    from textual.binding import BindingsMap

    from schedsim.tui import keymap

    path = Path("keymap.toml")
    screens = bound()
    path.write_bytes(given)
    try:
        moved = keymap.read(path, screens)
        for screen in screens:
            keymap.move(BindingsMap(screen), moved)
    except ScenarioError as error:
        _printable(error, "keymap.toml")
    finally:
        path.unlink()


def _durations(given: bytes) -> None:
    text = text_of(given)
    for read, unit in ((parse_duration, "ns"), (parse_ticks, "tick")):
        try:
            time = read(text)
        except ValueError:
            continue
        assert 0 <= time <= LONGEST
        assert format_duration(time, unit).isprintable()


def _expectation(given: bytes) -> None:
    text = text_of(given)
    for unit in ("ns", "tick"):
        try:
            read = expectations.read(text, unit)
            read.check({"ticker", "cruncher"})
            read.broken(_measured(unit))
        except ValueError as error:
            _printable(error, "")


@cache
def _measured(unit: str) -> Measured:
    name = "textbook-fifo" if unit == "tick" else "starving-loop"
    return measure(Run(Source.of(library.path(name)).load(), rows=300).finish())


def _glimpse(given: bytes) -> None:
    for name in ("x.toml", "x.py", "x.py.txt"):
        path = Path(name)
        path.write_bytes(given)
        try:
            entry = library.glimpse(path)
            assert entry.title
        finally:
            path.unlink()


TARGETS: Final[Mapping[str, Target]] = {
    "scenario": Target(_scenario, scenarios, grammar),
    "recording": Target(_recording, recordings, recording_words),
    "argv": Target(_argv, command_lines, command_words, leaves_nothing=False),
    "keymap": Target(_keymap, keymaps, keymap_words),
    "durations": Target(_durations, durations, lambda: [*UNITS, "_", ".", "-", "+", "µ"]),
    "expectations": Target(_expectation, expected, expectation_words),
    "library": Target(_glimpse, whole_files, grammar),
}
