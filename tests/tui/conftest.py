"""A working directory and an environment of their own for tests that edit files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from schedsim.tui import playback
from schedsim.tui.app import SchedsimApp
from schedsim.tui.screens.editor import EditorScreen
from tests.tui.desk import GOOD, written


@pytest.fixture(autouse=True)
def one_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause of the player would look at whatever all the tests have imported."""
    for name in ("keep_garbage", "drop_garbage"):
        monkeypatch.setattr(playback, name, lambda: None)


@pytest.fixture
def snap_compare(snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """A picture is taken when nothing is drawn any more: the footer is made again in steps."""

    def compare(app: Any, *, run_before: Any = None, **how: Any) -> bool:
        async def settled(pilot: Pilot[None]) -> None:
            if run_before is not None:
                await run_before(pilot)
            for _ in range(5):
                await pilot.pause()

        return snap_compare(app, run_before=settled, **how)

    return compare


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory; no editor but the one that is built in."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def mine(work: Path) -> Path:
    """A scenario in the working directory."""
    return written(work, "mine.toml", GOOD)


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text in the editor is read when a test says so, and not after a pause."""
    monkeypatch.setattr(EditorScreen, "PAUSE", 3_600)


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that can be lent, which a test has not; as Textual's, it is lost by an error."""

    @contextmanager
    def suspend(self: SchedsimApp) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is
            pytest.fail(f"the terminal is not given back: {error!r}")

    monkeypatch.setattr(SchedsimApp, "suspend", suspend)
