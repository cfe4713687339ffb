"""What a start does not load, because whoever starts it that way never needs it.

How long starts take is measured by `schedsim bench` and `python -m tests.first_paint`.
"""

from pathlib import Path

import pytest

from tests.test_floors import SCENARIO, loaded_by

COMMAND = "import runpy; runpy.run_module('schedsim', run_name='__main__', alter_sys=True)"
UNDERSTANDS_A_FILE = ("scenario_file.work", "scenario", "trace", "engine")
EXECUTES = ("run", "simulation", "engine", "state", "history")
TELLS = ("report", "metrics", "findings", "why", "timeline")
RECORDS = ("recording", "commands")
THE_APP = ("app", "tui", "branches")

NOT_LOADED = {
    "--version": (*UNDERSTANDS_A_FILE, *EXECUTES, *TELLS, *RECORDS, *THE_APP, "library"),
    "--help": (*UNDERSTANDS_A_FILE, *EXECUTES, *TELLS, *RECORDS, *THE_APP, "library"),
    "list": (*UNDERSTANDS_A_FILE, *EXECUTES, *TELLS, *RECORDS, *THE_APP, "python_file"),
    "check FILE": (*TELLS, *RECORDS, *THE_APP, "run", "simulation", "python_file", "library"),
    "run FILE": (*RECORDS, *THE_APP, "why.rows", "python_file", "library", "authoring"),
}
"""By command: modules of ours."""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "two_threads.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


@pytest.mark.parametrize("command", NOT_LOADED)
def test_a_command_loads_nothing_that_it_does_not_need(command: str, scenario: Path) -> None:
    arguments = [str(scenario) if word == "FILE" else word for word in command.split()]
    loaded = loaded_by(COMMAND, scenario.with_suffix(".json"), "schedsim", *arguments)
    assert "schedsim.cli" in loaded
    assert not loaded & {f"schedsim.{name}" for name in NOT_LOADED[command]}


def test_a_run_loads_nothing_for_mistakes_files_and_digests(scenario: Path) -> None:
    loaded = loaded_by(COMMAND, scenario.with_suffix(".json"), "schedsim", "run", str(scenario))
    assert "schedsim.report" in loaded
    assert not loaded & {"difflib", "tempfile", "hashlib", "importlib.metadata"}


def test_the_library_screen_waits_for_no_scenario_and_no_player(tmp_path: Path) -> None:
    loaded = loaded_by("import schedsim.tui.start", tmp_path / "modules.json")
    assert "schedsim.tui.screens.library" in loaded
    assert not loaded & {f"schedsim.{name}" for name in (*UNDERSTANDS_A_FILE, *EXECUTES, *TELLS)}
    assert not loaded & {"schedsim.tui.screens.player", "schedsim.cli", "click"}


def test_the_player_waits_for_no_figures_and_no_dialog(tmp_path: Path) -> None:
    loaded = loaded_by("import schedsim.tui.screens.player", tmp_path / "modules.json")
    assert "schedsim.tui.stage" in loaded
    assert not loaded & {
        f"schedsim.{name}" for name in ("metrics", "findings", "causes", "compare")
    }
    dialogs = {name for name in loaded if name.startswith("schedsim.tui.screens.")}
    assert dialogs == {"schedsim.tui.screens.player"}
