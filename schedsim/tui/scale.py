"""Round numbers: for speeds, for the width of a cell, for the marks of a time axis."""

from __future__ import annotations

from schedsim.durations import Time

_STEPS = (1, 2, 5)


def round_up(value: float) -> Time:
    """The smallest of 1, 2, 5, 10, 20, 50 ... that is not less than ``value``."""
    size = 1
    while True:
        for step in _STEPS:
            if step * size >= value:
                return step * size
        size *= 10


def round_down(value: float) -> Time:
    """The greatest of 1, 2, 5, 10, 20, 50 ... that is not more than ``value``, but at least 1."""
    found = up = round_up(value)
    while found > value and found > 1:
        found = up = smaller(up)
    return found


def larger(value: Time) -> Time:
    """The next round number after ``value``."""
    return round_up(value + 1)


def smaller(value: Time) -> Time:
    """The round number before a round ``value``; 1 has none before it."""
    if value <= 1:
        return 1
    half = value // 2
    return half if str(value)[0] != "5" else value * 2 // 5
