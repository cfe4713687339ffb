"""How the player looks with each panel, in each class of sizes.

Look at the pictures before accepting new ones.
"""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from schedsim import library
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.scenario_file import load
from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import LIGHT
from tests.tui.scenes import GIL, PROCESSES, Drive, go, make_app, ops, player

pytestmark = pytest.mark.app

Compare = Callable[..., bool]

SIZES = [(60, 16), (80, 24), (100, 30), (120, 40), (160, 50)]
STARVING = load(library.path("starving-loop"))
MANY = Scenario(
    "Sixty workers",
    name="many",
    machine=MachineSpec(cores=2),
    python=PythonSpec(gil=False),
    jobs=(Job("worker", ops("compute 60ms"), count=60),),
)


def press(milliseconds: float, *keys: str) -> Drive:
    """Go there, press keys, and wait for what is found in the background."""

    async def before(pilot: Pilot[None]) -> None:
        await go(milliseconds)(pilot)
        await pilot.press(*keys)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        pilot.app.clear_notifications()
        await pilot.pause()

    return before


@pytest.mark.parametrize("key", ["5", "6", "7", "8"])
@pytest.mark.parametrize("size", [(60, 16), (80, 24), (100, 30)], ids=lambda size: f"{size[0]}")
def test_a_panel_in_the_place_of_the_timeline(
    snap_compare: Compare, size: tuple[int, int], key: str
) -> None:
    app = make_app(STARVING, remembered=Remembered())
    assert snap_compare(app, terminal_size=size, run_before=press(60, key))


@pytest.mark.parametrize("size", [(120, 40), (160, 50), (200, 60)], ids=lambda size: f"{size[0]}")
def test_all_panels(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = make_app(STARVING, remembered=Remembered(hidden=()))
    assert snap_compare(app, terminal_size=size, run_before=press(60))


def test_all_panels_in_light(snap_compare: Compare) -> None:
    app = make_app(GIL, remembered=Remembered(theme=LIGHT.name, hidden=()))
    assert snap_compare(app, terminal_size=(120, 40), run_before=press(28, "tab", "tab"))


def test_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(STARVING, remembered=Remembered())
    assert snap_compare(app, terminal_size=(80, 24), run_before=press(60, "8", "tab", "tab"))


@pytest.mark.parametrize("key", ["1", "2", "3", "4"])
def test_one_panel_hidden(snap_compare: Compare, key: str) -> None:
    app = make_app(STARVING, remembered=Remembered())
    assert snap_compare(app, terminal_size=(80, 24), run_before=press(60, key))


@pytest.mark.parametrize("panel", ["loop", "findings", "metrics"])
def test_one_panel_large(snap_compare: Compare, panel: str) -> None:
    async def before(pilot: Pilot[None]) -> None:
        stage = player(pilot).stage
        await press(60, "7" if panel == "findings" else "8")(pilot)
        stage.focus_on(panel)
        stage.alone = panel
        player(pilot).show()
        await pilot.pause()

    app = make_app(STARVING, remembered=Remembered())
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


def test_whoever_has_just_moved_stands_out(snap_compare: Compare) -> None:
    app = make_app(PROCESSES, remembered=Remembered())
    assert snap_compare(app, terminal_size=(80, 24), run_before=press(70, *["right"] * 3))


def test_more_threads_than_letters(snap_compare: Compare) -> None:
    app = make_app(MANY, remembered=Remembered())
    assert snap_compare(app, terminal_size=(80, 24), run_before=press(300))


def test_nothing_at_all(snap_compare: Compare) -> None:
    app = make_app(STARVING, remembered=Remembered())
    assert snap_compare(app, terminal_size=(80, 24), run_before=press(60, *"1234"))
