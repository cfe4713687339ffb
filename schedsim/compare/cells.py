"""Text by the room it takes in a terminal: some characters are two cells wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import accumulate

from schedsim.plain import plain

_EMOJI_STYLE = "\ufe0f"
"""Makes the character before it wide, so it counts as if it were one."""


def width(text: str) -> int:
    """How many cells ``text`` takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def shorten(text: str, most: int) -> str:
    """``text``, fit for a terminal, in at most ``most`` cells; the middle gives way to ``…``."""
    text = plain(text)
    if width(text) <= most:
        return text
    tail = _fitting(text[::-1], (most - 1) // 3)[::-1]
    return _fitting(text, most - 1 - width(tail)) + "…" + tail


def left(text: str, cells: int) -> str:
    """``text`` at the left of so many cells."""
    return text + " " * (cells - width(text))


def right(text: str, cells: int) -> str:
    """``text`` at the right of so many cells."""
    return " " * (cells - width(text)) + text


def wrap(text: str, most: int, indent: str = "  ") -> Iterator[str]:
    """``text`` in lines of at most ``most`` cells, of which all but the first are indented.

    A line is broken between words; a word that is longer than a line, anywhere.
    """
    line, start = "", ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else start + word
        if width(joined) <= most:
            line = joined
            continue
        if line:
            yield line
            start = indent
        line = start + word
        while width(line) > most:
            head = _fitting(line, most)
            yield head
            start = indent
            line = start + line[len(head) :]
    if line:
        yield line


def _fitting(text: str, most: int) -> str:
    """The longest beginning that fits of ``text``, which as a whole does not."""
    used = accumulate(map(_width, text))
    return text[: next(index for index, reached in enumerate(used) if reached > most)]


def _width(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    above = unicodedata.category(character) in {"Mn", "Me"} and character != _EMOJI_STYLE
    return 0 if above else 1
