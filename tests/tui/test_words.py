"""Round numbers, lines that fit, lesson texts, letters."""

import pytest
from hypothesis import given, strategies as st

from schedsim.run import Run
from schedsim.scenario import Job, Scenario
from schedsim.tui.identity import Cast, letters
from schedsim.tui.paint import LABEL, Part, fit, pad, series
from schedsim.tui.prose import prose
from schedsim.tui.scale import larger, round_down, round_up, smaller
from tests.tui.scenes import STARVE, ops


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [(1, 1, 1), (0.2, 1, 1), (2.1, 5, 2), (5, 5, 5), (99, 100, 50), (101, 200, 100)],
)
def test_round_numbers(value: float, up: int, down: int) -> None:
    assert (round_up(value), round_down(value)) == (up, down)


@given(st.integers(1, 10**18))
def test_the_next_round_number_has_the_present_one_before_it(value: int) -> None:
    number = round_up(value)
    assert smaller(larger(number)) == number
    assert round_down(number) == number


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("worker", 6, "worker"),
        ("worker", 5, "work…"),
        ("worker-12", 7, "work…12"),
        ("worker-12", 3, "wo…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("x", 0, ""),
    ],
)
def test_text_that_does_not_fit(text: str, width: int, shown: str) -> None:
    assert fit(text, width) == shown


def test_padding_counts_columns() -> None:
    assert pad("日本", 6) == "日本  "


def test_a_series_counts_what_has_no_room() -> None:
    painted = []

    def paint(number: int) -> list[Part]:
        painted.append(number)
        return [(f"item-{number}", "")]

    line = series("queue", LABEL + 20, range(900), paint).plain
    assert painted == [0, 1, 2]
    assert line.split() == ["queue", "item-0", "item-1", "+898"]


def test_a_lesson_keeps_its_structure() -> None:
    text = "# Head\n\nOne\nparagraph with **bold** and `code`.\n\n- first\n  goes on\n2. second"
    assert prose(text).plain.split("\n") == [
        "Head",
        "",
        "One paragraph with bold and code.",
        "",
        "· first goes on",
        "2. second",
    ]


@given(st.text(max_size=200))
def test_any_lesson_can_be_shown(text: str) -> None:
    assert "\x1b" not in prose(text).plain


def test_letters_are_given_in_order_and_not_to_loops() -> None:
    cast = Cast(Run(STARVE).trace)
    assert [cast[n].letter for n in range(1, len(cast))] == ["", "@", "A", "B", "C", "D"]


def test_no_two_have_the_same_letters_however_many_there_are() -> None:
    cast = Cast(Run(Scenario("many", jobs=(Job("w", ops("compute 1ms"), count=60),))).trace)
    assert cast[2].letter == "A"
    assert cast[2 + 51].letter == "z"
    assert cast[2 + 52].letter == "AA"
    assert cast[2 + 52].colour != cast[2].colour
    assert [letters(n) for n in (52 + 51, 52 + 52, 52 + 52 * 52)] == ["Az", "BA", "AAA"]
    assert len({letters(n) for n in range(5_000)}) == 5_000
