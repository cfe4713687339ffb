"""Random programs of nurseries and cancel scopes: our trio loop against the real trio."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from tests.nursery_programs import Program, SimulatedNurseries, by_task
from tests.strategies_nurseries import programs

pytest.importorskip("trio", reason="the real trio is not installed")

from tests.real_trio import RealNurseries

SEEDS = 4


def same_as_trio(program: Program, seed: int) -> None:
    real = RealNurseries(program, seed, ordered=True).run()
    ours = SimulatedNurseries(program, seed).run()
    assert (ours.log, ours.outcome, ours.end) == (real.log, real.outcome, real.end)


@given(programs(), st.integers(0, 1_000))
def test_with_the_same_coins_everything_happens_in_the_order_of_trio(
    program: Program, seed: int
) -> None:
    same_as_trio(program, seed)


@pytest.mark.fuzz
@given(programs(), st.integers(0, 1_000_000))
def test_many_programs_happen_in_the_order_of_trio(program: Program, seed: int) -> None:
    same_as_trio(program, seed)


@given(programs())
@settings(max_examples=30)
def test_what_trio_does_whatever_the_chance_we_do(program: Program) -> None:
    real = [RealNurseries(program, seed).run() for seed in range(SEEDS)]
    told = [(by_task(run.log), run.outcome, run.end) for run in real]
    if any(each != told[0] for each in told):
        return
    ours = [SimulatedNurseries(program, seed).run() for seed in range(SEEDS)]
    assert [(by_task(run.log), run.outcome, run.end) for run in ours] == told
