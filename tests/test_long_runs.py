"""Time in which nothing happens costs nothing: slices and alarms that nobody would notice.

What a run is without that, each slice and each alarm for itself, is what it must be with it.
"""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from hypothesis import given, settings, strategies as st

from schedsim.attributes import Attributes
from schedsim.engine.balance import Balance
from schedsim.engine.kernel import Engine
from schedsim.policies.linux import Linux
from schedsim.policies.mlfq import Mlfq
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.simulation import Simulation
from schedsim.trace import Reason, Trace
from tests.machines import MS, job, on_core, repeat
from tests.strategies import MOST_ROWS, PARAMETERS, scenarios

YEAR = 365 * 24 * 3_600_000 * MS


def run(*jobs: Job, **machine: object) -> Trace:
    """Processes on a machine; a run in which each slice is one step more never ends."""
    spec = replace(MachineSpec(), **machine)  # type: ignore[arg-type]
    simulation = Simulation(
        Scenario("t", model="processes", machine=spec, python=PythonSpec(gil=False), jobs=jobs)
    )
    simulation.run()
    return simulation.trace


LONG = f"compute {YEAR // MS}ms"


@pytest.mark.parametrize("cores", [1, 3])
@pytest.mark.parametrize("policy", ["mlfq", "linux"])
@pytest.mark.parametrize("scheduling_class", ["fair", "rr"])
def test_a_year_of_computing_is_a_few_rows(policy: str, scheduling_class: str, cores: int) -> None:
    """All alone on the machine: no slice of it is noticed by anybody."""
    about = Attributes(scheduling_class=scheduling_class)
    trace = run(job("a", LONG, attributes=about), policy=policy, cores=cores)
    assert trace.end == YEAR
    assert len(trace) < 50


def test_so_is_a_year_beside_those_who_sleep() -> None:
    """b is second, so it falls asleep at 2 ms, when the first quantum of a is over.

    It wakes at half a year and 2 ms, takes the core, as it is at the top, and again at a year and
    3 ms.
    """
    sleeper = job("b", repeat(2, f"sleep {YEAR // 2 // MS}ms", "compute 1ms"))
    trace = run(job("a", LONG), sleeper, policy="mlfq", parameters={"quantum": 2 * MS})
    half, year = YEAR // 2 / MS, YEAR / MS
    assert [each for each in on_core(trace) if each.end > each.start] == [
        ("a", 0, half + 2),
        ("b", half + 2, half + 3),
        ("a", half + 3, year + 1),
        ("b", year + 3, year + 4),
    ]


def test_a_budget_that_ends_far_away_is_still_an_event() -> None:
    """d has 1 of each 10 hours; its job of 2 ms is throttled in between.  a has the other core."""
    hours = 36_000_000
    d = Attributes(scheduling_class="deadline", wcet=MS, period=hours * MS)
    trace = run(
        job("a", f"compute {3 * hours}ms"),
        job("d", "compute 2ms", attributes=d),
        policy="linux",
        cores=2,
    )
    who = {each.who: core for core in (0, 1) for each in on_core(trace, core)}
    assert [each[1:] for each in on_core(trace, who["d"]) if each.who == "d"] == [
        (0, 1),
        (hours, hours + 1),
    ]


@pytest.mark.parametrize("interval", ["balance", "peek_interval"])
def test_a_year_of_sleep_is_a_few_rows_however_often_queues_are_balanced(interval: str) -> None:
    trace = run(
        job("a", f"sleep {YEAR // MS}ms", count=3),
        cores=2,
        queue_per_core=True,
        **{interval: MS},
    )
    assert trace.end == YEAR
    assert len(trace) < 50


def test_queues_are_balanced_at_their_times_after_a_long_sleep() -> None:
    """a, b, e belong to core 0 and c, d to core 1, and wake there at 99 ms.

    At 100 c is still there, three beside two; at 104 it is three beside one, and e moves.
    """
    lengths = {"a": 60, "c": 1, "b": 60, "d": 30, "e": 60}
    trace = run(
        *(job(name, "sleep 99ms", f"compute {length}ms") for name, length in lengths.items()),
        cores=2,
        policy="fifo",
        queue_per_core=True,
        idle_pull=False,
        balance=4 * MS,
    )
    moves = [row for row in trace.rows() if row.reason is Reason.BALANCED]
    assert [(row.time // MS, trace.entities[row.subject].name, row.core) for row in moves] == [
        (104, "e", 1)
    ]


def _each_alarm(self: Balance, _: Engine, __: int) -> int:
    return min(self._even_out_at, self._peek_at)


def _counting_alone() -> st.SearchStrategy[MachineSpec]:
    """One to three cores under a policy that keeps accounts of every slice, or any, balanced."""
    specs = (
        st.builds(
            MachineSpec,
            cores=st.integers(1, 3),
            policy=st.just(policy),
            parameters=st.fixed_dictionaries(dict(PARAMETERS[policy])),
            queue_per_core=st.booleans(),
            balance=st.sampled_from([0, 1, 3]),
        )
        for policy in ("mlfq", "linux", "round_robin")
    )
    return st.one_of(*specs)


@settings(max_examples=max(150, settings().max_examples))
@given(scenarios(), _counting_alone(), st.integers(1, 9))
def test_the_trace_is_as_if_each_slice_and_each_alarm_counted(
    scenario: Scenario, machine: MachineSpec, longer: int
) -> None:
    """A run in pieces, so that it pauses anywhere, and all its slices and alarms, one by one."""
    scenario = replace(scenario, machine=machine)
    quick = Simulation(scenario)
    for until in range(0, 40 * longer, longer):
        quick.run(until=until, rows=MOST_ROWS)
    quick.run(rows=MOST_ROWS)
    slow = Simulation(scenario)
    with (
        patch.object(Balance, "alarm", _each_alarm),
        patch.object(Mlfq, "pass_over", return_value=False),
        patch.object(Linux, "pass_over", return_value=False),
    ):
        slow.run(rows=MOST_ROWS)
    assert [tuple(row) for row in quick.trace.rows()] == [tuple(row) for row in slow.trace.rows()]
