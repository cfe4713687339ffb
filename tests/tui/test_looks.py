"""How every screen looks, in several sizes and themes.

Look at the pictures before accepting new ones: would someone who never saw it know who holds the
CPU, and why, in five seconds?
"""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import DARK, LIGHT
from tests.tui.scenes import (
    CALLS,
    DEADLINES,
    GIL,
    INVERSION,
    LEVELS,
    PROCESSES,
    QUEUES,
    STARVE,
    TICKS,
    go,
    make_app,
)

Compare = Callable[..., bool]

SMALL, LARGE = (80, 24), (120, 40)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_the_starving_loop(snap_compare: Compare, size: tuple[int, int], theme: Any) -> None:
    app = make_app(STARVE, remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=size, run_before=go(132))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_threads_under_the_gil(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(GIL), terminal_size=size, run_before=go(28))


def test_a_blocking_call(snap_compare: Compare) -> None:
    assert snap_compare(make_app(CALLS), terminal_size=SMALL, run_before=go(23))


def test_processes(snap_compare: Compare) -> None:
    assert snap_compare(make_app(PROCESSES), terminal_size=(100, 30), run_before=go(75))


def test_ticks(snap_compare: Compare) -> None:
    assert snap_compare(make_app(TICKS), terminal_size=SMALL, run_before=go(5e-6))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_deadlines(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(DEADLINES), terminal_size=size, run_before=go(16e-6))


def test_a_lock(snap_compare: Compare) -> None:
    assert snap_compare(make_app(INVERSION), terminal_size=SMALL, run_before=go(3e-6))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_run_queues_of_cores(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(QUEUES), terminal_size=size, run_before=go(24))


def test_levels(snap_compare: Compare) -> None:
    assert snap_compare(make_app(LEVELS), terminal_size=SMALL, run_before=go(56))


def test_cores_that_come_and_go(snap_compare: Compare) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await go(24)(pilot)
        await pilot.press("minus")
        await go(44)(pilot)
        await pilot.press("plus", "plus")
        await go(71)(pilot)
        pilot.app.clear_notifications()
        await pilot.pause()

    assert snap_compare(make_app(PROCESSES), terminal_size=SMALL, run_before=act)


def test_a_huge_terminal(snap_compare: Compare) -> None:
    assert snap_compare(make_app(STARVE), terminal_size=(200, 60), run_before=go(132))


@pytest.mark.parametrize("size", [(59, 20), (80, 15), (20, 5)], ids=lambda size: f"{size[0]}")
def test_a_terminal_that_is_too_small(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(STARVE), terminal_size=size)


def test_the_smallest_terminal(snap_compare: Compare) -> None:
    assert snap_compare(make_app(STARVE), terminal_size=(60, 16), run_before=go(132))


def test_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make_app(GIL), terminal_size=SMALL, run_before=go(28))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_the_library(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(None), terminal_size=size)


def test_the_library_in_light(snap_compare: Compare) -> None:
    app = make_app(None, remembered=Remembered(theme=LIGHT.name))
    assert snap_compare(app, terminal_size=SMALL)


@pytest.mark.parametrize("key", ["question_mark", "i", "s", "t"])
@pytest.mark.parametrize(
    "theme",
    [pytest.param(DARK, id="dark"), pytest.param(LIGHT, id="light", marks=pytest.mark.app)],
)
def test_a_dialog(snap_compare: Compare, key: str, theme: Any) -> None:
    async def open_it(pilot: Pilot[None]) -> None:
        await go(132)(pilot)
        await pilot.press(key)
        await pilot.pause()

    app = make_app(STARVE, remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=SMALL, run_before=open_it)


def test_a_dialog_that_refuses(snap_compare: Compare) -> None:
    async def refuse(pilot: Pilot[None]) -> None:
        await go(132)(pilot)
        await pilot.press("i")
        await pilot.pause()
        await pilot.press("tab", "tab", "x", "tab", "y", "enter")
        await pilot.pause()

    assert snap_compare(make_app(STARVE), terminal_size=SMALL, run_before=refuse)


def test_a_problem(snap_compare: Compare) -> None:
    assert snap_compare(make_app(None), terminal_size=SMALL, press=["end", "enter"])


def test_after_acting_in_the_past(snap_compare: Compare) -> None:
    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("end")
        await go(132)(pilot)
        await pilot.press("y")
        await pilot.pause()
        pilot.app.clear_notifications()
        await pilot.press("n", "n", "n", "n")
        await pilot.pause()

    assert snap_compare(make_app(STARVE), terminal_size=SMALL, run_before=act)
