"""Reading a trace store: chunk by chunk, as far as it goes.

A store that was being written when its writer was killed, or that was cut, is read up to its last
whole chunk.  One in which something was changed is refused.  How a run is made of what is read is
in :mod:`.kept_run`.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from schedsim.limits import MOST_EVENTS
from schedsim.recording import Recording, loads
from schedsim.trace import Trace
from schedsim.trace_store.closing import Closing
from schedsim.trace_store.columns import Relative, Unpacker
from schedsim.trace_store.container import Container
from schedsim.trace_store.rows import Checker
from schedsim.trace_store.schema import MOST_CHUNK_ROWS, MOST_TABLES, StoreError
from schedsim.trace_store.tables import LATEST, Listener, empty_trace
from schedsim.trace_store.writing import checksum

_PLACE: Final = "SELECT first, rows, until, length(times), length(codes), length(args),"
_SIZES: Final = f"{_PLACE} length(tables), length(state), length(sum) FROM chunks WHERE number = ?"
_CHUNK: Final = "SELECT times, codes, args, tables, state, sum FROM chunks WHERE number = ?"
_PLACES: Final = (
    "SELECT number, first, rows, until, length(state) FROM chunks WHERE number >= 0 ORDER BY number"
)
_LAST: Final = "SELECT first + rows FROM chunks ORDER BY number DESC LIMIT 1"
_TABLES: Final = (
    "SELECT number, tables FROM chunks WHERE number >= 0"
    " AND length(tables) BETWEEN 1 AND 64000000 ORDER BY number"
)
CONTRADICTION: Final = "its rows contradict one another"
CONTRADICTIONS: Final = (
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError),
)
"""What is raised by whoever believes rows that cannot follow one another."""
_MOST_PACKED: Final = 16 * MOST_CHUNK_ROWS
"""Bytes of a packed column: zstd makes nothing longer than it was, but for a few bytes."""


class Place(NamedTuple):
    """Where a chunk is in the trace, and whether it has a state."""

    number: int
    first: int
    rows: int
    until: int
    state: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """One stretch of a trace, as it is in the file; what was packed still is."""

    number: int
    first: int
    rows: int
    until: int
    times: bytes
    codes: bytes
    args: bytes
    tables: bytes
    state: bytes


class Reader(Closing):
    """A trace store being read.

    Raises:
        StoreError: it cannot be opened, is no trace store, or is one of another version.
    """

    def __init__(self, path: Path) -> None:
        self._container = Container(path)
        self.shown = self._container.shown
        self.unpacker = Unpacker()
        about = self._beginning()
        if about is None:
            raise StoreError(f"{self.shown}: cut short: it does not say what was run")
        try:
            self.trace = empty_trace(about["machine"])
            """What has been read so far."""
            self.began = self._recording(about)
            """The run as a recording, as far as it was known when it began."""
        except (KeyError, ValueError) as error:
            raise self._container.damaged(str(error)) from None
        self.recorded: Recording | None = None
        """The run as a recording; None if it was not written to the end."""
        self.complete = False
        """Nothing could happen any more at its end."""
        self._read_ending()
        self.at_end = False
        """There is no more to read."""
        self._number = 0
        self._ready: tuple[Chunk, array[int], array[int], array[int]] | None = None
        """A chunk that is being added to the trace, and its columns."""
        self._listener = Listener(self.trace)
        self._checker = Checker(self.trace)

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    @property
    def whole(self) -> bool:
        """It was written to the end, and nothing of it is missing as far as one knows yet."""
        return self.recorded is not None

    def _beginning(self) -> dict[str, Any] | None:
        """What ``about`` says, if the file goes so far."""
        try:
            return self._json("about")
        except StoreError:
            if self._container.cut:
                return None
            raise

    def _read_ending(self) -> None:
        try:
            ending = self._json("ending")
        except StoreError:
            if self._container.cut:
                return
            raise
        if ending is None or self._container.cut:
            return
        try:
            self.recorded = self._recording(ending)
            self.complete = ending["complete"] is True
        except (KeyError, ValueError) as error:
            raise self._container.damaged(str(error)) from None

    def _json(self, table: str) -> dict[str, Any] | None:
        text = self._container.text(table)
        if text is None:
            return None
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            raise self._container.damaged(f"{table} is not JSON") from None
        if not isinstance(content, dict):
            raise self._container.damaged(f"{table} is not a table")
        return content

    def _recording(self, content: dict[str, Any]) -> Recording:
        text = content["recording"]
        if not isinstance(text, str):
            raise ValueError("the recording in it is not a text")
        recorded = loads(text, "the recording in it")
        if recorded.edited:
            raise ValueError(f"the recording in it was edited in line {recorded.edited[0]}")
        return recorded

    # -- rows -----------------------------------------------------------------------------

    def read_rows(self, rows: int) -> None:
        """Let the trace have ``rows`` rows, or all that there are.

        Raises:
            StoreError: the store is damaged, or says what cannot be.
        """
        trace = self.trace
        while len(trace) < rows and not self.at_end:
            if self._ready is None and not self._read_chunk():
                return
            assert self._ready is not None
            chunk, times, codes, args = self._ready
            part = slice(len(trace) - chunk.first, rows - chunk.first)
            trace.times += times[part]
            trace.codes += codes[part]
            trace.args += args[part]
            if len(trace) == chunk.first + chunk.rows:
                trace.end = chunk.until
                self._ready = None
            else:
                trace.end = trace.times[-1]

    def _read_chunk(self) -> bool:
        """Make the next chunk ready; False if there is none."""
        try:
            chunk = self.chunk(self._number, len(self.trace), self.trace.end)
        except StoreError:
            if not self._container.cut:
                raise
            chunk = None
        if chunk is None:
            self._end()
            return False
        with self.believing(f"chunk {chunk.number}: "):
            last = self.trace.times[-1] if self.trace else 0
            times, codes, relative = self.columns(chunk, last)
            args = relative.part(slice(None), times)
            self._listener.take(self.unpacker.unpack(chunk.tables, most=MOST_TABLES))
            self._checker.check(codes, args)
        self._number += 1
        self._ready = (chunk, times, codes, args)
        return True

    def chunk(self, number: int, first: int, before: int = 0) -> Chunk | None:
        """One chunk as it is in the file; None if there is no such chunk.

        Args:
            number: from 0.
            first: how many rows there are before it.
            before: how far the run had come before it.

        Raises:
            StoreError: it is damaged.
        """
        found = self._container.rows(_SIZES, number)
        if not found:
            return None
        numbers = found[0]
        if not all(isinstance(each, int) and each >= 0 for each in numbers):
            raise self._container.damaged(f"chunk {number}: sizes that are no numbers")
        start, rows, until, *columns, tables, state, total = numbers
        if (
            rows > MOST_CHUNK_ROWS
            or start != first
            or start + rows > MOST_EVENTS
            or not before <= until <= LATEST
            or max(columns) > _MOST_PACKED
            or max(tables, state) > MOST_TABLES
            or total > _MOST_PACKED
        ):
            raise self._container.damaged(f"chunk {number}: it cannot be so long, or so placed")
        blobs = self._container.rows(_CHUNK, number)[0]
        if not all(isinstance(blob, bytes) for blob in blobs):
            raise self._container.damaged(f"chunk {number}: something else than bytes")
        if checksum(number, start, rows, until, *blobs[:-1]) != blobs[-1]:
            raise self._container.damaged(f"chunk {number}: it was changed after it was written")
        return Chunk(number, start, rows, until, *blobs[:-1])

    def known_rows(self) -> int:
        """How many rows there will be, as far as one can tell beforehand."""
        if self.recorded is not None:
            return self.recorded.steps
        try:
            found = self._container.rows(_LAST)[0][0]
        except StoreError:
            return 0
        return min(found, MOST_EVENTS) if isinstance(found, int) else 0

    def places(self) -> list[Place]:
        """Where all chunks are; what their tables say is taken in.

        Raises:
            StoreError: they are not one after the other.
        """
        container, before, until = self._container, 0, 0
        places = [Place(*each) for each in container.rows(_PLACES)]
        for number, place in enumerate(places):
            if not (
                all(isinstance(each, int) for each in place)
                and (place.number, place.first) == (number, before)
                and 0 <= place.rows <= MOST_CHUNK_ROWS
                and until <= place.until <= LATEST
            ):
                raise container.damaged(f"chunk {number}: it cannot be so long, or so placed")
            before, until = place.first + place.rows, place.until
        for number, tables in container.rows(_TABLES):
            with self.believing(f"chunk {number}: "):
                self._listener.take(self.unpacker.unpack(tables, most=MOST_TABLES))
        return places

    @contextmanager
    def believing(self, where: str = "") -> Iterator[None]:
        """Do something that needs what is in the file to make sense.

        Raises:
            StoreError: it does not.
        """
        try:
            yield
        except StoreError:
            raise
        except CONTRADICTIONS as error:
            says = str(error) if isinstance(error, ValueError) else CONTRADICTION
            raise self._container.damaged(f"{where}{says}") from error

    def columns(self, chunk: Chunk, before: int) -> tuple[array[int], array[int], Relative]:
        """The columns of a chunk; ``before`` is the time of the row before.

        Raises:
            ValueError: they are damaged.
        """
        unpacker, rows = self.unpacker, chunk.rows
        times = unpacker.rising(chunk.times, rows, before, LATEST)
        if times and times[-1] > chunk.until:
            raise ValueError("a time is later than the run had come")
        return times, unpacker.column(chunk.codes, rows), unpacker.relative(chunk.args, rows)

    def _end(self) -> None:
        """What was to be there is."""
        self.at_end = True
        recorded, trace = self.recorded, self.trace
        if recorded is None:
            return
        if (len(trace), trace.end) != (recorded.steps, recorded.end):
            raise self._container.damaged(
                f"{len(trace):,} steps instead of {recorded.steps:,}, or another end"
            )
        trace.complete = self.complete

    def read(self) -> Trace:
        """The whole trace, as far as it goes.

        Raises:
            StoreError: it is damaged, or says what cannot be.
        """
        while not self.at_end:
            self.read_rows(len(self.trace) + MOST_CHUNK_ROWS)
        self.verify()
        return self.trace

    def verify(self) -> None:
        """Compare all that was read, if it is all there is, with the digest of the run.

        Raises:
            StoreError: it is another.
        """
        recorded = self.recorded
        if recorded and self.at_end and self.trace.digest() != recorded.digest:
            raise self._container.damaged("the digest of what is in it is another")

    def says(self) -> str:
        """What is to be known of how it ended, in words; empty if it was written to the end."""
        if self.whole:
            return ""
        return (
            f"{self.shown}: not written to the end: its first {len(self.trace):,} steps can be read"
        )
