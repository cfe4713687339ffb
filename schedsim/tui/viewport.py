"""Which stretch of time is in view, and how it moves: panned, zoomed, and after the playhead."""

from __future__ import annotations

from statistics import median_low

from schedsim.durations import Time
from schedsim.trace import Kind, Trace
from schedsim.tui.scale import larger, round_down, round_up, smaller

AHEAD = 2
"""Columns that are kept in view after the playhead."""
_SCREENS = 2
"""How many screens wide a timeline is at first, at most."""
_LOOSEST = 1.7
"""How many times wider than the run its timeline may be at first."""
_WIDEST = 10
"""Columns that the shortest time may take."""
_LOOK_AT = 400
"""Rows whose computing decides how wide a cell is at first."""


class Viewport:
    """A window of so many columns on a run."""

    def __init__(self) -> None:
        self.start: Time = 0
        self.cell: Time = 0
        """The time that a column stands for; 0 before the first layout."""
        self.wide = 1
        """The columns that a cell takes: more than one only where a cell is the shortest time."""
        self.columns = 1
        self._followed: Time | None = None

    @property
    def end(self) -> Time:
        """The first moment after what is in view."""
        return self.moment_at(self.columns - 1) + self.cell

    def column(self, at: Time) -> int:
        """Where a moment is; it may be out of view."""
        return (at - self.start) // self.cell * self.wide

    def moment_at(self, column: int) -> Time:
        """The first moment that a column stands for; it may be out of view."""
        return self.start + column // self.wide * self.cell

    def span(self, columns: int) -> Time:
        """The time that so many columns stand for, and not less than a cell's if there are any."""
        return -(-columns // self.wide) * self.cell

    def shows(self, at: Time) -> bool:
        """It is in view."""
        return self.start <= at < self.end

    def suit(self, trace: Trace) -> None:
        """Choose a width of cells that tells something of a run that is new."""
        spent = [r.arg for r in trace.rows(0, _LOOK_AT) if r.kind is Kind.COMPUTE and r.arg]
        whole = max(1, trace.end) / self.columns
        self.wide = _widest(whole)
        usual = median_low(spent) if spent else 1
        fits = round_up(whole)
        if fits > _LOOSEST * whole:  # a screen and a bit is better than half a screen
            fits = round_down(whole)
        self.cell = max(round_down(whole / _SCREENS), min(round_down(usual), fits))

    def begin_at(self, start: Time) -> None:
        """Put the left edge there, about."""
        self.start = max(0, start // self.cell * self.cell)

    def pan(self, columns: int, end: Time) -> None:
        """Move by so many columns, but never to where there is nothing of a run to see."""
        last = max(0, end - self.span(self.columns) // 2)
        start = self.start + (self.span(columns) if columns > 0 else -self.span(-columns))
        self.begin_at(min(start, max(last, self.start)) if columns > 0 else start)

    def centre(self, at: Time, end: Time) -> None:
        """Put a moment in the middle, as far as there is a run around it."""
        self.begin_at(max(0, min(at, end) - self.span(self.columns) // 2))

    def zoom(self, by: int, around: Time, end: Time) -> None:
        """Wider cells, or narrower ones, around a moment that stays where it is.

        Around the middle if the moment is out of view.
        """
        if not self.shows(around):
            around = self.moment_at(self.columns // 2)
        column = self.column(around)
        widest = round_up(max(1, end))
        for _ in range(abs(by)):
            if by > 0 and self.wide > 1:
                self.wide = smaller(self.wide)
            elif by > 0:
                self.cell = min(larger(self.cell), widest)
            elif self.cell > 1:
                self.cell = smaller(self.cell)
            else:
                self.wide = min(larger(self.wide), _WIDEST)
        self.begin_at(around - column // self.wide * self.cell)

    def fit(self, end: Time) -> None:
        """All of a run."""
        whole = max(1, end) / self.columns
        self.cell, self.wide = round_up(whole), _widest(whole)
        self.begin_at(0)

    def follow(self, at: Time, end: Time) -> None:
        """Bring the playhead back into view, if it has moved out of it.

        Who panned away from it stays there until it moves.
        """
        if at == self._followed:
            return
        self._followed = at
        column = self.column(at)
        if column >= self.columns - (AHEAD if self.end < end else 0):
            self.begin_at(at - self.span(self.columns) // 2)
        elif column < 0:
            self.begin_at(at - self.span(self.columns) * 3 // 4)

    def refollow(self) -> None:
        """Bring it back in any case, when it is followed next."""
        self._followed = None


def _widest(whole: float) -> int:
    """The columns that the shortest time can take where a column would be ``whole`` of it."""
    return min(round_down(1 / whole), _WIDEST)
