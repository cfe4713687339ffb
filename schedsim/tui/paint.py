"""Lines of styled text that fit a width.

Parts are ``(text, style)``; a style is Textual's, with CSS variables.  All text has gone through
``plain`` before it gets here, and nothing here reads markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import NamedTuple, TypeAlias, TypeVar

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from schedsim.tui.identity import Face

Part: TypeAlias = tuple[str, str]

_NUMBER = re.compile(r"\d+$", re.ASCII)

T = TypeVar("T")

MUTED = "$quiet"
STRONG = "bold"
LABEL = 10
"""Columns of the words at the left of a panel."""
ROOM_FOR_FOR = 34
"""Columns from which a panel has room for a word that only helps."""


def wide(parts: Sequence[Part]) -> int:
    """How many columns the parts take."""
    return sum(cell_len(text) for text, _ in parts)


def fit(text: str, width: int) -> str:
    """``text`` in at most so many columns, with … where something is left out.

    A number at the end stays: it is what tells ``worker-1`` from ``worker-12``.
    """
    if cell_len(text) <= width:
        return text
    number = _NUMBER.search(text)
    tail = number[0] if number and len(number[0]) <= width // 2 else ""
    return set_cell_size(text, max(0, width - 1 - len(tail))).rstrip() + "…" + tail if width else ""


def pad(text: str, width: int) -> str:
    """``text`` in exactly so many columns."""
    return set_cell_size(fit(text, width), width)


def chip(face: Face, *, roomy: bool = True) -> Part:
    """The letter on its colour."""
    colour = "$nobody" if face.colour < 0 else f"$task-{face.colour}"
    ink = f"{colour}-ink"
    return (f" {face.letter} " if roomy else face.letter, f"bold {ink} on {colour}")


def line(width: int, left: Sequence[Part], right: Sequence[Part] = ()) -> Content:
    """Parts at the left, which give way, and parts at the right end, which do not."""
    room = max(0, width - wide(right))
    start = Content.assemble(*left)
    if start.cell_length > room:
        start = start.truncate(max(0, room - 1), ellipsis=True)
    gap = " " * max(0, room - start.cell_length)
    return Content.assemble(start, gap, *right)


def cut(lines: Sequence[Content], height: int) -> list[Content]:
    """So many of them; the last says that there are more."""
    if len(lines) <= height or not height:
        return list(lines[:height])
    last = lines[height - 1].rstrip()
    return [*lines[: height - 1], Content.assemble(last, (" …", MUTED))]


def labelled(
    label: str,
    width: int,
    parts: Sequence[Part],
    right: Sequence[Part] = (),
    *,
    label_width: int = LABEL,
) -> Content:
    """A line with a word at its left."""
    return line(width, [(pad(label, label_width), MUTED), *parts], right)


def series(
    label: str,
    width: int,
    members: Sequence[T],
    paint: Callable[[T], Sequence[Part]],
    none: str = "-",
    note: str = "",
    *,
    label_width: int = LABEL,
) -> Content:
    """A labelled line of several things in order; those without room are counted, not painted.

    A ``note`` stands at the right end.
    """
    if not members:
        return labelled(label, width, [(none, MUTED)], label_width=label_width)
    right: list[Part] = [(f"  {note}", MUTED)] if note else []
    room = width - label_width - wide(right)
    shown: list[Part] = []
    for number, member in enumerate(members):
        left = len(members) - number
        item = paint(member)
        between: list[Part] = [("  ", "")] if shown else []
        more: list[Part] = [(f" +{left - 1}", MUTED)] if left > 1 else []
        if shown and wide(shown) + wide(between) + wide(item) + wide(more) > room:
            shown.append((f" +{left}", MUTED))
            break
        shown.extend([*between, *item])
    return labelled(label, width, shown, right, label_width=label_width)


class Worth(IntEnum):
    """Which rows of a panel go first where there is no room for all: those of the least worth."""

    EMPTY = 0
    """It says that there is nobody, or nothing to worry about."""
    USUAL = 1
    ALARM = 2
    """Somebody has to wait who should not have to."""


class Row(NamedTuple):
    """A line of a panel."""

    line: Content
    worth: Worth


def squeeze(rows: Sequence[Row], width: int, height: int) -> list[Content]:
    """The lines of as many rows as fit; unless they are empty, those left out are counted."""
    kept = list(rows)
    while len(kept) > height and any(row.worth is Worth.EMPTY for row in kept):
        _drop_least(kept)
    if len(kept) > height:
        before = len(kept)
        while len(kept) >= max(2, height):
            last = _drop_least(kept)
        text = f"and {before - len(kept)} more lines"
        kept.insert(last, Row(labelled("", width, [(text, MUTED)]), Worth.USUAL))
    return [row.line for row in kept[:height]]


def _drop_least(rows: list[Row]) -> int:
    """Take out the last of the rows that are worth least; say where it stood."""
    least = min(row.worth for row in rows)
    place = max(number for number, row in enumerate(rows) if row.worth is least)
    del rows[place]
    return place
