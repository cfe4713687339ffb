"""Periodic threads that are tied to cores beforehand: who goes where, worked out by hand."""

from __future__ import annotations

import pytest

from schedsim.attributes import Attributes
from schedsim.partition import Partition
from schedsim.scenario import Job
from tests.machines import job


def task(name: str, wcet: int = 0, period: int | None = None) -> Job:
    """Without a period it is a thread like any other, whose use of a core nobody knows."""
    said = Attributes() if period is None else Attributes(wcet=wcet, period=period)
    return job(name, attributes=said)


TASKS = [task("half", 1, 2), task("three fifths", 3, 5), task("two fifths", 2, 5), task("aside")]


@pytest.mark.parametrize(
    ("first_fit", "cores"),
    [
        # 3/5 first, to core 0; 1/2 does not fit there any more; 2/5 does, exactly; then what is 0.
        (True, {"three fifths": 0, "half": 1, "two fifths": 0, "aside": 0}),
        # In the order of the file: 0 and 0; 1/2 and 0; 1/2 and 3/5; 9/10 and 3/5.
        (False, {"half": 0, "three fifths": 1, "two fifths": 0, "aside": 1}),
    ],
    ids=["first fit", "worst fit"],
)
def test_each_goes_to_the_core_that_the_rule_says(first_fit: bool, cores: dict[str, int]) -> None:
    partition = Partition(2, first_fit=first_fit)
    partition.plan(TASKS)
    assert {each.name: partition.next_core(each) for each in TASKS} == {
        name: (core,) for name, core in cores.items()
    }


def test_what_fits_nowhere_goes_where_least_is_and_overloads_it() -> None:
    partition = Partition(2, first_fit=True)
    tasks = [task("a", 9, 10), task("b", 8, 10), task("c", 7, 10)]
    partition.plan(tasks)
    assert [partition.next_core(each) for each in tasks] == [(0,), (1,), (1,)]
    assert partition.load[1] > 1
