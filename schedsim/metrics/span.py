"""Numbers about a stretch of time that somebody has chosen: who ran, how busy, how one lane fared.

Of the whole run the numbers are in :mod:`schedsim.metrics.figures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schedsim.durations import Time
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Role


@dataclass(frozen=True, slots=True)
class Span:
    """What happened from ``start`` to ``end``."""

    start: Time
    end: Time
    ran: tuple[tuple[int, Time], ...]
    """Threads and tasks and how much they ran, the most first; of a thread with a loop, what was
    left to the loop itself.  Whoever did not run is not among them."""
    busy: tuple[float, ...]
    """Of each core, the share of the time in which it had somebody to run."""

    @property
    def length(self) -> Time:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Stay:
    """How one lane fared in a stretch of time."""

    times: Mapping[Situation, Time]
    """How long it was in which situation."""
    switches: int
    """How often somebody began to run there after the start."""


def measure_span(timeline: Timeline, start: Time, end: Time) -> Span:
    """Look at a stretch of a run, as far as it has been executed."""
    end = max(start, min(end, timeline.trace.end))
    ran: dict[int, Time] = {}
    busy = []
    entities = timeline.trace.entities
    for lane in timeline.lanes():
        if lane.kind == "gil":
            continue
        time = timeline.ran(lane, start, end)
        if lane.kind == "core":
            busy.append(time / (end - start) if end > start else 0.0)
        elif time:
            ran[lane.number] = time
            entity = entities[lane.number]
            if entity.role is Role.TASK and entity.thread in ran:
                ran[entity.thread] -= time
    order = sorted((each for each in ran.items() if each[1] > 0), key=lambda each: -each[1])
    return Span(start, end, tuple(order), tuple(busy))


def measure_stay(timeline: Timeline, lane: LaneId, start: Time, end: Time) -> Stay:
    """Look at one lane in a stretch of a run, as far as it has been executed."""
    times: dict[Situation, Time] = {}
    switches = 0
    for part in timeline.slices(lane, start, max(start, min(end, timeline.trace.end))):
        times[part.situation] = times.get(part.situation, 0) + part.end - part.start
        switches += part.situation is Situation.RUNNING and part.start > start
    return Stay(times, switches)
