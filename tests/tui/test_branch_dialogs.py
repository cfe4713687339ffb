"""The list of branches, and the dialog of models and settings: every key, and what they refuse."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from schedsim import cli, library
from schedsim.branches import Branch
from schedsim.commands import SetCores
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.tui.screens.branches import BranchesScreen, in_order
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.vary import VaryScreen
from schedsim.tui.shelf import Shelf
from schedsim.tui.widgets.marks import MarkList
from tests.tui.branching import ENDLESS, app_of, from_library, settled, side_by_side, source_of
from tests.tui.scenes import BOOKS, MS, STARVE, go, load, make_app, player, shown
from tests.tui.test_hostile_text import ONE_BY_ONE, harmless, scene

pytestmark = pytest.mark.app


async def three_branches(pilot: Pilot[None]) -> Sequence[Branch]:
    """1 as opened; 2 with another core from 30 ms on; 3 with none of it, from 10 ms on."""
    await settled(pilot)
    await pilot.press("end")
    await go(30)(pilot)
    await pilot.press("plus")
    await go(60)(pilot)
    await pilot.press("r")
    await go(10)(pilot)
    await pilot.press("y")
    await settled(pilot)
    every = list(player(pilot).session.branches)
    assert [branch.number for branch in every] == [1, 2, 3]
    return every


def toast(pilot: Pilot[None]) -> str:
    """What was said last."""
    return [each.message for each in pilot.app._notifications][-1]


# -- the list -----------------------------------------------------------------------------


async def test_the_heading_says_which_branch_of_how_many_it_is() -> None:
    app = app_of(source_of())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "branch" not in shown(pilot).splitlines()[0]
        await three_branches(pilot)
        assert "branch 3 of 3 ·" in shown(pilot).splitlines()[0]
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert "branch 3/3 · 10 ms" in shown(pilot).splitlines()[0]


async def test_b_lists_every_branch_with_what_became_of_it() -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await three_branches(pilot)
        await pilot.press("b")
        await settled(pilot)
        lines = [line for line in shown(pilot).splitlines() if "[ ]" in line]
        assert [line.count("└") for line in lines] == [0, 1, 1]
        assert "as it was opened" in lines[0]
        assert "30 ms" in lines[1]
        assert "3 (here)" in lines[2]
        assert "10 ms" in lines[2]
        for branch, line in zip(player(pilot).session.branches, lines, strict=True):
            assert f"{branch.run.trace.end // MS} ms" in line


def test_a_branch_stands_below_the_one_that_it_came_from() -> None:
    run = Run(STARVE)
    one = Branch(1, run)
    two, three = Branch(2, run, parent=one), Branch(3, run, parent=one)
    four = Branch(4, run, parent=two)
    found = [(branch.number, depth) for branch, depth in in_order([one, two, three, four])]
    assert found == [(1, 0), (2, 1), (4, 2), (3, 1)]


@pytest.mark.parametrize("key", ["enter", "click", "button"])
async def test_a_branch_is_looked_at_at_the_same_moment(key: str) -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await three_branches(pilot)
        await go(40)(pilot)
        await pilot.press("b")
        await settled(pilot)
        if key == "click":
            await pilot.click(MarkList, offset=(20, 1))
        else:
            await pilot.press("up")
            await (pilot.press("enter") if key == "enter" else pilot.click("#ok"))
        await settled(pilot)
        assert isinstance(app.screen, PlayerScreen)
        session = player(pilot).session
        assert (session.branches.current.number, session.at) == (2, 40 * MS)
        assert toast(pilot).startswith("This is branch 2 of 3: ")


@pytest.mark.parametrize("how", ["keys", "mouse"])
async def test_two_are_marked_and_compared(how: str) -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await three_branches(pilot)
        await pilot.press("b")
        await settled(pilot)
        if how == "keys":
            await pilot.press("up", "space", "up", "space", "c")
        else:
            await pilot.click(MarkList, offset=(1, 0))
            await pilot.click(MarkList, offset=(1, 1))
            assert shown(pilot).count("[x]") == 2
            await pilot.click("#compare")
        await settled(pilot)
        screen = side_by_side(pilot)
        assert [entrant.name for entrant in screen.entrants] == ["branch 1", "branch 2"]
        await pilot.press("escape")
        await settled(pilot)
        assert player(pilot).session.branches.current.number == 3


async def test_one_alone_is_compared_with_the_one_that_is_looked_at() -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await three_branches(pilot)
        await pilot.press("b", "c")
        await settled(pilot)
        assert "one alone cannot be compared" in shown(pilot)
        await pilot.press("home", "c")
        await settled(pilot)
        assert [e.name for e in side_by_side(pilot).entrants] == ["branch 1", "branch 3"]


async def test_a_branch_is_forgotten_if_it_is_not_needed() -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await three_branches(pilot)
        await pilot.press("b", "delete")
        await settled(pilot)
        assert "branch 3 is the one you look at" in shown(pilot)
        await pilot.press("up", "delete")
        await settled(pilot)
        assert len(player(pilot).session.branches) == 2
        await pilot.press("escape")
        await settled(pilot)
        assert "branch 2/2" in shown(pilot).splitlines()[0]


@pytest.mark.parametrize("key", ["escape", "q", "b", "click"])
async def test_the_list_is_closed_and_nothing_is_different(key: str) -> None:
    app = app_of(source_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await three_branches(pilot)
        await pilot.press("b")
        await settled(pilot)
        assert isinstance(app.screen, BranchesScreen)
        await (pilot.click("#cancel") if key == "click" else pilot.press(key))
        await settled(pilot)
        assert isinstance(app.screen, PlayerScreen)
        assert player(pilot).session.branches.current.number == 3


async def test_a_run_that_goes_on_has_no_end_in_the_list() -> None:
    app = app_of(source_of(ENDLESS))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b")
        await pilot.pause()
        (line,) = [line for line in shown(pilot).splitlines() if "[ ]" in line]
        assert " +" in line


async def test_undo_says_what_was_undone_only_once() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await settled(pilot)
        await go(50)(pilot)
        await pilot.press("plus", "plus", "u")
        assert toast(pilot).startswith("Undone: You added 1 core: the machine has 3 cores")
        assert toast(pilot).endswith("from now on. This is branch 3 of 3.")


async def test_undo_says_what_was_undone_and_when_if_that_is_later() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await settled(pilot)
        await go(50)(pilot)
        await pilot.press("plus")
        await go(20)(pilot)
        await pilot.press("u")
        assert toast(pilot).startswith("Undone, at 50 ms, later than here: You added 1 core")
        assert toast(pilot).endswith("This is branch 1 of 2: as it was opened")
        await pilot.press("u")
        assert toast(pilot) == "Nothing has been done here yet."


# -- models and settings ------------------------------------------------------------------


async def ask(pilot: Pilot[None]) -> VaryScreen:
    await settled(pilot)
    await pilot.press("m")
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, VaryScreen)
    return screen


async def fill(pilot: Pilot[None], **texts: str) -> None:
    """Write into fields, then press enter."""
    for field, text in texts.items():
        widget = pilot.app.screen.query_one(f"#{field}")
        if isinstance(widget, Input):
            widget.value = text
        else:
            assert isinstance(widget, Select)
            widget.value = text
    pilot.app.screen.query_one("#cores").focus()
    await pilot.press("enter")
    await settled(pilot)


def problem(pilot: Pilot[None], field: str) -> str:
    line = pilot.app.screen.query_one(f"#{field}-problem", Static)
    return str(line.content) if line.display else ""


async def test_m_looks_at_the_same_moment_in_another_way() -> None:
    app = app_of(source_of(settings=("job.ticker.count=3",)))
    async with app.run_test() as pilot:
        await settled(pilot)
        await go(30)(pilot)
        await ask(pilot)
        assert "Set already: job.ticker.count=3" in shown(pilot)
        await fill(pilot, model="threads", gil="off", cores="4", settings="machine.quantum=3ms")
        assert isinstance(app.screen, PlayerScreen)
        session = player(pilot).session
        branch, scenario = session.branches.current, session.run.scenario
        assert (scenario.model, scenario.python.gil, scenario.machine.cores) == (
            "threads",
            False,
            4,
        )
        assert scenario.machine.parameters["quantum"] == 3 * MS
        assert scenario.jobs[0].count == 3
        assert (session.at, branch.number, branch.time) == (30 * MS, 2, 0)
        assert branch.says == "threads, GIL off, 4 cores, machine.quantum=3ms"
        assert branch.source is not None
        assert branch.source.settings == (
            "job.ticker.count=3",
            "python.gil=off",
            "machine.cores=4",
            "machine.quantum=3ms",
        )
        assert toast(pilot) == f"This is branch 2 of 2: {branch.says}"


async def test_what_was_done_is_not_carried_over_and_that_is_said() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await settled(pilot)
        await go(30)(pilot)
        await pilot.press("plus")
        await ask(pilot)
        text = " ".join(shown(pilot).split())
        assert "What you did here is not done in the new branch" in text
        await fill(pilot, model="threads")
        session = player(pilot).session
        assert session.run.commands == ()
        assert [p.command for p in list(session.branches)[1].run.commands] == [SetCores(2)]


async def test_by_keys_alone() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await ask(pilot)
        await pilot.press("enter", "up", "enter")  # from asyncio up to threads
        await pilot.press("tab", "tab", "2", "enter")
        await settled(pilot)
        scenario = player(pilot).session.run.scenario
        assert (scenario.model, scenario.machine.cores) == ("threads", 2)


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("cores", "0", "machine.cores: expected a whole number from 1 to"),
        ("cores", "many", "machine.cores: expected a whole number from 1 to"),
        ("cores", "", "machine.cores"),
        ("settings", "machine.quantom=3ms", "did you mean 'quantum'?"),
        ("settings", "job.tiker.count=3", "did you mean 'ticker'?"),
        ("settings", "nonsense", "write KEY=VALUE"),
        ("settings", "model=thread", "thread"),
        ("settings", "python.gil=offf", "did you mean 'off'?"),
        ("settings", "machine.cores=0", "machine.cores"),
        ("settings", "machine.policy=[/]\x1b[2J", "unknown policy"),
    ],
)
async def test_what_does_not_fit_is_told_beside_the_field(field: str, text: str, says: str) -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await ask(pilot)
        await fill(pilot, **{field: text})
        assert isinstance(app.screen, VaryScreen)
        assert says in problem(pilot, field)
        assert "\x1b" not in problem(pilot, field)
        assert app.focused is app.screen.query_one(f"#{field}")
        assert len(player(pilot).session.branches) == 1


async def test_all_problems_are_told_at_once() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await ask(pilot)
        await fill(pilot, cores="x", settings="machine.quantom=1 job.tiker.count=2")
        assert problem(pilot, "cores")
        assert problem(pilot, "settings").count("\n") == 1
        await fill(pilot, cores="2", settings="")
        assert player(pilot).session.run.scenario.machine.cores == 2


async def test_the_message_is_that_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "loop.toml"
    path.write_text(source_of().text)
    setting = "job.ticker.steps=['compote 1ms']"
    monkeypatch.setattr(sys, "argv", ["schedsim", "run", str(path), "--set", setting])
    with pytest.raises(SystemExit):
        cli.main()
    told = capsys.readouterr().err.strip()
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await ask(pilot)
        await fill(pilot, settings=setting)
        assert "did you mean 'compute'?" in problem(pilot, "settings")
        assert told.endswith(problem(pilot, "settings"))


async def test_nothing_different_is_refused_and_escape_gives_up() -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await ask(pilot)
        await fill(pilot)
        assert "nothing is different" in problem(pilot, "settings")
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, PlayerScreen)
        assert len(player(pilot).session.branches) == 1


async def test_a_tree_says_itself_what_runs() -> None:
    tree = next(e for e in library.entries() if e.scenario is not None and e.scenario.is_tree)
    app = app_of(Source.of(tree.path))
    async with app.run_test() as pilot:
        await ask(pilot)
        assert "a tree says itself what runs" in shown(pilot)
        await fill(pilot, gil="off")
        assert player(pilot).session.run.scenario.is_tree
        assert not player(pilot).session.run.scenario.python.gil


async def test_without_a_file_it_cannot_be_had_in_another_way() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await pilot.press("m")
        assert isinstance(app.screen, PlayerScreen)
        assert toast(pilot) == "This run came from no file, so it cannot be had in another way."


async def test_a_scenario_in_python_is_executed_again_only_if_its_user_named_it() -> None:
    python = next(e for e in library.entries() if e.scenario is None)
    named = Source.of(python.path)
    app = app_of(named)
    async with app.run_test() as pilot:
        await ask(pilot)
        await fill(pilot, cores="3")
        session = player(pilot).session
        assert session.run.scenario.machine.cores == 3
        assert session.branches.current.source is not None
        assert session.branches.current.source.named
        session.branches._all[0:] = [
            Branch(1, session.run, Source(named.name, named.text, python=True))
        ]
        session.branches.current = session.branches._all[0]
        await pilot.press("m")
        await settled(pilot)
        assert isinstance(app.screen, PlayerScreen)
        assert "a recording is never executed" in toast(pilot)


async def test_a_varied_branch_is_saved_by_s_and_verified_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def save(branch: Branch, path: Path) -> None:
        assert branch.source is not None
        Recording.of(branch.run, branch.source).save(path)

    app = app_of(from_library("three-ways"), shelf=Shelf(BOOKS, load, save))
    path = tmp_path / "varied.rec"
    async with app.run_test() as pilot:
        await ask(pilot)
        await fill(pilot, model="trio", cores="2")
        await go(40)(pilot)
        await pilot.press("plus", "end")
        await settled(pilot)
        await pilot.press("s")
        await settled(pilot)
        app.screen.query_one("#file", Input).value = str(path)
        await pilot.press("enter")
        await settled(pilot)
        steps = len(player(pilot).session.trace)
    monkeypatch.setattr(sys, "argv", ["schedsim", "replay", "--verify", str(path)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 0
    assert f"{steps:,} steps, as recorded" in capsys.readouterr().out


# -- names of strangers -------------------------------------------------------------------


@pytest.mark.parametrize("name", ONE_BY_ONE)
async def test_a_name_in_every_place_of_these_screens(name: str) -> None:
    app = make_app(scene(name))
    async with app.run_test(size=(80, 24)) as pilot:
        seen = []
        await go(7)(pilot)
        await pilot.press("i", "enter", "end")
        await settled(pilot)
        for keys in ("b", "escape c", "enter", "v", "n"):
            await pilot.press(*keys.split())
            await settled(pilot)
            seen.append(shown(pilot))
        app.export_screenshot(simplify=True)
    assert all(map(harmless, seen))


@pytest.mark.parametrize("key", ["b", "c"])
async def test_what_is_hidden_while_one_guesses_is_not_told_by_other_screens(key: str) -> None:
    app = app_of(source_of())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("w")
        await settled(pilot)
        assert player(pilot).session.hides_future
        player(pilot).action_act({"b": "branches", "c": "compare"}[key])
        await settled(pilot)
        assert isinstance(app.screen, PlayerScreen)
        assert toast(pilot).startswith("What comes next is hidden while you guess")


async def test_what_there_is_to_compare_with_is_not_cut_in_80_columns() -> None:
    async with app_of(from_library("starving-loop")).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)
        listed = pilot.app.screen.query_one(MarkList)
        rows = [option.prompt for option in listed.options]
        assert len(rows) > 20
        for row in rows:
            assert isinstance(row, Content)
            assert "…" not in row.plain
            assert row.cell_length <= listed.scrollable_content_region.width, row.plain


async def test_what_can_be_chosen_in_the_dialog_of_other_ways_fits_its_line() -> None:
    async with app_of(from_library("gil-threads")).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("m")
        await settled(pilot)
        for field in pilot.app.screen.query(Select):
            room = field.query_one("#label").size.width
            for says, _ in field._options:
                assert isinstance(says, Content)
                assert says.cell_length <= room, says.plain
