"""What one look at a trace finds: the lives of threads and tasks, their turns and their jobs.

Looking is in :mod:`schedsim.metrics.walk`; figures made of it in :mod:`schedsim.metrics`.
"""

from __future__ import annotations

import statistics
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, compress, islice
from operator import le, sub
from typing import Final, NamedTuple

from schedsim.columns import rows_with
from schedsim.durations import Time
from schedsim.metrics.loop_turns import LoopTurns
from schedsim.metrics.memory import Suspended
from schedsim.metrics.rules import Rules
from schedsim.timeline import Timeline
from schedsim.trace import REASONS, Kind, Reason, Role, Trace


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
    longest_wait: Time = 0
    """The longest of these waits in one piece."""
    longest_wait_start: Time = 0
    context_switches: int = 0
    """How often a core went over to it from another thread."""
    migrations: int = 0
    """How often it went on on another core than before."""
    preemptions: int = 0
    """How often its core was taken away from it for another thread: its quantum or its budget
    was spent, a better thread came, or the core went offline."""

    @property
    def begin(self) -> Time:
        """Its arrival."""
        return self.arrival

    @property
    def turnaround(self) -> Time | None:
        """From arrival to end."""
        return None if self.finish is None else self.finish - self.arrival

    @property
    def response(self) -> Time | None:
        """From arrival to its first turn."""
        return None if self.first_run is None else self.first_run - self.arrival

    @property
    def slowdown(self) -> float | None:
        """Turnaround by what it would have been without waiting."""
        return _slowdown(self.turnaround, self.waiting)

    @property
    def share(self) -> float | None:
        """Of the time in which it wanted a core, how much it had one."""
        wanted = self.cpu + self.waiting
        return self.cpu / wanted if wanted else None


@dataclass(slots=True)
class JobTimes:
    """The life of one job of a periodic thread, or of a thread or task with a deadline."""

    entity: int
    number: int
    """From 0."""
    release: Time
    deadline: Time
    """A moment.  A periodic thread that names none has until its next release."""
    start: Time | None = None
    finish: Time | None = None
    waiting: Time = 0
    """For a turn, and for the job before it to be done."""
    cpu: Time = 0
    aborted: bool = False
    """It was given up at its deadline."""
    missed: bool = False
    """It was done after its deadline, or given up, or not done when the run ended after it."""

    @property
    def begin(self) -> Time:
        """Its release."""
        return self.release

    @property
    def turnaround(self) -> Time | None:
        """From release to end: what real-time books call its response time."""
        return None if self.finish is None else self.finish - self.release

    @property
    def response(self) -> Time | None:
        """From release to its first turn."""
        return None if self.start is None else self.start - self.release

    @property
    def slowdown(self) -> float | None:
        """Turnaround by what it would have been without waiting."""
        return _slowdown(self.turnaround, self.waiting)

    def tardiness(self, end: Time) -> Time | None:
        """How late it was done, or is at the ``end``; None without an answer."""
        if self.aborted or (self.finish is None and not self.missed):
            return None
        return max(0, (end if self.finish is None else self.finish) - self.deadline)


class Turn(NamedTuple):
    """A thread had a core from ``start`` to ``end``."""

    thread: int
    ready: Time
    """Since when it had wanted it."""
    start: Time
    end: Time
    reason: Reason
    """How it left; ``NONE`` if it has the core still."""


class Turns:
    """All turns of threads on cores, in the order in which they ended."""

    __slots__ = ("ends", "reasons", "readies", "starts", "threads")

    def __init__(self) -> None:
        self.threads, self.readies = array("q"), array("q")
        self.starts, self.ends = array("q"), array("q")
        self.reasons = bytearray()

    def add(self, thread: int, ready: Time, start: Time, end: Time, reason: int) -> None:
        """Another one has ended: see :class:`Turn`."""
        self.threads.append(thread)
        self.readies.append(ready)
        self.starts.append(start)
        self.ends.append(end)
        self.reasons.append(reason)

    def __len__(self) -> int:
        return len(self.threads)

    def __getitem__(self, n: int) -> Turn:
        return Turn(
            self.threads[n],
            self.readies[n],
            self.starts[n],
            self.ends[n],
            REASONS[self.reasons[n]],
        )


_AT_A_TIME = 10_000
"""Rows by which a timeline grows, at least."""
_FEWEST = 2
"""Percentiles of fewer values are no percentiles."""
_PERCENT: Final = 100


@dataclass
class Measured:
    """What one look at a trace finds."""

    trace: Trace
    times: dict[int, Times] = field(default_factory=dict)
    """By thread or task."""
    jobs: list[JobTimes] = field(default_factory=list)
    """Of periodic threads, and of whoever has a deadline, by release."""
    turns: Turns = field(default_factory=Turns)
    waiting: dict[int, Time] = field(default_factory=dict)
    """The threads that want a core at the end, and since when."""
    kinds: set[Kind] = field(default_factory=set)
    """Which of the seldom kinds of rows there are."""
    capacity: Time = 0
    """Core time there was."""
    useful: Time = 0
    """Core time spent running threads."""
    overhead: Time = 0
    """Core time spent on context switches and migrations."""
    gil_switches: int = 0
    """How often a GIL was taken by another thread than the one that had it last."""
    loop_lags: array[int] = field(default_factory=lambda: array("q"))
    """For every timer that fired: how late its callback ran."""

    @cached_property
    def loop_lag_times(self) -> array[int]:
        """And when that was."""
        fired = rows_with(self.trace, Kind.TASK_READY, Reason.TIMER)
        return array("q", map(self.trace.times.__getitem__, fired))

    @cached_property
    def suspended(self) -> Suspended:
        """Who was suspended, and how many at most."""
        return Suspended(self.trace)

    @cached_property
    def loop_turns(self) -> LoopTurns:
        """The turns that tasks had of their loops."""
        return LoopTurns(self.trace)

    @cached_property
    def rules(self) -> Rules:
        """Which rules were in force when."""
        return Rules(self.trace)

    @cached_property
    def _begun_timeline(self) -> Timeline:
        return Timeline(self.trace, 0)

    @property
    def timeline(self) -> Timeline:
        """The trace as lanes, for those who ask."""
        timeline = self._begun_timeline
        timeline.extend()
        return timeline

    def timeline_until(self, time: Time) -> Timeline:
        """The same, of which nobody may ask what was later: it has come as far as that."""
        timeline = self._begun_timeline
        if timeline.end <= time:
            timeline.extend(max(bisect_right(self.trace.times, time), timeline.rows + _AT_A_TIME))
        return timeline

    def of(self, role: Role) -> list[Times]:
        """All threads, or all tasks."""
        entities = self.trace.entities
        return [times for times in self.times.values() if entities[times.entity].role is role]

    @cached_property
    def work(self) -> list[Times]:
        """What the author wrote as work: tasks, and threads that run no loop."""
        entities = self.trace.entities
        return [times for times in self.times.values() if not entities[times.entity].loop]

    @cached_property
    def pieces(self) -> list[Times | JobTimes]:
        """What is measured from a beginning to an end: jobs of periodic threads, other work."""
        entities = self.trace.entities
        whole = [t for t in self.work if not entities[t.entity].attributes.period]
        return [*whole, *(job for job in self.jobs if entities[job.entity].attributes.period)]

    @cached_property
    def by_start(self) -> tuple[array[int], array[int]]:
        """The numbers of all turns in the order in which they began, and when that was."""
        starts = self.turns.starts
        if all(map(le, starts, islice(starts, 1, None))):  # as where all turns are equally long
            return array("q", range(len(starts))), starts
        order = array("q", sorted(range(len(starts)), key=starts.__getitem__))
        return order, array("q", map(starts.__getitem__, order))

    def ran(self, thread: int, start: Time, end: Time) -> Time:
        """How long a thread had a core between two moments."""
        starts, ends, sums = self._turns_of(thread)
        first, last = bisect_right(ends, start), bisect_left(starts, end)
        if first >= last:
            return 0
        whole = sums[last] - sums[first]
        return whole - max(0, start - starts[first]) - max(0, ends[last - 1] - end)

    def _turns_of(self, thread: int) -> tuple[array[int], array[int], array[int]]:
        """When the turns of a thread began and ended, and how long it had run before each."""
        known = self._by_thread.get(thread)
        if known is None:
            marks = array("b", map(thread.__eq__, self.turns.threads))
            starts = array("q", compress(self.turns.starts, marks))
            ends = array("q", compress(self.turns.ends, marks))
            sums = array("q", accumulate(map(sub, ends, starts), initial=0))
            known = self._by_thread[thread] = starts, ends, sums
        return known

    def values(self, name: str) -> list[float]:
        """What is known under a name (``turnaround``, ``response``, ``waiting``, ``slowdown``)."""
        if name not in self._values:
            found = (getattr(piece, name) for piece in self.pieces)
            self._values[name] = sorted(value for value in found if value is not None)
        return self._values[name]

    def percentile(self, name: str, percent: int) -> float | None:
        """Of such values; between two of them, in proportion."""
        values = self.loop_lags if name == "loop_lag" else self.values(name)
        if len(values) < _FEWEST:
            return None
        if name not in self._percentiles:
            self._percentiles[name] = statistics.quantiles(values, n=_PERCENT, method="inclusive")
        return round(self._percentiles[name][percent - 1], 3)

    _by_thread: dict[int, tuple[array[int], array[int], array[int]]] = field(
        default_factory=dict, repr=False
    )
    _values: dict[str, list[float]] = field(default_factory=dict, repr=False)
    _percentiles: dict[str, list[float]] = field(default_factory=dict, repr=False)


def _slowdown(turnaround: Time | None, waiting: Time) -> float | None:
    if turnaround is None or turnaround == waiting:
        return None
    return round(turnaround / (turnaround - waiting), 3)
