"""Writing a trace store while the run goes on: chunk by chunk, each a transaction.

The file has its name only once it is whole.  Until then it is called the same with ``.part`` at
the end, and whatever ends the writer, what it has written so far can be read.  No journal lies
beside it: a transaction only adds, so what a killed one has left is what is not believed at the
end of the file (see :mod:`.reading`), and one that fails is taken back from memory.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from schedsim import files, keyframes
from schedsim.plain import plain
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.state import State
from schedsim.trace import Trace
from schedsim.trace_store.closing import Closing
from schedsim.trace_store.columns import Packer
from schedsim.trace_store.schema import (
    APPLICATION,
    PAGE,
    PARTIAL,
    ROWS,
    SCHEMA,
    STATE_ROWS,
    STATEMENTS,
    StoreError,
)
from schedsim.trace_store.states import joined
from schedsim.trace_store.tables import Teller, machine

_INSERT: Final = "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_STATE_EVERY: Final = 32
"""Rows for each entity between two states that are kept: a state is some bytes for each."""


def checksum(number: int, first: int, rows: int, until: int, *blobs: bytes) -> bytes:
    """Of one chunk, in its place."""
    seen = hashlib.blake2b(repr((number, first, rows, until)).encode(), digest_size=16)
    for blob in blobs:
        seen.update(hashlib.blake2b(blob, digest_size=16).digest())
    return seen.digest()


def beginning(run: Run, source: Source) -> Recording:
    """A run that has hardly begun as a recording: what is to be executed, and how far."""
    return replace(Recording.of(run, source), rows=run.rows)


class Writer(Closing):
    """A trace store being written.

    Args:
        path: what it is to be called when it is whole.  What is there stays until then.
        trace: whose rows they are; it may have some already, and goes on growing.
        recorded: the run as a recording, as far as it is known: how it began.
        keyframes: keep states too, so that any moment is soon found; it costs 1 us a row.

    Raises:
        StoreError: it cannot be written.
    """

    def __init__(
        self, path: Path, trace: Trace, recorded: Recording, *, keyframes: bool = True
    ) -> None:
        self.path = path = files.behind_link(path)
        self.partial = _unused(path)
        self.trace = trace
        self._packer = Packer()
        self._teller = Teller(trace)
        self._state = State.start(trace) if keyframes else None
        self._state_at = 0
        self._rows = self._number = 0
        try:
            self._file = sqlite3.connect(self.partial, isolation_level=None)
        except sqlite3.Error as error:
            raise StoreError(f"{plain(str(path), 200)}: {error}") from None
        try:
            self._begin(recorded)
        except sqlite3.Error as error:
            raise self._failed(error) from None

    def close(self) -> None:
        """What was written so far stays, under its partial name if it was not ended."""
        self._file.close()

    def _begin(self, recorded: Recording) -> None:
        file = self._file
        for pragma in (
            *(f"page_size = {PAGE}", "auto_vacuum = NONE", "journal_mode = MEMORY"),
            *("synchronous = OFF", "locking_mode = EXCLUSIVE"),
        ):
            file.execute(f"PRAGMA {pragma}").fetchall()
        file.execute("BEGIN")
        file.execute(f"PRAGMA application_id = {APPLICATION}")
        file.execute(f"PRAGMA user_version = {SCHEMA}")
        for statement in STATEMENTS:
            file.execute(statement)
        content = {
            "schedsim": version("schedsim"),
            "machine": machine(self.trace),
            "recording": recorded.dumps(),
        }
        file.execute("INSERT INTO about VALUES (?)", (json.dumps(content),))
        # The table of chunks has two floors from the beginning.  Else its root, full with the
        # first chunks, would move behind them, and a file cut there could not be entered at all.
        for number in (-3, -2, -1):
            blank = bytes(PAGE // 2 - 256)
            file.execute(_INSERT, (number, 0, 0, 0, b"", b"", b"", blank, b"", b""))
        file.execute("COMMIT")

    def write(self, *, all_rows: bool = False) -> None:
        """Write the chunks that are full by now; with ``all_rows`` also one that is not.

        Raises:
            StoreError: it cannot be written; what was written before stays.
        """
        try:
            while len(self.trace) - self._rows >= ROWS:
                self._chunk(ROWS, last=False)
            if all_rows:
                self._chunk(len(self.trace) - self._rows, last=True)
        except (sqlite3.Error, ValueError) as error:
            raise self._failed(error) from None

    def end(self, recorded: Recording) -> None:
        """Write the rest, and give the file its name.

        Args:
            recorded: the run as it has become.

        Raises:
            StoreError: it cannot be written; what was written before stays.
        """
        self.write(all_rows=True)
        content: dict[str, Any] = {
            "complete": self.trace.complete,
            "recording": recorded.dumps(),
        }
        try:
            self._file.execute("INSERT INTO ending VALUES (?)", (json.dumps(content),))
            self._file.close()
            with self.partial.open("rb+") as file:
                os.fsync(file.fileno())
            if self.path.is_file():
                self.partial.chmod(files.mode(self.path))
            self.partial.replace(self.path)
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from None

    def _chunk(self, rows: int, *, last: bool) -> None:
        """The next chunk; before it some without rows, if there is so much to be told first."""
        news = self._teller.news(last=last)
        while self._teller.behind:
            self._put(0, news, last=False)
            news = self._teller.news()
        self._put(rows, news, last=last)

    def _put(self, rows: int, news: bytes, *, last: bool) -> None:
        trace, first = self.trace, self._rows
        stop = first + rows
        before = trace.times[first - 1] if first else 0
        until = max(trace.end, before) if last else trace.times[stop - 1] if rows else before
        times = trace.times[first:stop]
        blobs = (
            self._packer.rising(times, before),
            self._packer.column(trace.codes[first:stop]),
            self._packer.relative(trace.args[first:stop], times),
            self._packer.pack(news),
            self._states(first, stop),
        )
        place = (self._number, first, rows, until)
        self._file.execute(_INSERT, (*place, *blobs, checksum(*place, *blobs)))
        self._rows = stop
        self._number += 1

    def _states(self, first: int, stop: int) -> bytes:
        """The states in a chunk, if the last one that was kept is long enough ago."""
        state = self._state
        if state is None:
            return b""
        found: list[tuple[int, bytes]] = []
        apart = max(STATE_ROWS, _STATE_EVERY * len(self.trace.entities))
        if apart < ROWS or first - self._state_at >= apart:
            for row in range(first, stop, apart):
                self._state_at = row
                content = keyframes.to_bytes(state.forward(row))
                found.append((row - first, self._packer.pack(content)))
        return joined(found)

    def _failed(self, error: Exception) -> StoreError:
        self._file.close()  # what was begun in it and not ended is not in it
        says = getattr(error, "strerror", None) or str(error)
        kept = f"; what was written is in {plain(str(self.partial), 200)}" if self._rows else ""
        return StoreError(f"{plain(str(self.path), 200)}: {says.lower()}{kept}")


def _unused(path: Path) -> Path:
    """Where to write aside: never over what a run that was killed has left."""
    aside, number = path.with_name(path.name + PARTIAL), 1
    while os.path.lexists(aside):  # a link into nowhere is somebody's too
        number += 1
        aside = path.with_name(f"{path.name}.{number}{PARTIAL}")
    return aside
