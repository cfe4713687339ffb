"""The turns that tasks have of their loops: a loop's rows of coming and going, as columns.

A loop that takes a task in hand lets go of it with its next row, so one column of rows and one of
their moments tell where turns begin and where they end, without a step of Python for each turn.
What a task did in a turn is looked up in the rows between, by whoever wants to know: see
:mod:`schedsim.findings.loop_turns`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import compress, islice
from operator import sub

from schedsim.columns import marks, numbers, reasons, rows_of, rows_with
from schedsim.durations import Time
from schedsim.trace import ENTITY_MASK, SUBJECT_SHIFT, TAKES_FROM_LOOP, Entity, Kind, Reason, Trace

_PASSES = (Kind.LOOP_PASS, Kind.LOOP_WAIT)
_END = 0
"""Of the rows of a loop, in place of a code."""


class LoopTurns:
    """All turns of all tasks, by number: loop after loop, those of one in order of time.

    Not every number is that of a turn: see :attr:`runs`.
    """

    __slots__ = (
        *("_breaks", "lefts", "loops", "patched", "rows", "runs", "times", "trace", "with_calls"),
    )

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.rows, self.times = array("q"), array("q")
        """A turn goes on from the row of its number to that of the next, and so do its times; the
        last of a loop is the end of the trace."""
        self.loops: dict[int, range] = {}
        """By thread: the numbers of the turns of its loop."""
        codes = array("q")
        for thread, rows in _rows_by_loop(trace).items():
            self.loops[thread] = range(len(codes), len(codes) + len(rows))
            for column, source, end in (
                (self.rows, rows, len(trace)),
                (self.times, map(trace.times.__getitem__, rows), trace.end),
                (codes, map(trace.codes.__getitem__, rows), _END),
            ):
                column.extend(source)
                column.append(end)
        self.runs = marks(codes, {Kind.TASK_RUN})
        """1 where a turn begins, 0 at any other row."""
        self.lefts = reasons(codes)[1:]
        """How each was left: a :class:`schedsim.trace.Reason`, ``NONE`` if it goes on."""
        self._breaks = array("q", numbers(marks(codes, {*_PASSES, _END})))
        """The numbers that are no turns, but the end of a pass."""
        patched = rows_with(trace, Kind.COMMAND, Reason.PATCHING)
        self.patched = [(n, bool(trace.args[n])) for n in patched]
        """The rows by which the user has switched monkey patches, and to what."""
        self.with_calls = frozenset(self._with_calls(trace))
        """The turns with a blocking call in them."""

    def _with_calls(self, trace: Trace) -> Iterator[int]:
        codes, entities = trace.codes, trace.entities
        for row in rows_with(trace, Kind.COMPUTE, Reason.CALL):
            caller = entities[codes[row] >> SUBJECT_SHIFT & ENTITY_MASK]
            own = self.loops.get(caller.thread, range(0))
            yield bisect_right(self.rows, row, own.start, own.stop) - 1

    def task(self, number: int) -> Entity:
        """Who had this turn."""
        code = self.trace.codes[self.rows[number]]
        return self.trace.entities[code >> SUBJECT_SHIFT & ENTITY_MASK]

    def long(self, length: Time) -> Iterator[int]:
        """The turns that took at least so long."""
        lengths = map(sub, islice(self.times, 1, None), self.times)
        long = compress(range(len(self.times)), map(length.__le__, lengths))
        return (number for number in long if self.runs[number])

    def long_passes(self, length: Time) -> Iterator[list[int]]:
        """The turns of each pass of a loop that took at least so long."""
        times, runs, before = self.times, self.runs, 0
        for after in self._breaks:
            if times[after] - times[before] >= length:
                turns = [number for number in range(before, after) if runs[number]]
                if turns and times[turns[-1] + 1] - times[turns[0]] >= length:
                    yield turns
            before = after


def _rows_by_loop(trace: Trace) -> dict[int, array[int]]:
    """The rows that give a task to a loop or take one from it, by the loop's thread."""
    rows = array("q", rows_of(trace, TAKES_FROM_LOOP))
    loops = [entity.id for entity in trace.entities if entity.loop]
    if len(loops) == 1:
        return {loops[0]: rows}
    found: dict[int, array[int]] = {}
    codes, threads = trace.codes, [entity.thread for entity in trace.entities]
    for row in rows:
        thread = threads[codes[row] >> SUBJECT_SHIFT & ENTITY_MASK]
        if thread not in found:
            found[thread] = array("q")
        found[thread].append(row)
    return found
