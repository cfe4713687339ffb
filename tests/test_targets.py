"""What was measured on real programs comes out: the targets of SEMANTICS.md, part D, and of G."""

from __future__ import annotations

import pytest

from schedsim.validate import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_measured_comes_out(target: str) -> None:
    checks = list(TARGETS[target]())
    assert checks
    assert {check.id for check in checks} == {target}
    assert [check for check in checks if not check.passed] == []


def test_every_target_of_part_d_that_a_run_can_show_is_there() -> None:
    assert {f"D{number}" for number in range(1, 22)} <= set(TARGETS)
