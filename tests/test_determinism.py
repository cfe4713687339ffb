"""Nothing but scenario, seed and commands makes a run: two unlike environments, one interpreter.

All environments and interpreters are tried by ``python -m tests.determinism``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests import golden
from tests.determinism import ANOTHER, ONE, Environment, Stage

_PROBE = """
import hashlib, json, locale, os, sys, time
import schedsim
before = time.time()
mask = os.umask(0)
print(json.dumps({
    "package": schedsim.__file__,
    "folder": os.getcwd(),
    "hash": hash("schedsim"),
    "optimize": sys.flags.optimize,
    "utf8": sys.flags.utf8_mode,
    "passed": time.time() - before,
    "zone": time.tzname[0],
    "point": locale.localeconv()["decimal_point"],
    "umask": mask,
}))
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))


def _probed(stage: Stage, environment: Environment) -> dict[str, object]:
    out, err = stage.start(sys.executable, environment, "-c", _PROBE).communicate()
    assert not err
    found: dict[str, object] = json.loads(out)
    return found


def test_two_environments_are_as_unlike_as_they_say(stage: Stage) -> None:
    one, another = _probed(stage, ONE), _probed(stage, ANOTHER)
    assert str(one["package"]).startswith(str(Path(golden.__file__).parents[1]))
    assert str(another["package"]).startswith(str(stage.copy))
    assert one["hash"] != another["hash"]
    assert (one["optimize"], another["optimize"]) == (0, 1)
    assert (one["utf8"], another["utf8"]) == (0, 1)
    assert (one["zone"], another["zone"]) == ("+14", "NST")
    assert (one["umask"], another["umask"]) == (0o022, 0o077)
    assert another["folder"] == str(stage.empty)
    passed = another["passed"]
    assert isinstance(passed, float)
    assert passed < -80_000, "a clock that runs backwards"
    if "tr_TR" in stage.known:
        assert (one["point"], another["point"]) == (".", ",")


def test_every_scenario_is_the_same_to_the_byte_in_both(stage: Stage) -> None:
    one = stage.digests(sys.executable, ONE, command_line=False)
    another = stage.digests(sys.executable, ANOTHER, command_line=False)
    assert [name for name in one if another.get(name) != one[name]] == []
    assert one.keys() == another.keys()
    kept = json.loads(golden.PATH.read_text(encoding="utf-8"))
    assert {name: one[f"{name}: golden"] for name in kept} == kept
