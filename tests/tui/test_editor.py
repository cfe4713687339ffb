"""Editing: mistakes beside the lines, nothing lost, and the run goes on at the same moment."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import OptionList

from schedsim.commands import Inject, SetCores
from schedsim.recording import Recording
from schedsim.tui.app import SchedsimApp
from schedsim.tui.remembered import Remembered
from schedsim.tui.screens.editor import EditorScreen
from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.question import QuestionScreen
from schedsim.tui.screens.save import SaveScreen
from schedsim.tui.widgets.gantt import Gantt
from tests.tui.desk import (
    BAD,
    GOOD,
    PYTHON,
    desk,
    editor,
    marked,
    name_it,
    own_editor,
    press,
    put,
    refused,
    titles,
    toast,
    written,
)
from tests.tui.scenes import MS, go, player, shown

LONGER = GOOD.replace("compute 1ms", "compute 2ms")


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is read when a test says so."""
    monkeypatch.setattr(EditorScreen, "PAUSE", 3_600)


@pytest.fixture
def mine(work: Path) -> Path:
    return written(work, "mine.toml", GOOD)


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


# -- going on -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["f5", "ctrl+r"])
async def test_the_run_goes_on_at_the_same_moment_lane_and_zoom(key: str, mine: Path) -> None:
    async with desk(opened=mine).run_test(size=(120, 40)) as pilot:
        await go(20)(pilot)
        await press(pilot, "down", "down", "down", "down", "right_square_bracket")
        session = player(pilot).session
        lane, cell = session.selected, player(pilot).query_one(Gantt).cell
        assert lane is not None
        name = session.trace.entities[lane.number].name
        await press(pilot, "E")
        put(
            pilot,
            LONGER.replace(
                "[[job]]", '[[job]]\nname = "first"\nsteps = ["compute 1ms"]\n[[job]]', 1
            ),
        )
        await press(pilot, key)
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert session.branches.current.says == "edited: mine.toml"
        assert len(session.branches) == 2
        assert session.at == 20 * MS
        assert session.selected is not None
        assert session.trace.entities[session.selected.number].name == name
        assert player(pilot).query_one(Gantt).cell == cell
        assert "What was before is branch 1" in toast(pilot)


async def test_what_was_done_is_done_again_at_its_time(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await go(12)(pilot)
        await press(pilot, "plus")
        await go(30)(pilot)
        await press(pilot, "E")
        put(pilot, LONGER)
        await press(pilot, "f5")
        session = player(pilot).session
        assert [(each.time, each.command) for each in session.run.commands] == [
            (12 * MS, SetCores(2))
        ]
        assert session.at == 30 * MS
        assert session.cores() == 2


async def test_what_does_not_fit_any_more_is_said(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await go(12)(pilot)
        player(pilot).session.act(Inject("hog", MS, MS, process="python", loop="main"))
        await press(pilot, "E")
        put(pilot, GOOD.replace('"asyncio"', '"threads"'))
        await press(pilot, "f5")
        assert player(pilot).session.run.commands == ()
        assert "Not done again: loop: 'python' has no event loop 'main'" in toast(pilot)


async def test_a_moment_after_the_new_end_is_the_new_end(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "end", "E")
        put(pilot, GOOD.replace("repeat = 10", "repeat = 1"))
        await press(pilot, "f5")
        session = player(pilot).session
        assert session.at == session.trace.end == 55 * MS  # the cruncher: 15 + 4 x 10 ms


async def test_with_mistakes_it_is_saved_and_the_old_run_stays(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        put(pilot, BAD)
        await press(pilot, "f5")
        assert isinstance(pilot.app.screen, EditorScreen)
        assert "Saved, but it cannot be played: 2 mistakes." in toast(pilot)
        await press(pilot, "escape")
        assert "this run is as it was" in toast(pilot)
        assert mine.read_text() == BAD
        assert len(player(pilot).session.branches) == 1
        await press(pilot, "right")
        assert player(pilot).session.step > 1


async def test_leaving_without_a_change_changes_nothing(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E", "f2", "escape")
        assert len(player(pilot).session.branches) == 1
        assert "mine.toml says what it said before." in toast(pilot)


async def test_undo_goes_back_to_what_was_before_by_branch(mine: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        await press(pilot, "E")
        put(pilot, LONGER)
        await press(pilot, "f5")
        await press(pilot, "r")
        assert player(pilot).session.branches.current.number == 1


# -- which file ---------------------------------------------------------------------------


async def test_what_came_with_schedsim_is_copied(work: Path) -> None:
    async with desk(["starving-loop"]).run_test() as pilot:
        known = pilot.app.shelf.find("starving-loop")  # type: ignore[attr-defined]
        before = known.path.read_text()
        await press(pilot, "E")
        assert isinstance(pilot.app.screen, SaveScreen)
        await press(pilot, "enter")
        copy = work / "starving-loop.toml"
        assert editor(pilot).path.absolute() == copy
        assert copy.read_text() == before
        put(pilot, before.replace("repeat = 12", "repeat = 3"))
        await press(pilot, "f5")
        assert player(pilot).file is not None
        assert player(pilot).session.run.scenario.name == "starving-loop"
        assert copy.read_text() != before == known.path.read_text()
        await press(pilot, "o")
        assert titles(pilot)[0] == "A CPU-heavy task starves the event loop"


async def test_a_copy_has_a_name_that_nobody_has_and_replaces_only_when_asked_twice(
    work: Path,
) -> None:
    written(work, "starving-loop.toml", "precious")
    async with desk(["starving-loop"]).run_test() as pilot:
        await press(pilot, "E")
        screen = pilot.app.screen
        assert isinstance(screen, SaveScreen)
        assert screen.proposed == "starving-loop-2.toml"
        await name_it(pilot, "starving-loop.toml")
        assert "exists" in refused(pilot)
        assert (work / "starving-loop.toml").read_text() == "precious"
        await name_it(pilot, "no/such/folder.toml")
        assert "there is no folder no/such" in refused(pilot)
        await name_it(pilot, "copy.py")
        assert "must not end in .py" in refused(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, LibraryScreen)
    assert [path.name for path in work.iterdir()] == ["starving-loop.toml"]


async def test_from_the_player_the_copy_is_what_is_edited_next(work: Path) -> None:
    async with desk(["starving-loop"]).run_test() as pilot:
        await press(pilot, "enter", "space")
        await go(20)(pilot)
        await press(pilot, "E", "enter")
        text = editor(pilot).code.text
        put(pilot, text.replace("repeat = 12", "repeat = 3"))
        await press(pilot, "f5")
        assert player(pilot).session.at == 20 * MS
        await press(pilot, "E")
        assert editor(pilot).path.name == "starving-loop.toml"
        await press(pilot, "escape")
    assert [path.name for path in work.iterdir()] == ["starving-loop.toml"]


async def test_of_a_recording_the_scenario_in_it_is_copied(mine: Path, work: Path) -> None:
    async with desk(opened=mine).run_test() as pilot:
        session = player(pilot).session
        source = session.branches.current.source
        assert source is not None
        recorded = work / "session.rec"
        Recording.of(session.run, source).save(recorded)
    async with desk([recorded]).run_test() as pilot:
        assert titles(pilot)[0] == "Recording: session"
        await press(pilot, "enter")
        assert player(pilot).session.run.scenario.title == "Mine"
        await press(pilot, "E")
        await name_it(pilot, "again.toml")
        assert editor(pilot).code.text == GOOD
    assert recorded.read_text().startswith("{")


async def test_without_a_text_there_is_nothing_to_edit(work: Path) -> None:
    from tests.tui.scenes import make_app

    async with make_app().run_test() as pilot:
        await press(pilot, "E")
        assert "nothing to edit" in toast(pilot)
    async with make_app(None).run_test() as pilot:
        await press(pilot, "E")
        assert "no file behind" in toast(pilot)


async def test_settings_of_the_command_line_stay(mine: Path) -> None:
    from schedsim.recording import Source
    from schedsim.run import Run
    from tests.tui.desk import the_shelf

    source = Source.of(mine, settings=("machine.cores=3",))
    app = SchedsimApp(
        (Run(source.load(), seed=7), source),
        shelf=the_shelf(),
        word=str(mine),
        remembered=Remembered(),
    )
    async with app.run_test() as pilot:
        await press(pilot, "E")
        put(pilot, LONGER)
        await press(pilot, "f5")
        assert player(pilot).session.cores() == 3
        assert player(pilot).session.run.seed == 7


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
