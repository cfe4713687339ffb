"""The references do what other systems did; so they may judge what no other system computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from tests import strategies_scheduling as some
from tests.references import REFERENCES, Case
from tests.references_fair import Fair, eevdf, linux
from tests.references_multicore import multicore
from tests.references_realtime import first_fit, least_loaded, realtime, tasks_of
from tests.scheduling_cases import (
    before,
    by_job,
    expected_rows,
    expected_segments,
    expected_times,
    is_forced,
    is_global,
    merged,
    name_of,
    read,
    turns,
)

SCHEDULES = [case for case in read("schedules") if "unit" not in case]
EEVDF = read("fair", "eevdf")


def finishes(case: Case) -> dict[str, int]:
    return {name: at for (name, what), at in expected_times(case).items() if what == "finish"}


@pytest.mark.parametrize("case", SCHEDULES, ids=name_of)
def test_one_core(case: Case) -> None:
    schedule = REFERENCES[case["policy"]](case)
    assert schedule.finish == finishes(case)
    if "segments" in case["expect"]:
        assert schedule.ordered() == expected_segments(case)


@pytest.mark.parametrize("case", read("schedules", "ostep_rr_arrivals"), ids=name_of)
def test_round_robin_is_mlfq_with_one_level(case: Case) -> None:
    if case["policy"] == "round_robin":
        quantum = case["params"]["quantum"]
        params = {"levels": 1, "quantum": [quantum], "allotment": [1]}
        assert REFERENCES["mlfq"]({**case, "params": params}).ordered() == expected_segments(case)


@pytest.mark.parametrize("case", read("lottery", "ostep_lottery"), ids=name_of)
def test_lottery(case: Case) -> None:
    schedule = REFERENCES["lottery"](case)
    assert schedule.finish == finishes(case)
    won = turns(schedule.ordered(), case["params"]["quantum"])
    assert won == list(map(str, case["expect"]["winners"]))


@pytest.mark.parametrize("case", read("stride"), ids=name_of)
def test_stride(case: Case) -> None:
    assert turns(REFERENCES["stride"](case).ordered()) == case["expect"]["order"]


@pytest.mark.parametrize("case", read("multicore"), ids=name_of)
def test_many_cores(case: Case) -> None:
    schedule = multicore(case)
    assert schedule.finish == finishes(case)
    assert schedule.ordered() == expected_segments(case)
    assert [list(change) for change in schedule.changes] == case["expect"]["cache_changes"]


# -- one by another ----------------------------------------------------------------------------


@given(case=some.round_robins())
def test_round_robin_that_keeps_slices_is_mlfq_with_one_level(case: Case) -> None:
    """Two simulators, written apart."""
    quantum = case["params"]["quantum"]
    case = {**case, "machine": {}, "params": {"quantum": quantum, "requeue": "preempted_first"}}
    params = {"levels": 1, "quantum": [quantum], "allotment": [1]}
    mlfq = REFERENCES["mlfq"]({**case, "params": params})
    assert REFERENCES["round_robin"](case).ordered() == mlfq.ordered()


@given(case=some.fifos())
def test_fifo_is_round_robin_with_long_turns(case: Case) -> None:
    for requeue in ("arrivals_first", "preempted_first"):
        params = {"quantum": 1_000, "requeue": requeue}
        long_turns = REFERENCES["round_robin"]({**case, "params": params})
        assert REFERENCES["fifo"](case).ordered() == long_turns.ordered()


@given(
    case=st.one_of(
        some.fifos(),
        some.round_robins(),
        some.shortest(),
        some.priorities(),
        some.priorities(aging=True),
        some.mlfqs(),
        some.lotteries(),
        some.strides(),
    )
)
def test_all_work_is_done(case: Case) -> None:
    """Each job for as long as it says, unless a lottery charges whole quanta; one at a time."""
    schedule = REFERENCES[case["policy"]](case)
    if not case["params"].get("full_quantum"):
        ran: Counter[str] = Counter()
        for _, who, start, end in schedule.segments:
            ran[who] += end - start
        assert ran == {str(job["id"]): job["length"] for job in case["jobs"]}
    parts = schedule.ordered()
    assert all(one[3] <= other[2] for one, other in pairwise(parts))


# -- periodic jobs -----------------------------------------------------------------------------


@pytest.mark.parametrize("case", read("realtime", "simso"), ids=name_of)
def test_periodic_jobs(case: Case) -> None:
    schedule = realtime(case)
    assert schedule.tied != case["unique"]
    if not is_forced(case):
        return
    end = case.get("agreed_until", case["until"])
    view = by_job if is_global(case) else merged
    assert view(before(schedule.segments, end)) == view(before(expected_segments(case), end))
    known = [row for row in expected_rows(case) if row[3] is None or row[3] <= end]
    assert [row for row in sorted(schedule.rows()) if row[3] is None or row[3] <= end] == known
    if end == case["until"]:
        assert sum(schedule.missed(job) for job in schedule.jobs) == case["expect"]["misses"]


@pytest.mark.parametrize(
    "case", [case for case in read("realtime") if "assignment" in case], ids=name_of
)
def test_tasks_are_placed(case: Case) -> None:
    place: Callable[..., list[int] | None] = first_fit if case["policy"] == "edf" else least_loaded
    assert place(tasks_of(case), case["machine"]["cores"]) == case["assignment"]


@pytest.mark.parametrize("case", read("realtime", "textbook"), ids=name_of)
def test_periodic_jobs_of_textbooks(case: Case) -> None:
    schedule, expect = realtime(case), case["expect"]
    if "segments" in expect:
        assert schedule.ordered() == expected_segments(case)
    if "first_miss" in expect:
        missed = [job for job in schedule.jobs if schedule.missed(job)]
        assert [(job.task.name, job.deadline) for job in missed] == [tuple(expect["first_miss"])]
    if "worst_response" in expect:
        first = {job.task.name: job for job in schedule.jobs if job.number == 0}
        taken = {name: (job.finish or 0) - job.release for name, job in first.items()}
        assert taken == expect["worst_response"]


# -- fair shares -------------------------------------------------------------------------------


def names(case: Case, order: list[int | None]) -> list[int | None]:
    return [None if index is None else case["clients"][index]["id"] for index in order]


def requests(fair: Fair, case: Case) -> list[list[list[str]]]:
    """As many as the case has."""
    return [
        [[str(part) for part in request] for request in client.requests[: len(expected)]]
        for client, expected in zip(fair.clients, case["expect"]["requests"], strict=True)
    ]


@pytest.mark.parametrize("case", EEVDF, ids=name_of)
def test_eevdf(case: Case) -> None:
    expect = case["expect"]
    fair = eevdf(case, len(expect["order"]))
    assert names(case, fair.order) == expect["order"]
    told = expect["virtual_time"]
    assert fair.virtual_time[: len(told)] == [Fraction(one) for one in told]
    assert requests(fair, case) == expect["requests"]
    if "served" in expect:
        assert [client.served for client in fair.clients] == expect["served"]
    if "max_abs_lag" in expect:
        assert fair.max_abs_lag == Fraction(expect["max_abs_lag"])


@pytest.mark.parametrize("case", [case for case in EEVDF if "source" not in case], ids=name_of)
def test_eevdf_with_ties_to_the_lowest_id(case: Case) -> None:
    expect = case["expect"]
    fair = eevdf(case, len(expect["order"]), lowest_id=True)
    assert names(case, fair.order) == expect.get("order_lowest_id", expect["order"])


@pytest.mark.parametrize("case", EEVDF, ids=name_of)
@pytest.mark.parametrize("form", ["pick_each_tick", "run_out_slice"])
def test_eevdf_with_vruntime(case: Case, form: str) -> None:
    order = case["expect"]["order"]
    with_vruntime = linux(case, len(order), run_out_slice=form == "run_out_slice")
    if case["linux_same"][form]:
        assert names(case, with_vruntime) == order
    elif case["unique"]:
        assert names(case, with_vruntime) != order
