"""Jobs of periodic threads, in traces written by hand."""

from __future__ import annotations

from typing import Any

from schedsim.history import History
from schedsim.metrics import METRICS, measure
from schedsim.metrics.slices import on_cores
from schedsim.report import _job, _slice, to_json
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import NEVER, Kind, Reason, Role, Trace
from schedsim.why.standing import computed
from tests.written import Written


def jobs(trace: Trace) -> list[tuple[Any, ...]]:
    """Thread, number, release, deadline, start, finish, missed, aborted."""
    return [
        (trace.entities[j.entity].name, *(getattr(j, name) for name in _FIELDS))
        for j in measure(trace).jobs
    ]


_FIELDS = ("number", "release", "deadline", "start", "finish", "missed", "aborted")


def two_periods() -> Written:
    """Job 0 from 0 to 3 of period 5; job 1 from 5 on."""
    return (
        Written()
        .thread("a", period=5, wcet=3)
        .run(0, "a")
        .idle(3, Reason.PERIOD, arg=5)
        .wake(5, "a", Reason.RELEASED)
        .run(5, "a")
    )


def test_a_job_ends_when_its_thread_waits_for_the_next_release() -> None:
    trace = two_periods().idle(7, Reason.PERIOD, arg=10).end(9)
    assert jobs(trace) == [
        ("a", 0, 0, 5, 0, 3, False, False),
        ("a", 1, 5, 10, 5, 7, False, False),
    ]


def test_a_job_that_is_done_at_its_deadline_has_met_it() -> None:
    trace = two_periods().idle(10, Reason.PERIOD, arg=10).end(10)
    assert jobs(trace)[1] == ("a", 1, 5, 10, 5, 10, False, False)


def test_a_deadline_counts_from_the_release_and_the_arrival_is_the_first_release() -> None:
    trace = (
        Written()
        .thread("a", 2, period=10, deadline=4)
        .wake(2, "a", Reason.ARRIVED)
        .run(2, "a")
        .idle(7, Reason.PERIOD, arg=12)
        .end(12)
    )
    assert jobs(trace) == [("a", 0, 2, 6, 2, 7, True, False)]
    found = measure(trace)
    assert METRICS["deadline_misses"](found) == 1
    assert METRICS["miss_ratio"](found) == 1.0
    assert METRICS["max_tardiness"](found) == 1
    assert METRICS["mean_turnaround"](found) == 5


def test_a_late_job_is_followed_at_once_by_the_next() -> None:
    """Job 0 takes 7 of a period of 5; job 1 has waited since 5 and goes on at 7, until 9."""
    trace = (
        Written()
        .thread("a", period=5)
        .run(0, "a")
        .row(7, Kind.NEXT_JOB, Reason.NONE, "a", other=1, arg=5)
        .idle(9, Reason.PERIOD, arg=10)
        .end(10)
    )
    assert jobs(trace) == [
        ("a", 0, 0, 5, 0, 7, True, False),
        ("a", 1, 5, 10, 7, 9, False, False),
    ]
    late, waited = measure(trace).jobs
    assert (late.waiting, late.slowdown, late.cpu) == (0, 1.0, 7)
    assert (waited.waiting, waited.slowdown, waited.cpu) == (2, 2.0, 2)


def test_a_job_that_was_given_up_while_it_waited_is_missed_and_never_done() -> None:
    trace = (
        Written()
        .thread("a", period=5, deadline=4)
        .thread("b")
        .run(0, "a")
        .run(1, "b", Reason.PREEMPTED)
        .row(4, Kind.ABORT, Reason.NONE, "a", other=0, arg=5)
        .wake(5, "a", Reason.RELEASED)
        .run(5, "a", Reason.PREEMPTED)
        .run(6, "b", Reason.PERIOD, arg=10)
        .end(8)
    )
    assert jobs(trace) == [
        ("a", 0, 0, 4, 0, None, True, True),
        ("a", 1, 5, 9, 5, 6, False, False),
    ]
    first, _ = measure(trace).jobs
    assert first.waiting == 3
    assert METRICS["max_tardiness"](measure(trace)) == 0


def test_where_a_job_was_given_up_at_the_next_release_the_next_waits_from_then_on() -> None:
    """b waits behind a; its deadline is its next release, so job 1 takes the place of job 0."""
    text = """
    schema = 1
    title = "late"
    model = "processes"
    unit = "tick"
    until = 12
    machine = { policy = { name = "rate_monotonic", abort_on_miss = true } }
    job = [
        { name = "a", period = 4, steps = ["compute 4"] },
        { name = "b", period = 6, steps = ["compute 3"] },
    ]
    """
    trace = Run(loads(text, "late")).finish()
    assert [job for job in jobs(trace) if job[0] == "b"] == [
        ("b", 0, 0, 6, None, None, True, True),
        ("b", 1, 6, 12, None, None, True, True),
    ]
    assert [job.waiting for job in measure(trace).jobs if not job.cpu] == [6, 6]
    (b,) = (each.id for each in trace.entities if each.name == "b" and each.role is Role.THREAD)
    assert Timeline(trace).missed(LaneId("thread", b)) == [6, 12]
    history = History(trace)
    assert computed(history, b, len(trace), 12) == (0, 0)
    (a,) = (each.id for each in trace.entities if each.name == "a" and each.role is Role.THREAD)
    assert computed(history, a, history.rows_at(9), 9) == (9, 1)


def test_a_job_that_was_given_up_while_it_ran_leaves_its_core_once() -> None:
    trace = (
        Written()
        .thread("a", period=5)
        .run(0, "a")
        .row(5, Kind.ABORT, Reason.NONE, "a", other=0, arg=NEVER)
        .idle(5, Reason.PERIOD, arg=5)
        .wake(5, "a", Reason.RELEASED)
        .run(5, "a")
        .idle(6, Reason.PERIOD, arg=10)
        .end(8)
    )
    assert [job[-2:] for job in jobs(trace)] == [(True, True), (False, False)]
    assert Timeline(trace).missed(LaneId("thread", 2)) == [5]


def test_a_job_that_is_given_up_while_it_sleeps_is_one_job() -> None:
    """It wakes at 11, 22: then the next is under way, which misses its deadline asleep as well.

    So is one that computes until the run ends at its deadline.
    """
    text = """
    schema = 1
    title = "asleep"
    model = "processes"
    unit = "tick"
    until = 24
    machine = { policy = { name = "edf", abort_on_miss = true } }
    job = [{ name = "a", period = 6, steps = ["compute 1", "sleep 10"] }]
    """
    trace = Run(loads(text, "asleep")).finish()
    assert jobs(trace) == [
        ("a", 0, 0, 6, 0, None, True, True),
        ("a", 1, 6, 12, 11, None, True, True),
        ("a", 2, 12, 18, 22, None, True, True),
        ("a", 3, 18, 24, 22, None, True, True),
    ]
    busy = text.replace('"compute 1", "sleep 10"', '"compute 9"').replace("24", "12")
    assert jobs(Run(loads(busy, "busy")).finish()) == [
        ("a", 0, 0, 6, 0, None, True, True),
        ("a", 1, 6, 12, 6, None, True, True),
    ]


def test_jobs_that_were_never_begun_are_listed_but_for_one_released_at_the_end() -> None:
    """b keeps the core until 10: of a, jobs 0 to 2 were released before 10, and two are late."""
    trace = (
        Written()
        .thread("b")
        .thread("a", period=4)
        .run(0, "b")
        .row(10, Kind.IDLE, Reason.EXIT, core=0)
        .end(12)
    )
    assert jobs(trace) == [
        ("a", 0, 0, 4, None, None, True, False),
        ("a", 1, 4, 8, None, None, True, False),
        ("a", 2, 8, 12, None, None, False, False),
    ]
    found = measure(trace)
    assert METRICS["max_tardiness"](found) == 8
    assert METRICS["miss_ratio"](found) == 1.0
    assert [job.waiting for job in found.jobs] == [12, 8, 4]


def test_a_period_of_next_to_nothing_does_not_fill_the_memory() -> None:
    trace = Written().thread("a", period=1).run(0, "a").end(10**12)
    assert len(measure(trace).jobs) == 10_001


def test_a_deadline_without_a_period_is_a_moment_and_its_job_number_0() -> None:
    trace = (
        Written()
        .thread("a", 1, deadline=6)
        .wake(1, "a", Reason.ARRIVED)
        .run(2, "a")
        .idle(7, Reason.EXIT)
        .end(7, complete=True)
    )
    assert jobs(trace) == [("a", 0, 1, 6, 2, 7, True, False)]
    assert METRICS["finished"](measure(trace)) == 1


def test_without_deadlines_there_is_nothing_to_say_of_them() -> None:
    found = measure(Written().thread("a").run(0, "a").idle(2, Reason.EXIT).end(2, complete=True))
    names = ("deadline_misses", "miss_ratio", "mean_tardiness", "max_tardiness")
    assert [METRICS[name](found) for name in names] == [None] * 4


def test_a_periodic_thread_has_no_turnaround_but_its_jobs_have() -> None:
    found = measure(two_periods().idle(7, Reason.PERIOD, arg=10).end(9))
    (times,) = found.times.values()
    assert times.turnaround is None
    assert METRICS["mean_turnaround"](found) == 2.5
    assert METRICS["finished"](found) == 2


def test_slices_are_cut_between_jobs_even_where_the_thread_stays() -> None:
    trace = (
        Written()
        .thread("a", period=5)
        .run(0, "a")
        .row(7, Kind.NEXT_JOB, Reason.NONE, "a", other=1, arg=5)
        .run(8, "a", Reason.QUANTUM)
        .idle(9, Reason.PERIOD, arg=10)
        .wake(10, "a", Reason.RELEASED)
        .run(10, "a")
        .end(11)
    )
    found = [_slice(trace, part) for part in on_cores(trace)]
    assert [(s["start"], s["end"], s["job"]) for s in found] == [(0, 7, 0), (7, 9, 1), (10, 11, 2)]
    assert "level" not in found[0]


def test_slices_are_cut_where_a_level_changes() -> None:
    trace = (
        Written()
        .thread("a")
        .row(0, Kind.LEVEL, Reason.NONE, "a", arg=2)
        .thread("b")
        .run(0, "a")
        .row(3, Kind.LEVEL, Reason.ALLOTMENT, "a", arg=1)
        .row(5, Kind.LEVEL, Reason.BOOST, arg=2)
        .run(6, "b", Reason.QUANTUM)
        .end(7)
    )
    found = [_slice(trace, part) for part in on_cores(trace)]
    assert [(s["thread"], s["start"], s["end"], s.get("level")) for s in found] == [
        ("a", 0, 3, 2),
        ("a", 3, 5, 1),
        ("a", 5, 6, 2),
        ("b", 6, 7, None),
    ]


def test_a_job_of_the_report_names_its_thread() -> None:
    trace = two_periods().end(9)
    assert _job(trace, measure(trace).jobs[1]) == {
        "thread": "a",
        "process": "p",
        "number": 1,
        "release": 5,
        "deadline": 10,
        "start": 5,
        "finish": None,
        "missed": False,
        "aborted": False,
    }


def of_file(text: str) -> Any:
    """What ``run --json`` says of a file in ticks."""
    run = Run(loads("schema = 1\ntitle = 't'\nunit = 'tick'\nmodel = 'processes'\n" + text, "test"))
    run.finish()
    return to_json(run)


def test_a_single_job_that_is_given_up_has_missed_its_deadline() -> None:
    """A runs 0 to 3 and is given up; B is given up without having run."""
    text = "[machine]\npolicy = { name = 'edf', abort_on_miss = true }\n"
    for name in "AB":
        text += f"[[job]]\nname = '{name}'\nwcet = 5\ndeadline = 3\n"
    answer = of_file(text)
    assert [(j["finish"], j["missed"], j["aborted"]) for j in answer["jobs"]] == [
        (None, True, True),
        (None, True, True),
    ]
    assert answer["metrics"]["deadline_misses"] == 2


def test_a_dispatch_of_no_length_is_no_first_run() -> None:
    """The switch to J0 ends at 2, where J1 arrives, which is shorter: J0 runs from 9 on."""
    answer = of_file(
        "[machine]\npolicy = { name = 'stcf', ties = 'running' }\nswitch_cost = 2\n"
        "[[job]]\nname = 'J0'\nwcet = 10\n[[job]]\nname = 'J1'\narrival = 2\nwcet = 3\n"
    )
    first, _ = answer["threads"]
    assert (first["first_run"], first["response"], first["preemptions"]) == (9, 9, 0)


def test_the_shortest_is_the_shortest_at_any_speed() -> None:
    """At half speed: A 0 to 8, for it has 3.5 left at 1, when B comes with 5; B 8 to 18."""
    answer = of_file(
        "[machine]\npolicy = 'stcf'\nspeeds = [0.5]\n"
        "[[job]]\nname = 'A'\nwcet = 4\n[[job]]\nname = 'B'\narrival = 1\nwcet = 5\n"
    )
    assert [(s["thread"], s["start"], s["end"]) for s in answer["slices"]] == [
        ("A", 0, 8),
        ("B", 8, 18),
    ]
