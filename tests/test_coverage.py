"""The command that says what the tests execute: its table and its two limits, by hand."""

from __future__ import annotations

from typing import Any

from tests.coverage import Module, measured, percent, table, verdicts


def module(path: str, executed: int = 10, **missing: Any) -> Module:
    return Module(path, 10, executed, missing.get("lines", ()), missing.get("branches", ()))


def test_lines_and_branches_count_alike() -> None:
    report = {
        "files": {
            "schedsim/trace/codes.py": {
                "summary": {
                    "num_statements": 6,
                    "num_branches": 2,
                    "covered_lines": 5,
                    "covered_branches": 1,
                },
                "missing_lines": [4],
                "missing_branches": [[3, -1]],
            }
        }
    }
    (found,) = measured(report)
    assert found == Module("schedsim/trace/codes.py", 8, 6, (4,), ((3, -1),))
    assert percent([found]) == 75.0


def test_what_is_missing_is_told_as_one_looks_it_up() -> None:
    """A branch out of a line that is missing itself is not told again."""
    found = module("schedsim/run.py", lines=(3, 7, 8, 9), branches=((3, 4), (12, 15), (20, -18)))
    assert found.missing() == "3, 7-9, 12->15, 20->exit"


def test_packages_have_a_line_each_and_then_the_modules() -> None:
    found = [
        module("schedsim/run.py"),
        module("schedsim/tui/acts/lives.py", 4, lines=(1,)),
        module("schedsim/tui/acts/spans.py", 6, lines=(2,)),
    ]
    assert [line.split() for line in table(found)] == [
        ["schedsim/run.py", "100.00", "%", "0", "missing"],
        ["schedsim/tui/acts", "50.00", "%", "10", "missing"],
        [],
        ["schedsim/tui/acts/lives.py:", "1"],
        ["schedsim/tui/acts/spans.py:", "2"],
    ]


def test_the_app_has_a_limit_of_its_own() -> None:
    below, inside = module("schedsim/run.py"), module("schedsim/tui/app.py", 9)
    assert list(verdicts([below, inside])) == [
        (True, "below schedsim/tui: 100.00 %, at least 100 %"),
        (True, "in schedsim/tui: 90.00 %, at least 90 %"),
    ]
    swapped = [module("schedsim/run.py", 9), module("schedsim/tui/app.py", 8)]
    assert [kept for kept, _ in verdicts(swapped)] == [False, False]
