"""The timeline: one row a lane, one column a stretch of time.

It draws a window of the run, so its cost depends on the size of the terminal and on nothing
else.  It says where the user wants to go; whoever owns the playhead moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from schedsim.durations import Time
from schedsim.timeline import LaneId, Timeline
from schedsim.tui.axis import axis, chosen
from schedsim.tui.glyphs import BOOKMARK, MARKED, RANGE, Sign
from schedsim.tui.minimap import MiniMap
from schedsim.tui.moment import Moment
from schedsim.tui.paint import pad
from schedsim.tui.rows import Row
from schedsim.tui.viewport import Viewport
from schedsim.tui.widgets import lanes, legend
from schedsim.tui.widgets.kept import KeptLines
from schedsim.tui.widgets.looks import COMPONENTS, CSS
from schedsim.tui.widgets.tiles import Tiles, row_key

_MAP_FROM = 12
"""Lines from which there is a mini-map."""
_RIGHT = 3
"""The right button of a mouse."""


class Gantt(Widget):
    """All lanes around the playhead."""

    ALLOW_SELECT = False  # a drag scrubs; it must not start to select text
    COMPONENT_CLASSES = COMPONENTS
    DEFAULT_CSS = CSS

    @dataclass
    class Seek(Message):
        """The user wants to go to a time."""

        at: Time

    @dataclass
    class Pick(Message):
        """The user selects a lane."""

        lane: LaneId

    @dataclass
    class Fold(Message):
        """The user folds a group, or unfolds it."""

        lane: LaneId

    @dataclass
    class Looked(Message):
        """The user looks at another part, or in another scale, by mouse."""

        view: Viewport

    @dataclass
    class Choose(Message):
        """The user has drawn a range."""

        start: Time
        end: Time

    def __init__(self, own: Mapping[Sign, str] | None = None) -> None:
        super().__init__()
        self._own = own or {}
        """What signs mean here, where that is something else than usual."""
        self.moment: Moment | None = None
        self.view = Viewport()
        self.top = 0
        """The first row in view."""
        self._width, self._height = 0, 0
        self._rows: tuple[Row, ...] = ()
        self._timeline: Timeline | None = None
        self._picked: tuple[LaneId | None, int] | None = None
        self._only_gil = True
        self._labels = lanes.NARROWEST
        self._least_labels = 0
        self._legend: list[list[legend.Entry]] = []
        self._legend_lines = 1
        self._lines = KeptLines(self._finish)
        self._styles: dict[str, Style] = {}
        self._tiles = Tiles()
        self._painted: dict[int, Strip] = {}
        """The lines as they are, until something is shown."""
        self._drag = ""
        self._from: Time = 0

    # -- what is in view ------------------------------------------------------------------

    @property
    def start(self) -> Time:
        """The first moment in view."""
        return self.view.start

    @property
    def cell(self) -> Time:
        """The time that a column stands for; 0 before the first layout."""
        return self.view.cell

    @property
    def columns(self) -> int:
        """How many cells there is room for."""
        return max(1, self._width - self._labels)

    @property
    def labels(self) -> int:
        """The columns that its names take."""
        return self._labels

    def align(self, labels: int) -> None:
        """Leave so many columns for names at least, so that timelines stand one below the other."""
        self._least_labels = labels
        self._labels = max(self._labels, labels)
        if self.moment is not None:
            self.show(self.moment)

    @property
    def has_map(self) -> bool:
        """There is room for the mini-map."""
        return self._height >= _MAP_FROM

    @property
    def first(self) -> int:
        """The line of the first lane: below the axis, and below the mini-map."""
        return 2 if self.has_map else 1

    @property
    def room(self) -> int:
        """How many lanes there is room for."""
        return max(0, self._height - self.first - self._legend_lines)

    @property
    def row_count(self) -> int:
        """How many rows there are; 0 before anything is shown."""
        return len(self._rows)

    def show(self, moment: Moment) -> None:
        """Show this moment, and scroll to it if it has moved out of sight."""
        if self._timeline is not moment.timeline:
            self._begin(moment.timeline)
        self.moment = moment
        self._width, self._height = self.size
        if not self._width:
            return
        if self._rows is not moment.rows:
            self._rows = moment.rows
            self._only_gil = sum(row.lane.kind == "gil" for row in self._rows) == 1
            wanted = lanes.label_width(moment, self._rows, self._width, only_gil=self._only_gil)
            self._labels = max(wanted, self._least_labels)
        self.view.columns = self.columns
        if not self.cell:
            self.view.suit(moment.run.trace)
        self.view.follow(moment.at, _end(moment))
        self._scroll(moment)
        self._list_signs(moment)
        self._painted.clear()
        self.refresh()

    def look_as(self, view: Viewport) -> None:
        """Show the same part as another timeline, in the same scale."""
        if self.moment is not None and self.view is not view:
            self.view.start, self.view.cell, self.view.wide = view.start, view.cell, view.wide
            self.show(self.moment)

    def _begin(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._tiles.clear()
        self._map = MiniMap(timeline)
        self._rows = ()
        self._picked = None
        self._legend_lines = 1
        self._lines.clear()

    def zoom(self, by: int, around: Time | None = None) -> None:
        """Wider cells, or narrower ones, around a time that stays where it is."""
        if self.moment is not None and self.cell:
            around = self.moment.at if around is None else around
            self.view.zoom(by, around, _end(self.moment))
            self.show(self.moment)

    def fit(self) -> None:
        """As much of the run as has been executed, in one screen."""
        if self.moment is not None and self.cell:
            self.view.fit(_end(self.moment))
            self.show(self.moment)

    def pan(self, columns: int) -> None:
        """Move the view, not the playhead."""
        if self.moment is not None and self.cell:
            self.view.pan(columns, _end(self.moment))
            self.show(self.moment)

    def on_resize(self) -> None:
        if self.moment is None:
            return
        if self.cell and self.view.shows(self.moment.at):
            self.view.refollow()
        self._legend_lines = 1
        self._picked = None
        self.show(self.moment)

    def _scroll(self, moment: Moment) -> None:
        """Bring the selected row into view, if it has moved; who scrolled away stays there."""
        index = next((n for n, r in enumerate(self._rows) if r.lane == moment.selected), -1)
        if (moment.selected, index) != self._picked and self.room:
            self._picked = (moment.selected, index)
            if index >= 0:
                self.top = max(index - self.room + 1, min(self.top, index))
        self.top = max(0, min(self.top, len(self._rows) - self.room))

    def _in_view(self) -> range:
        return range(self.top, min(len(self._rows), self.top + self.room))

    def _list_signs(self, moment: Moment) -> None:
        """Find out what the legend has to explain; it may take lines from the lanes."""
        met = set[Sign]()
        here = self.view.column(moment.at)
        until = here + 1 if moment.hides_future else self.columns
        for index in self._in_view():
            row = self._rows[index]
            drawn = self._tiles.drawn(moment, row, self.view, self._style)
            met.update(*drawn.signs[: max(0, until)] if moment.hides_future else (drawn.met,))
            if lanes.stretches(moment, row, self.view):
                met.add(MARKED)
            under = lanes.head_sign(moment, row) if 0 <= here < self.columns else None
            met.update([under] if under is not None else [])
        if any(map(self.view.shows, moment.bookmarks)):
            met.add(BOOKMARK)
        span = chosen(moment)
        if span is not None and span[0] < self.view.end and span[1] >= self.view.start:
            met.add(RANGE)
        most = max(1, min(legend.MOST_LINES, (self._height - self.first) // 3))
        self._legend = legend.fitted(met, self._width, most, self._own)
        if len(self._legend) > self._legend_lines:  # never fewer again: lanes would jump
            self._legend_lines = len(self._legend)
            self._picked = None
            self._scroll(moment)

    # -- drawing --------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._lines.clear()
        self._painted.clear()
        self._tiles.clear()
        self._styles.clear()

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            own = self.rich_style
            if name:
                own += self.get_component_rich_style(f"gantt--{name}", partial=True)
            style = self._styles[name] = own
        return style

    def render_lines(self, crop: Region) -> list[Strip]:
        """The same strips as before, where nothing has changed.

        What a widget does here by default makes a new strip of each, for borders and padding that
        this one does not have; then all that was worked out for the old one, down to the bytes
        for the terminal, is lost.
        """
        painted = self._painted
        found = []
        for y in crop.line_range:
            strip = painted.get(y)
            if strip is None:
                strip = painted[y] = self.render_line(y)
            found.append(strip)
        if crop.column_span != (0, self._width):
            found = [strip.crop(*crop.column_span) for strip in found]
        return found

    def _finish(self, segments: list[Segment]) -> Strip:
        strip = Strip(segments).adjust_cell_length(self._width, self._style(""))
        for each in self.get_line_filters():
            strip = strip.apply_filter(each, self.background_colors[1])
        return strip

    def render_line(self, y: int) -> Strip:
        moment = self.moment
        width = self._width
        if moment is None or not self.cell or not self._rows:
            return self._lines.line(y, (width,), list)
        view = (self.start, self.cell, self.view.wide, self.columns, moment.at)
        index = self.top + y - self.first
        below = y - self.first - min(self.room, len(self._rows))
        if y == 0:
            marks = (self._corner(), moment.bookmarks, moment.span)
            return self._lines.line(y, (*view, *marks), lambda: self._axis(moment))
        if y < self.first:
            self._map.shares(moment, self.columns)
            return self._lines.line(y, (*view, self._map.whole), lambda: self._map_line(moment))
        if below < 0:
            return self._lane_line(y, moment, self._rows[index])
        if below < len(self._legend):
            words = self._legend[below]
            return self._lines.line(y, (*words,), lambda: legend.segments(words, self._style))
        return self._lines.line(y, (width,), list)

    def _lane_line(self, y: int, moment: Moment, row: Row) -> Strip:
        drawn = self._tiles.drawn(moment, row, self.view, self._style)
        column = self.view.column(moment.at)
        under = lanes.head(moment, row, self._style) if 0 <= column < self.columns else None
        marked = lanes.stretches(moment, row, self.view)
        chosen_row = row.lane == moment.selected
        says = (*row_key(moment, row, self.view), chosen_row, self._labels)
        key = (*says, column, under, moment.hides_future, *marked)
        return self._lines.line(y, key, lambda: self._row_segments(moment, row, drawn, under))

    def _row_segments(
        self, moment: Moment, row: Row, drawn: lanes.Drawn, under: Segment | None
    ) -> list[Segment]:
        emphasis = self.get_component_rich_style("gantt--marked", partial=True)
        name = lanes.row_name(moment, row, only_gil=self._only_gil)
        return [
            *lanes.label(moment, row, name, self._labels, self._style),
            *lanes.line(moment, row, drawn, under, self.view, self._style(""), emphasis),
        ]

    def _corner(self) -> str:
        rows = self._in_view()
        hidden = len(self._rows) > len(rows) > 0
        return f" {rows.start + 1}-{rows.stop} of {len(self._rows)}" if hidden else ""

    def _axis(self, moment: Moment) -> list[Segment]:
        corner = Segment(pad(self._corner(), self._labels), self._style("axis"))
        marks = axis(moment, self.view)
        return [corner, *(Segment(text, self._style(name)) for text, name in marks)]

    def _map_line(self, moment: Moment) -> list[Segment]:
        corner = Segment(pad(" busy", self._labels), self._style("axis"))
        parts = self._map.draw(moment, self.view)
        return [corner, *(Segment(text, self._style(name)) for text, name in parts)]

    # -- the mouse ------------------------------------------------------------------------

    def _time_of(self, x: int) -> Time:
        return self.view.moment_at(max(0, x - self._labels))

    def _row_of(self, y: int) -> Row | None:
        index = self.top + y - self.first
        return self._rows[index] if y >= self.first and index in self._in_view() else None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if not self.cell:
            return
        row = self._row_of(event.y)
        if event.x < self._labels:
            if row is not None:
                on_sign = event.x == lanes.fold_column(row)
                self.post_message((self.Fold if on_sign else self.Pick)(row.lane))
            return
        self.capture_mouse()
        self._from = self._time_of(event.x)
        if event.shift or event.button == _RIGHT:
            self._drag = "range"
        elif self.has_map and event.y == 1:
            self._drag = "map"
        else:
            self._drag = "scrub"
            if row is not None:
                self.post_message(self.Pick(row.lane))
        self._dragged(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._dragged(event.x)

    def _dragged(self, x: int) -> None:
        if self._drag == "map" and self.moment is not None:
            at = self._map.moment_at(x - self._labels, self.columns)
            self.view.centre(at, _end(self.moment))
            self.show(self.moment)
            self.post_message(self.Looked(self.view))
        elif self._drag == "range":
            self.post_message(self.Choose(self._from, self._time_of(x)))
        elif self._drag:
            self.post_message(self.Seek(self._time_of(x)))

    def on_mouse_up(self) -> None:
        self._drag = ""
        self.release_mouse()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -1)

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        self._wheel(event, 1, sideways=True)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        self._wheel(event, -1, sideways=True)

    def _wheel(self, event: events.MouseEvent, by: int, *, sideways: bool = False) -> None:
        """Zoom, or pan; over the names, scroll."""
        event.stop()
        if not self.cell:
            return
        if sideways or event.shift:
            self.pan(by * max(1, self.columns // 10))
        elif event.x >= self._labels:
            self.zoom(by, self._time_of(event.x))
        else:
            self.top += by
            if self.moment is not None:
                self.show(self.moment)
            return
        self.post_message(self.Looked(self.view))


def _end(moment: Moment) -> Time:
    """How much of the run there is to see."""
    return moment.at if moment.hides_future else moment.run.trace.end
