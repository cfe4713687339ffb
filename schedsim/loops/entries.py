"""What an entry of a ready queue is: its ``entry``, which loops look at before anything else."""

from __future__ import annotations

from typing import Final

STEP: Final = 0
"""An entry of the ready queue: the next step of a :class:`Task`."""
TIMER: Final = 1
"""The callback of a timer, which makes its :class:`Task` ready for its next step."""
CALLBACK: Final = 2
"""A plain callback."""
LIVE: Final = 3
"""The next step of a :class:`LiveTask`."""
DONE: Final = 4
"""Not in the queue any more: of a :class:`Task` that has ended."""
BEHIND: Final = 5
"""Never in the queue: of a :class:`Timer`, whose callback joins it."""
