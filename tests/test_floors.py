"""Imports go down the floors: as written (import-linter) and as executed (`sys.modules`)."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

# What no import of an engine floor may pull in, not even by way of the standard library.
NEVER_BELOW_THE_REPORT = {"textual", "rich", "asyncio", "threading", "multiprocessing"}

# Runs what follows and writes the names of all loaded modules to the file argv[1].  What a
# command prints stays on standard output.
PROBE = """
import sys
sys.path.insert(0, {root!r})
out, sys.argv[:] = sys.argv[1], sys.argv[2:]
code = 0
try:
    {statement}
except SystemExit as stop:
    code = stop.code
loaded = sorted(sys.modules)
import json
with open(out, "w") as file:
    json.dump(loaded, file)
sys.exit(code)
"""

SCENARIO = """
schema = 1
title = "Two threads"
model = "threads"

[machine]
cores = 1
policy = "round_robin"
quantum = "10ms"

[[job]]
name = "worker"
count = 2
steps = ["compute 5ms", "sleep 1ms"]
"""


def loaded_by(statement: str, out: Path, *arguments: str) -> set[str]:
    """Names of the modules that are loaded after a statement, in an interpreter of its own."""
    probe = PROBE.format(root=str(ROOT), statement=statement)
    # Under coverage.py it would have loaded what that needs.
    alone = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", probe, str(out), *arguments],
        env=alone,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(json.loads(out.read_text()))


def contract(name: str) -> dict[str, Any]:
    """The import-linter contract whose name starts so."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    (found,) = [each for each in contracts if each["name"].startswith(name)]
    return found


FORMATS = ("perfetto", "svg", "csv", "html", "text")
HEADLESS = [
    *("--help", "list", "run FILE", "run FILE --json", "check FILE"),
    *(f"export FILE --to {form}" for form in FORMATS),
]

ENGINE_FLOORS: list[str] = contract("The engine and all below")["source_modules"]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What an interpreter loads before it runs anything."""
    return loaded_by("pass", tmp_path_factory.mktemp("bare") / "modules.json")


def roots(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_the_contracts_of_the_floors_are_kept() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
            "--config=pyproject.toml",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("floor", ENGINE_FLOORS)
def test_an_engine_floor_loads_no_real_concurrency(
    floor: str, tmp_path: Path, bare: set[str]
) -> None:
    new = loaded_by(f"import {floor}", tmp_path / "modules.json") - bare
    assert floor in new
    assert roots(new) & NEVER_BELOW_THE_REPORT == set()


def test_the_command_line_loads_no_textual(tmp_path: Path) -> None:
    assert "textual" not in loaded_by("import schedsim.cli", tmp_path / "modules.json")


@pytest.mark.parametrize("command", HEADLESS)
def test_a_headless_command_loads_no_textual(command: str, tmp_path: Path) -> None:
    scenario = tmp_path / "two_threads.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    arguments = [str(scenario) if word == "FILE" else word for word in command.split()]
    modules = loaded_by(
        "import runpy; runpy.run_module('schedsim', run_name='__main__', alter_sys=True)",
        tmp_path / "modules.json",
        "schedsim",
        *arguments,
    )
    assert "schedsim.cli" in modules
    assert "textual" not in modules
    assert "rich" not in modules
    assert not roots(modules) & {"asyncio", "greenlet"}
    assert "schedsim.aio" not in modules
