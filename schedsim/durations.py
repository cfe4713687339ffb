"""Durations as people write them, and as the machine counts them.

Inside schedsim a time or duration is an ``int``: nanoseconds, or ticks in a file that says
``unit = "tick"``.  Text becomes an int once, here, and an int becomes text once, here.
Nothing else belongs in this module.
"""

from __future__ import annotations

import re
from decimal import Decimal

Time = int
"""A moment or a duration: integer nanoseconds (ticks in tick files)."""

UNITS: dict[str, int] = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "min": 60 * 1_000_000_000,
    "h": 3_600 * 1_000_000_000,
}

LONGEST = 10 * 365 * 24 * UNITS["h"]
"""The longest duration a file may ask for: ten years.  More is surely a slip of the pen."""

_TEXT = re.compile(r"\s*(?P<number>[+-]?\d+(?:_\d+)*(?:\.\d+)?)\s*(?P<unit>[a-z]*)\s*", re.ASCII)
_DIGITS = re.compile(r"\s*[+-]?[0-9]{1,30}\s*")


def parse_duration(text: str) -> Time:
    """Read ``"5ms"``, ``"1.5 s"`` or ``"0us"`` as nanoseconds.

    Raises:
        ValueError: not a number and a unit, negative, finer than a nanosecond, or absurdly long.
    """
    match = _TEXT.fullmatch(text.replace("µ", "u").replace("μ", "u"))  # the sign, and the letter
    if match is None:
        raise ValueError(f'expected a duration such as "5ms", got {text!r}')
    unit = match["unit"]
    if not unit:
        raise ValueError(
            f'{text!r} has no unit: write "{text.strip()}ms", or another of {_names()}'
        )
    if unit not in UNITS:
        raise ValueError(f"{text!r} has an unknown unit {unit!r}: use one of {_names()}")
    exact = Decimal(match["number"].replace("_", "")) * UNITS[unit]
    if exact < 0:
        raise ValueError(f"a duration cannot be negative, got {text!r}")
    if exact > LONGEST:
        raise ValueError(f"{text!r} is longer than ten years")
    if exact != int(exact):
        raise ValueError(f"{text!r} is finer than a nanosecond")
    return int(exact)


def parse_ticks(value: object) -> Time:
    """Read a duration of a tick file: a bare integer, or its digits.

    Raises:
        ValueError: anything else, negative, or absurdly long.
    """
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f'durations are whole numbers in a file with unit = "tick", got {value!r}')
    if value < 0:
        raise ValueError("a duration cannot be negative")
    if value > LONGEST:
        raise ValueError(f"more than {LONGEST:,} ticks cannot be counted")
    return value


def format_duration(time: Time, unit: str = "ns") -> str:
    """Write a duration the way a person would: ``132.0 ms``, ``12 h``, ``5 ticks``.

    Three to four significant digits; a unit that keeps the number readable; exact for whole
    numbers of a unit.
    """
    if unit == "tick":
        return f"{time} tick" if time == 1 else f"{time} ticks"
    if time < 0:
        return "-" + format_duration(-time)
    for name in ("h", "s", "ms", "us"):
        size = UNITS[name]
        least = 2 * size if name == "h" else size - size // 20_000  # not 1000 us, but 1 ms
        if time >= least:
            return f"{_number(time, size)} {name}"
    return f"{time} ns" if time else "0 ms"


def _number(time: Time, size: int) -> str:
    whole, rest = divmod(time, size)
    if not rest:
        return f"{whole}"
    digits = max(1, 4 - len(str(whole)))
    return f"{time / size:.{digits}f}".rstrip("0").rstrip(".")


def _names() -> str:
    return ", ".join(UNITS)
