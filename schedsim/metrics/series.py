"""Numbers over time: a run cut into stretches of equal length, and one number for each.

How they are drawn is the app's business.  A new series is a function here and a line in
:data:`SERIES`; figures about a whole run are in :mod:`schedsim.metrics.figures`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schedsim.durations import Time
from schedsim.metrics.measured import Measured
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Role

Numbers = list[float]


@dataclass(frozen=True, slots=True)
class Series:
    """What is plotted."""

    word: str
    """What it is called."""
    of: Callable[[Measured, int], Numbers | None]
    """The numbers, in so many stretches; None where it cannot be said of this run."""
    is_time: bool = False
    """They are durations, in the unit of the trace."""
    is_share: bool = False
    """They are from 0 to 1."""
    peaks: bool = False
    """Of several stretches the greatest number counts, not the mean."""


def series(measured: Measured, name: str, buckets: int) -> Numbers | None:
    """The numbers of the series ``name``, from the beginning of the run to its end.

    Args:
        measured: of the run.
        name: a key of :data:`SERIES`.
        buckets: into how many stretches of equal length the run is cut.
    """
    return SERIES[name].of(measured, buckets) if measured.trace.end else None


def merged(numbers: Sequence[float], columns: int, *, peaks: bool) -> Numbers:
    """The same in fewer stretches: the mean of those that are put together, or the greatest."""
    count = len(numbers)
    columns = max(1, min(columns, count))
    found = []
    for column in range(columns):
        some = numbers[column * count // columns : (column + 1) * count // columns]
        found.append(max(some) if peaks else sum(some) / len(some))
    return found


def share(timeline: Timeline, lane: LaneId, until: Time) -> float:
    """How much of the time before ``until`` a core was in use, or a GIL held."""
    return timeline.cells(lane, 0, until, 1)[0].running if until else 0.0


def _spread(spans: Iterator[tuple[Time, Time]], end: Time, buckets: int) -> Numbers:
    """How many of the spans there are in each stretch, on average."""
    found = [0.0] * buckets
    for start, stop in spans:
        first = start * buckets // end
        last = min(buckets - 1, (stop * buckets - 1) // end) if stop > start else first
        for bucket in range(first, last + 1):
            low, high = bucket * end, (bucket + 1) * end  # both times ``buckets``
            part = min(stop * buckets, high) - max(start * buckets, low)
            found[bucket] += part / end
    return found


def _in(
    measured: Measured, lanes: Sequence[LaneId], situations: frozenset[Situation]
) -> Iterator[tuple[Time, Time]]:
    timeline, end = measured.timeline, measured.trace.end
    for lane in lanes:
        for part in timeline.slices(lane, 0, end):
            if part.situation in situations:
                yield part.start, part.end


def _lanes(measured: Measured, kind: str) -> list[LaneId]:
    return [lane for lane in measured.timeline.lanes() if lane.kind == kind]


def _utilisation(measured: Measured, buckets: int) -> Numbers:
    cores = _lanes(measured, "core")
    end = measured.trace.end
    ran = _spread(_in(measured, cores, frozenset({Situation.RUNNING})), end, buckets)
    gone = _spread(_in(measured, cores, frozenset({Situation.GONE, Situation.NEW})), end, buckets)
    there = [len(cores) - away for away in gone]
    return [one / all_ if all_ > 0 else 0.0 for one, all_ in zip(ran, there, strict=True)]


def _run_queue(measured: Measured, buckets: int) -> Numbers:
    waiting = _in(measured, _lanes(measured, "thread"), frozenset({Situation.READY}))
    return _spread(waiting, measured.trace.end, buckets)


def _ready_tasks(measured: Measured, buckets: int) -> Numbers | None:
    """Tasks that could go on, also those whose thread cannot."""
    tasks = _lanes(measured, "task")
    if not tasks:
        return None
    could = frozenset({Situation.READY, Situation.THREAD_WAITS})
    return _spread(_in(measured, tasks, could), measured.trace.end, buckets)


def _gil_wait(measured: Measured, buckets: int) -> Numbers | None:
    entities = measured.trace.entities
    threads = [entity for entity in entities[1:] if entity.role is Role.THREAD]
    homes = [entity.process for entity in threads if entities[entity.process].gil]
    if len(set(homes)) == len(homes):  # nobody is ever in anybody's way
        return None
    lanes = _lanes(measured, "thread")
    waiting = _in(measured, lanes, frozenset({Situation.WAITS_FOR_GIL}))
    return _spread(waiting, measured.trace.end, buckets)


def _loop_lag(measured: Measured, buckets: int) -> Numbers | None:
    """How late timers are seen: what of each stretch is the latest of those seen in it."""
    trace = measured.trace
    if not any(entity.loop for entity in trace.entities):
        return None
    found = [0.0] * buckets
    for time, late in zip(measured.loop_lag_times, measured.loop_lags, strict=True):
        bucket = min(buckets - 1, time * buckets // trace.end)
        found[bucket] = max(found[bucket], late)
    return found


SERIES: Mapping[str, Series] = {
    "utilisation": Series("cores in use", _utilisation, is_share=True),
    "run_queue": Series("run queue", _run_queue),
    "ready_tasks": Series("ready tasks", _ready_tasks),
    "loop_lag": Series("loop lag", _loop_lag, is_time=True, peaks=True),
    "gil_wait": Series("GIL queue", _gil_wait),
}
"""By name; in the order in which they are shown."""
