"""The timeline: one row a lane, one column a stretch of time.

It draws a window of the run, so its cost depends on the size of the terminal and on nothing
else (TEXTUAL.md 1.15).  It says where the user wants to go; whoever owns the playhead moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from schedsim.durations import Time
from schedsim.timeline import LaneId
from schedsim.trace import Kind
from schedsim.tui.glyphs import MISSED, Sign
from schedsim.tui.identity import COLOURS
from schedsim.tui.moment import Moment
from schedsim.tui.paint import pad
from schedsim.tui.scale import larger, round_down, round_up, smaller
from schedsim.tui.widgets import lanes

_NARROWEST_LABELS, _WIDEST_LABELS = 9, 20
_SCREENS = 2
"""How many screens wide a timeline is at first, at most."""
_AHEAD = 2
"""Columns that are kept in view after the playhead."""
_LOOSEST = 1.7
"""How many times wider than the run its timeline may be at first."""
_LOOK_AT = 400
"""Rows whose computing decides how wide a cell is at first."""


class Gantt(Widget):
    """All lanes around the playhead."""

    ALLOW_SELECT = False  # a drag scrubs; it must not start to select text
    COMPONENT_CLASSES = {
        "gantt--label",
        "gantt--selected",
        "gantt--axis",
        "gantt--legend",
        "gantt--playhead",
        "gantt--waits",
        "gantt--held",
        "gantt--stuck",
        "gantt--missed",
        "gantt--rests",
        "gantt--nobody",
        *(f"gantt--chip-{n}" for n in range(COLOURS)),
        *(f"gantt--bar-{n}" for n in range(COLOURS)),
    }
    DEFAULT_CSS = (
        """
    Gantt {
        height: 1fr;
        & > .gantt--label { color: $foreground; }
        & > .gantt--selected { color: $foreground; background: $chosen; text-style: bold; }
        & > .gantt--axis { color: $quiet; }
        & > .gantt--legend { color: $quiet; }
        & > .gantt--playhead { color: $playhead-ink; background: $playhead; text-style: bold; }
        & > .gantt--waits { color: $waits; }
        & > .gantt--held { color: $held; }
        & > .gantt--stuck { color: $stuck; }
        & > .gantt--missed { color: $stuck; text-style: bold reverse; }
        & > .gantt--rests { color: $rests; }
        & > .gantt--nobody { color: $nobody-ink; background: $nobody; text-style: bold; }
    """
        + "".join(
            f"& > .gantt--chip-{n} {{ color: $task-{n}-ink; background: $task-{n}; "
            f"text-style: bold; }}\n& > .gantt--bar-{n} {{ color: $task-{n}; }}\n"
            for n in range(COLOURS)
        )
        + "}"
    )

    @dataclass
    class Seek(Message):
        """The user wants to go to a time."""

        at: Time

    @dataclass
    class Pick(Message):
        """The user selects a lane."""

        lane: LaneId

    def __init__(self) -> None:
        super().__init__()
        self.moment: Moment | None = None
        self.start: Time = 0
        self.cell: Time = 0
        """The time that a column stands for; 0 before the first layout."""
        self.top = 0
        """The first lane in view."""
        self._lanes: list[LaneId] = []
        self._rows_known = 0
        self._only_gil = True
        self._labels = _NARROWEST_LABELS
        self._met: set[Sign] = set()
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(128)
        self._styles: dict[str, Style] = {}

    # -- what is in view ------------------------------------------------------------------

    @property
    def columns(self) -> int:
        """How many cells there is room for."""
        return max(1, self.size.width - self._labels)

    @property
    def rows(self) -> int:
        """How many lanes there is room for."""
        return max(0, self.size.height - 2)

    @property
    def lane_count(self) -> int:
        """How many lanes there are; 0 before anything is shown."""
        return len(self._lanes)

    def show(self, moment: Moment) -> None:
        """Show this moment, and scroll to it if it is out of sight."""
        if self.moment is None or self.moment.timeline is not moment.timeline:
            self._strips.clear()
            self._lanes = []
        self.moment = moment
        if not self.size.width:
            return
        if not self._lanes or self._rows_known != len(moment.run.trace):
            self._rows_known = len(moment.run.trace)
            self._lanes = moment.lanes()
            self._only_gil = sum(lane.kind == "gil" for lane in self._lanes) == 1
            self._labels = self._label_width(moment)
        if not self.cell:
            self.cell = self._first_cell(moment)
        self._follow(moment)
        self.refresh()

    def zoom(self, by: int, around: Time | None = None) -> None:
        """Wider cells, or narrower ones, around a time that stays where it is."""
        if self.moment is None or not self.cell:
            return
        around = self.moment.at if around is None else around
        column = (around - self.start) // self.cell
        widest = round_up(max(1, self.moment.run.trace.end))
        for _ in range(abs(by)):
            self.cell = min(larger(self.cell), widest) if by > 0 else smaller(self.cell)
        self._begin_at(around - column * self.cell)
        self.show(self.moment)

    def fit(self) -> None:
        """As much of the run as has been executed, in one screen."""
        if self.moment is not None and self.size.width:
            self.cell = round_up(max(1, self.moment.run.trace.end) / self.columns)
            self._begin_at(0)
            self.show(self.moment)

    def on_resize(self) -> None:
        if self.moment is not None:
            self.show(self.moment)

    def _first_cell(self, moment: Moment) -> Time:
        trace = moment.run.trace
        spent = [r.arg for r in trace.rows(0, _LOOK_AT) if r.kind is Kind.COMPUTE and r.arg]
        whole = max(1, trace.end) / self.columns
        usual = median_low(spent) if spent else 1
        fits = round_up(whole)
        if fits > _LOOSEST * whole:  # a screen and a bit is better than half a screen
            fits = round_down(whole)
        return max(round_down(whole / _SCREENS), min(round_down(usual), fits))

    def _begin_at(self, start: Time) -> None:
        self.start = max(0, start // self.cell * self.cell)

    def _follow(self, moment: Moment) -> None:
        column = (moment.at - self.start) // self.cell
        more = self.start + self.columns * self.cell < moment.run.trace.end
        if column >= self.columns - (_AHEAD if more else 0):
            self._begin_at(moment.at - self.columns * self.cell // 2)
        elif column < 0:
            self._begin_at(moment.at - self.columns * self.cell * 3 // 4)
        if moment.selected in self._lanes and self.rows:
            index = self._lanes.index(moment.selected)
            self.top = max(index - self.rows + 1, min(self.top, index))
        self.top = max(0, min(self.top, len(self._lanes) - self.rows))

    # -- drawing --------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._styles.clear()

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if not name:
            return self.rich_style
        if style is None:
            own = self.get_component_rich_style(f"gantt--{name}", partial=True)
            style = self._styles[name] = self.rich_style + own
        return style

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        moment = self.moment
        if moment is None or not self.cell:
            return Strip.blank(width, self.rich_style)
        if y == 0:
            return self._axis(moment)
        if y == min(self.size.height - 1, len(self._lanes) + 2):
            return lanes.legend(self._met, width, self._style)
        index = self.top + y - 1
        if index >= len(self._lanes):
            return Strip.blank(width, self.rich_style)
        lane = self._lanes[index]
        cells = self._lane_strip(moment, lane)
        column = (moment.at - self.start) // self.cell
        name = lanes.lane_name(moment, lane, only_gil=self._only_gil)
        return Strip.join(
            [
                lanes.label(moment, lane, name, self._labels, self._style),
                cells.crop(0, column),
                lanes.head(moment, lane, self._style),
                cells.crop(column + 1).apply_style(Style(dim=True)),
            ]
        )

    def _lane_strip(self, moment: Moment, lane: LaneId) -> Strip:
        """The cells of a lane, from the cache as long as nothing in view can have changed."""
        horizon = min(moment.run.trace.end, self.start + self.columns * self.cell)
        key = (lane, self.start, self.cell, self.columns, horizon)
        strip = self._strips.get(key)
        if strip is None:
            cells = moment.timeline.cells(lane, self.start, self.cell, self.columns)
            self._met.update(lanes.signs_of(cells))
            late = moment.timeline.missed(lane, self.start, horizon)
            missed = {(due - self.start) // self.cell for due in late}
            if missed:
                self._met.add(MISSED)
            strip = lanes.cells_strip(moment, lane, cells, missed, self._style)
            self._strips[key] = strip
        return strip

    def _label_width(self, moment: Moment) -> int:
        names = [lanes.lane_name(moment, n, only_gil=self._only_gil) for n in self._lanes]
        widest = max(map(cell_len, names)) + 5
        room = max(_NARROWEST_LABELS, self.size.width // 4)
        return max(_NARROWEST_LABELS, min(widest, _WIDEST_LABELS, room))

    def _axis(self, moment: Moment) -> Strip:
        hidden = len(self._lanes) > self.rows > 0
        last = min(self.top + self.rows, len(self._lanes))
        where = f" {self.top + 1}-{last} of {len(self._lanes)}" if hidden else ""
        corner = Strip([Segment(pad(where, self._labels), self._style("axis"))], self._labels)
        return Strip.join(
            [corner, lanes.axis(moment, self.start, self.cell, self.columns, self._style)]
        )

    # -- the mouse ------------------------------------------------------------------------

    def _time_of(self, x: int) -> Time:
        return self.start + max(0, x - self._labels) * self.cell

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if not self.cell:
            return
        if event.x < self._labels:
            index = self.top + event.y - 1
            if event.y >= 1 and index < len(self._lanes) and event.y < self.size.height - 1:
                self.post_message(self.Pick(self._lanes[index]))
            return
        self.capture_mouse()
        self.post_message(self.Seek(self._time_of(event.x)))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self.post_message(self.Seek(self._time_of(event.x)))

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._wheel(event.x, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._wheel(event.x, -1)

    def _wheel(self, x: int, by: int) -> None:
        """Zoom; over the names, scroll."""
        if not self.cell:
            return
        if x >= self._labels:
            self.zoom(by, self._time_of(x))
        else:
            self.top = max(0, min(self.top + by, len(self._lanes) - self.rows))
            self.refresh()
