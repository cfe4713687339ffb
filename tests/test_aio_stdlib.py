"""CPython's own tests of asyncio, on SimLoop: ``python -m tests.stdlib_asyncio`` as tests.

Each module in a process of its own: it makes SimLoop the loop of the whole interpreter.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stdlib_asyncio import FAST, LEFT_OUT, MODULES, OTHERS, main

HERE = Path(__file__).parents[1]
PRESENT = [m for m in MODULES if importlib.util.find_spec(f"test.test_asyncio.test_{m}")]


def run(*modules: str) -> str:
    """What the command says of some modules, of which each test passes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.stdlib_asyncio", *modules],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout
    return done.stdout


@pytest.mark.skipif(not PRESENT, reason="this Python comes without its tests")
def test_the_primitives_of_cpython_pass_their_tests() -> None:
    told = run(*FAST)
    assert "locks: 7" in told


@pytest.mark.stdlib
@pytest.mark.parametrize("module", PRESENT)
def test_cpythons_own_tests_pass(module: str) -> None:
    run(module)


def test_what_is_left_out_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    told = capsys.readouterr().out
    assert all(why in told for why in (LEFT_OUT | OTHERS).values())
