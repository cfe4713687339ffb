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


SIGNS: Mapping[Situation, Sign] = {
    Situation.NEW: Sign(" ", "rests", ""),
    Situation.RUNNING: Sign("█", "", "running"),
    Situation.READY: Sign("░", "waits", "ready"),
    Situation.THREAD_WAITS: Sign("▒", "held", "its thread waits"),
    Situation.WAITS_FOR_GIL: Sign("▒", "held", "waits for GIL"),
    Situation.WAITS_FOR_LOCK: Sign("╌", "held", "waits for a lock"),
    Situation.CALLING: Sign("▓", "stuck", "blocking call"),
    Situation.SUSPENDED: Sign("·", "rests", "suspended"),
    Situation.SWITCHING: Sign("×", "stuck", "context switch"),
    Situation.IDLE: Sign("─", "rests", "free"),
    Situation.GONE: Sign(" ", "rests", ""),
}

BRIEFLY = Sign("│", "", "ran briefly")
"""A cell in which it ran for less than half of the time."""

MISSED = Sign("!", "missed", "deadline missed")
"""A cell in which there is a deadline by which a job was not done."""
