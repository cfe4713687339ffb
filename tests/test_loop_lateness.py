"""How late a ticker is beside a spinner, and what blocking costs: SEMANTICS.md D11 and D13."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from schedsim.durations import UNITS
from schedsim.programs.steps import Repeat, Step
from schedsim.scenario import Job, ProcessPlan, Scenario, ThreadPlan
from schedsim.simulation import Simulation
from schedsim.trace import Kind, Trace
from schedsim.traps import CALL, COMPUTE, GIVE_WAY, MARK, SLEEP, VERB, Op, Trap, Wish

MS = UNITS["ms"]
PERIOD = 10 * MS
TICKS = 6


def op(trap: Trap) -> Op:
    return Op(trap, "step")


def played(flavour: str, *jobs: Job) -> Trace:
    thread = ThreadPlan(Job("main"), flavour, jobs)
    simulation = Simulation(Scenario("late", processes=(ProcessPlan("python", (thread,)),)))
    simulation.run()
    return simulation.trace


FORMULAS: dict[str, Callable[[int], int]] = {
    "asyncio": lambda c: c * -(-PERIOD // c) + 2 * c - PERIOD,
    "uvloop": lambda c: c * -(-PERIOD // c) + c - PERIOD,
}


SLEEPS = pytest.mark.parametrize(
    "sleep", [(SLEEP, PERIOD), (VERB, Wish("sleep", (PERIOD,)))], ids=["flat", "live"]
)


def lateness(flavour: str, sleep: Trap, chunk: int) -> set[int]:
    """By how much the ticks of a ticker come after their time."""
    tick: tuple[Step, ...] = (op(sleep), op((MARK, "tick")))
    spin = (op((COMPUTE, chunk)), op(GIVE_WAY))
    rounds = 2 * TICKS * (PERIOD + 2 * chunk) // chunk
    trace = played(
        flavour, Job("ticker", (Repeat(tick, TICKS),)), Job("spinner", (Repeat(spin, rounds),))
    )
    ticks = [row.time for row in trace.rows() if row.kind is Kind.MARK]
    assert len(ticks) == TICKS
    return {then - before - PERIOD for before, then in pairwise(ticks)}


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 7, 10, 20, 50])
@SLEEPS
@pytest.mark.parametrize("flavour", FORMULAS)
def test_a_ticker_is_late_by_chunks_of_the_spinner(flavour: str, sleep: Trap, chunk: int) -> None:
    """D11: the timer is noticed at the next pass; on asyncio, one more before its task runs."""
    assert lateness(flavour, sleep, chunk * MS) == {FORMULAS[flavour](chunk * MS)}


@pytest.mark.parametrize(("tenths", "asyncio"), [(1, 200_000), (5, 1_000_000)])
@SLEEPS
def test_chunks_below_a_millisecond(sleep: Trap, tenths: int, asyncio: int) -> None:
    """B3: libuv counts whole milliseconds, so a ticker on uvloop is on time (0.02, 0.03 ms)."""
    assert lateness("asyncio", sleep, tenths * MS // 10) == {asyncio}
    assert lateness("uvloop", sleep, tenths * MS // 10) == {0}


@pytest.mark.parametrize(
    ("step", "took"),
    [((CALL, 50 * MS), 500), ((SLEEP, 50 * MS), 50), ((VERB, Wish("sleep", (50 * MS,))), 50)],
    ids=["time.sleep", "asyncio.sleep", "live"],
)
@pytest.mark.parametrize("flavour", FORMULAS)
def test_ten_times_50_ms(flavour: str, step: Trap, took: int) -> None:
    """D13: one after the other if it blocks, all at once if it is awaited."""
    assert played(flavour, Job("sleeper", (op(step),), count=10)).end == took * MS
