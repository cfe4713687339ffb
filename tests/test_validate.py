"""How ``schedsim validate`` tells what it has compared; what it compares is in test_targets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from schedsim.validate.checks import Check, exact, near, same
from schedsim.validate.order import compared
from schedsim.validate.orders.said import tokens
from schedsim.validate.table import rows_of, to_text


def test_a_check_is_a_line_and_what_fails_is_marked_by_a_word() -> None:
    checks = [
        near("D1", "a share", 0.5, 0.4, 0.6, unit="s"),
        exact("D22", "x" * 70, target=1_000, found=999, unit="us"),
    ]
    good, bad, last = to_text(checks).splitlines()
    assert good == f"ok   D1   a share{' ' * 59} 0.40 to 0.60 s  0.50 s"
    assert bad == f"FAIL D22  {'x' * 65}… 1,000 us        999 us"
    assert last == "1 of 2 as measured on real programs."


def test_nothing_to_check_is_no_failure() -> None:
    assert to_text([]) == "0 of 0 as measured on real programs."
    assert rows_of([]) == {"schema": 1, "passed": True, "rows": []}


def test_scripts_get_every_check_and_whether_all_passed() -> None:
    told = rows_of([same("D1", "a word", "yes", "yes"), same("D2", "another", "no", "yes")])
    assert not told["passed"]
    assert told["rows"][1] == {
        "id": "D2",
        "says": "another",
        "target": "yes",
        "measured": "no",
        "passed": False,
    }


def test_long_orders_are_told_from_just_before_where_they_differ() -> None:
    """The twenty-first letter is another one: told from ten before it."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    assert compared("letters", alphabet, alphabet) == Check(
        "D12", "letters", alphabet, alphabet, passed=True
    )
    other = alphabet.replace("u", "?")
    told = compared("letters", other * 10, alphabet * 10)
    assert not told.passed
    assert told.measured.startswith("klmnopqrst?v")
    assert told.target.startswith("klmnopqrstuv")
    assert told.measured.endswith("…")


def test_a_program_that_fails_says_so() -> None:
    async def falls(say: Callable[..., Any]) -> None:
        say("begins", 1)
        await asyncio.sleep(0)
        raise LookupError

    assert tokens(falls) == ["begins 1", "EXC LookupError"]
