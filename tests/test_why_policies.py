"""Why this thread: what is said of a dispatch under each policy, in examples worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from schedsim.attributes import Attributes
from schedsim.policies import POLICIES
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario, Shared
from schedsim.scenario_file import loads
from schedsim.trace import Kind, Reason
from schedsim.why import explain
from schedsim.why.policies import BECAUSE
from tests import strategies_scheduling as random
from tests.machines import MS, job, steps
from tests.references import Case
from tests.scheduling_cases import scenario_text


def run(policy: str, *jobs: Job, **options: Any) -> Run:
    """Processes without a GIL under ``policy``; ``options`` are its own and the machine's."""
    ours = {key: options.pop(key) for key in ("cores", "queue_per_core") if key in options}
    until = options.pop("until", None)
    inheritance = options.pop("inheritance", frozenset())
    found = Run(
        Scenario(
            "test",
            model="processes",
            machine=MachineSpec(policy=policy, parameters=options, **ours),
            python=PythonSpec(gil=False),
            jobs=jobs,
            until=until,
            shared={name: Shared("lock", inheritance=True) for name in inheritance},
        )
    )
    found.finish()
    return found


def why(run: Run, who: str, nth: int = 0) -> str:
    """What is said when ``who`` gets a core for the nth time."""
    found = [
        row.n
        for row in run.trace.rows()
        if row.kind is Kind.RUN and run.trace.entities[row.subject].name == who
    ]
    return explain(run.history, found[nth] + 1).text


def said(run: Run, kind: Kind, nth: int = 0, reason: Reason | None = None) -> str:
    """What is said of the nth row of a kind."""
    rows = [r for r in run.trace.rows() if r.kind is kind and reason in (None, r.reason)]
    return explain(run.history, rows[nth].n + 1).text


def work(name: str, length: int, arrival: int = 0, **says: Any) -> Job:
    """One piece of computing, in milliseconds."""
    return job(name, f"compute {length}ms", arrival=f"{arrival}ms", attributes=Attributes(**says))


# -- each policy ------------------------------------------------------------------------------


def test_sjf_names_the_lengths() -> None:
    found = run("sjf", work("P1", 6), work("P3", 7), work("P4", 3))
    assert "P4 has the shortest job: 3 ms; P1 6 ms and P3 7 ms." in why(found, "P4")


def test_stcf_says_what_is_left_when_a_newcomer_takes_the_core() -> None:
    """a has computed 2 of 8 when b comes with 4."""
    found = run("stcf", work("a", 8), work("b", 4, 2))
    text = why(found, "b")
    assert text.startswith("b takes the core from a after 2 ms.")
    assert "b has least left to compute: 4 ms; a 6 ms." in text


def test_priority_names_the_priorities() -> None:
    found = run("priority", work("a", 2, priority=4), work("b", 2, priority=1))
    assert "Its priority 1 is best: a has 4." in why(found, "b")


def test_equal_priorities_are_said_to_be_equal() -> None:
    found = run("priority", work("a", 2, priority=4), work("b", 2, priority=4))
    assert "All who wait have priority 4; among equals it was first." in why(found, "a")


def test_aging_is_told_as_it_happens_and_where_it_decides() -> None:
    """b (priority 2) waits behind a (1, 6 ms) and is 0 after 4 ms of waiting; c has 1."""
    found = run(
        "priority",
        work("a", 6, priority=1),
        work("b", 2, priority=2),
        work("c", 2, 5, priority=1),
        aging=2 * MS,
    )
    assert "b has waited for 4 ms: its priority is better now, 0. Its own is 2." in said(
        found, Kind.LEVEL, 1
    )
    assert "Its priority -1, better for having waited, is best: c has 1." in why(found, "b")


def test_a_lent_priority_is_what_decides_and_what_is_told() -> None:
    """low (9) holds the lock that high (1) waits for, so mid (5) does not get the core."""
    jobs = (
        job(
            "low",
            *("compute 1ms", "acquire m", "compute 4ms", "release m"),
            attributes=Attributes(priority=9),
        ),
        job(
            "high",
            *("compute 1ms", "acquire m", "compute 1ms", "release m"),
            arrival="2ms",
            attributes=Attributes(priority=1),
        ),
        work("mid", 6, 3, priority=5),
    )
    lent = run("priority", *jobs, preemptive=True, inheritance=frozenset({"m"}))
    text = why(lent, "low", 1)
    assert text.startswith("high waits for lock m, which low holds.")
    assert "low holds lock m: until it lets go it stands as well as high, which waits." in text
    plain = run("priority", *jobs, preemptive=True)
    assert "Its priority 5 is best: low has 9." in why(plain, "mid")


def test_mlfq_names_the_level() -> None:
    found = run("mlfq", work("a", 8), work("b", 1), quantum=2 * MS, boost=5 * MS)
    assert "b starts at level 2. Whoever is new starts at the top." in said(found, Kind.LEVEL, 1)
    assert "a has used up its allotment at level 2: it moves down to level 1." in said(
        found, Kind.LEVEL, 2
    )
    assert "Level 2 is the highest with anybody in it; a waits below." in why(found, "b")
    assert said(found, Kind.LEVEL, reason=Reason.BOOST).startswith(
        "Everybody is lifted to level 2, as every so often."
    )


def test_lottery_names_the_tickets() -> None:
    jobs = (work("a", 2, tickets=75), work("b", 2, tickets=50), work("c", 2, tickets=62))
    found = run("lottery", *jobs, draws=[0, 0, 0])
    assert "Its ticket was drawn: it holds 75 of 187 tickets; b 50 and c 62." in why(found, "a")


@pytest.mark.parametrize(("policy", "noun"), [("stride", "tickets"), ("cfs", "weight")])
def test_fair_policies_name_what_everybody_has_had(policy: str, noun: str) -> None:
    options = {"quantum": 2 * MS} if policy == "stride" else {"sched_latency": 6 * MS}
    found = run(policy, work("a", 9, **{noun: 200}), work("b", 9, **{noun: 100}), **options)
    assert f"It has had no CPU time yet, with {noun} 100; a " in why(found, "b")
    assert f"Nobody has had less for its {noun}: " in why(found, "a", 1)


def test_where_the_rule_is_not_plain_cpu_time_it_is_the_rule_that_is_told() -> None:
    """late arrives when a has had 20 ms: CFS does not let it make up for all of that."""
    found = run("cfs", work("a", 40), work("b", 40), work("late", 30, 20))
    rows = [row.n for row in found.trace.rows() if row.kind is Kind.RUN]
    texts = [explain(found.history, n + 1).text for n in rows]
    assert any("CFS takes the lowest virtual runtime" in text for text in texts)


def test_eevdf_tells_its_rule_and_the_weights() -> None:
    found = run("eevdf", work("a", 3, weight=2), work("b", 3, weight=1))
    assert "the request that is due first is served. Its weight is 2; b 1." in why(found, "a")


def test_edf_names_the_deadlines() -> None:
    found = run("edf", work("a", 2, deadline=20 * MS), work("b", 2, deadline=15 * MS), work("c", 2))
    text = why(found, "b")
    assert "Its deadline, at 15 ms, is the earliest: a at 20 ms and c has none." in text


def test_rate_monotonic_names_the_periods() -> None:
    found = run("rate_monotonic", work("a", 2, period=9 * MS), work("b", 2), until=9 * MS)
    assert "Its period, 9 ms, is the shortest: b has none." in why(found, "a")


@pytest.mark.parametrize("policy", ["fifo", "round_robin"])
def test_who_came_first_is_first(policy: str) -> None:
    found = run(policy, work("a", 2), work("b", 2))
    assert "It was first in the run queue; 1 thread still in it." in why(found, "a")


def test_with_a_queue_per_core_only_its_own_counts() -> None:
    jobs = [work(name, 2) for name in "abcd"]
    found = run("fifo", *jobs, cores=2, queue_per_core=True)
    assert "It was first in the run queue of core 1; 1 thread still in it." in why(found, "b")


def test_who_may_not_run_there_is_no_rival() -> None:
    """a is first in line but tied to core 1: on core 0, b is first of those who may run."""
    jobs = (Job("a", steps("compute 2ms"), affinity=(1,)), work("b", 2), work("c", 2))
    found = run("sjf", *jobs, cores=2)
    assert "No job is shorter than b's: 2 ms; c 2 ms." in why(found, "b")


def test_a_policy_without_words_of_its_own_gets_neutral_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = run("fifo", work("a", 2), work("b", 2), work("c", 2))
    monkeypatch.setattr("schedsim.why.policies.BECAUSE", {})
    assert why(found, "a").endswith("2 other threads still wait in the run queue.")


def test_policies_with_words_exist() -> None:
    assert set(BECAUSE) <= set(POLICIES)


# -- for all ----------------------------------------------------------------------------------

ANY = st.one_of(
    random.round_robins(),
    random.shortest(),
    random.priorities(),
    random.priorities(aging=True),
    random.mlfqs(),
    random.lotteries(),
    random.strides(),
    random.clients(),
    random.multicores(),
    random.periodic(),
    random.periodic_on_many_cores(partitioned=False),
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(ANY)
def test_every_row_under_every_policy_has_a_sentence(case: Case) -> None:
    """And every dispatch of a policy whose rule is in the trace is accounted for by it."""
    run = Run(loads(scenario_text(case), "case"), rows=200)
    trace = run.finish()
    for step in range(1, len(trace) + 1):
        text = explain(run.history, step).text
        assert text.endswith(".")
        assert "None" not in text
        assert "  " not in text
        if case["policy"] in ("stcf", "sjf", "priority", "mlfq", "edf", "rate_monotonic"):
            assert "still wait" not in text
