"""Keys and clicks that come too soon, too often or too late end nothing that they should not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.command import CommandPalette
from textual.css import stylesheet
from textual.css.parse import parse
from textual.css.query import NoMatches
from textual.geometry import Offset, Region
from textual.selection import Selection
from textual.widget import Widget
from textual.widgets import OptionList, Select

from schedsim.run import Run
from schedsim.tui.acts import ACTS
from schedsim.tui.screens.compare import CompareScreen
from schedsim.tui.screens.help import HelpScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.problem import ProblemScreen
from schedsim.tui.side_by_side import Entrant
from tests.tui.scenes import GIL, STARVE, make_app, player

pytestmark = pytest.mark.app


class Gone(Widget):
    """A widget that looks for parts that it has not."""

    def on_mount(self) -> None:
        _ = self.query_one("#nobody")

    on_app_blur = on_mount


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


async def test_there_is_one_palette_also_under_another_screen() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p")
        await app.push_screen(ProblemScreen("cannot", "be done"))
        await pilot.press("ctrl+p")
        assert sum(isinstance(each, CommandPalette) for each in app.screen_stack) == 1
        await app.pop_screen()
        await pilot.press("escape", "ctrl+p")
        assert isinstance(app.screen, CommandPalette)


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


@pytest.mark.parametrize("make", [lambda: Select([("one", 1)]), Gone])
async def test_a_widget_that_is_taken_away_before_it_is_there(make: Callable[[], Widget]) -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        widget = make()
        _ = app.screen.mount(widget)
        widget._pruning = True  # as when its screen is left at once
        await pilot.pause()
        assert app.is_running
        widget._pruning = False


async def test_what_comes_to_a_widget_whose_parts_are_gone() -> None:
    widget = Gone()
    widget._pruning = True  # as when its screen is left
    await widget._on_message(events.AppBlur())
    widget._pruning = False
    with pytest.raises(NoMatches):
        await widget._on_message(events.AppBlur())


async def test_what_is_told_of_an_option_that_is_gone_meanwhile_is_dropped() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("C")
        await pilot.pause()
        screen = app.screen
        stretches = screen.query_one("#stretches", OptionList)
        option, last = stretches.get_option_at_index(0), stretches.option_count - 1
        stretches.post_message(OptionList.OptionSelected(stretches, option, last))
        stretches.clear_options()
        await pilot.pause()
        assert app.screen is screen


async def test_a_button_is_pressed_over_somebody_who_is_on_the_way_out() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        screen = app.screen
        x, y = screen.query_one("#heading").region.offset
        heading, _ = screen.get_widget_and_offset_at(x, y)
        assert heading is not None
        assert heading.id == "heading"
        heading._detach()  # as when it is removed; what is drawn still has it
        app.post_message(events.MouseDown(None, x, y, 0, 0, 1, False, False, False, x, y))
        await pilot.pause()
        assert screen.get_widget_and_offset_at(x, y) == (None, None)
        assert app.is_running
        heading._attach(screen)


async def test_comparing_is_left_while_it_is_resized() -> None:
    app = make_app(GIL)
    async with app.run_test() as pilot:
        entrants = [Entrant("one", "", Run(GIL)), Entrant("two", "", Run(GIL, 1))]
        screen = CompareScreen(entrants)
        await app.push_screen(screen)
        await app.workers.wait_for_complete()
        leaving = asyncio.ensure_future(_left(screen))
        while not leaving.done():  # its parts go one by one
            screen._resized()
            await asyncio.sleep(0)
        screen._resized()
        assert app.screen is player(pilot)


async def _left(screen: CompareScreen) -> None:
    await screen.dismiss(None)


async def test_what_a_screen_wanted_done_once_it_is_drawn_is_dropped_when_it_is_left() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        left = player(pilot)
        done: list[str] = []
        await pilot.press("o")
        await pilot.pause()
        assert not left.display
        left._invoke_later(lambda: done.append("left"), left)
        app.screen._invoke_later(lambda: done.append("shown"), app.screen)
        await left._invoke_and_clear_callbacks()
        await app.screen._invoke_and_clear_callbacks()
        assert done == ["shown"]


@pytest.mark.parametrize(("key", "late"), [("b", "_list"), ("o", "_head_preview")])
async def test_a_screen_that_is_left_while_it_is_resized_draws_no_more(key: str, late: str) -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press(key)
        await pilot.pause()
        left = app.screen
        await pilot.press("enter" if key == "o" else "escape")
        await pilot.pause()
        assert left is not app.screen
        getattr(left, late)()
        assert isinstance(app.screen, PlayerScreen)


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


async def test_a_start_parses_no_style_twice_and_another_theme_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: Counter[tuple[object, ...]] = Counter()

    def counted(scope: str, css: str, read_from: tuple[str, str], **how: Any) -> Any:
        parsed[scope, css, read_from, how["tie_breaker"]] += 1
        return parse(scope, css, read_from, **how)

    monkeypatch.setattr(stylesheet, "parse", counted)
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert set(parsed.values()) == {1}
        background = app.screen.styles.background
        app.theme = "textual-light"
        await pilot.pause()
        assert 2 in parsed.values()
        assert app.screen.styles.background != background


@pytest.mark.parametrize("move", [OptionList.action_page_down, OptionList.action_page_up])
async def test_a_page_further_in_a_list_without_width_changes_nothing(
    move: Callable[[OptionList], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("B")
        await pilot.pause()
        kinds = app.screen.query_one("#kinds", OptionList)
        kinds.highlighted = 2
        monkeypatch.setattr(OptionList, "scrollable_content_region", Region(0, 0, 0, 12))
        kinds._clear_caches()  # as when its options are new
        move(kinds)
        assert kinds.highlighted == 2


async def test_a_key_for_a_palette_that_is_being_closed_does_nothing() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        palette = app.screen
        await palette.dismiss(None)
        assert await app.run_action("command_list('page_down')", palette)
        assert app.screen is player(pilot)


async def test_a_key_for_a_palette_that_has_no_list_yet_does_nothing() -> None:
    app = make_app(STARVE)
    async with app.run_test():
        assert await app.run_action("command_list('page_down')", CommandPalette())


async def test_what_an_action_of_ours_looks_for_in_vain_is_told() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        left = player(pilot)
        left.action_nothing = lambda: left.query_one("#nobody")  # type: ignore[attr-defined]
        with pytest.raises(NoMatches):
            await app.run_action("nothing", left)


@pytest.mark.parametrize(("text", "copied"), [("one\ntwo\nthree", "o\nth"), ("one", ""), ("", "")])
def test_what_was_selected_of_a_text_that_is_shorter_now_is_nothing(text: str, copied: str) -> None:
    assert Selection(Offset(2, 1), Offset(2, 2)).extract(text) == copied
