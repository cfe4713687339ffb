"""The turns that tasks have of their loops, as columns: who, in which pass, from row to row.

What a task did in a turn is looked up in the rows between, by whoever wants to know: see
:mod:`schedsim.findings.loop_turns`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

from schedsim.columns import rows_of, rows_with
from schedsim.trace import (
    ENTITY_MASK,
    KIND_MASK,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
    Kind,
    Reason,
    Trace,
)

_TASK_RUN = Kind.TASK_RUN.value
_TASK_LEFT = Kind.TASK_LEFT.value


class LoopTurns:
    """All turns of all tasks, in order of their ends; those that go on at the end come last."""

    __slots__ = ("begins", "ends", "firsts", "lasts", "passes", "patched", "tasks", "with_calls")

    def __init__(self, trace: Trace) -> None:
        self.tasks = array("q")
        self.passes = array("q")
        """Which pass of its loop a turn was in."""
        self.firsts, self.lasts = array("q"), array("q")
        """The row with which it began, and the one with which it ended; the number of rows if it
        goes on."""
        self._walk(trace)
        times, rows = trace.times, len(trace)
        self.begins = array("q", map(times.__getitem__, self.firsts))
        self.ends = array("q", (trace.end if n == rows else times[n] for n in self.lasts))
        patched = rows_with(trace, Kind.COMMAND, Reason.PATCHING)
        self.patched = [(n, bool(trace.args[n])) for n in patched]
        """The rows by which the user has switched monkey patches, and to what."""
        self.with_calls = self._with_calls(trace)
        """The turns with a blocking call in them."""

    def _walk(self, trace: Trace) -> None:
        codes, entities = trace.codes, trace.entities
        tasks, numbers = self.tasks.append, self.passes.append
        firsts, lasts = self.firsts.append, self.lasts.append
        hands: dict[int, tuple[int, int]] = {}
        """By thread: the task in hand, and since which row."""
        passes: dict[int, int] = {}
        for n in rows_of(trace, TAKES_FROM_LOOP):
            code = codes[n]
            kind, subject = code & KIND_MASK, code >> SUBJECT_SHIFT & ENTITY_MASK
            thread = entities[subject].thread
            turn = hands.pop(thread, None)
            if turn is not None:
                tasks(turn[0])
                numbers(passes.get(thread, 0))
                firsts(turn[1])
                lasts(n)
            if kind == _TASK_RUN:
                hands[thread] = (subject, n)
            elif kind != _TASK_LEFT:
                passes[thread] = passes.get(thread, 0) + 1
        for thread, (task, first) in hands.items():
            tasks(task)
            numbers(passes.get(thread, 0))
            firsts(first)
            lasts(len(trace))

    def _with_calls(self, trace: Trace) -> frozenset[int]:
        codes, entities = trace.codes, trace.entities
        calls: dict[int, list[int]] = {}
        for n in rows_with(trace, Kind.COMPUTE, Reason.CALL):
            calls.setdefault(entities[codes[n] >> SUBJECT_SHIFT & ENTITY_MASK].thread, []).append(n)
        if not calls:
            return frozenset()
        found = []
        for turn, (task, first, last) in enumerate(
            zip(self.tasks, self.firsts, self.lasts, strict=True)
        ):
            rows = calls.get(entities[task].thread)
            if rows:
                place = bisect_left(rows, first)
                if place < len(rows) and rows[place] < last:
                    found.append(turn)
        return frozenset(found)

    def __len__(self) -> int:
        return len(self.tasks)
