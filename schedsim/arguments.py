"""What the words of a command line name: scenarios, recordings, moments, sizes; and how to refuse.

Bad input is told in one message on standard error, and ends with exit code 2.  What the commands
do with what was named is in :mod:`schedsim.cli`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from schedsim import library, recording, scenario_file
from schedsim.durations import Time, parse_duration, parse_ticks
from schedsim.plain import plain
from schedsim.recording import Recording, RecordingError, Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import ScenarioError

EXIT_BAD_INPUT = 2

T = TypeVar("T")


def scenario_of(file: str, model: str | None, settings: tuple[str, ...]) -> tuple[Source, Scenario]:
    """The scenario that ``file`` names, with what is overridden."""
    path = Path(file)
    if not path.exists() and not path.suffix and path.name == file:
        path = library.path(file)
    source = Source(path.stem, scenario_file.read_source(path), model or "", settings)
    return source, source.load(shown=str(path))


def opened(
    file: str, model: str | None, settings: tuple[str, ...], seed: int
) -> tuple[Run, Source]:
    """A run of the scenario or recording that ``file`` names, ready to be looked at."""
    path = Path(file)
    if path.is_file() and recording.looks_like_recording(_head(path)):
        recorded = recording.load(path)
        if edited := edited_lines(recorded):
            fail(f"{plain(file, 200)}: {edited}")
        if model is not None or settings:
            fail(f"{plain(file, 200)}: a recording is played as it is: no --model, no --set")
        return recorded.play(), recorded.source
    source, scenario = scenario_of(file, model, settings)
    return Run(scenario, seed), source


def check_file(file: str) -> str:
    """Validate a scenario or a recording; the name to call it by."""
    path = Path(file)
    if path.is_file() and recording.looks_like_recording(_head(path)):
        recorded = recording.load(path)
        recorded.source.load()
        if edited := edited_lines(recorded):
            raise RecordingError(f"{plain(file, 200)}: {edited}")
    else:
        scenario_of(file, None, ())
    return plain(file, 200)


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(64).decode("utf-8", "replace")
    except OSError:
        return ""


def edited_lines(recorded: Recording) -> str:
    """Which lines of a recording were edited, in words; empty if none were."""
    if not recorded.edited:
        return ""
    lines = ", ".join(map(str, recorded.edited[:8]))
    more = f" and {len(recorded.edited) - 8} more" if len(recorded.edited) > 8 else ""  # noqa: PLR2004
    return f"edited since it was written: line {lines}{more}"


def moment(text: str | None, unit: str) -> Time | None:
    """A moment of simulated time."""
    if text is None:
        return None
    try:
        return parse_ticks(text) if unit == "tick" else parse_duration(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def screen_size(text: str) -> tuple[int, int]:
    """Columns and rows."""
    columns, _, rows = text.lower().partition("x")
    if not (columns.isdecimal() and rows.isdecimal()):
        raise click.UsageError(f"--size takes COLSxROWS such as 120x36, not {plain(text, 60)!r}.")
    width, height = int(columns), int(rows)
    if not (20 <= width <= 500 and 5 <= height <= 200):  # noqa: PLR2004 - what a screen can be
        raise click.UsageError("--size: 20 to 500 columns and 5 to 200 rows.")
    return width, height


def may_write(path: Path, what: str, mark: str) -> None:
    """Refuse, before the work is done, to write where one cannot or must not.

    Args:
        path: the file.
        what: what is to be written there; only that may be overwritten.
        mark: what such a file has near its beginning.
    """
    shown = plain(str(path), 200)
    if not path.parent.is_dir():
        fail(f"{shown}: there is no such folder")
    if path.exists() and (path.is_dir() or mark not in _head(path)):
        fail(f"{shown}: exists, and is not {what}: not overwritten")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        fail(f"{shown}: no permission to write")


def tell(text: str) -> None:
    """A line on standard error."""
    click.echo(f"schedsim: {text}", err=True)


def fail(text: str) -> NoReturn:
    """Refuse bad input."""
    tell(text)
    sys.exit(EXIT_BAD_INPUT)


def all_valid(files: tuple[str, ...], read: Callable[[str], T]) -> list[T]:
    """Read every file; if any is bad, tell all problems of all of them, then leave."""
    found, problems = [], []
    for file in files:
        try:
            found.append(read(file))
        except (ScenarioError, RecordingError) as error:
            problems.append(str(error))
    if problems:
        for problem in problems:
            click.echo(problem, err=True)
        sys.exit(EXIT_BAD_INPUT)
    return found


@contextmanager
def bad_input() -> Iterator[None]:
    """Turn what the user can mend into one message and exit code 2."""
    try:
        yield
    except (ScenarioError, RecordingError) as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_BAD_INPUT)
    except BrokenPipeError:
        raise
    except OSError as error:
        name = plain(str(error.filename), 200) if error.filename else "file"
        fail(f"{name}: {(error.strerror or str(error)).lower()}")
