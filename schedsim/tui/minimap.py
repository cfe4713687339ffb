"""The mini-map: the whole run in one line, how busy the cores were, and what part is in view.

Heights, not shades: shades are situations.  Text and names of styles; nothing here knows Textual.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedsim.durations import Time
from schedsim.timeline import Timeline
from schedsim.tui.axis import PLAYHEAD
from schedsim.tui.moment import Moment
from schedsim.tui.viewport import Viewport

_LEVELS = " ▁▂▃▄▅▆▇█"
_OPENS, _CLOSES = "[", "]"
_GROWN = 1.02
"""How much longer a run is before its map is drawn again, while it is being executed."""


class MiniMap:
    """The map of one timeline, in so many columns."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._known: tuple[Time, int] = (0, 0)
        self._shares: list[float] = []
        self.whole: Time = 1
        """The length of what it shows."""

    def shares(self, moment: Moment, columns: int) -> list[float]:
        """How much of each column the cores were busy, from 0 to 1.

        Nobody who is to guess the future learns here how much there is of it: then the map ends
        at the playhead.
        """
        end = moment.at if moment.hides_future else moment.run.trace.end
        before, had = self._known
        grown = end != before if moment.run.finished else not before <= end < before * _GROWN
        if grown or had != columns or moment.hides_future:
            self._known = (end, columns)
            self.whole = max(1, end)
            # Nothing has been done in no time, whatever comes in the nanosecond after it.
            self._shares = utilisation(self.timeline, end, columns) if end else [0.0] * columns
        return self._shares

    def column(self, at: Time, columns: int) -> int:
        """Where a moment is on the map."""
        return max(0, min(at * columns // self.whole, columns - 1))

    def moment_at(self, column: int, columns: int) -> Time:
        """The moment in the middle of a column."""
        return max(0, min(2 * column + 1, 2 * columns)) * self.whole // (2 * columns)

    def draw(self, moment: Moment, view: Viewport) -> Iterator[tuple[str, str]]:
        """Stretches of the map and the component class of each."""
        columns = view.columns
        glyphs = [_LEVELS[_level(share)] for share in self.shares(moment, columns)]
        styles = ["map"] * columns
        first = self.column(view.start, columns)
        last = (min(view.end, self.whole) * columns - 1) // self.whole
        for column in range(first, last + 1):
            styles[column] = "map-view"
        glyphs[last], glyphs[first] = _CLOSES, _OPENS
        here = self.column(moment.at, columns)
        glyphs[here], styles[here] = PLAYHEAD, "playhead"
        start = 0
        for column in range(1, columns + 1):
            if column == columns or styles[column] != styles[start]:
                yield "".join(glyphs[start:column]), styles[start]
                start = column


def utilisation(timeline: Timeline, whole: Time, columns: int) -> list[float]:
    """The share of each of so many equal parts of a run in which its cores were busy."""
    cores = [lane for lane in timeline.lanes() if lane.kind == "core"]
    starts = [whole * n // columns for n in range(columns)]
    # A column may be shorter than the shortest time, as where a run takes a few ticks: then it
    # shows the tick that it is in.
    ends = [max(start + 1, whole * n // columns) for n, start in enumerate(starts, 1)]
    busy = [0] * columns
    for core in cores:
        ran = {edge: timeline.ran(core, 0, edge) for edge in {*starts, *ends}}
        for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
            busy[n] += ran[end] - ran[start]
    widths = [end - start for start, end in zip(starts, ends, strict=True)]
    return [b / (w * len(cores)) for b, w in zip(busy, widths, strict=True)]


def _level(share: float) -> int:
    """Anything shows, and only all is full."""
    if share <= 0:
        return 0
    return max(1, min(int(share * (len(_LEVELS) - 1)), len(_LEVELS) - 1))
