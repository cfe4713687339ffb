"""Going on after editing: the same moment, lane and zoom; and which file it is that is edited."""

from pathlib import Path

import pytest

from schedsim.commands import Inject, SetCores
from schedsim.recording import Recording
from schedsim.tui.app import SchedsimApp
from schedsim.tui.remembered import Remembered
from schedsim.tui.screens.editor import EditorScreen
from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.save import SaveScreen
from schedsim.tui.widgets.gantt import Gantt
from tests.tui.desk import (
    BAD,
    GOOD,
    desk,
    editor,
    name_it,
    press,
    put,
    refused,
    titles,
    toast,
    written,
)
from tests.tui.scenes import MS, go, player

pytestmark = [pytest.mark.app, pytest.mark.usefixtures("by_hand")]

LONGER = GOOD.replace("compute 1ms", "compute 2ms")


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
