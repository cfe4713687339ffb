"""What a panel is shown: a run as it is at the playhead."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from schedsim.durations import Time, format_duration
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.state import State, Status
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import TAKES_FROM_LOOP, TAKES_OFF_CORE, Entity, Kind, Reason, Role
from schedsim.tui.identity import Cast, Face
from schedsim.tui.rows import Row, shown_lanes
from schedsim.tui.survey import Figures, Survey
from schedsim.why.moves import NONE, Moves, moves

_LOOK_BACK = 50
"""Rows."""
_SETS_PLACE = frozenset({Kind.COMPUTE, Kind.MARK})
_TAKES = TAKES_OFF_CORE | TAKES_FROM_LOOP
_ENDS_WAIT = frozenset({Kind.WAKE, Kind.TASK_READY})
_OF_GIL = frozenset({Reason.GIL_FREE, Reason.GIL_TAKEN})
_GOES_ON = frozenset(
    {
        *(Reason.QUANTUM, Reason.PREEMPTED, Reason.OFFLINE, Reason.THROTTLED),
        *(Reason.GIL, Reason.FORCED_SWITCH),
    }
)
"""Whoever left its core like this goes on with what it did when it has one again."""


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
    rows: tuple[Row, ...] = ()
    """The rows of the timeline: lanes that are not folded away or filtered out."""
    filter: str = ""
    """Part of a name: only lanes that have it are among the rows."""
    hidden: int = 0
    """How many lanes the filter hides."""

    survey: Survey | None = None
    """What was found by looking at the whole run, as far as it had come then."""
    past: Figures | None = None
    """The figures of the run up to this moment, if they are known already."""
    looked: int = 0
    """How much of the run has been looked through by now, in percent, while that is done."""

    @property
    def far(self) -> str:
        """How far looking through the run has come, where that is known."""
        return f": {self.looked} %" if self.looked else ""

    @property
    def has_gil(self) -> bool:
        """Threads need a GIL."""
        switched = self.state.gil
        return self.run.scenario.python.gil if switched is None else switched

    def moves(self) -> Moves:
        """Who has just moved: nobody while time passes after the last row."""
        if not self.step or self.at > self.run.trace.times[self.step - 1]:
            return NONE
        return moves(self.run.history, self.step)

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

    def subject(self) -> int:
        """Whose lane is selected; of a core or a GIL, who has it now; 0 for nobody."""
        lane = self.selected
        if lane is None:
            return 0
        if lane.kind in ("thread", "task"):
            return lane.number if lane.number < len(self.state.status) else 0
        if lane.kind == "core":
            running = self.state.running
            thread = running[lane.number] if lane.number < len(running) else 0
        else:
            gil = self.state.gils.get(lane.number)
            thread = gil.holder if gil else 0
        return self.in_hand(thread) if thread else 0

    def doing(self, number: int) -> str:
        """The step of its program that ``number`` is at; empty where it is not known yet."""
        entity = self.entity(number)
        listing = entity.listing
        line = listing.line(self.state.pc[number]) if listing else None
        if listing is None or line is None or self._has_just_come(number):
            return ""
        return plain(listing.lines[line].strip(), 60)

    def _has_just_come(self, number: int) -> bool:
        """It runs, but its place in its program is still the one in which it waited."""
        if self.state.status[number] is not Status.RUNNING:
            return False
        history, trace = self.run.history, self.run.trace
        rows = history.rows_of(number, self.step)
        index = bisect_left(rows, self.step)
        for n in reversed(rows[max(0, index - _LOOK_BACK) : index]):
            row = trace.row(n)
            if row.subject == number and row.kind in _SETS_PLACE:
                return False
            if row.subject == number and row.kind in _ENDS_WAIT and row.reason not in _OF_GIL:
                return True
            if row.kind in _TAKES and row.subject != number:
                return row.reason not in _GOES_ON
        return False

    def home(self, number: int) -> str:
        """The process, and for a task the thread, that it lives in."""
        entity = self.entity(number)
        process = self.face(entity.process).name
        return f"{process}/{self.face(entity.thread).name}" if entity.role is Role.TASK else process
