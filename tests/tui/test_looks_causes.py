"""How the chain of wakes, the critical path and the program panel look."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from schedsim import library
from schedsim.recording import Source
from schedsim.timeline import LaneId
from schedsim.trace import Role
from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import DARK, LIGHT
from tests.tui.scenes import GIL, INVERSION, MS, STARVE, Drive, make_app, player

pytestmark = pytest.mark.app

Compare = Callable[..., bool]

SMALL, LARGE = (80, 24), (120, 40)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def at(who: str, milliseconds: float, *keys: str) -> Drive:
    """Select the lane of ``who``, go to a moment, and press keys."""

    async def drive(pilot: Pilot[None]) -> None:
        await pilot.pause()
        screen = player(pilot)
        session = screen.session
        (found,) = [
            e for e in session.trace.entities if e.name == who and e.role is not Role.PROCESS
        ]
        session.selected = LaneId(found.role.name.lower(), found.id)
        session.to_time(int(milliseconds * MS))
        screen.show()
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()

    return drive


def of_library(name: str, theme: Any = DARK) -> Any:
    return make_app(Source.of(library.path(name)).load(), remembered=Remembered(theme=theme.name))


@SIZES
@THEMES
def test_the_chain_of_wakes(snap_compare: Compare, size: tuple[int, int], theme: Any) -> None:
    app = of_library("to-thread", theme)
    assert snap_compare(app, terminal_size=size, run_before=at("server", 125, "W", "W", "W", "W"))


def test_the_chain_of_a_lock_without_colours(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    drive = at("high", 12e-6, "W", "W")
    assert snap_compare(make_app(INVERSION), terminal_size=SMALL, run_before=drive)


@SIZES
@THEMES
def test_the_critical_path(snap_compare: Compare, size: tuple[int, int], theme: Any) -> None:
    app = make_app(STARVE, remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=size, run_before=at("ticker-1", 40, "C"))


def test_the_critical_path_under_the_gil(snap_compare: Compare) -> None:
    drive = at("cpu-1", 40, "C")
    assert snap_compare(make_app(GIL), terminal_size=SMALL, run_before=drive)


@THEMES
def test_a_suspended_coroutine_keeps_its_place(snap_compare: Compare, theme: Any) -> None:
    app = of_library("four-styles", theme)
    assert snap_compare(app, terminal_size=LARGE, run_before=at("coroutine", 5))


def test_a_coroutine_at_work(snap_compare: Compare) -> None:
    drive = at("stubborn", 30)
    assert snap_compare(of_library("plain-asyncio"), terminal_size=LARGE, run_before=drive)


def test_a_thread_that_runs_a_loop(snap_compare: Compare) -> None:
    assert snap_compare(make_app(STARVE), terminal_size=LARGE, run_before=at("main", 132))


def test_philosophers_in_a_circle(snap_compare: Compare) -> None:
    drive = at("P1", 1)
    assert snap_compare(of_library("philosophers"), terminal_size=LARGE, run_before=drive)
