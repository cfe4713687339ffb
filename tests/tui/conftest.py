"""A working directory and an environment of their own for tests that edit files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from schedsim.tui.app import SchedsimApp


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
def lent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that can be lent, which a test has not; as Textual's, it is lost by an error."""

    @contextmanager
    def suspend(self: SchedsimApp) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is
            pytest.fail(f"the terminal is not given back: {error!r}")

    monkeypatch.setattr(SchedsimApp, "suspend", suspend)
