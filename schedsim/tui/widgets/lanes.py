"""What a row of the timeline consists of: a name, cells, the cell under the playhead.

Functions from a moment to segments.  Where things stand is the business of
:mod:`schedsim.tui.widgets.gantt`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.timeline import Cell, LaneId, Situation
from schedsim.tui import together
from schedsim.tui.glyphs import BRIEFLY, MISSED, SIGNS, Sign
from schedsim.tui.identity import LOOP_LETTER, Face
from schedsim.tui.moment import Moment
from schedsim.tui.paint import pad
from schedsim.tui.rows import HOLDS, Row
from schedsim.tui.viewport import Viewport

Styles: TypeAlias = Callable[[str], Style]
"""The style of a component class of the timeline; of "" that of empty space."""

NARROWEST, _WIDEST = 9, 20
"""Columns for names."""
OPEN, FOLDED = "▾", "▸"
"""Before the name of a group."""
MARKED_BAR = "▀"
"""A bar in a stretch that is to stand out."""
_DIM = Style(dim=True)
_LINED = Style(bold=True, underline=True)


class Drawn(NamedTuple):
    """The cells of a row, as they are before the playhead and after it."""

    past: list[Segment]
    future: list[Segment]
    signs: list[frozenset[Sign]]
    """What there is in which column."""
    met: frozenset[Sign]
    """And in any of them."""


def chip(face: Face) -> str:
    """The component class of a letter on its colour."""
    return "nobody" if face.colour < 0 else f"chip-{face.colour}"


def bar(face: Face) -> str:
    """The component class of a bar in a colour."""
    return "rests" if face.colour < 0 else f"bar-{face.colour}"


def row_name(moment: Moment, row: Row, *, only_gil: bool) -> str:
    """What stands before a row, without its letter."""
    lane = row.lane
    if lane.kind in HOLDS:
        only = lane.kind == "gil" and only_gil
        return "GIL" if only else plain(moment.timeline.name(lane), 40)
    name = moment.face(lane.number).name
    return f"{name} ({len(row.members)})" if row.folded else name


def label_width(moment: Moment, rows: Sequence[Row], width: int, *, only_gil: bool) -> int:
    """Columns for the names of some rows, in a timeline that is so wide."""
    widest = 0
    for row in rows:
        name = row_name(moment, row, only_gil=only_gil)
        widest = max(widest, cell_len(name) + row.depth + 4 + bool(row.members))
    return max(NARROWEST, min(widest, _WIDEST, width // 4))


def label(moment: Moment, row: Row, name: str, width: int, style: Styles) -> list[Segment]:
    """The name of a row, marked if it is selected, with a sign if it can be folded."""
    lane = row.lane
    chosen = lane == moment.selected
    own = style("selected" if chosen else "label")
    mark = ("›" if chosen else " ") + " " * row.depth
    if row.members:
        mark += FOLDED if row.folded else OPEN
    if lane.kind in HOLDS or lane.kind == "process":
        room = max(0, width - 1 - len(mark))
        return [Segment(f"{mark}{pad(name, room)} ", own)]
    face = moment.face(lane.number)
    rest = f" {pad(name, max(0, width - 2 - len(face.letter) - len(mark)))} "
    return [Segment(mark, own), Segment(face.letter, style(chip(face))), Segment(rest, own)]


def fold_column(row: Row) -> int:
    """The column of the sign by which a group is folded; -1 if it is none."""
    return 1 + row.depth if row.members else -1


def draw(
    moment: Moment, row: Row, cells: Sequence[Cell], missed: Collection[int], style: Styles
) -> Drawn:
    """A row's cells, with a mark in those ``missed``; equal neighbours share a segment."""
    past: list[Segment] = []
    signs: list[frozenset[Sign]] = []
    text, last = "", style("")
    known: tuple[Cell, str, Style, frozenset[Sign]] | None = None
    for column, cell in enumerate(cells):
        if column in missed:
            glyph, own, here = MISSED.glyph, style(MISSED.style), frozenset({MISSED})
        elif known is not None and known[0] is cell:
            _, glyph, own, here = known
        else:
            glyph, own = _drawn(moment, row, cell, style)
            here = frozenset(signs_of((cell,), letters=letters(row)))
            known = (cell, glyph, own, here)
        if len(glyph) > 1:  # letters take turns: neighbours spell the whole name
            glyph = glyph[column % len(glyph)]
        signs.append(here)
        if own is not last:
            if text:
                past.append(Segment(text, last))
            text = ""
        text, last = text + glyph, own
    past.append(Segment(text, last))
    met = frozenset[Sign]().union(*signs)
    dim = {segment.style: (segment.style or _DIM) + _DIM for segment in past}
    return Drawn(past, [Segment(each.text, dim[each.style]) for each in past], signs, met)


def line(
    moment: Moment,
    row: Row,
    drawn: Drawn,
    under: Segment | None,
    view: Viewport,
    empty: Style,
    emphasis: Style,
) -> list[Segment]:
    """The cells of a row: what was, what is ``under`` the playhead, and what will be."""
    column = max(-1, min(view.column(moment.at), view.columns))
    marked = stretches(moment, row, view)
    cells = emphasise(list(cut(drawn.past, 0, column)), marked, emphasis)
    if under is not None:
        cells.append(under)
    left = view.columns - column - 1
    if moment.hides_future and left > 0:
        cells.append(Segment(" " * left, empty))
    else:
        later = [(start - column - 1, end - column - 1) for start, end in marked]
        cells += emphasise(list(cut(drawn.future, column + 1, view.columns)), later, emphasis)
    return cells


def letters(row: Row) -> bool:
    """Whoever runs is told by letter: the row stands for more than one."""
    return row.lane.kind in HOLDS or row.shared


def _drawn(moment: Moment, row: Row, cell: Cell, style: Styles) -> tuple[str, Style]:
    if cell.situation is None:
        return " ", style("")
    if cell.situation is Situation.RUNNING:
        face = moment.face(cell.who)
        if letters(row):
            return face.letter, style(chip(face))
        return SIGNS[cell.situation].glyph, style(bar(face))
    if cell.running:
        own = "label" if letters(row) else bar(moment.face(row.lane.number))
        return BRIEFLY.glyph, style(own)
    sign = SIGNS[cell.situation]
    return sign.glyph, style(sign.style)


def head(moment: Moment, lane: LaneId | Row, style: Styles) -> Segment:
    """The cell under the playhead: what is so after the row it stands on, whatever comes then."""
    situation, who = _now(moment, lane if isinstance(lane, Row) else Row(lane))
    running = situation is Situation.RUNNING
    glyph = moment.face(who).letter[-1:] if running else SIGNS[situation].glyph
    return Segment(glyph, style("playhead"))


def head_sign(moment: Moment, row: Row) -> Sign | None:
    """The sign under the playhead; None where there is a letter."""
    situation, _ = _now(moment, row)
    return None if situation is Situation.RUNNING else SIGNS[situation]


def _now(moment: Moment, row: Row) -> tuple[Situation, int]:
    """What is so at the playhead, and who that is about."""
    return together.at(moment.state, row, moment.at)


def signs_of(cells: Iterable[Cell], *, letters: bool = False) -> Iterator[Sign]:
    """The signs that cells are drawn with; a letter is none."""
    for cell in cells:
        if cell.situation is Situation.RUNNING:
            if not letters:
                yield SIGNS[cell.situation]
        elif cell.situation is not None:
            yield BRIEFLY if cell.running else SIGNS[cell.situation]


def missed(moment: Moment, row: Row, start: Time, cell: Time, end: Time) -> frozenset[int]:
    """The columns, counted from ``start``, in which a deadline was missed."""
    lanes = row.members if row.shared else (row.lane,)
    late = (due for lane in lanes for due in moment.timeline.missed(lane, start, end))
    return frozenset((due - start) // cell for due in late)


def cut(segments: Sequence[Segment], start: int, stop: int) -> Iterator[Segment]:
    """The columns from ``start`` up to ``stop``; every glyph is one column wide."""
    at = 0
    for segment in segments:
        text = segment.text
        end = at + len(text)
        if end > start and at < stop:
            if at < start or end > stop:
                yield Segment(text[max(0, start - at) : stop - at], segment.style)
            else:
                yield segment
        at = end


def emphasise(
    segments: list[Segment], stretches: Sequence[tuple[int, int]], style: Style
) -> list[Segment]:
    """The same segments, with some columns in another style on top of their own."""
    if not stretches:
        return segments
    found: list[Segment] = []
    edges = sorted({edge for stretch in stretches for edge in stretch})
    at, width = 0, sum(len(segment.text) for segment in segments)
    for edge in [*(max(0, min(edge, width)) for edge in edges), width]:
        marked = any(first <= at < last for first, last in stretches)
        parts = cut(segments, at, edge)
        found.extend(_marked(part, style) if marked else part for part in parts)
        at = edge
    return found


def _marked(part: Segment, style: Style) -> Segment:
    """A bar leaves room for the line below it; a letter stays on the colour of who it is."""
    own = part.style or style
    if part.text[:1].isalpha() or part.text.startswith(LOOP_LETTER):
        return Segment(part.text, own + _LINED)
    bar = SIGNS[Situation.RUNNING].glyph
    return Segment(part.text.replace(bar, MARKED_BAR), own + style)


def stretches(moment: Moment, row: Row, view: Viewport) -> list[tuple[int, int]]:
    """The columns of a row that are to stand out."""
    if not moment.marked:
        return []
    lanes = (row.lane, *row.members) if row.shared else (row.lane,)
    found = []
    for lane in lanes:
        for start, end in moment.marked.get(lane, ()):
            first, last = view.column(start), view.column(max(start, end - 1)) + view.wide
            if last > 0 and first < view.columns:
                found.append((max(0, first), min(last, view.columns)))
    return found
