"""How the choice of a scheduling policy looks, and the player when the rules have changed."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.theme import Theme

from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import DARK, LIGHT
from tests.tui.scenes import GIL, PROCESSES, Drive, go, make_app

pytestmark = pytest.mark.app

Compare = Callable[..., bool]

SMALL, LARGE = (80, 24), (120, 40)


def choosing(*keys: str) -> Drive:
    """Open the dialog at 25 ms, and press keys there."""

    async def drive(pilot: Pilot[None]) -> None:
        await go(25)(pilot)
        await pilot.press("P")
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()

    return drive


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_the_choice_of_a_policy(snap_compare: Compare, size: tuple[int, int], theme: Theme) -> None:
    app = make_app(PROCESSES, remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=size, run_before=choosing())


def test_a_policy_with_many_parameters(snap_compare: Compare) -> None:
    drive = choosing(*["down"] * 8, "tab", "tab")
    assert snap_compare(make_app(PROCESSES), terminal_size=SMALL, run_before=drive)


def test_a_parameter_that_does_not_fit(snap_compare: Compare) -> None:
    drive = choosing("tab", "x", "enter")
    assert snap_compare(make_app(PROCESSES), terminal_size=SMALL, run_before=drive)


def test_the_smallest_terminal(snap_compare: Compare) -> None:
    assert snap_compare(make_app(PROCESSES), terminal_size=(60, 16), run_before=choosing())


def test_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make_app(PROCESSES), terminal_size=SMALL, run_before=choosing("down"))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_a_gil_that_was_switched_off(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def drive(pilot: Pilot[None]) -> None:
        await go(28)(pilot)
        await pilot.press("g")
        await go(45)(pilot)
        pilot.app.clear_notifications()
        await pilot.pause()

    assert snap_compare(make_app(GIL), terminal_size=size, run_before=drive)
