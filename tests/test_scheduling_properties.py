"""On random workloads the product does what the references do, which are slow and obvious."""

from __future__ import annotations

from hypothesis import assume, given, settings

from tests import strategies_scheduling as some
from tests.references import REFERENCES, Case
from tests.references_fair import eevdf
from tests.references_multicore import multicore
from tests.references_realtime import realtime
from tests.scheduling_cases import by_job, finishes, is_global, merged, play, rows, segments, turns

rarely = settings(max_examples=max(30, settings().max_examples // 2))
"""Each example is a whole run, twice."""


def check(case: Case) -> None:
    """Who ran when, and when each job was done."""
    expected = REFERENCES[case["policy"]](case)
    answer = play(case)
    assert segments(answer) == expected.ordered()
    assert finishes(answer) == expected.finish


@given(case=some.fifos())
@rarely
def test_fifo(case: Case) -> None:
    check(case)


@given(case=some.round_robins())
@rarely
def test_round_robin(case: Case) -> None:
    check(case)


@given(case=some.shortest())
@rarely
def test_the_shortest_job_first(case: Case) -> None:
    check(case)


@given(case=some.priorities())
@rarely
def test_priorities(case: Case) -> None:
    check(case)


@given(case=some.priorities(aging=True))
@rarely
def test_priorities_that_age(case: Case) -> None:
    check(case)


@given(case=some.mlfqs())
@rarely
def test_mlfq(case: Case) -> None:
    check(case)


@given(case=some.lotteries())
@rarely
def test_lottery(case: Case) -> None:
    """Who wins each quantum: the last of a job may be shown with the idle rest or without."""
    quantum = case["params"]["quantum"]
    if not case["params"]["full_quantum"]:
        check(case)
        return
    expected, answer = REFERENCES["lottery"](case), play(case)
    assert turns(segments(answer), quantum) == turns(expected.ordered(), quantum)
    assert finishes(answer) == expected.finish


@given(case=some.strides())
@rarely
def test_stride(case: Case) -> None:
    """Whether who ends at the instant of an arrival still counts for where it starts is open."""
    finish = REFERENCES["stride"](case).finish.values()
    assume(not set(finish) & {job["arrival"] for job in case["jobs"]})
    check(case)


@given(case=some.clients())
@rarely
def test_eevdf_of_the_paper(case: Case) -> None:
    expected = [str(number) for number in eevdf(case, case["until"]).order]
    assert turns(segments(play(case))) == expected


@given(case=some.multicores())
@rarely
def test_many_cores(case: Case) -> None:
    expected, answer = multicore(case), play(case)
    assert segments(answer) == expected.ordered()
    assert finishes(answer) == expected.finish


def check_periodic(case: Case) -> None:
    """Who ran when, and what became of each job; not where, if cores share a run queue."""
    expected = realtime(case)
    # Which of two equals a global policy preempts is settled by accidents of its source.
    assume(not (is_global(case) and expected.tied))
    answer = play(case)
    view = by_job if is_global(case) else merged
    assert view(segments(answer)) == view(expected.segments)
    assert rows(answer) == sorted(expected.rows())


@given(case=some.periodic())
@rarely
def test_periodic_jobs(case: Case) -> None:
    check_periodic(case)


@given(case=some.periodic_on_many_cores(partitioned=True))
@rarely
def test_periodic_jobs_with_cores_of_their_own(case: Case) -> None:
    check_periodic(case)


@given(case=some.periodic_on_many_cores(partitioned=False))
@rarely
def test_periodic_jobs_on_all_cores(case: Case) -> None:
    check_periodic(case)
