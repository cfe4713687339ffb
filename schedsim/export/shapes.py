"""Parts of which an SVG picture is made: texts, lengths, round steps of an axis."""

from __future__ import annotations

from html import escape

from schedsim.durations import Time


def text(
    x: float, y: float, says: str, name: str, *, middle: bool = False, inside: str = ""
) -> str:
    """A line of text; ``inside`` is what stands in its element besides."""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text class="{name}" x="{n(x)}" y="{n(y)}"{anchor}>{escape(says)}{inside}</text>'


def n(number: float) -> str:
    """A length in pixels, as short as a picture needs it."""
    return f"{number:.1f}".removesuffix(".0")


def round_up(least: float) -> Time:
    """The smallest of 1, 2, 5, 10, 20, 50 ... that is not below ``least``."""
    size = 1
    while size * 10 <= least:
        size *= 10
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= least)
