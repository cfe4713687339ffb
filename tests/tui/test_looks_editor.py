"""How library, search, editor and the dialogs around them look."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from schedsim.tui.app import SchedsimApp
from schedsim.tui.remembered import Remembered
from schedsim.tui.theme import DARK, LIGHT
from tests.tui.desk import BAD, desk, the_shelf, written
from tests.tui.scenes import Drive

pytestmark = pytest.mark.app

Compare = Callable[..., bool]

LISTED = {
    "async-sleep", "barging", "blocking-lock", "blocking-sleep", "chess-asynchronous", "cfs-slices",
    "deadlock", "errors", "four-styles", "gil-threads", "in-a-row", "io-threads", "lottery", "mlfq",
    "philosophers", "priority-inversion", "processes", "sleep-zero", "starving-loop", "stride",
    "tasks-lock", "textbook-fifo", "textbook-round-robin", "timeout",
}  # fmt: skip
SMALL, LARGE = (80, 24), (120, 40)
sizes = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
themes = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


@pytest.fixture
def place(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with mistakes, in a home of its own: its path is the same in every run."""
    monkeypatch.setenv("HOME", str(work))
    return written(work, "mine.toml", BAD)


def after(*keys: str) -> Drive:
    async def drive(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
        pilot.app.clear_notifications()
        await pilot.pause()
        await pilot.pause()

    return drive


def few(recent: Sequence[Path | str], **kwargs: Any) -> SchedsimApp:
    """The app with some of its library, so that what is added to that changes no picture."""
    known = the_shelf()
    entries = [entry for entry in known.entries if entry.name in LISTED]
    return desk(recent, shelf=replace(known, entries=entries), **kwargs)


@sizes
@themes
def test_the_library(snap_compare: Compare, place: Path, size: tuple[int, int], theme: Any) -> None:
    app = few([place, "starving-loop"], remembered=Remembered(theme=theme.name))
    assert snap_compare(app, terminal_size=size, run_before=after("down"))


@sizes
def test_the_editor_with_mistakes(
    snap_compare: Compare, place: Path, size: tuple[int, int]
) -> None:
    assert snap_compare(few([place]), terminal_size=size, run_before=after("E"))


def test_the_editor_in_light(snap_compare: Compare, place: Path) -> None:
    app = few([place], remembered=Remembered(theme=LIGHT.name))
    assert snap_compare(app, terminal_size=SMALL, run_before=after("E"))


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("search", ("slash", *"lock")),
        ("no-match", ("slash", *"zzz")),
        ("new", ("N", "down")),
        ("copy", ("down", "E")),
        ("unsaved", ("E", "x", "escape")),
        ("lesson", ("down", "t")),
    ],
    ids=["search", "no-match", "new", "copy", "unsaved", "lesson"],
)
def test_a_dialog(snap_compare: Compare, place: Path, name: str, keys: tuple[str, ...]) -> None:
    app = few([place, "starving-loop"])
    assert snap_compare(app, terminal_size=SMALL, run_before=after(*keys))


def test_without_colours(
    snap_compare: Compare, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(few([place]), terminal_size=SMALL, run_before=after("E"))
