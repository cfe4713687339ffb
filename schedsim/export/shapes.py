"""Parts of which an SVG picture is made: texts, lengths, round steps of an axis."""

from __future__ import annotations

from html import escape

from schedsim.durations import UNITS, Time, format_duration

_HOURS = 20
"""Less than so many are told in seconds."""


def text(
    x: float, y: float, says: str, name: str, *, middle: bool = False, inside: str = ""
) -> str:
    """A line of text; ``inside`` is what stands in its element besides."""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text class="{name}" x="{n(x)}" y="{n(y)}"{anchor}>{escape(says)}{inside}</text>'


def n(number: float) -> str:
    """A length in pixels, as short as a picture needs it."""
    return f"{number:.1f}".removesuffix(".0")


class Axis:
    """Labels of an axis of time: round, and all in one unit.

    Args:
        end: how far it goes.
        apart: how far one label must be from the next.
        unit: that of the trace.
    """

    def __init__(self, end: Time, apart: float, unit: str) -> None:
        self.name, self.size = "", 1
        if unit != "tick":
            sizes = {name: UNITS[name] for name in ("h", "s", "ms", "us", "ns")}
            known = {name: size for name, size in sizes.items() if end >= size}
            if end < _HOURS * UNITS["h"]:
                known.pop("h", None)
            self.name = next(iter(known))
            self.size = known[self.name]
        whole = self.size if apart >= self.size else 1
        self.times = range(0, end + 1, _round_up(apart / whole) * whole)

    def label(self, time: Time) -> str:
        """What stands at a moment."""
        if not self.name:
            return format_duration(time, "tick")
        return f"{time / self.size:g} {self.name}"


def _round_up(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 ... that is not below ``least``."""
    size = 1
    while size * 10 <= least:
        size *= 10
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= least)
