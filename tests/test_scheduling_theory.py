"""What theory proves of schedulers, on random workloads."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

from schedsim import report
from schedsim.policies.weights import NICE_WEIGHTS
from schedsim.run import Run
from schedsim.scenario_file import loads

rarely = settings(max_examples=max(30, settings().max_examples // 2))

periodic = st.lists(
    st.tuples(st.sampled_from([2, 3, 4, 5, 6, 8, 10, 12, 15]), st.integers(1, 6)),
    min_size=1,
    max_size=5,
)
"""Periods and worst-case execution times."""


def answer(policy: str, jobs: list[str], *, until: str, more: str = "") -> Any:
    """What ``run --json`` says of jobs in one process each."""
    text = f"schema = 1\ntitle = 't'\nmodel = 'processes'\nuntil = {until}\n{more}\n"
    text += f"[machine]\npolicy = {policy}\n"
    run = Run(loads(text + "\n".join(f"[[job]]\n{job}\n" for job in jobs), "test"))
    run.finish()
    return report.to_json(run)


def misses(policy: str, tasks: list[tuple[int, int]], *, cycles: int = 1) -> list[bool]:
    """Of each job of one or more hyperperiods, whether it missed; all are released at 0."""
    jobs = [
        f"name = 't{number}'\nperiod = {period}\nwcet = {wcet}"
        for number, (period, wcet) in enumerate(tasks)
    ]
    end = lcm(*(period for period, _ in tasks)) * cycles
    found = answer(f"'{policy}'", jobs, until=str(end), more="unit = 'tick'")
    return [job["missed"] or job["finish"] is None for job in found["jobs"]]


def utilisation(tasks: list[tuple[int, int]]) -> Fraction:
    return sum((Fraction(wcet, period) for period, wcet in tasks), Fraction(0))


@given(periodic)
@rarely
def test_edf_meets_every_deadline_up_to_full_utilisation(tasks: list[tuple[int, int]]) -> None:
    """Liu and Layland 1973, theorem 7."""
    assume(utilisation(tasks) <= 1)
    assert not any(misses("edf", tasks))


@given(periodic)
@rarely
def test_nobody_meets_every_deadline_beyond_it(tasks: list[tuple[int, int]]) -> None:
    """More work is released in a hyperperiod than there is time; in ten of them it shows."""
    assume(utilisation(tasks) > 1)
    assert any(misses("edf", tasks, cycles=10))
    assert any(misses("rate_monotonic", tasks, cycles=10))


@given(periodic)
@rarely
def test_rate_monotonic_meets_its_deadlines_where_the_analysis_says_so(
    tasks: list[tuple[int, int]],
) -> None:
    """Exact: R = C + sum of ceil(R/T) C over the shorter periods (Joseph and Pandya 1986)."""
    assume(len({period for period, _ in tasks}) == len(tasks))
    ordered = sorted(tasks)
    expected = True
    for number, (period, wcet) in enumerate(ordered):
        response, before = wcet, 0
        while response != before and response <= period:
            before = response
            response = wcet + sum(-(-before // t) * c for t, c in ordered[:number])
        expected = expected and response <= period
    assert (not any(misses("rate_monotonic", tasks))) == expected


@given(st.lists(st.integers(-20, 19), min_size=2, max_size=5))
@settings(max_examples=max(10, settings().max_examples // 4))
@pytest.mark.parametrize("policy", ["eevdf", "cfs"])
def test_shares_are_those_of_the_weights(policy: str, nices: list[int]) -> None:
    """Within 0.5 % of the machine, over a time in which even the lightest gets its turns."""
    weights = [NICE_WEIGHTS[nice + 20] for nice in nices]
    assume(min(weights) * 500 > sum(weights))
    jobs = [
        f"name = 't{number}'\nnice = {nice}\nsteps = ['compute 1h']"
        for number, nice in enumerate(nices)
    ]
    cpu = [thread["cpu"] for thread in answer(f"'{policy}'", jobs, until="'20s'")["threads"]]
    for got, weight in zip(cpu, weights, strict=True):
        assert got / sum(cpu) == pytest.approx(weight / sum(weights), abs=0.005)
