"""Text of strangers, made fit for a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from schedsim.plain import plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ticker-1", "ticker-1"),
        ("Größe 10 µs · é", "Größe 10 µs · é"),
        ("時計", "時計"),
        ("[/] [bold]", "[/] [bold]"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\tb\nc\0", "a\\x09b\\x0ac\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("שלום", "\\u05e9\\u05dc\\u05d5\\u05dd"),
        ("e\u0301", "e\\u0301"),
        ("\u200b\U000e0001", "\\u200b\\U000e0001"),
        ("\ud800", "\\ud800"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_act_upon_is_written_out(text: str, expected: str) -> None:
    """Control characters, writing directions, combining characters; markup is only text."""
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("ticker", 6, "ticker"),
        ("ticker", 5, "tick…"),
        ("x" * 10_000, 3, "xx…"),
        ("\x1b\x1b", 4, "\\x1…"),
        ("ab", 1, "…"),
    ],
)
def test_a_long_text_ends_in_an_ellipsis(text: str, most: int, expected: str) -> None:
    """The escapes count, too."""
    assert plain(text, most) == expected


@given(st.text(), st.none() | st.integers(1, 20))
def test_any_text_becomes_harmless(text: str, most: int | None) -> None:
    """Printable, left to right, of bounded length, and left alone where it was so."""
    shown = plain(text, most)
    assert shown.isprintable()
    assert not any(unicodedata.bidirectional(each) in ("R", "AL", "AN") for each in shown)
    assert most is None or len(shown) <= most
    assert plain(shown, most) == shown
