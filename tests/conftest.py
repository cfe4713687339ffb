"""What every test shares: a clean environment, still cursors, reproducible examples."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_textual_snapshot
from hypothesis import HealthCheck, settings
from textual.widgets import Input

from schedsim import cli
from tests.command_line import Outcome, Schedsim

# An app reads these when it is made, and a snapshot shows the difference.
for _name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
    os.environ.pop(_name, None)

# syrupy 5 renamed the attribute that the plugin sets, and without it baselines are not found.
pytest_textual_snapshot.SVGImageExtension.file_extension = "svg"

# The default run draws the same examples every time; `--hypothesis-profile=fuzz` draws new ones.
settings.register_profile(
    "schedsim",
    deadline=None,
    derandomize=True,
    max_examples=50,
    # Generating a whole scenario takes its time.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "fuzz", settings.get_profile("schedsim"), derandomize=False, max_examples=2_000
)
settings.load_profile("schedsim")


def pytest_collection_finish() -> None:
    """What has been imported stays: the collector need not look at it thousands of times."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of its own for what the app remembers between two starts."""
    path = tmp_path / "state"
    monkeypatch.setenv("SCHEDSIM_STATE_DIR", str(path))
    monkeypatch.setenv("SCHEDSIM_CONFIG_DIR", "/nobody/schedsim")  # help names it
    return path


@pytest.fixture
def control_c() -> Iterator[None]:
    """Ctrl-C as a program in the foreground has it: what a shell has put behind ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def still_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cursor that does not blink: a snapshot must not depend on when it is taken."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _: None)


@pytest.fixture
def schedsim(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Schedsim:
    """Run the command line in this process."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["schedsim", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        code = left.value.code
        assert isinstance(code, int)
        return Outcome(code, out, err)

    return run
