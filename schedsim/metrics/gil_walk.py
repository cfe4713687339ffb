"""Who is on which core, and who has and wants each GIL, where only that is asked for.

It goes to the rows that change it and to no others: where everything counts, fold a
:class:`schedsim.state.State`.
"""

from __future__ import annotations

from collections.abc import Iterator

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
                self.waiters.setdefault(self._process(left), set()).add(left)
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


def waited_for_gil(trace: Trace, thread: int, start: Time, end: Time) -> Time:
    """For how long ``thread`` was blocked because of a GIL between two moments."""
    walk = GilWalk(trace)
    process = trace.entities[thread].process
    waited = 0
    for n in walk.rows():
        if thread in walk.waiters.get(process, ()):
            waited += max(0, min(trace.times[n], end) - max(walk.time, start))
        if trace.times[n] >= end:
            return waited
    if thread in walk.waiters.get(process, ()):
        waited += max(0, end - max(walk.time, start))
    return waited


def needs_no_gil(measured: Measured) -> bool:
    """Whether nobody ever does."""
    return not measured.rules.gil and not any(entity.gil for entity in measured.trace.entities)
