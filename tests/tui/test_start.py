"""Starting: pictures without a terminal, the real library, and what is remembered."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from schedsim import library, recording
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError
from schedsim.tui import screenshot
from schedsim.tui.app import SchedsimApp
from schedsim.tui.remembered import Remembered, place, recall, remember
from schedsim.tui.session import Session
from schedsim.tui.theme import DARK, LIGHT
from tests.tui.scenes import ENDLESS, MS, STARVE, make_app, player


def test_a_picture_is_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        screenshot(Run(STARVE), tmp_path / name, size=(100, 30), at=132 * MS)
    picture = (tmp_path / "one").read_bytes()
    assert picture.startswith(b"<svg")
    assert b"cruncher" in picture
    assert picture == (tmp_path / "two").read_bytes()


def test_a_picture_of_an_endless_run_is_taken_at_its_moment(tmp_path: Path) -> None:
    screenshot(Run(ENDLESS), tmp_path / "x.svg", size=(80, 24), at=20_000 * MS)
    assert "20&#160;s" in (tmp_path / "x.svg").read_text(encoding="utf-8")


def test_a_picture_shows_the_beginning_unless_told_when(tmp_path: Path) -> None:
    screenshot(Run(STARVE), tmp_path / "x.svg")
    assert "step&#160;5&#160;of" in (tmp_path / "x.svg").read_text(encoding="utf-8")


def test_a_picture_ignores_what_is_remembered(tmp_path: Path) -> None:
    screenshot(Run(STARVE), tmp_path / "one")
    remember(Remembered(theme=LIGHT.name, hidden=("lesson",)))
    screenshot(Run(STARVE), tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert recall() == Remembered(theme=LIGHT.name, hidden=("lesson",))


def test_a_theme_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="schedsim-light"):
        screenshot(Run(STARVE), tmp_path / "x.svg", theme="schedsim-lihgt")
    assert not (tmp_path / "x.svg").exists()


def test_the_package_costs_nothing_until_it_is_used() -> None:
    code = "import sys, schedsim.tui; print('textual' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("entry", library.entries(), ids=lambda entry: entry.name)
def test_a_session_of_the_library_is_saved_and_replays(
    entry: library.Entry, tmp_path: Path
) -> None:
    source = Source.of(entry.path)
    run = Run(source.load())
    session = Session(run, source)
    session.to_time(session.trace.end // 3)
    session.toggle_yielding()
    session.to_time(session.trace.end // 2)
    session.restart()
    session.to_time(session.trace.end // 4)
    session.toggle_yielding()
    assert session.branches.current.source is source
    Recording.of(session.run, source).save(tmp_path / "session.rec")
    recorded = recording.load(tmp_path / "session.rec")
    if source.python:  # which is executed only if its user names it again
        recorded = replace(recorded, source=source)
    played = recorded.play()
    assert played.trace.digest() == session.trace.digest()


async def test_theme_and_lesson_are_remembered(state_dir: Path) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("t")
        app.theme = LIGHT.name
    written = json.loads((state_dir / "app.json").read_text())
    assert written["theme"] == LIGHT.name
    assert written["hidden"] == ["findings", "lesson", "metrics"]
    again = make_app()
    async with again.run_test(size=(120, 40)) as pilot:
        assert again.theme == LIGHT.name
        assert "lesson" not in player(pilot).stage.heights


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"theme": []}',
        "[" * 100_000,
        '{"hidden": 1}',
        '{"hidden": [1]}',
        "\0",
    ],
)
def test_a_broken_memory_is_no_memory(text: str) -> None:
    place().parent.mkdir(parents=True)
    place().write_text(text, encoding="utf-8")
    assert recall() == Remembered()


def test_what_is_broken_in_a_memory_costs_only_itself() -> None:
    place().parent.mkdir(parents=True)
    for text, remembered in (
        ('{"theme": "x", "recent": [1], "hidden": ["why"]}', Remembered("x", hidden=("why",))),
        ('{"recent": ["a", "/b"], "hidden": "no"}', Remembered(recent=["a", "/b"])),
        ('{"theme": "x", "of a later version": {}}', Remembered("x")),
    ):
        place().write_text(text, encoding="utf-8")
        assert recall() == remembered


def test_a_memory_that_cannot_be_written_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDSIM_STATE_DIR", "/proc/nowhere")
    remember(Remembered())
    assert recall() == Remembered()


@pytest.mark.parametrize(
    ("wanted", "no_color", "given"),
    [
        (LIGHT.name, False, LIGHT.name),
        ("no-such-theme", False, DARK.name),
        ("ansi-dark", False, "ansi-dark"),
        ("ansi-dark", True, DARK.name),  # would be black on black
        ("dracula", True, DARK.name),
        (LIGHT.name, True, LIGHT.name),
    ],
)
def test_which_theme_is_used(
    wanted: str, no_color: bool, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TEXTUAL_THEME", "dracula")
    assert SchedsimApp(remembered=Remembered(theme=wanted)).theme == given


async def test_a_theme_that_does_not_fit_now_is_remembered_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    remembered = Remembered(theme="dracula")
    async with make_app(remembered=remembered).run_test():
        pass
    assert remembered.theme == "dracula"


def test_no_animation_is_passed_on() -> None:
    assert SchedsimApp(animation=False).animation_level == "none"
