"""Where a run stops that would go on for ever; apart, because the command line's help tells it."""

from __future__ import annotations

MOST_ROWS = 2_000_000
"""Where a run stops that nobody has limited: a few seconds of work, 50 MB of trace."""

MOST_EVENTS = 100_000_000
"""The highest limit one may set instead: more than a machine of today can hold."""

PATIENCE = 10.0
"""Seconds of real time in which something has to happen, or a body is given up."""
