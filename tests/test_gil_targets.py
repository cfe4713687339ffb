"""What was measured on CPython comes out: targets D1 to D10 of SEMANTICS.md, part D."""

from __future__ import annotations

import pytest

from schedsim.validate.gil import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_measured_comes_out(target: str) -> None:
    checks = list(TARGETS[target]())
    assert checks
    assert [check for check in checks if not check.passed] == []
