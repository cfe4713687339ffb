"""Moments and durations as asyncio has them (float seconds) and as the machine counts them.

Not here: the clock itself, which is the engine's.
"""

from __future__ import annotations

import math
from typing import Final

from schedsim.durations import Time, parse_duration
from schedsim.trace import NEVER

_SECOND: Final = 1_000_000_000
_LEAST_RESOLUTION: Final = 1e-9

Duration = float | str
"""Seconds, or text with a unit such as ``"5ms"``."""


def seconds(time: Time) -> float:
    """The float nearest to that many nanoseconds."""
    return time / _SECOND


def nanoseconds(moment: float) -> Time:
    """The nanosecond nearest to a moment in seconds; ``NEVER`` if there is none.

    Nearest, because 0.1 + 0.2 is meant to be 300 ms: a float is never more than its resolution
    away from what was meant, and :func:`resolution` covers that.
    """
    if not math.isfinite(moment):
        return NEVER
    numerator, denominator = float(moment).as_integer_ratio()
    return (2 * numerator * _SECOND + denominator) // (2 * denominator)


def nearest(moment: float) -> float:
    """The moment of the machine's clock that is nearest, in seconds; itself if there is none."""
    found = nanoseconds(moment)
    return moment if found == NEVER else seconds(found)


def resolution(now: float) -> float:
    """Within how much of ``now`` a timer is due (``BaseEventLoop._clock_resolution``).

    A nanosecond; far from 0 floats lie farther apart, and what was due would never be.
    """
    return max(_LEAST_RESOLUTION, 2 * math.ulp(now))


def duration(length: Duration) -> Time:
    """A length of time that somebody wrote, in nanoseconds.

    Raises:
        ValueError: it is negative, endless, or text that is no duration.
    """
    if isinstance(length, str):
        return parse_duration(length)
    found = nanoseconds(length) if length >= 0 else NEVER
    if found == NEVER:
        raise ValueError(f"a duration is a number of seconds from 0 on, not {length!r}")
    return found
