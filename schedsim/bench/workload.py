"""What is measured, by everybody alike, and the clock.

W2 to W5 are the workloads of the performance study; their sizes and draws stand here, because the
engine and its peers must do the same work.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator
from typing import Final, Literal

QUANTUM: Final = 10
CORES: Final = 4
SWITCHES = 100_000
THREADS: Final = 100
"""W3: so many threads share the cores until there have been so many switches."""

SLEEPS: Final = 10
"""W4: so often each task sleeps."""
AT_LEAST = 100_000
"""W4: so many sleeps at least are measured, if need be in one loop after another."""

CUSTOMERS = 100_000
SERVERS: Final = 4
_ARRIVALS: Final = 1_000_000 / 3.6
_SERVICE: Final = 1_000_000
"""W2: 3.6 customers arrive in the time that one server needs for one: each is busy for 0.9."""

PERIODS: Final = (25, 10, 40, 5, 8, 8, 25, 5, 16, 5)
"""W5: of the ten tasks, in milliseconds."""
PROCESSORS: Final = 2
SHARE: Final = 0.16
"""W5: how much of one processor each task needs; together 0.8 of both."""
JOBS = 20_000
"""W5: about so many jobs are released."""
MILLISECOND: Final = 1_000_000

Unit = Literal["ns", "ms", "B"]

Measured = tuple[int, float]
"""Events, and what they took together: seconds of processor time, or bytes."""


def timed(events: int, run: Callable[[], object]) -> Measured:
    """Run with everything that is there already out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    run()
    return events, time.process_time() - began


def again(tasks: int, measure: Callable[[], Measured]) -> Measured:
    """``measure`` anew until there have been events enough: few tasks are too short to time."""
    events, seconds = 0, 0.0
    while events < max(AT_LEAST, tasks):
        more, took = measure()
        events += more
        seconds += took
    return events, seconds


def scattered() -> Iterator[int]:
    """Numbers below 2**31 in no order, the same in every run."""
    state = 1
    while True:
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % (1 << 64)
        yield state >> 33


def customers() -> list[tuple[int, int]]:
    """W2: when each customer comes, and how long it is served; whole numbers, exponential."""
    numbers = scattered()

    def exponential(mean: float) -> int:
        return max(1, round(-math.log(1 - next(numbers) / (1 << 31)) * mean))

    found, now = [], 0
    for _ in range(CUSTOMERS):
        now += exponential(_ARRIVALS)
        found.append((now, exponential(_SERVICE)))
    return found


def horizon() -> int:
    """W5: how long to run for so many jobs, in milliseconds."""
    return int(JOBS / sum(1 / period for period in PERIODS))


def released() -> int:
    """W5: how many jobs are released until then."""
    return sum(-(-horizon() // period) for period in PERIODS)
