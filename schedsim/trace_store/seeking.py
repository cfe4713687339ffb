"""Any moment of a long run, straight from its trace store: nothing else of the file is read.

Every chunk or so the file has a state of the machine; from the last one before the moment on, rows
are applied.  What a trace in memory does for this is in :mod:`schedsim.history`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from pathlib import Path
from typing import Final, TypeAlias

from schedsim import keyframes
from schedsim.durations import Time
from schedsim.state import State, apply
from schedsim.trace import Trace
from schedsim.trace_store.closing import Closing
from schedsim.trace_store.columns import Relative
from schedsim.trace_store.reading import Reader
from schedsim.trace_store.schema import MOST_STATE
from schedsim.trace_store.states import parted

Columns: TypeAlias = "tuple[array[int], array[int], Relative]"

_KEPT: Final = 8
"""Chunks that stay unpacked: where one looks, one looks again."""


class Moments(Closing):
    """A trace store in which one looks here and there.

    Raises:
        StoreError: it cannot be opened, is no trace store, or is one of another version.
    """

    def __init__(self, path: Path) -> None:
        self._reader = Reader(path)
        self.trace: Trace = self._reader.trace
        """Who takes part, and what it is called; it has no rows."""
        self._firsts: list[int] = []
        self._untils: list[Time] = []
        self._states: list[int] = []
        self.rows = 0
        """How many there are."""
        for place in self._reader.places():
            if place.state:
                self._states.append(place.number)
            self._firsts.append(place.first)
            self._untils.append(place.until)
            self.rows = place.first + place.rows
        self._unpacked: OrderedDict[int, Columns] = OrderedDict()

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    def state_at(self, rows: int) -> State:
        """The state after so many rows.

        Raises:
            IndexError: there are not so many.
            StoreError: the store is damaged there.
        """
        if not 0 <= rows <= self.rows:
            raise IndexError(f"the store has {self.rows} rows, there is no row {rows}")
        last = bisect_right(self._firsts, max(0, rows - 1)) - 1
        index = bisect_right(self._states, last)
        number = self._states[index - 1] if index else 0
        state = self._state(number, rows) if index else State.start(self.trace)
        with self._reader.believing():
            while state.rows < rows:
                (times, codes, args), first = self._columns(number), self._firsts[number]
                part = slice(state.rows - first, rows - first)
                times = times[part]
                moments = args.part(part, times)
                for time, code, arg in zip(times, codes[part], moments, strict=True):
                    apply(state, time, code, arg)
                number += 1
        return state

    def _state(self, number: int, rows: int) -> State:
        """The last state that is kept in a chunk from before so many rows."""
        reader, first = self._reader, self._firsts[number]
        chunk = reader.chunk(number, first)
        assert chunk is not None, "it was there when the store was opened"
        with reader.believing():
            row, packed = [each for each in parted(chunk.state) if first + each[0] <= rows][-1]
            content = reader.unpacker.unpack(packed, most=MOST_STATE)
            return keyframes.from_bytes(content, self.trace, first + row)

    def _columns(self, number: int) -> Columns:
        known = self._unpacked.get(number)
        if known is None:
            chunk = self._reader.chunk(number, self._firsts[number])
            assert chunk is not None, "it was there when the store was opened"
            with self._reader.believing():
                known = self._reader.columns(chunk, self._untils[number - 1] if number else 0)
            self._unpacked[number] = known
            if len(self._unpacked) > _KEPT:
                self._unpacked.popitem(last=False)
        return known
