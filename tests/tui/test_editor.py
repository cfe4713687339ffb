"""Editing: mistakes beside the lines, nothing lost, and the run goes on at the same moment."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import OptionList

from schedsim.tui.screens.editor import EditorScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.question import QuestionScreen
from tests.tui.desk import (
    BAD,
    GOOD,
    desk,
    editor,
    marked,
    press,
    put,
    toast,
    written,
)
from tests.tui.scenes import player, shown

pytestmark = [pytest.mark.app, pytest.mark.usefixtures("by_hand")]

LONGER = GOOD.replace("compute 1ms", "compute 2ms")


# -- mistakes -----------------------------------------------------------------------------


async def test_mistakes_stand_beside_their_lines_and_below(work: Path) -> None:
    path = written(work, "mine.toml", BAD)
    async with desk([path]).run_test(size=(120, 40)) as pilot:
        await press(pilot, "E")
        assert marked(pilot) == [9, 13]
        assert " 9! steps =" in shown(pilot)
        assert "13! arrival =" in shown(pilot)
        assert "line 9: job[1].steps[1].do[1]: unknown verb 'compote': did you mean" in shown(pilot)
        assert "2 mistakes" in shown(pilot)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_text_and_mistakes_have_the_whole_width(work: Path, size: tuple[int, int]) -> None:
    path = written(work, "mine.toml", BAD)
    async with desk([path]).run_test(size=size) as pilot:
        await press(pilot, "E")
        code, faults = (pilot.app.screen.query_one(each).region for each in ("#code", "#faults"))
        assert code.width == faults.width == size[0]
        assert faults.y == code.bottom


async def test_what_is_typed_is_read(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        assert marked(pilot) == []
        assert "no mistakes" in shown(pilot)
        await press(pilot, "x")
        editor(pilot).read()
        await pilot.pause()
        assert marked(pilot) == [1]  # "xschema"
        assert "not saved" in shown(pilot)
        await press(pilot, "backspace")
        editor(pilot).read()
        await pilot.pause()
        assert marked(pilot) == []
        assert "not saved" not in shown(pilot)


async def test_it_is_read_once_nobody_types(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EditorScreen, "PAUSE", 0.001)
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E", "x")
        async with asyncio.timeout(30):
            while marked(pilot) != [1]:
                await pilot.pause()


async def test_the_keys_go_from_mistake_to_mistake_and_round_the_end(work: Path) -> None:
    path = written(work, "mine.toml", BAD)
    async with desk([path]).run_test() as pilot:
        await press(pilot, "E")
        assert editor(pilot).code.line == 9
        lines = []
        for key in ("f8", "f8", "ctrl+g", "shift+f8", "ctrl+t"):
            await press(pilot, key)
            lines.append(editor(pilot).code.line)
        assert lines == [13, 9, 13, 9, 13]


async def test_a_click_on_a_mistake_goes_to_its_line(work: Path) -> None:
    path = written(work, "mine.toml", BAD)
    async with desk([path]).run_test(size=(120, 40)) as pilot:
        await press(pilot, "E")
        assert await pilot.click("#faults", offset=(4, 2))
        await pilot.pause()
        assert editor(pilot).code.line == 13
        assert editor(pilot).code.has_focus


async def test_the_mistake_of_the_line_is_the_one_that_stands_out(work: Path) -> None:
    path = written(work, "mine.toml", BAD)
    async with desk([path]).run_test() as pilot:
        await press(pilot, "E", "f8")
        assert pilot.app.screen.query_one("#faults", OptionList).highlighted == 1
        await press(pilot, "up")
        assert pilot.app.screen.query_one("#faults", OptionList).highlighted is None


async def test_what_is_not_toml_is_one_mistake_with_its_line(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        put(pilot, 'schema = 1\ntitle = "open\n')
        await pilot.pause()
        assert marked(pilot) == [2]
        assert "not TOML" in shown(pilot)


async def test_a_large_text_is_read_aside(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        put(pilot, GOOD.replace("compute 1ms", "compote 1ms") + "# much\n" * 20_000)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert marked(pilot) == [9]


async def test_no_mistakes_no_next(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E", "f8")
        assert "no mistakes on any line" in toast(pilot)


async def test_what_a_terminal_would_act_upon_is_shown_as_a_sign(work: Path) -> None:
    path = written(work, "mine.toml", GOOD + "# \x1b[2J\u202e [/] é\n")
    async with desk([path]).run_test() as pilot:
        await press(pilot, "E")
        assert marked(pilot) == [16]
        assert "# ?[2J? [/] é" in shown(pilot)
        assert not editor(pilot).unsaved


# -- saving and leaving -------------------------------------------------------------------


@pytest.mark.parametrize("key", ["f2", "ctrl+s"])
async def test_save_writes_the_file(key: str, mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        put(pilot, LONGER)
        await press(pilot, key)
        assert mine.read_text() == LONGER
        assert "Saved." in toast(pilot)


async def test_leaving_asks_about_what_is_not_saved(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E", "x", "escape")
        assert isinstance(pilot.app.screen, QuestionScreen)
        await press(pilot, "escape")
        assert editor(pilot).code.text == "x" + GOOD
        await press(pilot, "escape", "d")
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert mine.read_text() == GOOD
        assert len(player(pilot).session.branches) == 1


@pytest.mark.parametrize("key", ["s", "enter"])
async def test_the_question_saves(key: str, mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        put(pilot, LONGER)
        await press(pilot, "escape", key)
        assert mine.read_text() == LONGER
        assert player(pilot).session.branches.current.says == "edited: mine.toml"


async def test_the_question_has_buttons(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E", "x", "escape")
        assert await pilot.click("#discard")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)


async def test_quitting_asks_too(mine: Path) -> None:
    app = desk(opened=mine)
    async with app.run_test() as pilot:
        await press(pilot, "E", "x", "ctrl+q")
        assert isinstance(pilot.app.screen, QuestionScreen)
        await press(pilot, "escape")
        assert editor(pilot).unsaved
        await press(pilot, "ctrl+q", "d")
    assert app.return_code == 0
    assert mine.read_text() == GOOD


async def test_opening_another_one_from_the_palette_asks_too(mine: Path) -> None:
    app = desk(opened=mine)
    async with app.run_test() as pilot:
        await press(pilot, "E", "x")
        entry = app.shelf.find("starving-loop")
        assert entry is not None
        app._open_instead(entry)
        await pilot.pause()
        assert isinstance(pilot.app.screen, QuestionScreen)
        await press(pilot, "d")
        await pilot.pause()
        assert player(pilot).session.run.scenario.name == "starving-loop"
        assert len(app.screen_stack) == 2


async def test_a_file_that_somebody_else_has_changed_is_not_written_over_silently(
    mine: Path,
) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E", "x")
        mine.write_text("theirs")
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, QuestionScreen)
        await press(pilot, "escape")
        assert mine.read_text() == "theirs"
        await press(pilot, "f2", "s")
        assert mine.read_text() == "x" + GOOD


async def test_what_cannot_be_saved_says_why_and_is_not_lost(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E", "x")
        mine.unlink()
        mine.parent.rename(mine.parent.with_name("moved"))
        await press(pilot, "f2")
        assert "Not saved: there is no folder" in toast(pilot)
        assert editor(pilot).unsaved
        assert editor(pilot).code.text == "x" + GOOD


async def test_line_ends_of_windows_stay(work: Path) -> None:
    path = work / "mine.toml"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    async with desk(opened=path).run_test() as pilot:
        await press(pilot, "E")
        assert not editor(pilot).unsaved
        await press(pilot, "#", "f2")
    assert path.read_bytes() == b"#" + GOOD.replace("\n", "\r\n").encode()


async def test_help_names_the_keys_of_the_editor(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E", "f1")
        assert "Save the file and play it" in shown(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, EditorScreen)
