"""The library: pick one, and it plays."""

from textual.widgets import OptionList, Static

from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.problem import ProblemScreen
from schedsim.tui.shelf import Shelf
from tests.tui.scenes import make_app, player, shown


async def test_the_first_scenario_is_previewed() -> None:
    app = make_app(None)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, LibraryScreen)
        assert "nobody asks them" in " ".join(shown(pilot).split())
        assert "enter Play" in shown(pilot)


async def test_the_picked_scenario_plays_at_once() -> None:
    app = make_app(None)
    async with app.run_test() as pilot:
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        screen = player(pilot)
        assert screen.session.run.scenario.name == "gil"
        assert screen.playback.playing


async def test_the_library_remembers_what_was_picked() -> None:
    app = make_app(None)
    async with app.run_test() as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        await pilot.press("o")
        await pilot.pause()
        entries = pilot.app.screen.query_one(OptionList)
        assert entries.highlighted is not None
        assert entries.get_option_at_index(entries.highlighted).id == "1"


async def test_a_broken_scenario_is_a_message_and_not_a_crash() -> None:
    app = make_app(None)
    async with app.run_test() as pilot:
        await pilot.press("end")
        await pilot.pause()
        preview = pilot.app.screen.query_one("#preview Static", Static)
        assert "unknown verb [/] 'compote'\\x1b[2J" in str(preview.content)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ProblemScreen)
        assert "\x1b" not in shown(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen.query("#entries")


async def test_an_empty_library_says_so() -> None:
    app = make_app(None, shelf=Shelf())
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "There are no scenarios here." in shown(pilot)
        await pilot.press("enter")


async def test_a_run_given_at_the_start_waits_for_the_user() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert not player(pilot).playback.playing


async def test_help_of_the_library_begins_with_its_own_keys_and_tells_of_no_timeline() -> None:
    async with make_app(None).run_test(size=(80, 40)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        lines = [line.strip(" │─") for line in shown(pilot).splitlines()]
        assert lines.index("Here") < lines.index("Looking") < lines.index("Anywhere")
        assert not any("timeline" in line for line in lines)
        await pilot.press("end")
        await pilot.pause()
        assert not any("timeline" in line for line in shown(pilot).splitlines())
