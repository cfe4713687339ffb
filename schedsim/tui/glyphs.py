"""How a situation is drawn, and what the legend calls it.  No two look alike without colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from schedsim.timeline import Situation


class Sign(NamedTuple):
    """A sign for a situation."""

    glyph: str
    style: str
    """The component class that colours it; empty for the entity's own colour."""
    meaning: str
    brief: str = ""
    """What a legend calls it that has no room; the meaning if empty."""


SIGNS: Mapping[Situation, Sign] = {
    Situation.NEW: Sign(" ", "rests", ""),
    Situation.RUNNING: Sign("█", "", "running"),
    Situation.READY: Sign("░", "waits", "ready"),
    Situation.THREAD_WAITS: Sign(":", "held", "its thread waits", "thread waits"),
    Situation.WAITS_FOR_GIL: Sign("▒", "held", "waits for GIL", "needs GIL"),
    Situation.WAITS_FOR_LOCK: Sign("╌", "held", "waits for a lock", "lock"),
    Situation.WAITS_FOR_OTHERS: Sign("~", "rests", "waits for others", "others"),
    Situation.CALLING: Sign("▓", "stuck", "blocking call", "call"),
    Situation.SUSPENDED: Sign("·", "rests", "suspended"),
    Situation.SWITCHING: Sign("×", "stuck", "context switch", "switch"),
    Situation.IDLE: Sign("─", "rests", "free"),
    Situation.GONE: Sign(" ", "rests", ""),
}

BRIEFLY = Sign("│", "", "ran briefly", "briefly")
"""A cell in which it ran for less than half of the time."""

MISSED = Sign("!", "missed", "deadline missed", "missed")
"""A cell in which there is a deadline by which a job was not done."""

BOOKMARK = Sign("*", "bookmark", "bookmark")
"""On the axis."""

RANGE = Sign("═", "range", "range")
"""On the axis."""

MARKED = Sign("_", "marked", "marked")
"""What somebody has asked about: underlined, whatever its own glyph is."""

ALL = (*SIGNS.values(), BRIEFLY, MISSED, BOOKMARK, RANGE, MARKED)
"""In the order of a legend."""
