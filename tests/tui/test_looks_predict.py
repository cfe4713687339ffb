"""How a question, its answer and the dialog of breakpoints look."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from schedsim.breakpoints import known_of
from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import DARK, LIGHT
from tests.tui.scenes import GIL, PROCESSES, STARVE, Drive, go, make_app, player

pytestmark = pytest.mark.app

Compare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])


def after(milliseconds: float, *keys: str) -> Drive:
    """Press keys there."""

    async def before(pilot: Pilot[None]) -> None:
        await go(milliseconds)(pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        pilot.app.clear_notifications()
        await pilot.pause()

    return before


@SIZES
def test_a_question_of_who(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(STARVE), terminal_size=size, run_before=after(36, "w"))


@SIZES
def test_a_question_of_why(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = make_app(GIL)
    assert snap_compare(app, terminal_size=size, run_before=after(14, "w", "down", "enter"))


@SIZES
def test_an_answer(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = make_app(STARVE)
    assert snap_compare(app, terminal_size=size, run_before=after(36, "w", "4", "2"))


def test_an_answer_that_was_right(snap_compare: Compare) -> None:
    app = make_app(PROCESSES, remembered=Remembered(theme=LIGHT.name))
    drive = after(25, "w", "1", "2")
    assert snap_compare(app, terminal_size=(80, 24), run_before=drive)


def test_a_question_without_colours(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make_app(STARVE), terminal_size=(80, 24), run_before=after(36, "w"))


def test_a_question_in_the_smallest_terminal(snap_compare: Compare) -> None:
    assert snap_compare(make_app(STARVE), terminal_size=(60, 16), run_before=after(36, "w"))


def with_breakpoints(*keys: str) -> Drive:
    """Open the dialog, with three of them."""

    async def before(pilot: Pilot[None]) -> None:
        await go(36)(pilot)
        session = player(pilot).session
        known = known_of(session.trace, session.run.scenario)
        for text in ("starts cruncher", "waits ticker > 20ms", "time 300ms"):
            session.stops.add(text, known)
        session.stops.toggle(2)
        await pilot.press("B")
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    return before


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])
@SIZES
def test_the_breakpoints(snap_compare: Compare, size: tuple[int, int], theme: str) -> None:
    app = make_app(STARVE, remembered=Remembered(theme=theme))
    assert snap_compare(app, terminal_size=size, run_before=with_breakpoints("tab", "down"))


def test_a_breakpoint_that_cannot_be(snap_compare: Compare) -> None:
    keys = [*"starts", "space", *"crunhcer", "enter"]
    drive = with_breakpoints(*keys)
    assert snap_compare(make_app(STARVE), terminal_size=(80, 24), run_before=drive)
