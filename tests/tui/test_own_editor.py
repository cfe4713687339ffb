"""The user's own editor, scenarios in Python, and files that change by themselves."""

from pathlib import Path

import pytest

from schedsim.tui.screens.editor import EditorScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.question import QuestionScreen
from tests.tui.desk import (
    BAD,
    GOOD,
    PYTHON,
    desk,
    editor,
    marked,
    own_editor,
    press,
    put,
    toast,
    written,
)
from tests.tui.scenes import MS, go, player, shown

pytestmark = [pytest.mark.app, pytest.mark.usefixtures("by_hand")]

LONGER = GOOD.replace("compute 1ms", "compute 2ms")


# -- Python -------------------------------------------------------------------------------


async def test_python_is_executed_when_it_is_played_and_not_before(work: Path) -> None:
    path = written(work, "mine.py", PYTHON)
    async with desk([path]).run_test() as pilot:
        await press(pilot, "E", "end", "#", "f2")
        assert "no mistakes in its syntax" in shown(pilot)
        assert not (work / "executed").exists()
        await press(pilot, "f5")
        assert (work / "executed").exists()
        assert player(pilot).session.run.scenario.title.startswith("Mine in Python")


async def test_mistakes_in_python_stand_beside_their_lines(work: Path) -> None:
    path = written(work, "mine.py", PYTHON)
    async with desk([path]).run_test() as pilot:
        await press(pilot, "E")
        put(pilot, PYTHON.replace("async def worker():", "async def worker(:"))
        await pilot.pause()
        assert marked(pilot) == [11]
        assert not (work / "executed").exists()
        put(pilot, PYTHON.replace("return Scenario", "return Scenari"))
        await press(pilot, "f5")
        assert marked(pilot) == [14]
        assert "NameError" in shown(pilot)


# -- the user's own editor ----------------------------------------------------------------


async def test_the_users_editor_is_used_and_the_run_goes_on(
    mine: Path, lent: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_editor(
        tmp_path,
        monkeypatch,
        "path.write_text(path.read_text().replace('repeat = 10', 'repeat = 1'))",
    )
    async with desk(opened=mine).run_test() as pilot:
        await go(20)(pilot)
        await press(pilot, "E")
        assert isinstance(pilot.app.screen, PlayerScreen)
        session = player(pilot).session
        assert session.branches.current.says == "edited: mine.toml"
        assert (session.at, session.trace.end) == (20 * MS, 55 * MS)


async def test_visual_comes_before_editor(
    mine: Path, lent: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_editor(tmp_path, monkeypatch, "(path.parent / 'who').write_text('it was me')")
    import os

    monkeypatch.setenv("VISUAL", os.environ["EDITOR"])
    monkeypatch.setenv("EDITOR", "no-such-editor-anywhere")
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert len(player(pilot).session.branches) == 1
    assert (mine.parent / "who").exists()


async def test_mistakes_after_the_users_editor_open_ours(
    mine: Path, lent: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_editor(tmp_path, monkeypatch, f"path.write_text({BAD!r})")
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        assert marked(pilot) == [9, 13]
        assert "what is wrong stands beside the lines" in toast(pilot)
        await press(pilot, "escape")
        assert len(player(pilot).session.branches) == 1
        assert mine.read_text() == BAD


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("no-such-editor-anywhere", "cannot be started: no such file or directory"),
        ("false", "failed, with exit code 1"),
        ("'unclosed", "cannot be started"),
    ],
)
async def test_an_editor_that_does_not_work_is_replaced_by_ours(
    command: str, says: str, mine: Path, lent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", command)
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        assert editor(pilot).code.text == GOOD
        assert says in toast(pilot)
        assert "This editor is built in" in toast(pilot)


async def test_a_terminal_that_cannot_be_lent_gets_our_editor(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        assert "cannot be lent" in toast(pilot)
        assert isinstance(pilot.app.screen, EditorScreen)


@pytest.mark.parametrize("key", ["f4", "ctrl+o"])
async def test_one_can_go_on_in_ones_own_editor(
    key: str, mine: Path, lent: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_editor(
        tmp_path, monkeypatch, f"path.write_text(path.read_text() + {BAD!r}[len({GOOD!r}):])"
    )
    from schedsim.tui.acts.editing import edit

    async with desk(opened=mine).run_test() as pilot:
        edit(player(pilot), here=True)
        await press(pilot, "#", key)
        assert mine.read_text().startswith("#" + GOOD)
        assert editor(pilot).code.text == mine.read_text()
        assert not editor(pilot).unsaved


# -- a file that changes by itself --------------------------------------------------------


async def test_a_file_that_was_changed_elsewhere_is_read_again_if_one_wants(mine: Path) -> None:
    app = desk(opened=mine)
    async with app.run_test() as pilot:
        await go(20)(pilot)
        app.look_again()
        assert isinstance(pilot.app.screen, PlayerScreen)
        mine.write_text(LONGER + "# longer")
        app.look_again()
        await pilot.pause()
        assert isinstance(pilot.app.screen, QuestionScreen)
        await press(pilot, "escape")
        app.look_again()
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)  # it asks once
        mine.write_text(LONGER)
        app.on_app_focus()
        await press(pilot, "r")
        assert player(pilot).session.branches.current.says == "edited: mine.toml"
        assert player(pilot).session.at == 20 * MS


async def test_reading_again_what_is_wrong_says_so_and_keeps_the_run(mine: Path) -> None:
    app = desk(opened=mine)
    async with app.run_test() as pilot:
        mine.write_text(BAD)
        app.look_again()
        await press(pilot, "enter")
        assert "mine.toml cannot be played: line 9:" in toast(pilot)
        assert len(player(pilot).session.branches) == 1


async def test_nothing_is_asked_while_it_plays_or_of_what_came_with_schedsim(mine: Path) -> None:
    app = desk(opened=mine)
    async with app.run_test() as pilot:
        await press(pilot, "space")
        mine.write_text(LONGER + "# longer")
        app.look_again()
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)
