"""What a panel is shown: a run as it is at the playhead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from schedsim.durations import Time, format_duration
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.state import State
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import Entity, Role
from schedsim.tui.identity import Cast, Face


@dataclass(frozen=True, slots=True)
class Moment:
    """A run at a playhead.  Whoever gets it reads it and changes nothing."""

    run: Run
    timeline: Timeline
    cast: Cast
    state: State
    step: int
    """How many rows have happened."""
    at: Time
    """The time; later than the last row while something takes its time."""
    selected: LaneId | None = None
    hides_future: bool = False
    """Whoever looks is to guess: nothing after the playhead may be shown."""
    marked: Mapping[LaneId, tuple[tuple[Time, Time], ...]] = field(default_factory=dict)
    """Stretches of lanes that somebody has asked about, from when to when."""
    bookmarks: tuple[Time, ...] = ()
    """Moments to come back to, ascending."""
    span: tuple[Time, Time] | None = None
    """The stretch of time that was chosen, of which there are numbers of its own."""

    asking: bool = False
    """A question about what comes next is open."""

    def took(self, length: Time) -> str:
        """A duration as a person writes it."""
        return format_duration(length, self.run.trace.unit)

    def since(self, start: Time) -> str:
        """How long it has been since ``start``."""
        return self.took(max(0, self.at - start))

    def entity(self, number: int) -> Entity:
        """A process, thread or task."""
        return self.run.trace.entities[number]

    def face(self, number: int) -> Face:
        """How it is shown."""
        return self.cast[number]

    def lanes(self) -> list[LaneId]:
        """The lanes worth showing: see :func:`shown_lanes`."""
        return shown_lanes(self.timeline)

    def known(self) -> list[Entity]:
        """All entities that exist by now."""
        return self.run.trace.entities[1 : len(self.state.status)]

    def in_hand(self, thread: int) -> int:
        """Who really runs when ``thread`` does: the task that its loop has in hand, or itself."""
        loop = self.state.loops.get(thread)
        return loop.current if loop and loop.current else thread

    def doing(self, number: int) -> str:
        """The step of its program that ``number`` is at."""
        listing = self.entity(number).listing
        line = listing.line(self.state.pc[number]) if listing else None
        return plain(listing.lines[line].strip(), 60) if listing and line is not None else ""

    def home(self, number: int) -> str:
        """The process, and for a task the thread, that it lives in."""
        entity = self.entity(number)
        process = self.face(entity.process).name
        return f"{process}/{self.face(entity.thread).name}" if entity.role is Role.TASK else process


def shown_lanes(timeline: Timeline) -> list[LaneId]:
    """All lanes, except the GILs that nobody can ever wait for, where there are several."""
    lanes = timeline.lanes()
    gils = [lane.number for lane in lanes if lane.kind == "gil"]
    if len(gils) <= 1:
        return lanes
    threads = Counter(e.process for e in timeline.trace.entities if e.role is Role.THREAD)
    return [lane for lane in lanes if lane.kind != "gil" or threads[lane.number] > 1]
