"""What conditions look at: a run as far as it has been executed, looked through as it grows."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from schedsim.durations import Time
from schedsim.findings.base import Finding
from schedsim.history import History
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import ENTITY_MASK, KIND_MASK, SUBJECT_SHIFT, Kind, Role

WAITING = frozenset(
    {Situation.READY, Situation.THREAD_WAITS, Situation.WAITS_FOR_GIL, Situation.SWITCHING}
)
"""Somebody could go on, but has no turn, no GIL or no core."""


@dataclass(slots=True)
class Waits:
    """When a thread or task waited, in one piece each."""

    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    since: Time | None = None
    """It waits still, since then."""
    upto: Time = 0

    def first(self, longer: Time, after: Time, now: Time) -> Time | None:
        """When a wait first reaches ``longer`` and goes on, later than ``after``."""
        for n in range(bisect_left(self.starts, after - longer + 1), len(self.starts)):
            if self.starts[n] + longer < self.ends[n]:
                return self.starts[n] + longer
        if self.since is not None and after < self.since + longer < now:
            return self.since + longer
        return None


class Watched:
    """A run with what its rows were found to be.

    Args:
        history: of its trace.
        timeline: of the same.
    """

    def __init__(self, history: History, timeline: Timeline) -> None:
        self.history = history
        self.trace = history.trace
        self.timeline = timeline
        self.findings: Sequence[Finding] = ()
        """What was found, by whoever has looked."""
        self._rows = 0
        self._marks, self._gil, self._switches = array("q"), array("q"), array("q")
        self._had: dict[int, int] = {}
        self._ran: dict[int, int] = {}
        self._waits: dict[int, Waits] = {}

    def named(self, name: str) -> list[int]:
        """The threads and tasks of a name, or of a job; of all, if there is no name."""
        return [
            entity.id
            for entity in self.trace.entities[1:]
            if entity.role is not Role.PROCESS and name in ("", entity.name, entity.job)
        ]

    def lane(self, entity: int) -> LaneId:
        """Its lane in the timeline."""
        task = self.trace.entities[entity].role is Role.TASK
        return LaneId("task" if task else "thread", entity)

    def passed(self, step: int, time: Time) -> Time:
        """Up to which moment all has been seen, if one has come so far."""
        return time if step >= self.history.rows_at(time) else time - 1

    def is_certain(self, time: Time) -> bool:
        """All that happens at ``time`` is known."""
        return time < self.trace.end or (self.trace.complete and time <= self.trace.end)

    @property
    def marks(self) -> array[int]:
        """The rows that log a label."""
        self._look()
        return self._marks

    @property
    def gil_changes(self) -> array[int]:
        """The rows in which a GIL is taken by another thread than the one that had it last."""
        self._look()
        return self._gil

    @property
    def switches(self) -> array[int]:
        """The rows in which a core goes over to a thread from another one."""
        self._look()
        return self._switches

    def waits(self, entity: int) -> Waits:
        """When a thread or task waited for a turn, a GIL or a core."""
        waits = self._waits.setdefault(entity, Waits())
        now = self.trace.end
        if waits.upto < now:
            for piece in self.timeline.slices(self.lane(entity), waits.upto, now):
                if piece.situation in WAITING:
                    if waits.since is None:
                        waits.since = piece.start
                elif waits.since is not None:
                    waits.starts.append(waits.since)
                    waits.ends.append(piece.start)
                    waits.since = None
            waits.upto = now
        return waits

    def _look(self) -> None:
        """Look through the rows that are new."""
        trace = self.trace
        codes, entities = trace.codes, trace.entities
        for n in range(self._rows, len(trace)):
            code = codes[n]
            kind = code & KIND_MASK
            if kind == Kind.MARK:
                self._marks.append(n)
            elif kind == Kind.GIL_TAKE:
                thread = code >> SUBJECT_SHIFT & ENTITY_MASK
                process = entities[thread].process
                if self._had.get(process, thread) != thread:
                    self._gil.append(n)
                self._had[process] = thread
            elif kind in (Kind.RUN, Kind.SWITCH):
                row = trace.row(n)
                if self._ran.get(row.core, row.subject) != row.subject:
                    self._switches.append(n)
                self._ran[row.core] = row.subject
        self._rows = len(trace)
