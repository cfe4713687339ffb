"""Who is on which core, and who has and wants each GIL, where only that is asked for.

It goes to the rows that change it and to no others: where everything counts, fold a
:class:`schedsim.state.State`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from operator import sub

from schedsim.columns import rows_of
from schedsim.durations import Time
from schedsim.metrics.measured import Measured
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    OTHER_SHIFT,
    REASON_SHIFT,
    SUBJECT_SHIFT,
    TAKES_OFF_CORE,
    Kind,
    Reason,
    Trace,
)

_KINDS = TAKES_OFF_CORE | {
    *(Kind.WAKE, Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.COMMAND, Kind.KILL),
}
_OFF_CORE = frozenset(kind.value for kind in TAKES_OFF_CORE)


class GilWalk:
    """What is true before each of the rows that :meth:`rows` goes to."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.time: Time = 0
        """Of the row before."""
        self.running = [0] * trace.cores
        """By core, the thread that is on it."""
        self.online = trace.cores
        self.holders: dict[int, int] = {}
        """By process, who has its GIL, or 0."""
        self.waiters: dict[int, set[int]] = {}
        """And who is blocked because of it."""

    def rows(self) -> Iterator[int]:
        """The numbers of the rows that change any of it; they are applied afterwards."""
        for n in rows_of(self.trace, _KINDS):
            yield n
            self._apply(n, self.trace.codes[n])

    def _apply(self, n: int, code: int) -> None:
        self.time = self.trace.times[n]
        kind, subject = code & KIND_MASK, code >> SUBJECT_SHIFT & ENTITY_MASK
        if kind in _OFF_CORE:
            core = (code >> CORE_SHIFT & CORE_MASK) - 1
            left, self.running[core] = self.running[core], subject
            if left and code >> REASON_SHIFT & KIND_MASK == Reason.GIL:
                self._waits(left)
        elif kind == Kind.GIL_TAKE:
            self.holders[self._process(subject)] = subject
        elif kind == Kind.GIL_RELEASE:
            self.holders[self._process(subject)] = 0
            self._waits_no_more(code >> OTHER_SHIFT)
        elif kind == Kind.COMMAND:
            self._command(code >> REASON_SHIFT & KIND_MASK, self.trace.args[n])
        else:  # somebody wakes, or is killed
            self._waits_no_more(subject)

    def _process(self, thread: int) -> int:
        return self.trace.entities[thread].process

    def _waits(self, thread: int) -> None:
        self.waiters.setdefault(self._process(thread), set()).add(thread)

    def _waits_no_more(self, thread: int) -> None:
        waiters = self.waiters.get(self._process(thread))
        if waiters:
            waiters.discard(thread)

    def _command(self, reason: int, arg: int) -> None:
        if reason == Reason.CORES:
            self.running += [0] * (arg - len(self.running))
            self.online = arg
        elif reason == Reason.GIL_SWITCHED:
            self.holders.clear()


class GilWaits(GilWalk):
    """When each thread was blocked because of a GIL: one walk, and any question after it."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.starts: dict[int, array[Time]] = {}
        self.ends: dict[int, array[Time]] = {}
        for _ in self.rows():
            pass
        for thread, starts in self.starts.items():
            ends = self.ends[thread]
            ends.extend([trace.end] * (len(starts) - len(ends)))  # of a wait that goes on
        self._sums: dict[int, array[Time]] = {}

    def between(self, thread: int, start: Time, end: Time) -> Time:
        """For how long ``thread`` was between two moments."""
        starts, ends = self.starts.get(thread), self.ends.get(thread)
        if not starts or not ends:
            return 0
        sums = self._sums.get(thread)
        if sums is None:  # how long all before each took together
            sums = array("q", accumulate(map(sub, ends, starts), initial=0))
            self._sums[thread] = sums
        first, last = bisect_right(ends, start), bisect_left(starts, end)
        if first >= last:
            return 0
        outside = max(0, start - starts[first]) + max(0, ends[last - 1] - end)
        return sums[last] - sums[first] - outside

    def _waits(self, thread: int) -> None:
        super()._waits(thread)
        self.starts.setdefault(thread, array("q")).append(self.time)
        self.ends.setdefault(thread, array("q"))

    def _waits_no_more(self, thread: int) -> None:
        super()._waits_no_more(thread)
        if thread in self.starts and len(self.starts[thread]) > len(self.ends[thread]):
            self.ends[thread].append(self.time)


def needs_no_gil(measured: Measured) -> bool:
    """Whether nobody ever does."""
    return not measured.rules.gil and not any(entity.gil for entity in measured.trace.entities)
