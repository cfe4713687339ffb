"""The legend below the lanes: what every sign in view means."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.segment import Segment

from schedsim.tui.glyphs import ALL, Sign
from schedsim.tui.widgets.lanes import Styles

Entry = tuple[Sign, str]
MOST_LINES = 3


def fitted(met: Collection[Sign], width: int, most: int) -> list[list[Entry]]:
    """The lines of a legend: in few lines rather than in many words.

    Args:
        met: the signs in view.
        width: columns.
        most: lines that there is room for; what does not fit even then is left out.
    """
    signs = [sign for sign in ALL if sign.meaning and sign in met]
    full = [(sign, sign.meaning) for sign in signs]
    brief = [(sign, sign.brief or sign.meaning) for sign in signs]
    for words in (full, brief):
        lines = _wrapped(words, width)
        if len(lines) <= 1:
            return lines
    return _wrapped(brief, width)[:most]


def _wrapped(words: Sequence[Entry], width: int) -> list[list[Entry]]:
    lines: list[list[Entry]] = []
    used = width
    for sign, text in words:
        size = len(text) + 4
        if used + size - 2 > width:  # the space at the end may be cut
            lines.append([])
            used = 1
        lines[-1].append((sign, text))
        used += size
    return lines


def segments(words: Sequence[Entry], style: Styles) -> list[Segment]:
    """A line of the legend."""
    own = style("legend")
    found = [Segment(" ", own)]
    for sign, text in words:
        found.append(Segment(sign.glyph, style(sign.style) if sign.style else own))
        found.append(Segment(f" {text}  ", own))
    return found
