"""The order of execution of 33 small programs, as CPython has it (SEMANTICS.md B8)."""

import pytest

from schedsim.validate.orders import EXPECTED, PROGRAMS, UNORDERED, tokens
from tests.simulated import CheckedLoop


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_order_is_cpythons(name: str) -> None:
    loose = UNORDERED.get(name, frozenset())
    said = tokens(PROGRAMS[name])
    assert sorted(each for each in said if each in loose) == sorted(loose)
    assert ["?" if each in loose else each for each in said] == [
        "?" if each in loose else each for each in EXPECTED[name]
    ]


@pytest.mark.parametrize("name", PROGRAMS)
def test_its_trace_tells_what_the_loop_knows(name: str) -> None:
    assert "EXC AssertionError" not in tokens(PROGRAMS[name], CheckedLoop)


def test_none_is_missing() -> None:
    assert len(PROGRAMS) == 33
    assert set(PROGRAMS) == set(EXPECTED)
