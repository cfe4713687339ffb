"""Dialogs refuse bad input, say why beside the field, and change nothing until it is right."""

from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Select, Static

from schedsim.commands import Inject
from schedsim.run import Run
from schedsim.tui.screens.inject import InjectScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.save import SaveScreen
from schedsim.tui.shelf import Shelf
from tests.tui.scenes import FREE, MS, PROCESSES, STARVE, TICKS, go, make_app, player

pytestmark = pytest.mark.app


def recordings(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.rec"))


async def fill(pilot: Pilot[None], **texts: str) -> None:
    """Write into fields, then press enter."""
    for field, text in texts.items():
        pilot.app.screen.query_one(f"#{field}", Input).value = text
    pilot.app.screen.query_one(Input).focus()
    await pilot.press("enter")
    await pilot.pause()


def problem(pilot: Pilot[None], field: str) -> str:
    line = pilot.app.screen.query_one(f"#{field}-problem", Static)
    return str(line.content) if line.display else ""


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("name", "", "a task needs a name"),
        ("name", "   ", "a task needs a name"),
        ("duration", "", "expected a duration"),
        ("duration", "soon", "expected a duration"),
        ("duration", "5", "no unit"),
        ("duration", "5 parsecs", "unknown unit"),
        ("duration", "-5ms", "cannot be negative"),
        ("duration", "0ms", "longer than 0"),
        ("duration", "11h 5", "expected a duration"),
        ("duration", "99999999h", "ten years"),
        ("chunk", "[/]", "expected a duration"),
        ("chunk", "0ms", "longer than 0"),
        ("chunk", "10h", "no longer than the duration"),
    ],
)
async def test_inject_refuses_and_says_why(field: str, text: str, says: str) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("i")
        await pilot.pause()
        await fill(pilot, **{field: text})
        assert isinstance(pilot.app.screen, InjectScreen)
        assert says in problem(pilot, field)
        assert pilot.app.focused is pilot.app.screen.query_one(f"#{field}")
        assert player(pilot).session.run.commands == ()


async def test_inject_names_every_problem_and_goes_to_the_first() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("i")
        await pilot.pause()
        await fill(pilot, name="hog", duration="x", chunk="y")
        assert problem(pilot, "duration")
        assert problem(pilot, "chunk")
        assert pilot.app.focused is pilot.app.screen.query_one("#duration")
        await fill(pilot, duration="20ms", chunk="5ms")
        (placed,) = player(pilot).session.run.commands
        assert placed.command == Inject(
            "hog", 20 * MS, 5 * MS, yielding=False, process="python", loop="main"
        )


async def test_inject_offers_loop_process_and_a_new_process() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("i")
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, InjectScreen)
        assert [(place.process, place.loop) for place in screen.places] == [
            ("python", "main"),
            ("python", ""),
            ("", ""),
        ]
        screen.query_one("#where", Select).value = 2
        screen.query_one("#yielding", Select).value = 1
        await fill(pilot, name="hog", duration="20ms", chunk="20ms")
        (placed,) = player(pilot).session.run.commands
        assert placed.command == Inject("hog", 20 * MS, 20 * MS, yielding=True)


async def test_processes_get_a_process_unless_told_otherwise() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await pilot.press("i")
        await pilot.pause()
        await fill(pilot, name="hog")
        (placed,) = player(pilot).session.run.commands
        assert isinstance(placed.command, Inject)
        assert placed.command.process == ""


async def test_a_loop_that_has_ended_is_not_offered() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("end", "i")
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, InjectScreen)
        assert [(place.process, place.loop) for place in screen.places] == [
            ("python", ""),
            ("", ""),
        ]


async def test_what_is_proposed_does_not_grow_with_what_was_injected() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        proposed = []
        for duration in ("9s", "1s"):
            await pilot.press("i")
            await pilot.pause()
            proposed.append(pilot.app.screen.query_one("#duration", Input).value)
            await fill(pilot, duration=duration, chunk="1ms")
            assert isinstance(pilot.app.screen, PlayerScreen)
        assert proposed == ["100ms", "100ms"]


@pytest.mark.parametrize("key", ["i", "s"])
async def test_enter_pressed_twice_acts_once(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press(key)
        await pilot.pause()
        for _ in range(3):
            app.post_message(events.Key("enter", None))
        await pilot.pause()
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)
        assert len(player(pilot).session.run.commands) + len(recordings(tmp_path)) == 1


async def test_ticks_are_bare_numbers() -> None:
    app = make_app(TICKS)
    async with app.run_test() as pilot:
        await pilot.press("i")
        await pilot.pause()
        await fill(pilot, name="hog", duration="5ms")
        assert "whole numbers" in problem(pilot, "duration")
        await fill(pilot, duration="6", chunk="2")
        (placed,) = player(pilot).session.run.commands
        assert isinstance(placed.command, Inject)
        assert placed.command.duration == 6


async def test_escape_changes_nothing() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        digest = player(pilot).session.trace.digest()
        for key in ("i", "s"):
            await pilot.press(key)
            await pilot.pause()
            await pilot.press("escape")
            await pilot.pause()
            assert isinstance(pilot.app.screen, PlayerScreen)
        assert player(pilot).session.trace.digest() == digest


async def test_save_writes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_app()
    async with app.run_test() as pilot:
        await go(120)(pilot)
        await pilot.press("y", "s")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)
    assert (tmp_path / "starve.rec").read_text() == "starve 1"


async def test_save_replaces_a_file_only_when_asked_twice(tmp_path: Path) -> None:
    app = make_app(FREE)
    other = tmp_path / "precious"
    other.write_text("mine")
    async with app.run_test() as pilot:
        await pilot.press("s")
        await pilot.pause()
        await fill(pilot, file=str(other))
        assert "exists" in problem(pilot, "file")
        assert other.read_text() == "mine"
        await fill(pilot)
        assert isinstance(pilot.app.screen, PlayerScreen)
    assert other.read_text() == "free 0"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "needs a name"),
        (".", "directory"),
        ("no/such/folder/x.rec", "there is no folder no/such/folder"),
        ("nul\0byte", "null"),
        ("x" * 300, "name too long"),
    ],
)
async def test_save_says_what_is_wrong(
    name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_app(FREE)
    async with app.run_test() as pilot:
        await pilot.press("s")
        await pilot.pause()
        await fill(pilot, file=name)
        assert isinstance(pilot.app.screen, SaveScreen)
        assert says.lower() in problem(pilot, "file").lower()
    assert recordings(tmp_path) == []


async def test_without_a_way_to_save_it_says_so() -> None:
    app = make_app(FREE, shelf=Shelf())
    async with app.run_test() as pilot:
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlayerScreen)


async def test_an_injected_task_runs_and_is_named_in_the_trace() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await go(60)(pilot)
        await pilot.press("i")
        await pilot.pause()
        await fill(pilot, name="[/]", duration="30ms", chunk="30ms")
        run = player(pilot).session.run
        assert run.trace.entities[-1].name == "[/]"
        assert Run(STARVE, 0, run.commands).finish().digest() == run.finish().digest()
