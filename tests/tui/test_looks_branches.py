"""How the list of branches, runs side by side and the dialogs about them look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import DARK, LIGHT
from tests.tui.branching import app_of, from_library, settled, source_of
from tests.tui.scenes import Drive, go

pytestmark = pytest.mark.app

Compare = Callable[..., bool]

SMALL, LARGE, HUGE = (80, 24), (120, 40), (140, 40)


def after(*deeds: float | str) -> Drive:
    """Go to these moments in ms, and press these keys."""

    async def drive(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for deed in deeds:
            if isinstance(deed, str):
                await pilot.press(*deed.split())
            else:
                await go(deed)(pilot)
            pilot.app.clear_notifications()  # they go away by themselves, after a while
            await settled(pilot)

    return drive


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_the_list_of_branches(snap_compare: Compare, theme: Any) -> None:
    app = app_of(source_of(), remembered=Remembered(theme=theme.name))
    deeds = after("end", 30, "y", 50, "plus", "u", "m", "tab tab 2 enter", 40, "b", "up space")
    assert snap_compare(app, terminal_size=SMALL, run_before=deeds)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_the_heading_of_a_branch(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = app_of(source_of())
    assert snap_compare(app, terminal_size=size, run_before=after("end", 30, "y"))


def test_two_branches_side_by_side_in_a_small_terminal(snap_compare: Compare) -> None:
    deeds = after("end", 30, "y", "c enter")
    assert snap_compare(app_of(source_of()), terminal_size=SMALL, run_before=deeds)


def test_two_branches_side_by_side_in_light(snap_compare: Compare) -> None:
    app = app_of(source_of(), remembered=Remembered(theme=LIGHT.name))
    deeds = after("end", 30, "y", "c enter", "n n")
    assert snap_compare(app, terminal_size=LARGE, run_before=deeds)


@pytest.mark.parametrize("size", [SMALL, HUGE], ids=["80x24", "140x40"])
def test_three_models_side_by_side(snap_compare: Compare, size: tuple[int, int]) -> None:
    deeds = after("c", "space down space enter", "right right")
    app = app_of(from_library("three-ways"))
    assert snap_compare(app, terminal_size=size, run_before=deeds)


def test_the_numbers_of_four_models(snap_compare: Compare) -> None:
    deeds = after("c", "space down space down down space enter", "v")
    app = app_of(from_library("three-ways"))
    assert snap_compare(app, terminal_size=SMALL, run_before=deeds)


def test_side_by_side_without_colours(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    deeds = after("end", 30, "y", "c enter")
    assert snap_compare(app_of(source_of()), terminal_size=SMALL, run_before=deeds)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_what_to_compare_with(snap_compare: Compare, theme: Any) -> None:
    app = app_of(source_of(), remembered=Remembered(theme=theme.name))
    deeds = after(30, "y", "c", "space down space")
    assert snap_compare(app, terminal_size=SMALL, run_before=deeds)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_model_and_settings(snap_compare: Compare, theme: Any) -> None:
    app = app_of(source_of(), remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=SMALL, run_before=after(30, "y", "m"))


def test_model_and_settings_that_do_not_fit(snap_compare: Compare) -> None:
    typed = "tab tab x tab j o b . t i k e r . c o u n t = 5 enter"
    deeds = after(30, "y", "m", typed)
    assert snap_compare(app_of(source_of()), terminal_size=SMALL, run_before=deeds)
