"""CONTRIBUTING.md: the worked example of a policy works exactly as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

_FILE = re.compile(
    r"^`(\S+)`( \(one more line\))?\n\n```python\n(.*?)```", re.MULTILINE | re.DOTALL
)


def test_the_policy_of_the_worked_example_runs(tmp_path: Path) -> None:
    """Three files, a test included, in a copy of the package; nothing else is touched."""
    shutil.copytree(
        ROOT / "schedsim", tmp_path / "schedsim", ignore=shutil.ignore_patterns("__pycache__")
    )
    files = _FILE.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert [name for name, *_ in files] == [
        "schedsim/policies/hrrn.py",
        "schedsim/policies/__init__.py",
        "tests/test_hrrn.py",
    ]
    for name, more, code in files:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if more:
            before, brace, after = path.read_text(encoding="utf-8").partition("{\n")
            path.write_text(f"{before}{brace}{code}{after}", encoding="utf-8")
        else:
            path.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_hrrn.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
