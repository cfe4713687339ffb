"""What asyncio raises into a task; its ``RuntimeError`` and ``ValueError`` are Python's here too.

How a task ends by them is in ``futures``.
"""

from __future__ import annotations

from schedsim.traps import Stop


class Cancelled(Stop):
    """``asyncio.CancelledError``."""


class TimedOut(Exception):
    """``TimeoutError``."""


class QueueFull(Exception):
    """``asyncio.QueueFull``."""


class QueueEmpty(Exception):
    """``asyncio.QueueEmpty``."""


class Failed(Exception):
    """What a step raises; its argument is the name."""
