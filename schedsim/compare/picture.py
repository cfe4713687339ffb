"""The cores of all runs, one under the other on one time scale, as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schedsim.compare.cells import left, shorten, width, wrap
from schedsim.compare.differences import (
    SWITCHING,
    Difference,
    Running,
    end_apart,
    first_difference,
)
from schedsim.compare.outcomes import LOOP_LETTER, Cast, Outcome
from schedsim.durations import UNITS, Time, format_duration
from schedsim.timeline import LaneId, Situation

NOBODY = "."
SWITCH = "~"
DIFFERENCE = "^"
MOST_CORES = 4
"""How many cores of a run are drawn."""

_NAME = 20
_LABELS = 10
"""A label every so many cells."""
_LEGEND_NAME = 20
_LEGEND_LINES = 3
_MOST_SAID = 4
_GAP = "   "


def picture(outcomes: Sequence[Outcome], most: int) -> Iterator[str]:
    """The timelines in lines of at most ``most`` cells, with their legend."""
    end = max(outcome.trace.end for outcome in outcomes)
    if not end:
        yield "Nothing takes any time."
        return
    yield from _Picture(outcomes, end, most).lines()


class _Picture:
    def __init__(self, outcomes: Sequence[Outcome], end: Time, most: int) -> None:
        self.outcomes = outcomes
        self.most = most
        self.cast = Cast(outcomes)
        self.names = [shorten(outcome.name, min(_NAME, most // 3)) for outcome in outcomes]
        self.cores = max(outcome.trace.cores for outcome in outcomes)
        self.start = max(map(width, self.names)) + (4 if self.cores > 1 else 2)
        self.unit = outcomes[0].trace.unit
        self.cell = _round(-(-end // (most - self.start)))
        self.count = -(-end // self.cell)
        self.seen: set[str] = set()
        """Signs that are in the picture."""

    def lines(self) -> Iterator[str]:
        """Everything."""
        unit, axis = self._axis()
        cell = format_duration(self.cell, self.unit)
        cores = "cores" if self.cores > 1 else "core"
        yield from wrap(f"Who has the {cores} when, in {unit}, {cell} a cell:", self.most)
        yield axis
        for index, outcome in enumerate(self.outcomes):
            yield from self._lanes(index, outcome)
            if index:
                yield from self._difference(index, outcome)
        yield from self._legend()

    def _axis(self) -> tuple[str, str]:
        """The unit of the labels, and the line of labels above the cells."""
        step = self.cell * _LABELS
        unit, size = "ticks", 1
        if self.unit != "tick":
            unit = next((name for name in ("s", "ms", "us") if UNITS[name] <= step), "ns")
            size = UNITS[unit]
        line = ("core" if self.cores > 1 else "").rjust(self.start - 2)
        for number in range(self.count // _LABELS + 1):
            line = line.ljust(self.start + number * _LABELS)
            label = str(number * step // size)
            line += label if len(line) + len(label) <= self.most else ""
        return unit, line.rstrip()

    def _lanes(self, index: int, outcome: Outcome) -> Iterator[str]:
        cores = outcome.trace.cores
        for core in range(min(cores, MOST_CORES)):
            label = left("" if core else self.names[index], self.start - 2)
            if self.cores > 1:
                label = left("" if core else self.names[index], self.start - 3) + str(core)
            yield f"{label}  {self._cells(outcome, core)}".rstrip()
        if cores > MOST_CORES:
            yield from self._below(0, f"({cores - MOST_CORES} more cores are not drawn)")

    def _cells(self, outcome: Outcome, core: int) -> str:
        timeline, lane = outcome.measured.timeline, LaneId("core", core)
        signs = []
        for index, cell in enumerate(timeline.cells(lane, 0, self.cell, self.count)):
            sign, who = " ", cell.who
            if cell.situation is Situation.SWITCHING:
                sign = SWITCH
            elif cell.situation is not None:
                if cell.situation is Situation.IDLE and cell.running:
                    who = self._who_ran(outcome, lane, index)
                sign = self.cast.letters[outcome.who[who]] if who else NOBODY
            signs.append(sign)
        self.seen.update(signs)
        return "".join(signs)

    def _who_ran(self, outcome: Outcome, lane: LaneId, index: int) -> int:
        """Who had most of a cell in which the core was idle for the most part."""
        ran: dict[int, Time] = {}
        start = index * self.cell
        end = min(start + self.cell, outcome.trace.end)
        for part in outcome.measured.timeline.slices(lane, start, end):
            if part.situation is Situation.RUNNING:
                ran[part.who] = ran.get(part.who, 0) + part.end - part.start
        return max(ran, key=ran.__getitem__)

    def _difference(self, index: int, outcome: Outcome) -> Iterator[str]:
        """Where it parts from the first, as a mark below its lanes."""
        found = first_difference(self.outcomes[0], outcome)
        if found is None:
            says = f"the same as {self.names[0]}"
            if end_apart(self.outcomes[0], outcome):
                ends = [
                    format_duration(o.trace.end, self.unit) for o in (self.outcomes[0], outcome)
                ]
                says += f" on the cores, but that ends at {ends[0]}, and this at {ends[1]}"
            yield from self._below(0, says)
            return
        yield from self._below(found.time // self.cell, self._says(index, found), DIFFERENCE)

    def _below(self, cell: int, says: str, mark: str = "") -> Iterator[str]:
        """A remark below lanes, with a mark below a cell: right of it, or left, or under it."""
        column = self.start + cell
        if column + width(f"{mark} {says}") <= self.most:
            yield " " * column + f"{mark} {says}".lstrip()
        elif mark and width(says) < column:
            yield " " * (column - width(says) - 1) + f"{says} {mark}"
        else:
            yield from [" " * column + mark] if mark else []
            yield from wrap(says, self.most)

    def _says(self, index: int, found: Difference) -> str:
        at = format_duration(found.time, self.unit)
        one = f"{self.names[0]} {self._does(found.one)}"
        other = f"{self.names[index]} {self._does(found.other)}"
        return f"first differs at {at}: {one}, {other}"

    def _does(self, running: Running) -> str:
        if not running:
            return "runs nobody"
        if set(running) == {SWITCHING}:
            return "switches"
        ran = [who for who in running if who != SWITCHING]
        words = [
            self.cast.letters[who] if self.cast.enough else shorten(who.name, _LEGEND_NAME)
            for who in ran[:_MOST_SAID]
        ]
        more = f" and {len(ran) - _MOST_SAID} more" if len(ran) > _MOST_SAID else ""
        return f"runs {'+'.join(words)}{more}"

    def _legend(self) -> Iterator[str]:
        """Who the letters are, and what the other signs mean."""
        signs = {NOBODY: "nobody", SWITCH: "context switch", LOOP_LETTER: "an event loop itself"}
        parts = [f"{sign} {means}" for sign, means in signs.items() if sign in self.seen]
        yield from map(_GAP.join, _beside(parts, self.most))
        faces = [(letter, who) for who, letter in self.cast.letters.items() if not who.loop]
        named = [f"{letter} {shorten(who.name, _LEGEND_NAME)}" for letter, who in faces]
        lines = _beside(named, self.most)
        yield from map(_GAP.join, lines[:_LEGEND_LINES])
        if rest := sum(map(len, lines[_LEGEND_LINES:])):
            again = "" if self.cast.enough else "; after z comes A again"
            yield from wrap(f"... and {rest:,} more{again}", self.most)


def _beside(parts: Sequence[str], most: int) -> list[list[str]]:
    """``parts`` in lines, as many in each as fit with a gap between."""
    lines: list[list[str]] = []
    used = most
    for part in parts:
        used += len(_GAP) + width(part)
        if used > most:
            lines.append([])
            used = width(part)
        lines[-1].append(part)
    return lines


def _round(least: Time) -> Time:
    """The smallest of 1, 2, 3, 4, 5, 6, 8, 10, 20, 30 ... that is not below ``least``."""
    size = 1
    while size * 10 <= least:
        size *= 10
    return next(size * factor for factor in (1, 2, 3, 4, 5, 6, 8, 10) if size * factor >= least)
