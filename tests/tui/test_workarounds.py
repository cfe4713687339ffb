"""Keys and clicks that come too soon, too often or too late end nothing that they should not."""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.command import CommandPalette
from textual.widgets import Select

from schedsim.run import Run
from schedsim.tui.acts import ACTS
from schedsim.tui.screens.compare import CompareScreen
from schedsim.tui.screens.help import HelpScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.side_by_side import Entrant
from tests.tui.scenes import GIL, STARVE, make_app, player


def click(app: App[None], x: int, y: int) -> None:
    """As a terminal tells it."""
    for kind in (events.MouseDown, events.MouseUp):
        app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))


async def test_two_clicks_beside_the_palette_close_nothing_but_the_palette() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        where = next((0, y) for y in range(24) if app.get_widget_at(0, y)[0] is app.screen)
        click(app, *where)
        click(app, *where)
        await pilot.pause()
        assert isinstance(app.screen, PlayerScreen)
        assert len(app.screen_stack) == 2


async def test_a_dialog_that_is_left_twice_is_left_once() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, HelpScreen)
        _ = dialog.dismiss(None)
        _ = dialog.dismiss(None)
        await pilot.pause()
        assert isinstance(app.screen, PlayerScreen)


async def test_a_palette_that_is_closed_while_it_searches_is_not_waited_for() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        palette = app.screen
        assert isinstance(palette, CommandPalette)
        await pilot.press("escape")
        await pilot.pause()
        palette._start_no_matches_countdown("nobody is called so")
        assert palette._no_matches_timer is None


async def test_a_select_whose_parts_never_came_is_let_go() -> None:
    select: Select[int] = Select([("one", 1)])
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await app.screen.mount(select)
        await select.query("*").remove()
        select.post_message(events.Mount())
        await pilot.pause()
        assert app.is_running


async def test_comparing_is_left_while_it_is_resized() -> None:
    app = make_app(GIL)
    async with app.run_test() as pilot:
        entrants = [Entrant("one", "", Run(GIL)), Entrant("two", "", Run(GIL, 1))]
        screen = CompareScreen(entrants)
        await app.push_screen(screen)
        await app.workers.wait_for_complete()
        await screen.dismiss(None)
        screen._resized()
        assert app.screen is player(pilot)


async def test_an_act_that_comes_after_the_player_was_left_does_nothing() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        left = player(pilot)
        await pilot.press("o")
        await pilot.pause()
        for act in ACTS:
            left.action_act(act)
        await pilot.pause()
        assert len(app.screen_stack) == 2
