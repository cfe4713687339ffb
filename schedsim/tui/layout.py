"""How the player shares its lines out among its panels.

Low terminals give a panel a rule above, high ones a frame around it: see app.tcss.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

TALL, WIDE = 32, 110
"""From so many lines panels have frames; from so many columns there is a side."""
SMALLEST = (60, 16)
"""Columns and lines below which nothing fits."""
TOO_SMALL = f"The terminal is too small: schedsim needs {SMALLEST[0]} x {SMALLEST[1]}."

_LEAST_TOP = 3
_LEAST_LANES = 5
_SPARE_FOR_WHY = 2


class Shares(NamedTuple):
    """Lines with the frame; the timeline gets what is left."""

    top: int
    why: int


def shares(height: int, wanted: Mapping[str, int], top: int, asked: int = 0) -> Shares:
    """As many lines to the top as it wants, if the timeline can do without them.

    Args:
        height: lines of the terminal.
        wanted: how many lines each panel would like.
        top: how many the panels at the top would like.
        asked: how many a question takes, with its frame.
    """
    frame = 2 if height >= TALL else 1
    lines = height - 2 - 3 * frame - asked
    why = wanted["why"]
    lanes = min(wanted["timeline"], max(_LEAST_LANES, lines * 5 // 9))
    top = max(_LEAST_TOP, min(top, lines - why - lanes))
    spare = lines - why - top - wanted["timeline"]
    why += max(0, min(_SPARE_FOR_WHY, spare))
    return Shares(top + frame, why + frame)
