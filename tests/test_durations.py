"""Durations as text and as numbers."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from schedsim.durations import LONGEST, UNITS, format_duration, parse_duration, parse_ticks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5ms", 5_000_000),
        ("1.5 s", 1_500_000_000),
        ("0us", 0),
        ("1_000ns", 1_000),
        ("5µs", 5_000),
        ("5μs", 5_000),
        ("2m", 120_000_000_000),
        ("2min", 120_000_000_000),
        ("1h", 3_600_000_000_000),
        (" 0.000001ms ", 1),
        ("87600h", LONGEST),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, expected: int) -> None:
    """Both the micro sign and the Greek letter mean micro."""
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5", "'5' has no unit: write \"5ms\""),
        ("5 parsecs", "'5 parsecs' has an unknown unit 'parsecs': use one of ns, us, ms"),
        ("-5ms", "a duration cannot be negative, got '-5ms'"),
        ("0.1ns", "'0.1ns' is finer than a nanosecond"),
        ("87601h", "'87601h' is longer than ten years"),
        ("ms", "expected a duration such as \"5ms\", got 'ms'"),
        ("", "expected a duration such as \"5ms\", got ''"),
        ("1e3ms", "expected a duration such as \"5ms\", got '1e3ms'"),
        ("٣ms", "expected a duration such as \"5ms\", got '٣ms'"),
        ("5 ms 3 us", "expected a duration such as \"5ms\", got '5 ms 3 us'"),
    ],
)
def test_what_is_no_duration_is_named(text: str, says: str) -> None:
    """The message has the value and what would be right."""
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_duration(text)


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (9, 9), ("9", 9), (" +9 ", 9)])
def test_ticks_are_whole_numbers(value: object, expected: int) -> None:
    """In a step they arrive as digits."""
    assert parse_ticks(value) == expected


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("5ms", "durations are whole numbers in a file with unit = \"tick\", got '5ms'"),
        (5.0, 'durations are whole numbers in a file with unit = "tick", got 5.0'),
        (True, 'durations are whole numbers in a file with unit = "tick", got True'),
        (-1, "a duration cannot be negative"),
        ("-1", "a duration cannot be negative"),
        (LONGEST + 1, "more than 315,360,000,000,000,000 ticks cannot be counted"),
        pytest.param(16**9_000, "ticks cannot be counted", id="a number that int() will not show"),
    ],
)
def test_what_is_no_tick_is_named(value: object, says: str) -> None:
    """Also a number that is too long to be shown."""
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_ticks(value)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (0, "0 ms"),
        (1, "1 ns"),
        (999, "999 ns"),
        (1_500, "1.5 us"),
        (132_000_000, "132 ms"),
        (999_949, "999.9 us"),
        (999_999, "1 ms"),
        (1_234_567, "1.235 ms"),
        (12_345_678, "12.35 ms"),
        (123_456_789, "123.5 ms"),
        (3_655_000_000_000, "3655 s"),
        (43_200_000_000_000, "12 h"),
        (-5_000_000, "-5 ms"),
    ],
)
def test_a_duration_is_written_as_a_person_would(time: int, expected: str) -> None:
    """Four digits at most, in a unit that keeps the number readable."""
    assert format_duration(time) == expected


@pytest.mark.parametrize(("time", "expected"), [(0, "0 ticks"), (1, "1 tick"), (5, "5 ticks")])
def test_ticks_are_written_as_ticks(time: int, expected: str) -> None:
    """They have no other unit."""
    assert format_duration(time, "tick") == expected


@given(st.integers(0, LONGEST), st.sampled_from(["ns", "us", "ms", "s"]))
def test_a_duration_in_any_decimal_unit_is_read_exactly(time: int, unit: str) -> None:
    """No float is on the way."""
    assert parse_duration(f"{Decimal(time) / UNITS[unit]:f}{unit}") == time


@given(st.integers(0, LONGEST))
def test_what_is_written_can_be_read_again(time: int) -> None:
    """With an error of half a thousandth at most."""
    assert abs(parse_duration(format_duration(time)) - time) * 2_000 <= time


@given(st.integers(0, LONGEST))
def test_ticks_can_be_read_again(ticks: int) -> None:
    """As a number and as digits."""
    assert parse_ticks(ticks) == parse_ticks(str(ticks)) == ticks


@given(st.text(alphabet="0123456789._+- munsh\u00b5", max_size=12) | st.text())
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    """And a duration is never negative, nor too long."""
    for read in (parse_duration, parse_ticks):
        try:
            time = read(text)
        except ValueError:
            continue
        assert 0 <= time <= LONGEST
