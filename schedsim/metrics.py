"""Numbers about a run: how long everybody took, waited and computed (SEMANTICS.md A5).

:func:`measure` looks at the trace once; :data:`METRICS` are functions of what it found.  A new
metric is a function and a line in the table.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schedsim.durations import Time
from schedsim.timeline import LaneId, Situation, Slice, Timeline
from schedsim.trace import TAKES_FROM_LOOP, TAKES_OFF_CORE, Kind, Reason, Role, Row, Trace

_WAITING = frozenset(
    {
        Situation.READY,
        Situation.THREAD_WAITS,
        Situation.WAITS_FOR_GIL,
        Situation.SWITCHING,
    }
)


@dataclass(slots=True)
class Times:
    """The life of a thread or task."""

    entity: int
    arrival: Time
    first_run: Time | None = None
    """Its first turn: on a core, and with the GIL where there is one."""
    finish: Time | None = None
    cpu: Time = 0
    """Time on a core; of a thread with a loop, that of all its tasks."""
    waiting: Time = 0
    """Time in which it could have gone on, but had no turn, no GIL or no core, or the core was
    still being switched to it."""

    @property
    def turnaround(self) -> Time | None:
        """From arrival to end."""
        return None if self.finish is None else self.finish - self.arrival

    @property
    def response(self) -> Time | None:
        """From arrival to its first turn."""
        return None if self.first_run is None else self.first_run - self.arrival


@dataclass(slots=True)
class Measured:
    """What one look at a trace finds."""

    trace: Trace
    timeline: Timeline
    times: dict[int, Times] = field(default_factory=dict)
    """By thread or task."""
    useful: Time = 0
    """Core time spent running threads."""
    overhead: Time = 0
    """Core time spent on context switches."""
    context_switches: int = 0
    """How often a core went on with another thread than the one it had run last."""
    gil_switches: int = 0
    """How often a GIL was taken by another thread than the one that had it last."""
    loop_lags: list[Time] = field(default_factory=list)
    """For every timer that fired: how late its callback ran."""

    def of(self, role: Role) -> list[Times]:
        """All threads, or all tasks."""
        entities = self.trace.entities
        return [times for times in self.times.values() if entities[times.entity].role is role]

    @property
    def jobs(self) -> list[Times]:
        """What the author wrote as work: tasks, and threads that run no loop."""
        entities = self.trace.entities
        return [times for times in self.times.values() if not entities[times.entity].loop]


def measure(trace: Trace, timeline: Timeline | None = None) -> Measured:
    """Look at a whole trace."""
    found = Measured(trace, timeline or Timeline(trace))
    for entity in trace.entities[1:]:
        if entity.role is not Role.PROCESS:
            found.times[entity.id] = Times(entity.id, entity.arrival)
    _Walk(found).walk()
    for core in range(trace.cores):
        for part in found.timeline.slices(LaneId("core", core)):
            _charge(found, part)
    for id_, times in found.times.items():
        kind = "task" if trace.entities[id_].role is Role.TASK else "thread"
        times.waiting = sum(
            part.end - part.start
            for part in found.timeline.slices(LaneId(kind, id_))
            if part.situation in _WAITING
        )
    return found


def _charge(found: Measured, part: Slice) -> None:
    length = part.end - part.start
    if part.situation is Situation.SWITCHING:
        found.overhead += length
    elif part.situation is Situation.RUNNING:
        found.useful += length
        found.times[part.who].cpu += length
        entity = found.trace.entities[part.who]
        if entity.role is Role.TASK:
            found.times[entity.thread].cpu += length


class _Walk:
    """One pass over the rows, for what lanes do not show."""

    def __init__(self, found: Measured) -> None:
        self.found = found
        self.on_core: dict[int, int] = {}
        self.last_on_core: dict[int, int] = {}
        self.in_hand: dict[int, int] = {}
        self.last_holder: dict[int, int] = {}
        self.due: dict[int, Time] = {}

    def walk(self) -> None:
        entities, times = self.found.trace.entities, self.found.times
        for row in self.found.trace.rows():
            if row.kind is Kind.SPAWN:
                times[row.subject].arrival = row.arg
            elif row.kind in TAKES_OFF_CORE:
                self._core(row)
            elif row.kind is Kind.STARTED:
                self._on_core(row)
            elif row.kind in TAKES_FROM_LOOP:
                self._loop(row, entities[row.subject].thread)
            elif row.kind is Kind.TASK_READY and row.reason is Reason.TIMER:
                self.found.loop_lags.append(row.time - self.due[row.subject])
            elif row.kind is Kind.GIL_TAKE:
                process = entities[row.subject].process
                self._first_run(row.subject, row.time)
                if self.last_holder.get(process, row.subject) != row.subject:
                    self.found.gil_switches += 1
                self.last_holder[process] = row.subject

    def _core(self, row: Row) -> None:
        left = self.on_core.get(row.core, 0)
        if left and row.reason is Reason.EXIT:
            self.found.times[left].finish = row.time
        self.on_core[row.core] = row.subject
        if not row.subject:
            return
        if self.last_on_core.get(row.core, row.subject) != row.subject:
            self.found.context_switches += 1
        self.last_on_core[row.core] = row.subject
        if row.kind is Kind.RUN:
            self._on_core(row)

    def _on_core(self, row: Row) -> None:
        """Having a core is a turn, unless the GIL is still to be had (``GIL_TAKE`` tells)."""
        entities = self.found.trace.entities
        if not entities[entities[row.subject].process].gil:
            self._first_run(row.subject, row.time)

    def _loop(self, row: Row, thread: int) -> None:
        left = self.in_hand.get(thread, 0)
        if left:
            self.due[left] = row.arg
            if row.reason is Reason.EXIT:
                self.found.times[left].finish = row.time
        self.in_hand[thread] = 0
        if row.kind is Kind.TASK_RUN:
            self.in_hand[thread] = row.subject
            self._first_run(row.subject, row.time)

    def _first_run(self, entity: int, time: Time) -> None:
        times = self.found.times[entity]
        if times.first_run is None:
            times.first_run = time


def _share(part: Time, found: Measured) -> float:
    total = found.trace.cores * found.trace.end
    return round(part / total, 6) if total else 0.0


def _mean(values: list[Time | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 3) if known else None


Metric = Callable[[Measured], float | int | None]

METRICS: Mapping[str, Metric] = {
    "makespan": lambda m: m.trace.end,
    "finished": lambda m: sum(t.finish is not None for t in m.jobs),
    "utilisation": lambda m: _share(m.useful, m),
    "overhead": lambda m: _share(m.overhead, m),
    "context_switches": lambda m: m.context_switches,
    "gil_switches": lambda m: m.gil_switches,
    "mean_turnaround": lambda m: _mean([t.turnaround for t in m.jobs]),
    "mean_response": lambda m: _mean([t.response for t in m.jobs]),
    "mean_waiting": lambda m: _mean([t.waiting for t in m.jobs]),
    "longest_waiting": lambda m: max((t.waiting for t in m.jobs), default=None),
    "max_loop_lag": lambda m: max(m.loop_lags, default=None),
}
"""By the name under which reports show them.  Times are in the unit of the trace."""
