"""A program's text with a mark where it stands: lines for a panel.

Python is coloured by Pygments, which takes a tenth of a second to load: so only once somebody looks
at Python, and after the first picture (:func:`colour`).  Marks say without colour what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content

from schedsim.plain import plain
from schedsim.trace import Entity, Listing
from schedsim.tui.paint import MUTED, line

RUNS, STOPPED, OUTER = "› ", "║ ", "│ "
"""It runs this line; it stopped there, and will go on there; a frame further out waits there."""
_WIDEST = 200
_NUMBERS_FROM = 60
_FRAME = re.compile(r"(\w+) at line (\d+)")
_COLOURED: dict[Listing, tuple[Content, ...]] = {}


class Frame(NamedTuple):
    """A call that is not over."""

    function: str
    line: int
    """From 1."""


class Stand(NamedTuple):
    """Where somebody stands in a program."""

    here: int | None
    """The line, from 0."""
    runs: bool
    """It is at work; else it has stopped there."""
    over: bool
    outer: Sequence[int] = ()
    """Lines at which frames further out stand."""
    skips: str = ""
    """What is said after a step that is left out."""


def is_python(entity: Entity) -> bool:
    """Whether its program is shown as Python."""
    return entity.listing is not None and entity.style != "steps"


def is_file(entity: Entity) -> bool:
    """Whether the lines are those of a file, so that their numbers mean something."""
    listing = entity.listing
    return (
        is_python(entity)
        and listing is not None
        and (listing.line_of == tuple(range(len(listing.lines))))
    )


def frames(kept: str) -> list[Frame]:
    """The frames that a sentence of :attr:`Trace.kept` names, the outermost first."""
    return [Frame(name, int(number)) for name, number in _FRAME.findall(kept)]


def coloured(listing: Listing) -> bool:
    """Whether its lines have colours by now."""
    return listing in _COLOURED


def colour(listing: Listing) -> None:
    """Give its lines the colours of Python."""
    from textual.highlight import highlight  # noqa: PLC0415 - loads Pygments

    text = "\n".join(plain(each, _WIDEST) for each in listing.lines)
    lines = tuple(highlight(text, language="python").split("\n", allow_blank=True))
    _COLOURED[listing] = lines


def code(listing: Listing, stand: Stand, width: int, room: int, *, numbers: bool) -> list[Content]:
    """So many lines of it, around the one where it stands.

    Who has stopped is grey but for that line; its frame is kept as it is.
    """
    count = len(listing.lines)
    top = max(0, min((stand.here or 0) - room // 2, count - room))
    lit = _COLOURED.get(listing) if stand.runs else None
    gutter = len(str(count)) + 1 if numbers and width >= _NUMBERS_FROM else 0
    seen = range(top, min(top + room, count))
    spare = 0 if gutter else _common([listing.lines[number] for number in seen])
    lines = []
    for number in seen:
        text = plain(listing.lines[number], _WIDEST)[spare:]
        if stand.skips and text.strip() == "yield":
            text += stand.skips
        mark, mark_style, style = "  ", "", MUTED
        if number == stand.here and not stand.over:
            mark = RUNS if stand.runs else STOPPED
            mark_style, style = "bold $accent", "bold" if stand.runs else ""
        elif number in stand.outer:
            mark, mark_style, style = OUTER, "$accent", ""
        start = [(mark, mark_style)]
        if gutter:
            start.append((f"{number + 1:>{gutter - 1}} ", MUTED))
        fresh = lit[number] if lit and number < len(lit) and number != stand.here else None
        if fresh is None:
            lines.append(line(width, [*start, (text, style)]))
        else:
            whole = Content.assemble(*start, fresh[spare:])
            long = whole.cell_length > width
            lines.append(whole.truncate(max(0, width - 1), ellipsis=True) if long else whole)
    return lines


def _common(lines: Sequence[str]) -> int:
    """By how many columns all of them are indented."""
    return min((len(each) - len(each.lstrip(" ")) for each in lines if each.strip()), default=0)
