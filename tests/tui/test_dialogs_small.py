"""Dialogs in the smallest terminal, and what they say of their keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from schedsim.tui.screens.branches import BranchesScreen
from schedsim.tui.screens.help import HelpScreen
from schedsim.tui.screens.inject import InjectScreen
from schedsim.tui.screens.question import Answer, QuestionScreen
from tests.tui.branching import app_of, settled, source_of
from tests.tui.desk import desk
from tests.tui.scenes import go, make_app, player, shown
from tests.tui.test_keymap import read

pytestmark = pytest.mark.app

SMALLEST = (60, 16)


async def two_branches(pilot: Pilot[None]) -> None:
    await settled(pilot)
    await go(20)(pilot)
    await pilot.press("plus")
    await settled(pilot)


def told(pilot: Pilot[None]) -> dict[str, tuple[str, ...]]:
    """What help says: the keys of each thing that can be done."""
    assert isinstance(pilot.app.screen, HelpScreen)
    return {each.says: each.keys for each in pilot.app.screen.bound}


@pytest.mark.parametrize("key", ["i", "P", "m", "c", "b", "B", "colon", "slash", "s", "W", "C"])
async def test_all_buttons_of_a_dialog_are_seen_in_the_smallest_terminal(key: str) -> None:
    app = app_of(source_of())
    async with app.run_test(size=SMALLEST) as pilot:
        await two_branches(pilot)
        await pilot.press("apostrophe", "left", "apostrophe", "down", "down", "down", key)
        await settled(pilot)
        dialog = app.screen
        assert dialog is not player(pilot)
        buttons = [button for button in dialog.query(Button) if button.display]
        assert buttons
        for button in buttons:
            assert str(button.label) in shown(pilot)
            assert dialog.region.contains_region(button.region)


async def test_all_buttons_of_a_new_scenario_are_seen_in_the_smallest_terminal() -> None:
    async with desk().run_test(size=SMALLEST) as pilot:
        await pilot.press("N")
        await settled(pilot)
        for button in pilot.app.screen.query(Button):
            assert pilot.app.screen.region.contains_region(button.region)


async def test_what_was_wrong_with_a_breakpoint_is_not_said_of_the_next() -> None:
    async with make_app().run_test(size=(80, 24)) as pilot:
        await pilot.press("B", *"blocks", "enter")
        await settled(pilot)
        assert "name a thread" in shown(pilot)
        await pilot.press("backspace")
        await settled(pilot)
        assert "name a thread" not in shown(pilot)


async def test_the_last_of_a_long_list_can_be_seen_in_the_smallest_terminal() -> None:
    app = app_of(source_of())
    async with app.run_test(size=SMALLEST) as pilot:
        await two_branches(pilot)
        await pilot.press("c")
        await settled(pilot)
        await pilot.press("end")
        await settled(pilot)
        (here,) = app.screen.query("#choices")
        assert "[ ] stride" in shown(pilot) or "[ ] eevdf" in shown(pilot)
        assert here.region.bottom <= app.screen.query_one("#buttons").region.y


async def test_figures_of_branches_are_whole_in_the_smallest_terminal() -> None:
    app = app_of(source_of())
    async with app.run_test(size=SMALLEST) as pilot:
        await two_branches(pilot)
        await pilot.press("b")
        await settled(pilot)
        text = shown(pilot)
        (head,) = [line for line in text.splitlines() if "what was done" in line]
        assert "turnaround" in head
        rows = [line for line in text.splitlines() if "[ ]" in line]
        assert len(rows) == 2
        assert not any("…" in row[-24:] for row in rows)
        assert "Branch 2, from 20 ms: You added 1 core" in text


async def test_a_dialog_says_which_keys_it_has() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await two_branches(pilot)
        await pilot.press("b", "question_mark")
        keys = told(pilot)
        assert keys["Look at it"] == ("enter",)
        assert keys["Compare those that are marked"] == ("c",)
        assert "Step" not in shown(pilot).split("The words")[0]
        await pilot.press("question_mark")
        assert isinstance(app.screen, BranchesScreen)


async def test_where_one_types_a_question_mark_is_typed_and_f1_helps() -> None:
    async with make_app().run_test() as pilot:
        await pilot.press("i")
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, InjectScreen)
        await pilot.press("f1")
        keys = told(pilot)
        assert keys["Inject it"] == ("enter",)
        assert keys["Cancel"] == ("esc",)
        assert not [says for says in keys if "word" in says]  # what only edits the text


@pytest.mark.parametrize("key", ["i", "P", "c", "b", "B", "colon", "slash", "s", "W", "C", "t"])
async def test_every_dialog_of_the_player_helps(key: str) -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await two_branches(pilot)
        await pilot.press("down", "down", "down", key)
        await settled(pilot)
        dialog = app.screen
        assert dialog is not player(pilot)
        await pilot.press("f1")
        keys = told(pilot)
        assert "esc" in [key for keys in keys.values() for key in keys]
        assert all(says and says == says[0].upper() + says[1:] for says in keys)
        await pilot.press("escape")
        assert app.screen is dialog


async def test_the_key_of_help_is_the_same_in_dialogs_when_it_is_moved(tmp_path: Path) -> None:
    async with make_app(keys=read(tmp_path, 'help = "f9"')).run_test() as pilot:
        await pilot.press("b", "f1")
        assert isinstance(pilot.app.screen, BranchesScreen)
        await pilot.press("f9")
        assert told(pilot)["This help"] == ("f9",)


async def test_a_key_that_a_dialog_uses_itself_stays_its_own(tmp_path: Path) -> None:
    keys = read(tmp_path, 'help = "delete, f9"')
    async with make_app(keys=keys).run_test() as pilot:
        await pilot.press("b", "delete")
        await settled(pilot)
        assert isinstance(pilot.app.screen, BranchesScreen)
        assert "That cannot be" in shown(pilot)
        await pilot.press("f9")
        assert "del" in told(pilot)["Forget it"]


async def test_the_words_that_panels_measure_in_are_told_by_help() -> None:
    """What heads the columns of branches, metrics and comparisons."""
    async with make_app().run_test(size=(80, 200)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        words = shown(pilot).split("The words")[1]
        for word in ("turnaround", "response", "waiting", "slowdown", "fairness", "loop lag"):
            assert f" {word}  " in words
        assert "switch interval how long" in words


async def test_the_keys_of_answers_are_told() -> None:
    async with make_app().run_test() as pilot:
        question = QuestionScreen("a question", "Shall it?", [Answer("yes", "y", "It shall")])
        await pilot.app.push_screen(question)
        await pilot.press("question_mark")
        assert told(pilot)["It shall"] == ("y",)


async def test_the_keys_of_a_list_of_breakpoints_are_told_once() -> None:
    async with make_app().run_test() as pilot:
        await pilot.press("B", *"switch", "enter", "tab", "f1")
        keys = told(pilot)
        assert keys["Switch this one on or off"] == ("space", "enter")
        assert [key for each in keys.values() for key in each].count("enter") == 1
