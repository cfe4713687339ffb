"""Checks as a table for people, and as data for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from schedsim.validate.checks import Check

_SAYS = 66


def rows_of(checks: Sequence[Check]) -> dict[str, Any]:
    """The object that ``--json`` prints."""
    return {"schema": 1, "passed": all(c.passed for c in checks), "rows": [*map(asdict, checks)]}


def to_text(checks: Sequence[Check]) -> str:
    """A line a check; those that fail are marked by a word, not by a colour."""
    widest = max((len(check.target) for check in checks), default=0)
    lines = []
    for check in checks:
        says = check.says if len(check.says) <= _SAYS else f"{check.says[: _SAYS - 1]}…"
        mark = "ok  " if check.passed else "FAIL"
        lines.append(
            f"{mark} {check.id:<4} {says:<{_SAYS}} {check.target:<{widest}}  {check.measured}"
        )
    failed = sum(not check.passed for check in checks)
    lines.append(f"{len(checks) - failed} of {len(checks)} as measured on real programs.")
    return "\n".join(line.rstrip() for line in lines)
