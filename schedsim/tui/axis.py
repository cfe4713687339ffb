"""The axis above the lanes: marks at round times, the playhead, bookmarks and the chosen range.

Text and names of styles; nothing here knows Textual.
"""

from __future__ import annotations

from collections.abc import Iterator

from schedsim.durations import UNITS, Time
from schedsim.tui.glyphs import BOOKMARK, RANGE
from schedsim.tui.moment import Moment
from schedsim.tui.scale import larger, round_up
from schedsim.tui.viewport import Viewport

PLAYHEAD = "▼"
_TICK = "╷"
_APART = 12
"""Columns between two marks of the axis, at least."""
_OPENS, _CLOSES = "[", "]"


def axis(moment: Moment, view: Viewport) -> Iterator[tuple[str, str]]:
    """Stretches of the axis and the component class of each.

    What somebody has put there (the playhead, a bookmark, the ends of a range) covers no time:
    a text that would be in its way stands on the other side of its mark, or is left out.
    """
    glyphs = [" "] * view.columns
    styles = ["axis"] * view.columns
    taken = _put(moment, view)
    texts = _ticks(moment, view, glyphs, set(taken))
    for column in _in_range(moment, view):
        styles[column] = RANGE.style
        if glyphs[column] == " " and column not in texts:
            glyphs[column] = RANGE.glyph
    for column, (glyph, style) in taken.items():
        glyphs[column], styles[column] = glyph, style
    start = 0
    for column in range(1, view.columns + 1):
        if column == view.columns or styles[column] != styles[start]:
            yield "".join(glyphs[start:column]), styles[start]
            start = column


def chosen(moment: Moment) -> tuple[Time, Time] | None:
    """The range that is chosen; one that is only begun goes to the playhead."""
    if moment.span is None:
        return None
    start, end = moment.span
    return (min(start, moment.at), max(start, moment.at)) if start == end else (start, end)


def _put(moment: Moment, view: Viewport) -> dict[int, tuple[str, str]]:
    """What stands where instead of a mark; what is written last matters most."""
    found: dict[int, tuple[str, str]] = {}
    span = chosen(moment)
    if span is not None:
        for at, glyph in zip(span, (_OPENS, _CLOSES), strict=True):
            found[view.column(at)] = (glyph, RANGE.style)
    for at in moment.bookmarks:
        found[view.column(at)] = (BOOKMARK.glyph, BOOKMARK.style)
    found[view.column(moment.at)] = (PLAYHEAD, "playhead")
    return {column: what for column, what in found.items() if 0 <= column < view.columns}


def _in_range(moment: Moment, view: Viewport) -> range:
    span = chosen(moment)
    if span is None:
        return range(0)
    return range(max(0, view.column(span[0])), min(view.columns, view.column(span[1]) + 1))


def _ticks(moment: Moment, view: Viewport, glyphs: list[str], taken: set[int]) -> set[int]:
    """Put the marks and their times; the columns of the times."""
    texts: set[int] = set()
    apart = round_up(_APART * view.cell / view.wide)
    while len(_text(moment, view.end, apart)) + 1 > apart // view.cell * view.wide:
        apart = larger(apart)
    tick = -(-view.start // apart) * apart
    while (column := view.column(tick)) < view.columns:
        text = _text(moment, tick, apart)
        after = range(column + 1, column + 1 + len(text))
        before = range(column - len(text), column)
        glyphs[column] = _TICK
        for place in (after, before):
            inside = place.start >= 0 and place.stop <= view.columns
            if inside and not taken & {*place} and not "".join(glyphs[c] for c in place).strip():
                glyphs[place.start : place.stop] = text
                texts.update(place)
                break
        tick += apart
    return texts


def _text(moment: Moment, tick: Time, apart: Time) -> str:
    """A time, in as many digits as tell it from its neighbours."""
    text = moment.took(tick)
    unit = text.rpartition(" ")[2]
    if unit not in UNITS:
        return text
    if unit == "h":  # with three digits: fine while the marks are far apart
        if apart >= UNITS["m"]:
            return text
        unit = "s"
    size = UNITS[unit]
    whole, rest = divmod(tick, size)
    digits = f"{rest:0{len(str(size)) - 1}}".rstrip("0") if rest else ""
    return f"{whole}{'.' if digits else ''}{digits} {unit}"
