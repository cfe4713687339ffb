"""Why this thread: what is said of a dispatch under each policy, in examples worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from schedsim.attributes import Attributes
from schedsim.commands import SetNice, SetPolicy, SetPriority
from schedsim.history import History
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
from tests.written import Written


def run(policy: str, *jobs: Job, **options: Any) -> Run:
    """Processes without a GIL under ``policy``; ``options`` are its own and the machine's."""
    ours = {
        key: options.pop(key)
        for key in ("cores", "queue_per_core", "switch_cost")
        if key in options
    }
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


def test_shortest_job_first_is_not_said_to_look_beyond_the_next_wait() -> None:
    """b and a have 4 ms ahead of them in all; but a waits after 3, and so it is first."""
    found = run("sjf", work("b", 4), job("a", "compute 3ms", "io 1ms", "compute 1ms"))
    assert why(found, "a").endswith(
        "Nobody else has less to compute until its next wait, or its end."
    )
    found = run("sjf", work("b", 5), job("a", "compute 3ms", "io 1ms", "compute 1ms"), by="job")
    assert why(found, "a").endswith("a has the shortest job: 4 ms; b 5 ms.")


def test_who_has_more_left_than_another_is_not_said_to_have_least() -> None:
    """At 2 ms low has 7 of 9 left, and the lock that high (1) waits for; mid has 4 and waits."""
    found = run(
        "stcf",
        job("low", "compute 1ms", "acquire m", "compute 8ms", "release m"),
        job("high", "acquire m", "compute 1ms", "release m", arrival="2ms"),
        work("mid", 4, 2),
        by="job",
        inheritance=frozenset({"m"}),
    )
    assert why(found, "low", 1) == (
        "high waits for lock m, which low holds. Core 0 runs low, which did not wait for a core. "
        "1 other thread still waits in the run queue."
    )


@pytest.mark.parametrize("slow", ["speeds = [0.5]", "speeds = [2.0]"])
def test_on_a_core_that_does_less_nobody_is_said_to_have_so_much_left(slow: str) -> None:
    """In its first tick on a core of half the speed a does half a tick of its 8; or it does two."""
    text = (
        'schema = 1\ntitle = "t"\nunit = "tick"\nmodel = "processes"\n'
        f'machine = {{ policy = "stcf", {slow} }}\n'
        'job = [{ name = "a", wcet = 8 }, { name = "b", arrival = 1, wcet = 3 }]'
    )
    found = Run(loads(text, "test"))
    found.finish()
    assert why(found, "b") == (
        "b takes the core from a after 1 tick. Core 0 runs b, which did not wait for a core. "
        "Nobody else has less to compute."
    )


def test_a_quantum_is_as_long_as_the_turn_that_is_said_to_have_spent_it() -> None:
    """Nobody else is there until 6 ms: a goes on at 4 ms, and its second quantum ends at 8 ms."""
    found = run("round_robin", work("a", 14), work("b", 9, 6), quantum=4 * MS)
    assert why(found, "b").startswith("a has run for 8 ms: its time slice is over, and others are")
    assert why(found, "a", 1).startswith("b has run for 4 ms: its quantum is spent, and others are")


def test_the_rest_of_a_quantum_is_not_called_one() -> None:
    """a has 1 ms of its 3 before b comes, and 2 ms after that, when c has waited since 2 ms."""
    found = run(
        "priority",
        *(work("a", 9, priority=5), work("b", 3, 1, priority=1), work("c", 3, 2, priority=5)),
        preemptive=True,
        quantum=3 * MS,
    )
    assert why(found, "c").startswith("a has run for 2 ms: its time slice is over, and others are")


def test_who_loses_its_core_during_a_context_switch_has_not_run() -> None:
    """The switch to a takes until 3 ms; b comes at 2 ms and has the core at 3."""
    jobs = (work("a", 3, priority=3), work("b", 4, 2, priority=2))
    found = run("priority", *jobs, preemptive=True, switch_cost=3 * MS)
    text = said(found, Kind.SWITCH, reason=Reason.PREEMPTED)
    assert text.startswith("b takes the core from a before it has run.")


def test_a_gained_priority_is_told_with_its_commas() -> None:
    """a and b have waited for 2 ms at 2 ms, and so have priority 4; c has had the core till then.

    d, which comes at 1 ms, has not.
    """
    jobs = (work("c", 2, priority=1), work("a", 4, priority=5), work("b", 4, priority=5))
    found = run("priority", *jobs, preemptive=True, aging=2 * MS)
    assert "All who wait have priority 4; among equals it was first." in why(found, "a")
    found = run("priority", *jobs, work("d", 4, 1, priority=6), preemptive=True, aging=2 * MS)
    before = "Nobody is before its priority 4, better for having waited: b has 4 and d has 6."
    assert before in why(found, "a")


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
    # The policy says which priority is the better one, though since it is new nobody has shown it.
    new = SetPolicy("priority", {"preemptive": True})
    lent.act(new, lent.history.rows_at(5 * MS // 2), 5 * MS // 2)
    lent.finish()
    text = why(lent, "low", 1)
    assert text.startswith("high waits for lock m, which low holds.")
    assert "low holds lock m: until it lets go it stands as well as high, which waits." in text


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


def test_where_no_level_is_told_none_is_made_up() -> None:
    """A trace that may come from elsewhere."""
    trace = Written(policy="mlfq").thread("a").thread("b").run(0, "a").end(1)
    said = explain(History(trace), len(trace)).text
    assert said.startswith("Core 0 runs a")
    assert "Level" not in said


def test_an_allotment_that_a_wait_fills_again_is_not_said_to_add_up() -> None:
    """OSTEP, chapter 8: rule 4b (``stay``), and rule 4, which replaced it."""
    jobs = (work("a", 5), work("b", 5))
    after = "moves down to level 1. "
    found = run("mlfq", *jobs, quantum=2 * MS, stay=True)
    told = said(found, Kind.LEVEL, reason=Reason.ALLOTMENT)
    assert told.endswith(
        f"{after}Had it waited by itself before, it would have had all of it anew."
    )
    found = run("mlfq", *jobs, quantum=2 * MS)
    told = said(found, Kind.LEVEL, reason=Reason.ALLOTMENT)
    assert told.endswith(f"{after}What it uses at a level adds up, in however short bursts.")


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


def test_a_lender_that_is_not_the_best_accounts_for_nothing() -> None:
    """A lock without inheritance: that vip (0) waits for it lends rival (7) nothing."""
    found = run(
        "priority",
        job(
            "low",
            *("compute 1ms", "acquire m", "compute 4ms", "release m"),
            attributes=Attributes(priority=9),
        ),
        job(
            "rival",
            *("acquire other", "compute 9ms", "release other"),
            arrival="2ms",
            attributes=Attributes(priority=7),
        ),
        job("vip", "acquire other", arrival="3ms", attributes=Attributes(priority=0)),
        job("high", "acquire m", arrival="4ms", attributes=Attributes(priority=1)),
        preemptive=True,
        inheritance=frozenset({"m"}),
    )
    text = why(found, "low", 1)
    assert text.startswith("high waits for lock m, which low holds.")
    assert text.endswith("1 other thread still waits in the run queue.")


def test_nobody_is_said_to_lend_where_no_lock_is_held() -> None:
    """A trace that may come from elsewhere: a (5) has the core, though b (1) waits."""
    written = Written(policy="priority").thread("a", priority=5).thread("b", priority=1)
    trace = written.run(0, "a").end(1)
    assert explain(History(trace), len(trace)).text == (
        "Core 0 runs a, which did not wait for a core. 1 other thread still waits in the run queue."
    )


def test_an_inherited_deadline_is_told_as_lent() -> None:
    """low (due at 90) holds the lock that high (due at 22) waits for, so mid (at 43) waits too."""
    found = run(
        "edf",
        job(
            "low",
            *("compute 1ms", "acquire m", "compute 4ms", "release m"),
            attributes=Attributes(deadline=90 * MS),
        ),
        job("high", "acquire m", arrival="2ms", attributes=Attributes(deadline=20 * MS)),
        work("mid", 6, 2, deadline=41 * MS),
        inheritance=frozenset({"m"}),
    )
    text = why(found, "low", 1)
    assert "low holds lock m: until it lets go it stands as well as high, which waits." in text


def test_what_tickets_decide_is_not_told_where_not_all_take_part() -> None:
    """a and b share core 0; c and d have core 1, and one of them waits too."""
    jobs = [
        Job(name, steps("compute 9ms"), affinity=(core,), attributes=Attributes(tickets=5))
        for name, core in (("a", 0), ("b", 0), ("c", 1), ("d", 1))
    ]
    found = run("lottery", *jobs, cores=2, quantum=2 * MS)
    assert why(found, "a").endswith("Its ticket was drawn.")


def test_shares_that_were_changed_are_told_by_their_rule() -> None:
    """What it ran before counted otherwise."""
    found = run("cfs", work("a", 40), work("b", 40))
    found.act(SetNice("a", 5), found.history.rows_at(10 * MS), 10 * MS)
    found.finish()
    assert "CFS takes the lowest virtual runtime" in why(found, "a", 2)


def linux(*jobs: Job) -> Run:
    return run("linux", *jobs)


def test_linux_names_the_classes() -> None:
    """``sched_class``: deadline before fifo before fair."""
    jobs = (
        work("fair", 2, scheduling_class="fair"),
        work("fifo", 2, scheduling_class="fifo", priority=5),
    )
    assert "Its class, fifo, comes before that of the others: fair fair." in why(
        linux(*jobs), "fifo"
    )


def test_linux_says_whose_budget_is_spent_and_until_when() -> None:
    """SCHED_DEADLINE: 3 ms of each 10, and nobody else is there."""
    found = linux(
        work("dl", 8, scheduling_class="deadline", wcet=3 * MS, period=10 * MS),
    )
    assert said(found, Kind.IDLE, reason=Reason.THROTTLED) == (
        "dl has used up its budget, which is filled again at 10 ms. "
        "Core 0 is idle: nobody else is runnable."
    )


def test_linux_says_who_comes_after_a_spent_budget() -> None:
    found = linux(
        work("dl", 8, scheduling_class="deadline", wcet=3 * MS, period=10 * MS), work("fair", 5)
    )
    assert why(found, "fair") == (
        "dl has used up its budget, which is filled again at 10 ms. "
        "Core 0 runs fair, which waited 3 ms. "
        "dl of a higher class must wait: what it may use is used up."
    )


def test_a_spent_budget_does_not_hide_why_one_of_the_others_was_chosen() -> None:
    """dl has its 1 ms; then rr comes before fair, and of fair and more nobody is in a class less.

    rr ends at 3 ms, and waits for nobody: dl's budget is filled again at 20 ms.
    """
    found = linux(
        work("dl", 8, scheduling_class="deadline", wcet=MS, period=20 * MS),
        work("rr", 2, scheduling_class="rr", priority=5),
        work("fair", 2),
        work("more", 2),
    )
    spent = "dl of a higher class must wait: what it may use is used up."
    assert why(found, "rr").endswith(
        f"{spent} Its class, rr, comes before that of fair fair and more fair."
    )
    assert why(found, "fair").endswith(
        f"{spent} In its own class the earliest virtual deadline goes first, of those not ahead of "
        "their share."
    )


def test_linux_with_cfs_inside_goes_by_virtual_runtime() -> None:
    found = run("linux", work("a", 2), work("b", 2), fair="cfs")
    lowest = "Nobody of a higher class waits; in its own the lowest virtual runtime goes first."
    assert why(found, "a").endswith(lowest)


def test_linux_tells_of_equal_classes_what_decides_among_them() -> None:
    """sched(7): of fifo and rr the higher number; of deadline threads the earlier deadline."""
    found = linux(
        *(work(name, 2, scheduling_class="fifo", priority=n) for name, n in (("a", 1), ("b", 9)))
    )
    assert why(found, "b").endswith("in its own the highest priority goes first.")
    jobs = (
        work(name, 1, scheduling_class="deadline", wcet=MS, period=period * MS)
        for name, period in (("c", 20), ("d", 10))
    )
    found = run("linux", *jobs, until=5 * MS)
    assert why(found, "d").endswith("in its own the earliest deadline goes first.")


def test_one_of_the_same_class_whose_budget_is_spent_is_no_rival() -> None:
    """first is due at 12 ms and has used its 1 ms; second is due at 13, and has nobody to beat."""
    jobs = (
        work("first", 2, scheduling_class="deadline", wcet=MS, period=12 * MS),
        work("second", 1, 3, scheduling_class="deadline", wcet=MS, period=10 * MS),
    )
    found = run("linux", *jobs, until=9 * MS)
    assert why(found, "second").endswith("first must wait: what it may use is used up.")
    found = run("linux", *jobs, work("fair", 9), until=9 * MS)
    assert why(found, "second").endswith(
        "first must wait: what it may use is used up. Its class, deadline, comes before that of "
        "fair fair."
    )


def test_a_core_that_a_fair_thread_takes_at_once_is_not_idle_for_a_budget() -> None:
    """With a queue per core: at 2 ms fifo yields, core 1 takes it over, and core 0 goes to fair."""
    text = """
        schema = 1
        title = "t"
        unit = "tick"
        model = "processes"
        machine = { policy = "linux", cores = 2, queues = "per_core" }
        job = [
            { name = "fifo", class = "fifo", priority = 1, steps = ["compute 2", "yield"] },
            { name = "fair", affinity = [0], steps = ["compute 2"] },
        ]
    """
    found = Run(loads(text, "test"))
    found.finish()
    assert said(found, Kind.IDLE, reason=Reason.YIELD).endswith(
        "Core 0 is free: who is next is decided at this very moment."
    )


@pytest.mark.parametrize("policy", ["linux", "priority", "stcf"])
def test_who_has_an_idle_core_to_go_to_is_not_passed_over(policy: str) -> None:
    """At 2 ms high yields on core 0, where alone low may run, and goes on on core 1."""
    said = Attributes(priority=1, scheduling_class="fifo")
    found = run(
        policy,
        job("high", "compute 2ms", "yield", "compute 2ms", attributes=said),
        job("low", "compute 9ms", arrival="1ms", affinity=(0,), attributes=Attributes(priority=9)),
        cores=2,
    )
    assert why(found, "low").endswith(
        "Core 0 runs low, which waited 1 ms. 1 other thread still waits in the run queue."
    )


def test_linux_says_when_a_higher_class_has_used_up_what_it_may() -> None:
    """``sched_rt_runtime_us``: 950 ms of each second."""
    found = linux(
        work("spinner", 3_000, scheduling_class="fifo", priority=5),
        work("shell", 5, scheduling_class="fair"),
    )
    assert "spinner of a higher class must wait: what it may use is used up." in why(found, "shell")


def test_a_new_mlfq_starts_everybody_at_the_top_again() -> None:
    """After 2 ms at level 2, a is at level 1; the policy anew knows nothing of that."""
    found = run("mlfq", work("a", 8), work("b", 8), quantum=2 * MS)
    slices = {"quantum": [MS, 2 * MS, 3 * MS]}
    found.act(SetPolicy("mlfq", slices), found.history.rows_at(5 * MS), 5 * MS)
    found.finish()
    command = said(found, Kind.COMMAND)
    assert "Its parameters: " in command
    assert "quantum 1 ms / 2 ms / 3 ms" in command
    after = [
        explain(found.history, row.n + 1).text
        for row in found.trace.rows()
        if row.kind is Kind.LEVEL and row.time == 5 * MS
    ]
    assert "a starts at level 2. Whoever is new starts at the top." in after


def test_who_is_given_a_priority_while_it_runs_has_it_beside_what_it_gained() -> None:
    """b waited 4 ms with 2 ms for each point: from 2 it came to 0, from 6 it is at 4."""
    found = run(
        "priority",
        work("a", 6, priority=0),
        work("b", 6, priority=2),
        aging=2 * MS,
    )
    found.act(SetPriority("b", 6), found.history.rows_at(8 * MS), 8 * MS)
    found.finish()
    rows = [row for row in found.trace.rows() if row.kind is Kind.LEVEL and row.time == 8 * MS]
    assert [explain(found.history, row.n + 1).text for row in rows] == [
        "b has priority 3 now; its own is 6."
    ]


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
