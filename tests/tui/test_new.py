"""A new scenario from a template, and messages that stay, can be copied and saved."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, OptionList, Static, TextArea

from schedsim import library
from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.screens.new import NewScreen
from schedsim.tui.screens.problem import ProblemScreen
from schedsim.tui.screens.save import SaveScreen
from tests.tui.desk import desk, editor, marked, name_it, press, refused, titles, toast
from tests.tui.scenes import make_app, player, shown

pytestmark = pytest.mark.app

NAMES = ["my-scenario.toml"] * 5 + ["my-scenario.py"]


@pytest.mark.parametrize("number", range(6))
async def test_each_template_can_be_begun_with_and_played(number: int, work: Path) -> None:
    template = library.templates()[number]
    async with desk().run_test() as pilot:
        await press(pilot, "N", *["down"] * number, "enter")
        assert editor(pilot).path.name == NAMES[number]
        assert (work / NAMES[number]).read_text() == template.path.read_text()
        assert marked(pilot) == []
        await press(pilot, "f5")
        assert player(pilot).session.run.scenario.title == template.title
        assert player(pilot).playback.playing
        await press(pilot, "o")
        assert titles(pilot)[0] == template.title


async def test_the_dialog_says_what_a_template_is(work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "N", "down")
        assert "Four cores, and one GIL: whoever runs Python code needs it." in shown(pilot)
        await press(pilot, "up", "up")
        assert "Three tasks share one thread." in shown(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LibraryScreen)
    assert list(work.iterdir()) == []


async def test_a_name_of_ones_own_stays_when_one_chooses_again(work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "N", "end", "x", "down")
        await press(pilot, "enter")
        assert editor(pilot).path.name == "my-scenario.tomlx"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "a file needs a name"),
        ("no/such/folder.toml", "there is no folder no/such"),
        (".", "that is a directory"),
        ("new.py", "must not end in .py"),
        ("~nobody-here/x.toml", "whose home"),
    ],
)
async def test_a_place_that_does_not_do_is_told(name: str, says: str, work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "N")
        await name_it(pilot, name)
        assert isinstance(pilot.app.screen, NewScreen)
        assert says in refused(pilot)
    assert list(work.iterdir()) == []


async def test_a_file_is_replaced_only_when_asked_twice(work: Path) -> None:
    (work / "precious.toml").write_text("mine")
    async with desk().run_test() as pilot:
        await press(pilot, "N")
        await name_it(pilot, "precious.toml")
        assert "press enter once more" in refused(pilot)
        assert (work / "precious.toml").read_text() == "mine"
        await press(pilot, "enter")
        assert editor(pilot).path.name == "precious.toml"


async def test_without_templates_it_says_so() -> None:
    async with make_app(None).run_test() as pilot:
        await press(pilot, "N")
        assert isinstance(pilot.app.screen, LibraryScreen)
        assert "There are no templates here." in toast(pilot)


async def test_home_is_expanded(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(work))
    async with desk().run_test() as pilot:
        await press(pilot, "N")
        await name_it(pilot, "~/here.toml")
        assert editor(pilot).path == work / "here.toml"


async def test_the_mouse_chooses_and_begins(work: Path) -> None:
    async with desk().run_test() as pilot:
        await press(pilot, "N")
        assert await pilot.click("#templates", offset=(4, 2))
        await pilot.pause()
        assert pilot.app.screen.query_one("#templates", OptionList).highlighted == 2
        assert await pilot.click("#ok")
        await pilot.pause()
        assert 'title = "Processes and a policy"' in editor(pilot).code.text


# -- messages -----------------------------------------------------------------------------


async def problem(pilot: Pilot[None]) -> ProblemScreen:
    await press(pilot, "end", "enter")
    screen = pilot.app.screen
    assert isinstance(screen, ProblemScreen)
    return screen


@pytest.mark.parametrize("way", ["c", "#copy"])
async def test_a_message_is_copied_and_what_to_do_if_it_is_not(way: str) -> None:
    app = make_app(None)
    async with app.run_test() as pilot:
        screen = await problem(pilot)
        if way.startswith("#"):
            assert await pilot.click(way)
            await pilot.pause()
        else:
            await press(pilot, way)
        assert app.clipboard == screen.query_one(TextArea).text
        assert "unknown verb [/] 'compote'\\x1b[2J" in app.clipboard
        assert "s saves it as a file" in str(screen.query_one("#told", Static).content)


async def test_what_is_selected_is_copied_alone() -> None:
    app = make_app(None)
    async with app.run_test() as pilot:
        await problem(pilot)
        await press(pilot, *["shift+right"] * 11, "c")
        assert app.clipboard == "broken.toml"


async def test_a_message_is_saved_as_a_file(work: Path) -> None:
    async with make_app(None).run_test() as pilot:
        screen = await problem(pilot)
        await press(pilot, "s")
        assert isinstance(pilot.app.screen, SaveScreen)
        await press(pilot, "enter")
        assert "Saved as problem.txt." in str(screen.query_one("#told", Static).content)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LibraryScreen)
    assert "unknown verb" in (work / "problem.txt").read_text()


@pytest.mark.parametrize("key", ["escape", "enter", "space", "q", "#close"])
async def test_a_message_is_closed(key: str) -> None:
    async with make_app(None).run_test() as pilot:
        await problem(pilot)
        if key.startswith("#"):
            assert await pilot.click(key)
            await pilot.pause()
        else:
            await press(pilot, key)
        assert isinstance(pilot.app.screen, LibraryScreen)


async def test_without_a_file_there_is_nothing_to_mend() -> None:
    async with make_app(None).run_test() as pilot:
        screen = await problem(pilot)
        await press(pilot, "e")
        assert pilot.app.screen is screen
        assert "Edit" not in [str(button.label) for button in screen.query(Button)]
