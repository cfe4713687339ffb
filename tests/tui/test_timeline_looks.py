"""How the timeline looks: folded, filtered, with a range, bookmarks, and what was asked about."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from schedsim.scenario import Scenario
from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import DARK, LIGHT
from tests.machines import MS, job, loop, tree
from tests.tui.scenes import GIL, STARVE, Drive, go, make_app, player

pytestmark = pytest.mark.app

Compare = Callable[..., bool]

SMALL, LARGE = (80, 24), (120, 40)

WEB = tree(
    (
        "web",
        (
            loop("main", *(job(f"t{n}", "compute 3ms", "sleep 9ms", "get q") for n in range(4))),
            job("w1", "compute 30ms"),
        ),
    ),
    (
        "db",
        (
            job("w2", "compute 14ms", "sleep 3ms"),
            job("w3", "sleep 1ms", "compute 11ms", "acquire m", "compute 2ms", "release m"),
        ),
    ),
    cores=2,
)


def pressing(at: float, *keys: str) -> Drive:
    """Go to a time, and then press keys; a key that is a number is a time to go to."""

    async def before(pilot: Pilot[None]) -> None:
        await go(at)(pilot)
        for key in keys:
            if key.isdecimal() and len(key) > 1:
                await go(float(key))(pilot)
            else:
                await pilot.press(key)
        await pilot.pause()
        pilot.app.clear_notifications()
        await pilot.pause()

    return before


RANGE = pressing(28, "apostrophe", "v", "60", "v", "44", *["down"] * 5)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_a_range_and_a_bookmark(snap_compare: Compare, size: tuple[int, int], theme: Any) -> None:
    app = make_app(GIL, remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=size, run_before=RANGE)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_groups(snap_compare: Compare, size: tuple[int, int]) -> None:
    drive = pressing(12, *["down"] * 4, "x")
    assert snap_compare(make_app(WEB), terminal_size=size, run_before=drive)


def test_all_groups_folded(snap_compare: Compare) -> None:
    assert snap_compare(make_app(WEB), terminal_size=SMALL, run_before=pressing(12, "X"))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_finding_lanes(snap_compare: Compare, size: tuple[int, int], theme: Any) -> None:
    app = make_app(STARVE, remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=size, run_before=pressing(132, "slash", *"tic"))


def test_a_filter_that_is_kept(snap_compare: Compare) -> None:
    drive = pressing(132, "slash", *"tic", "enter")
    assert snap_compare(make_app(STARVE), terminal_size=SMALL, run_before=drive)


def test_a_name_that_nobody_has(snap_compare: Compare) -> None:
    drive = pressing(132, "slash", *"[/]", "enter")
    assert snap_compare(make_app(STARVE), terminal_size=SMALL, run_before=drive)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
def test_going_to_a_place(snap_compare: Compare, size: tuple[int, int], theme: Any) -> None:
    drive = pressing(132, "apostrophe", "200", "apostrophe", "colon", "1", "3", "2", "enter")
    app = make_app(STARVE, remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=size, run_before=drive)


def marked(at: float, *, hides: bool) -> Drive:
    """Mark two stretches; maybe the future is to be guessed."""

    async def before(pilot: Pilot[None]) -> None:
        await go(at)(pilot)
        session = player(pilot).session
        tasks = [row.lane for row in session.shown_rows() if row.lane.kind in ("thread", "task")]
        session.marked = {tasks[1]: ((30 * MS, 60 * MS),), tasks[-1]: ((60 * MS, 100 * MS),)}
        session.hides_future = hides
        player(pilot).show()
        await pilot.pause()

    return before


@pytest.mark.parametrize("hides", [False, True], ids=["told", "hidden"])
@pytest.mark.parametrize("scenario", [STARVE, GIL], ids=lambda s: s.name)
def test_what_was_asked_about(snap_compare: Compare, scenario: Scenario, *, hides: bool) -> None:
    app = make_app(scenario)
    assert snap_compare(app, terminal_size=LARGE, run_before=marked(70, hides=hides))


def test_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make_app(GIL), terminal_size=LARGE, run_before=marked(70, hides=False))


def test_the_smallest_terminal(snap_compare: Compare) -> None:
    assert snap_compare(make_app(WEB), terminal_size=(60, 16), run_before=pressing(12, "x"))
