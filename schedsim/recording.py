"""A recording: a run written down so that it can be played again, exactly.

A small text file, one item a line, fit for version control: the scenario as its author wrote it,
what was overridden, the seed, the commands, and the digest of the trace they must lead to.  It
is data: reading one executes nothing.

Two more things make a change easy to find.  ``checkpoints`` are digests of consecutive stretches
of the trace, so that a run that turns out differently can be told *where*.  ``lines`` is a
checksum for every line of the file, so that an edited recording can be told *which line*.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from schedsim import files
from schedsim.commands import COMMANDS
from schedsim.durations import LONGEST, Time, format_duration
from schedsim.engine import FOREVER
from schedsim.limits import MOST_EVENTS
from schedsim.plain import plain
from schedsim.run import Placed, Run
from schedsim.source import MARK, RecordingError, Source, looks_like_recording
from schedsim.trace import Trace

__all__ = [
    "MARK",
    "MOST_BYTES",
    "SCHEMA",
    "Natural",
    "Recording",
    "RecordingError",
    "Source",
    "load",
    "loads",
    "looks_like_recording",
]

SCHEMA = 1
MOST_BYTES = 16_000_000
"""A recording is a small file: a larger one is refused unread."""
_MOST_CHECKPOINTS = 64
_FEWEST_ROWS = 8
_LINES_KEY = ' "lines": ['

Natural = Annotated[int, msgspec.Meta(ge=0, le=LONGEST)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=FOREVER)]
"""Durations are of ten years at most, but a run may go on beyond that."""


class _ScenarioPart(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    model: str
    settings: list[str]
    text: list[str]
    language: Literal["toml", "python"] = "toml"


class _Checkpoints(msgspec.Struct, forbid_unknown_fields=True):
    every: Annotated[int, msgspec.Meta(ge=1)]
    digests: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """The file as it is."""

    schedsim: str
    schema: int
    scenario: _ScenarioPart
    seed: int
    until: Natural | None
    rows: Annotated[int, msgspec.Meta(ge=1, le=MOST_EVENTS)]
    commands: list[dict[str, Any]]
    steps: Natural
    end: Moment
    digest: str
    checkpoints: _Checkpoints
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Recording:
    """A run as a value."""

    source: Source
    seed: int
    until: Time | None
    rows: int
    commands: tuple[Placed, ...]
    steps: int
    end: Time
    digest: str
    every: int
    checkpoints: tuple[str, ...]
    edited: tuple[int, ...] = ()
    """Lines of the file that are not as they were written, counted from 1."""

    @classmethod
    def of(cls, run: Run, source: Source) -> Recording:
        """Write down a run as far as it has come."""
        trace = run.trace
        rows = run.rows if run.finished else len(trace)
        every = max(_FEWEST_ROWS, -(-len(trace) // _MOST_CHECKPOINTS))
        return cls(
            source,
            run.seed,
            run.until,
            rows,
            run.commands,
            len(trace),
            trace.end,
            trace.digest(),
            every,
            _checkpoints(trace, every),
        )

    def play(
        self,
        progress: Callable[[Trace], None] | None = None,
        *,
        steps: int | None = None,
        shown: str = "",
    ) -> Run:
        """Execute it again.

        Args:
            progress: is told every now and then.
            steps: only so many; all of them if None.
            shown: what to call the file in messages; the scenario's name if empty.

        Raises:
            ScenarioError: the scenario in it is not valid.
            RecordingError: a command in it does not fit.
        """
        shown = shown or self.source.name
        where = f"{shown} (its scenario)"
        if self.source.python and self.source.named:
            where = self.source.name  # the file is known: messages and tracebacks are about it
        scenario = self.source.load(where)
        commands = tuple(c for c in self.commands if steps is None or c.step < steps)
        try:
            run = Run(scenario, self.seed, commands, until=self.until, rows=self.rows)
        except ValueError as error:
            raise RecordingError(f"{shown}: a command does not fit: {error}") from None
        if steps is None:
            run.finish(progress)
        elif len(run.finish(progress, steps=steps)) > steps:  # the decision went on
            run.trace.cut(steps)
        return run

    def first_difference(self, trace: Trace) -> str | None:
        """Where ``trace`` departs from what was recorded; None if it does not."""
        if trace.digest() == self.digest:
            if (len(trace), trace.end) == (self.steps, self.end):
                return None
            return f"the trace is the same, but it has {len(trace)} steps and ends at {trace.end}"
        for index, digest in enumerate(self.checkpoints):
            start = index * self.every
            stop = min(start + self.every, self.steps)
            if trace.digest_of_rows(start, stop)[:16] == digest:
                continue
            if start >= len(trace):
                break
            time = format_duration(trace.times[start], trace.unit)
            return f"the runs differ within steps {start + 1} to {stop}, from {time} on"
        if len(trace) != self.steps:
            return f"the recording has {self.steps} steps, playing it again gives {len(trace)}"
        return "the steps are the same; names, labels or the digest itself differ"

    # -- as a file ------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        files.put(path, self.dumps().encode())

    def dumps(self) -> str:
        """The text of the file."""
        source = self.source
        content = {
            "schedsim": "recording",
            "schema": SCHEMA,
            "scenario": {
                "name": source.name,
                "model": source.model,
                "settings": list(source.settings),
                **({"language": "python"} if source.python else {}),
                "text": source.text.split("\n"),
            },
            "seed": self.seed,
            "until": self.until,
            "rows": self.rows,
            "commands": [_command_to_dict(placed) for placed in self.commands],
            "steps": self.steps,
            "end": self.end,
            "digest": self.digest,
            "checkpoints": {"every": self.every, "digests": list(self.checkpoints)},
        }
        body = json.dumps(content, indent=1, ensure_ascii=True).removesuffix("\n}")
        sums = [_checksum(line) for line in f"{body},".split("\n")]
        rows = [", ".join(f'"{s}"' for s in sums[i : i + 12]) for i in range(0, len(sums), 12)]
        return f"{body},\n{_LINES_KEY}\n  " + ",\n  ".join(rows) + "\n ]\n}\n"


def load(path: Path) -> Recording:
    """Read a recording.

    Raises:
        RecordingError: it cannot be read, is cut short, or is no recording.
    """
    shown = plain(str(path), 200)
    try:
        with path.open("rb") as file:  # a pipe or a device does not say how long it is
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise RecordingError(f"{shown}: larger than a recording can be ({MOST_BYTES:,} bytes)")
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RecordingError(f"{shown}: line {line}: not text in UTF-8") from None
    except RecordingError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        says = getattr(error, "strerror", None) or str(error)
        raise RecordingError(f"{shown}: {says.lower()}") from None
    return loads(text, shown)


def loads(text: str, shown: str) -> Recording:
    """Read the text of a recording that is to be called ``shown`` in messages."""
    try:
        data = json.loads(text)
    except RecursionError:
        raise RecordingError(f"{shown}: nested too deeply for a recording") from None
    except ValueError as error:
        place = f"line {error.lineno}: " if isinstance(error, json.JSONDecodeError) else ""
        raise RecordingError(
            f"{shown}: {place}not a whole recording, it may be cut short or edited"
        ) from None
    edited = _edited(text, data.get("lines")) if isinstance(data, dict) else ()
    where = f"{shown}: line {edited[0]} was edited" if edited else shown
    if not isinstance(data, dict) or data.get("schedsim") != "recording":
        raise RecordingError(f'{where}: not a recording (it has no "schedsim": "recording")')
    if data.get("schema") != SCHEMA:
        schema = plain(repr(data.get("schema")), 40)
        raise RecordingError(f"{where}: schema {schema} is not known, only {SCHEMA} is")
    try:
        file = msgspec.convert(data, _File, strict=True)
        commands = tuple(_command(index, item) for index, item in enumerate(file.commands))
    except ValueError as error:
        raise RecordingError(f"{where}: {plain(str(error), 200)}") from None
    part = file.scenario
    recorded = Recording(
        Source(
            part.name,
            "\n".join(part.text),
            part.model,
            tuple(part.settings),
            python=part.language == "python",
        ),
        file.seed,
        file.until,
        file.rows,
        commands,
        file.steps,
        file.end,
        file.digest,
        file.checkpoints.every,
        tuple(file.checkpoints.digests),
        edited,
    )
    return recorded if edited else replace(recorded, edited=_respaced(text, recorded.dumps()))


def _edited(text: str, sums: object) -> tuple[int, ...]:
    """The lines that are not as ``sums`` say; none where there are no sums to compare with."""
    if not isinstance(sums, list):
        return ()
    lines = text.split("\n")
    end = next((n for n, line in enumerate(lines) if line == _LINES_KEY), len(lines))
    now = [_checksum(line) for line in lines[:end]]
    if len(now) == len(sums):
        return tuple(n + 1 for n, (a, b) in enumerate(zip(now, sums, strict=True)) if a != b)
    same = next((n for n, (a, b) in enumerate(zip(now, sums, strict=False)) if a != b), len(now))
    return (min(same, len(lines) - 1) + 1,)  # lines were added or taken away: the first of them


def _respaced(text: str, written: str) -> tuple[int, ...]:
    """The first line that says the same as was ``written``, but in other characters."""
    if text == written:
        return ()
    pairs = zip(text.split("\n"), written.split("\n"), strict=False)
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), text.count("\n"))
    return (same + 1,)


def _checksum(line: str) -> str:
    return f"{zlib.crc32(line.encode()) & 0xFFFFFF:06x}"


def _checkpoints(trace: Trace, every: int) -> tuple[str, ...]:
    starts = range(0, len(trace), every)
    return tuple(
        trace.digest_of_rows(start, min(start + every, len(trace)))[:16] for start in starts
    )


def _command_to_dict(placed: Placed) -> dict[str, Any]:
    command = placed.command
    kind = next(name for name, known in COMMANDS.items() if isinstance(command, known))
    content = {f.name: getattr(command, f.name) for f in fields(COMMANDS[kind])}
    return {"step": placed.step, "at": placed.time, "do": kind, **content}


class _Place(msgspec.Struct):
    step: Natural
    at: Moment
    do: str


def _command(index: int, item: dict[str, Any]) -> Placed:
    try:
        place = msgspec.convert(item, _Place, strict=True)
        kind = COMMANDS.get(place.do)
        if kind is None:
            raise ValueError(f"unknown command {place.do!r}, known are {', '.join(COMMANDS)}")
        rest = {key: value for key, value in item.items() if key not in ("step", "at", "do")}
        unknown = rest.keys() - {f.name for f in fields(kind)}
        if unknown:
            raise ValueError(f"unknown key {min(unknown)!r}")
        return Placed(place.step, place.at, msgspec.convert(rest, kind, strict=True))
    except ValueError as error:
        raise ValueError(f"commands[{index}]: {error}") from None
