"""What the tests execute: ``python -m tests.coverage`` runs them, and checks the limits.

Below ``schedsim/tui`` every line and every branch, in it nine of ten.  What is measured, and what
is left out, stands in ``pyproject.toml``.  While working on one module::

    uv run python -m tests.coverage --append tests/test_timeline.py

It says what is executed, not what is checked: a test's expected values come from elsewhere.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from coverage import Coverage

ROOT = Path(__file__).parents[1]
APP = "schedsim/tui"

# Lines and branches that have to be executed, of a hundred.
BELOW_THE_APP = 100
IN_THE_APP = 90

# All that counts: the default tests, and those that take longer.
_TESTS = "not fuzz and not stdlib"

# What coverage.py itself would spoil.  What these execute, others execute too.
_NOT_MEASURED = (
    # Bytes that a program needs: its own would be counted among them.
    "tests/test_bench.py::test_what_suspended_tasks_need_is_little_and_does_not_grow",
    # Ratios of what takes time: its own would count.
    "tests/test_bench.py::test_costs_stay_flat",
    # It says so, with a traceback, when a signal comes while it begins or writes.
    "tests/test_signals.py::test_at_any_moment_the_file_is_the_old_one_or_a_whole_new_one",
)


@dataclass(frozen=True, slots=True)
class Module:
    """What of one module the tests have executed; lines and branches count alike."""

    path: str
    possible: int
    executed: int
    lines: tuple[int, ...]  # not executed
    branches: tuple[tuple[int, int], ...]  # not taken: from line, to line; negative: out of it

    @property
    def in_the_app(self) -> bool:
        """There the limit is another one."""
        return self.path.startswith(APP + "/")

    @property
    def package(self) -> str:
        """The package that it is in, with two names at most; or itself, if in none."""
        return "/".join(self.path.split("/")[: 3 if self.in_the_app else 2])

    def missing(self) -> str:
        """Lines and branches, as one looks them up: ``3, 7-9, 12->15``."""
        known = set(self.lines)
        jumps = [
            f"{start}->{'exit' if end < 0 else end}"
            for start, end in self.branches
            if start not in known
        ]
        return ", ".join([*_stretches(self.lines), *jumps])


def _stretches(lines: Iterable[int]) -> Iterator[str]:
    """Consecutive lines as one: ``7-9``."""
    for _, group in groupby(enumerate(sorted(lines)), lambda pair: pair[1] - pair[0]):
        stretch = [line for _, line in group]
        yield str(stretch[0]) if len(stretch) == 1 else f"{stretch[0]}-{stretch[-1]}"


def measured(report: dict[str, Any]) -> list[Module]:
    """The modules of a report of coverage.py in JSON."""
    found = []
    for path, file in sorted(report["files"].items()):
        summary = file["summary"]
        found.append(
            Module(
                Path(path).as_posix(),
                summary["num_statements"] + summary["num_branches"],
                summary["covered_lines"] + summary["covered_branches"],
                tuple(file["missing_lines"]),
                tuple(map(tuple, file["missing_branches"])),
            )
        )
    return found


def percent(modules: Iterable[Module]) -> float:
    """Executed of possible, of a hundred; nothing is executed whole."""
    counted = [(module.executed, module.possible) for module in modules]
    possible = sum(map(itemgetter(1), counted))
    return 100 * sum(map(itemgetter(0), counted)) / possible if possible else 100.0


def table(modules: Iterable[Module]) -> Iterator[str]:
    """A line a package; then a line for each module of which something is missing."""
    packages: dict[str, list[Module]] = defaultdict(list)
    for module in modules:
        packages[module.package].append(module)
    for package, inside in sorted(packages.items()):
        missing = sum(module.possible - module.executed for module in inside)
        yield f"{package:42}{percent(inside):8.2f} %{missing:7} missing"
    yield ""
    for inside in packages.values():
        yield from (f"{each.path}: {each.missing()}" for each in inside if each.missing())


def verdicts(modules: Iterable[Module]) -> Iterator[tuple[bool, str]]:
    """Of both limits: is it kept, and the sentence."""
    known = list(modules)
    for name, limit, part in (
        (f"below {APP}", BELOW_THE_APP, [each for each in known if not each.in_the_app]),
        (f"in {APP}", IN_THE_APP, [each for each in known if each.in_the_app]),
    ):
        reached = percent(part)
        kept = reached >= limit
        yield kept, f"{name}: {reached:.2f} %, {'at least' if kept else 'less than'} {limit} %"


def _coverage(*arguments: str) -> int:
    """One command of coverage.py: its exit code."""
    return subprocess.call([sys.executable, "-m", "coverage", *arguments], cwd=ROOT)


def _report() -> dict[str, Any]:
    """Of all that has been measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        reader = Coverage(config_file=str(ROOT / "pyproject.toml"))
        reader.load()
        reader.json_report(outfile=str(path))
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def main(arguments: list[str] | None = None) -> int:
    """Run, combine, tell; 1 when a test failed or a limit is not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.coverage", description=__doc__)
    parser.add_argument("--append", action="store_true", help="keep what was measured before")
    parser.add_argument("--only-report", action="store_true", help="run no test")
    chosen, for_pytest = parser.parse_known_args(arguments)
    failed = 0
    if not chosen.only_report:
        if not chosen.append:
            _coverage("erase")
        left_out = [f"--deselect={test}" for test in _NOT_MEASURED]
        failed = _coverage("run", "-m", "pytest", "-q", "-m", _TESTS, *left_out, *for_pytest)
        _coverage("combine", "--append", "--quiet")
    modules = measured(_report())
    sys.stdout.writelines(f"{line}\n" for line in table(modules))
    judged = list(verdicts(modules))
    sys.stdout.writelines(f"{sentence}\n" for _, sentence in judged)
    return 1 if failed or not all(kept for kept, _ in judged) else 0


if __name__ == "__main__":
    raise SystemExit(main())
