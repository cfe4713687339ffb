"""What the words of a command line name: scenarios, recordings, moments, sizes.

How bad words are refused is in :mod:`schedsim.refusals`, and what the commands do with what was
named in :mod:`schedsim.cli`.  A plain run needs only a part of this: the rest loads what it needs.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from schedsim.durations import Time, parse_duration, parse_ticks
from schedsim.headlines import ENDING
from schedsim.plain import plain
from schedsim.refusals import EXIT_BAD_INPUT, fail, say, tell
from schedsim.scenario_file import ScenarioError
from schedsim.source import MARK, RecordingError, Source, looks_like_recording

if TYPE_CHECKING:
    from schedsim.compare.variants import Variant
    from schedsim.expectations import Expectation
    from schedsim.export.base import BinaryExport, Export
    from schedsim.recording import Recording
    from schedsim.run import Run
    from schedsim.scenario import Scenario

AS_IT_IS = "a recording is played as it is"
_MOST_NAMED = 8
"""So many edited lines are named."""

T = TypeVar("T")


def scenario_of(file: str, model: str | None, settings: tuple[str, ...]) -> tuple[Source, Scenario]:
    """The scenario that ``file`` names, with what is overridden."""
    source, shown = _source_of(file, model, settings)
    return source, source.load(shown)


def _source_of(file: str, model: str | None, settings: tuple[str, ...]) -> tuple[Source, str]:
    """The text that ``file`` names, and what to call it in messages."""
    path = Path(file)
    if not path.exists() and not path.suffix and path.name == file:
        from schedsim import library

        path = library.path(file)
    return Source.of(path, model or "", settings), str(path)


def expected(texts: Sequence[str], scenario: Scenario) -> list[Expectation]:
    """What ``--expect`` says must hold of a run of ``scenario``."""
    if not texts:
        return []
    from schedsim import expectations

    names = set()
    for plan in scenario.plan():
        for thread in plan.threads:
            for job in (thread.job, *thread.tasks):
                names |= {job.name, *(f"{job.name}-{n + 1}" for n in range(job.count))}
    try:
        found = [expectations.read(text, scenario.unit) for text in texts]
        for expectation in found:
            expectation.check(names)
    except ValueError as error:
        fail(f"--expect {error}")
    return found


def compared(
    files: tuple[str, ...], models: str | None, policies: str | None, settings: tuple[str, ...]
) -> list[Variant]:
    """What is to be compared: several files, or one under several models or policies."""
    from schedsim.compare import variants

    if len(files) > 1:
        if models is not None or policies is not None:
            raise click.UsageError("--models and --policies take one FILE, not several.")
        known = all_valid(files, lambda file: variant_of(file, settings))
        names = variants.named_apart([variant.name for variant in known], files)
        found = [replace(variant, name=name) for variant, name in zip(known, names, strict=True)]
    else:
        lists = _words("--models", models), _words("--policies", policies)
        if len(lists[0]) < 2 and len(lists[1]) < 2:  # noqa: PLR2004 - to compare takes two
            raise click.UsageError(
                "Compare what? Write two FILEs, or one with two names or more:"
                " --models processes,threads,asyncio or --policies fifo,round_robin."
            )
        source, shown = _source_of(files[0], None, settings)
        if not source.python and looks_like_recording(source.text):
            fail(f"{plain(shown, 200)}: a recording is played as it is: no --models, no --policies")
        found = variants.alternatives(source, *lists, shown)
    if len(found) > variants.MOST:
        fail(f"{len(found)} runs to compare: at most {variants.MOST} can be looked at together")
    units = {variant.scenario.unit: variant for variant in reversed(found)}
    if len(units) > 1:
        ticks, other = plain(units["tick"].name, 60), plain(units["ns"].name, 60)
        fail(f"{ticks} counts ticks and {other} does not: their times cannot be compared")
    return found


def _words(option: str, text: str | None) -> list[str]:
    words = [] if text is None else [word.strip() for word in text.split(",")]
    if not all(words):
        raise click.UsageError(f"{option} takes names with commas between them, such as a,b,c.")
    return list(dict.fromkeys(words))


def variant_of(
    file: str,
    settings: tuple[str, ...],
    model: str | None = None,
    made_from: Path | None = None,
) -> Variant:
    """The scenario or recording that ``file`` names, to be executed.

    Args:
        file: a path or a name of the library.
        settings: keys of the scenario that are overridden.
        model: under which a job file is run, if that is not its own.
        made_from: the file that a recording of a scenario in Python was made from.

    Raises:
        ScenarioError: it is not a valid scenario.
        RecordingError: it is not a usable recording, or is to be played otherwise than it is.
    """
    from schedsim.compare.variants import Variant

    path = Path(file)
    if is_store(path):
        raise RecordingError(
            f"{plain(file, 200)}: a trace store: name its recording, or a scenario"
        )
    if not _is_recording(path):
        if made_from is not None:
            fail(f"{plain(file, 200)}: not a recording: leave out --scenario")
        source, scenario = scenario_of(file, model, settings)
        return Variant(source.name, scenario)
    from schedsim import recording

    recorded = recording.load(path)
    if edited := edited_lines(recorded):
        raise RecordingError(f"{plain(file, 200)}: {edited}")
    if model is not None or settings:
        option = "--set" if model is None else "--model"
        raise RecordingError(f"{plain(file, 200)}: {AS_IT_IS}: no {option}")
    if made_from is not None:
        recorded = named_again(recorded, made_from)
    return Variant(path.stem, recorded.source.load(f"{file} (its scenario)"), recorded)


def opened(
    file: str,
    model: str | None,
    settings: tuple[str, ...],
    seed: int,
    made_from: Path | None = None,
) -> tuple[Run, Source]:
    """A run of the scenario, recording or store that ``file`` names, ready to be looked at.

    Args:
        file: a path or a name of the library.
        model: under which a job file is run, if that is not its own.
        settings: keys of the scenario that are overridden.
        seed: for policies that draw lots.
        made_from: the file that a recording of a scenario in Python was made from.
    """
    path = Path(file)
    if is_store(path):
        from schedsim.trace_store import KeptRun

        if model is not None or settings or seed:
            fail(f"{plain(file, 200)}: a trace store is read as it is: no --model, --set, --seed")
        kept = KeptRun(path)
        if made_from is not None:
            kept = KeptRun(path, _looked_at(kept.recording(), made_from).source)
        return kept, kept.source
    if _is_recording(path):
        from schedsim import recording

        recorded = recording.load(path)
        if edited := edited_lines(recorded):
            fail(f"{plain(file, 200)}: {edited}")
        if model is not None or settings or seed:
            fail(f"{plain(file, 200)}: {AS_IT_IS}: no --model, --set, --seed")
        if made_from is not None:
            recorded = _looked_at(recorded, made_from)
        return recorded.play(), recorded.source
    if made_from is not None:
        fail(f"{plain(file, 200)}: not a recording: leave out --scenario")
    source, scenario = scenario_of(file, model, settings)
    from schedsim.run import Run

    return Run(scenario, seed), source


def check_file(file: str) -> str:
    """Validate a scenario, a recording or a trace store; the name to call it by."""
    path = Path(file)
    if is_store(path):
        from schedsim.state import State
        from schedsim.trace_store import Reader, StoreError

        with Reader(path) as reader:
            trace = reader.read()
            with reader.believing():  # that each can follow the one before shows here
                State.start(trace).forward(len(trace))
            if not reader.whole:
                raise StoreError(reader.says())
    elif _is_recording(path):
        from schedsim import recording

        recorded = recording.load(path)
        if not recorded.source.python:  # Python is not executed because of a recording
            recorded.source.load()
        if edited := edited_lines(recorded):
            raise RecordingError(f"{plain(file, 200)}: {edited}")
    else:
        scenario_of(file, None, ())
    return plain(file, 200)


def named_again(recorded: Recording, file: Path) -> Recording:
    """The recording of a scenario in Python, with the file that it was made from.

    Raises:
        ScenarioError: the file cannot be read.
    """
    part = recorded.source
    if not part.python:
        fail(f"{plain(str(file), 200)}: the recording holds its scenario: leave out --scenario")
    source = Source.of(file, part.model, part.settings)
    if not source.python:
        fail(f"{plain(str(file), 200)}: the recording was made from a file that ends in .py")
    if source.text != part.text:
        tell(f"{plain(str(file), 200)}: it has changed since the recording was made")
    return replace(recorded, source=replace(source, name=str(file)))


def _looked_at(recorded: Recording, made_from: Path) -> Recording:
    """The same: its scenario is called by its name alone, by which what is saved is called too."""
    recorded = named_again(recorded, made_from)
    return replace(recorded, source=replace(recorded.source, name=made_from.stem))


def is_store(path: Path) -> bool:
    """Whether a file is meant to be a trace store, or some other SQLite file."""
    return _head(path).startswith("SQLite format 3\0")


def _is_recording(path: Path) -> bool:
    if path.suffix == ENDING:
        return False
    return path.is_file() and looks_like_recording(_head(path))


def _head(path: Path) -> str:
    """How a file begins.  What is read from a pipe is gone: nothing of it, so that all is left."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(64).decode("utf-8", "replace")
    except OSError:
        return ""


def _tail(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4_096))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def edited_lines(recorded: Recording) -> str:
    """Which lines of a recording were edited, in words; empty if none were."""
    if not recorded.edited:
        return ""
    more = len(recorded.edited) - _MOST_NAMED
    lines = ", ".join(map(str, recorded.edited[:_MOST_NAMED]))
    rest = f" and {more} more" if more > 0 else ""
    return f"edited since it was written: line {lines}{rest}"


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


def may_write(path: Path, what: str, mark: str, *, at_end: bool = False) -> None:
    """Refuse, before the work is done, to write where one cannot or must not.

    Args:
        path: the file.
        what: what is to be written there; only that may be overwritten.
        mark: what such a file has near its beginning.
        at_end: it has it near its end instead.
    """
    look = _tail if at_end else _head
    shown = plain(str(path), 200)
    if not path.parent.is_dir():
        fail(f"{shown}: there is no such folder")
    if path.exists() and (path.is_dir() or mark not in look(path)):
        fail(f"{shown}: exists, and is not {what}: not overwritten")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        fail(f"{shown}: no permission to write")


def may_write_recording(path: Path) -> None:
    """Refuse, before the work is done, to write a recording where one cannot or must not."""
    may_write(path, "a recording", MARK)


def output(text: str | None, name: str, form: Export | BinaryExport) -> Path | None:
    """Where to write in a format, None for standard output; refuse if that cannot be.

    The file that ``-o`` names is one where one may write; see :func:`may_write`.
    """
    needs = getattr(form, "needs", "")
    if needs and importlib.util.find_spec(needs) is None:
        fail(f"--to {name} needs {needs}: pip install 'schedsim[{name}]'")
    if text is None or text == "-":
        return None
    from schedsim import files

    try:
        path = files.named(text)
    except ValueError as error:
        fail(f"-o: {error}")
    if "\0" in text:
        fail("-o: a file's name cannot hold a NUL")
    may_write(path, form.what, form.mark, at_end=bool(needs))
    return path


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
            say(problem)
        sys.exit(EXIT_BAD_INPUT)
    return found


def width() -> int:
    """How many columns standard output has; 80 where it is no terminal."""
    import shutil

    terminal = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if terminal else 80
