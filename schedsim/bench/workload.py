"""What is measured, by everybody alike, and the clock."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Final

QUANTUM: Final = 10
CORES: Final = 4
SWITCHES = 100_000
THREADS: Final = 100
"""W3: so many threads share the cores until there have been so many switches."""
TASKS: Final = 1_000
ROUNDS_OF_YIELDS: Final = 100
"""W4: so many tasks yield so often."""

Measured = tuple[int, float]
"""Events, and the seconds of processor time they took."""


def timed(events: int, run: Callable[[], object]) -> Measured:
    """Run with everything that is there already out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    run()
    return events, time.process_time() - began
