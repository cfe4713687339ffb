"""Random asyncio programs: SimLoop does what the stock loop does on a virtual clock."""

import sys
from typing import Any

import pytest
from hypothesis import given, settings

from tests.async_programs import Run
from tests.real_asyncio import VirtualLoop
from tests.simulated import CheckedLoop
from tests.strategies_asyncio import programs


def agree(program: dict[str, Any]) -> None:
    """Both loops log the same, at the same moments; the trace tells what the loop knows."""
    assert Run(program, CheckedLoop).play() == Run(program, VirtualLoop).play()


@settings(max_examples=80)
@given(programs())
def test_a_random_program_does_the_same(program: dict[str, Any]) -> None:
    agree(program)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
@settings(max_examples=60)
@given(programs(eager=True))
def test_so_does_one_with_eager_tasks(program: dict[str, Any]) -> None:
    agree(program)


@pytest.mark.fuzz
@settings(max_examples=5_000)
@given(programs(eager=False))
def test_many_random_programs_do_the_same(program: dict[str, Any]) -> None:
    agree(program)


@pytest.mark.fuzz
@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
@settings(max_examples=2_000)
@given(programs(eager=True))
def test_so_do_many_with_eager_tasks(program: dict[str, Any]) -> None:
    agree(program)
