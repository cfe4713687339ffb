"""What a row of the timeline consists of: a name, cells, the cell under the playhead; the legend.

Functions from a moment to segments.  Where things stand is the business of
:mod:`schedsim.tui.widgets.gantt`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from schedsim.durations import UNITS, Time
from schedsim.plain import plain
from schedsim.timeline import Cell, LaneId, Situation
from schedsim.tui.glyphs import BRIEFLY, MISSED, SIGNS, Sign
from schedsim.tui.identity import Face
from schedsim.tui.moment import Moment
from schedsim.tui.paint import pad
from schedsim.tui.scale import larger, round_up

Styles: TypeAlias = Callable[[str], Style]
"""The style of a component class of the timeline; of "" that of empty space."""

HOLDS = frozenset({"core", "gil"})
"""Lanes of what is held: their cells say by whom."""
_TICKS_APART = 12
"""Columns between two marks of the axis, at least."""


def chip(face: Face) -> str:
    """The component class of a letter on its colour."""
    return "nobody" if face.colour < 0 else f"chip-{face.colour}"


def bar(face: Face) -> str:
    """The component class of a bar in a colour."""
    return "rests" if face.colour < 0 else f"bar-{face.colour}"


def lane_name(moment: Moment, lane: LaneId, *, only_gil: bool) -> str:
    """What stands before a lane, without its letter."""
    if lane.kind not in HOLDS:
        return moment.face(lane.number).name
    return "GIL" if lane.kind == "gil" and only_gil else plain(moment.timeline.name(lane), 40)


def label(moment: Moment, lane: LaneId, name: str, width: int, style: Styles) -> Strip:
    """The name of a lane, marked if it is selected."""
    chosen = lane == moment.selected
    own = style("selected" if chosen else "label")
    mark = "›" if chosen else " "
    if lane.kind in HOLDS:
        return Strip([Segment(f"{mark}{pad(name, width - 2)} ", own)], width)
    face = moment.face(lane.number)
    mark += " " if lane.kind == "task" else ""
    rest = f" {pad(name, width - 2 - len(face.letter) - len(mark))} "
    return Strip(
        [Segment(mark, own), Segment(face.letter, style(chip(face))), Segment(rest, own)], width
    )


def cells_strip(
    moment: Moment, lane: LaneId, cells: Sequence[Cell], missed: Collection[int], style: Styles
) -> Strip:
    """A lane's cells, with a mark in those ``missed``; equal neighbours share a segment."""
    segments: list[Segment] = []
    text, last = "", style("")
    for column, cell in enumerate(cells):
        if column in missed:
            glyph, own = MISSED.glyph, style(MISSED.style)
        else:
            glyph, own = _drawn(moment, lane, cell, style)
            if len(glyph) > 1:  # letters take turns: neighbours spell the whole name
                glyph = glyph[column % len(glyph)]
        if own is not last:
            if text:
                segments.append(Segment(text, last))
            text = ""
        text, last = text + glyph, own
    segments.append(Segment(text, last))
    return Strip(segments, len(cells))


def _drawn(moment: Moment, lane: LaneId, cell: Cell, style: Styles) -> tuple[str, Style]:
    if cell.situation is None:
        return " ", style("")
    if cell.situation is Situation.RUNNING:
        face = moment.face(cell.who)
        if lane.kind in HOLDS:
            return face.letter, style(chip(face))
        return SIGNS[cell.situation].glyph, style(bar(face))
    if cell.running:
        own = "label" if lane.kind in HOLDS else bar(moment.face(lane.number))
        return BRIEFLY.glyph, style(own)
    sign = SIGNS[cell.situation]
    return sign.glyph, style(sign.style)


def head(moment: Moment, lane: LaneId, style: Styles) -> Strip:
    """The cell under the playhead: what is so at that very moment."""
    end = moment.run.trace.end
    glyph = " "
    if moment.at < end or moment.run.finished:
        now = moment.timeline.at(lane, moment.at)
        running = now.situation is Situation.RUNNING
        glyph = moment.face(now.who).letter[-1:] if running else SIGNS[now.situation].glyph
    return Strip([Segment(glyph, style("playhead"))], 1)


def axis(moment: Moment, start: Time, cell: Time, columns: int, style: Styles) -> Strip:
    """Marks at round times, and the playhead's."""
    own = style("axis")
    text = [" "] * columns
    apart = round_up(_TICKS_APART * cell)
    while len(_mark(moment, start + columns * cell, apart)) > apart // cell:
        apart = larger(apart)
    tick = -(-start // apart) * apart
    while (column := (tick - start) // cell) < columns:
        mark = _mark(moment, tick, apart)[: columns - column]
        text[column : column + len(mark)] = mark
        tick += apart
    marks = Strip([Segment("".join(text), own)], columns)
    column = (moment.at - start) // cell
    playhead = Strip([Segment("▼", style("playhead"))], 1)
    return Strip.join([marks.crop(0, column), playhead, marks.crop(column + 1)])


def _mark(moment: Moment, tick: Time, apart: Time) -> str:
    """A mark with its time, in as many digits as tell it from its neighbours."""
    text = moment.took(tick)
    unit = text.rpartition(" ")[2]
    if unit not in UNITS:
        return f"╷{text}"
    if unit == "h":  # with three digits: fine while the marks are far apart
        if apart >= UNITS["m"]:
            return f"╷{text}"
        unit = "s"
    size = UNITS[unit]
    whole, rest = divmod(tick, size)
    digits = f"{rest:0{len(str(size)) - 1}}".rstrip("0") if rest else ""
    return f"╷{whole}{'.' if digits else ''}{digits} {unit}"


def signs_of(cells: Iterable[Cell]) -> Iterator[Sign]:
    """The signs that cells are drawn with."""
    for cell in cells:
        if cell.situation is not None:
            brief = cell.running and cell.situation is not Situation.RUNNING
            yield BRIEFLY if brief else SIGNS[cell.situation]


def legend(met: Collection[Sign], width: int, style: Styles) -> Strip:
    """What the signs mean that have been met so far, as far as there is room."""
    meanings: dict[tuple[str, str], list[str]] = {}
    for sign in (*SIGNS.values(), BRIEFLY, MISSED):
        if sign.meaning and sign in met:
            meanings.setdefault((sign.glyph, sign.style), []).append(sign.meaning)
    own = style("legend")
    segments, used = [Segment(" ", own)], 1
    for (glyph, colour), words in meanings.items():
        text = f" {' / '.join(words)}  "
        if used + 1 + len(text) > width:
            break
        segments.extend((Segment(glyph, style(colour) if colour else own), Segment(text, own)))
        used += 1 + len(text)
    return Strip(segments, used).adjust_cell_length(width, own)
