"""Findings: raised where they should be, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from schedsim import library
from schedsim.attributes import Attributes
from schedsim.findings import FINDINGS, find
from schedsim.findings.base import Finding
from schedsim.metrics import measure
from schedsim.programs.steps import Repeat
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.scenario_file import load, loads
from schedsim.trace import Kind, Reason, Trace
from schedsim.traps import PERIOD, Op
from tests.machines import MS, job, loop, play, processes, repeat, steps, tasks, threads, tree
from tests.strategies import MOST_ROWS, scenarios
from tests.written import Written

ROOT = Path(__file__).parent.parent


def the(trace: Trace, kind: str) -> Finding:
    """The only finding."""
    (finding,) = find(measure(trace))
    assert finding.kind == kind
    return finding


def names(trace: Trace, entities: tuple[int, ...]) -> list[str]:
    return [trace.entities[entity].name for entity in entities]


def kinds(trace: Trace) -> list[str]:
    return [finding.kind for finding in find(measure(trace))]


def test_a_long_computation_blocks_the_loop_when_others_wait() -> None:
    trace = play(tasks(job("tick", "sleep 10ms"), job("crunch", "compute 150ms")))
    (finding,) = find(measure(trace))
    assert (finding.kind, finding.start, finding.end) == ("blocked_loop", 0, 150 * MS)
    assert trace.entities[finding.who].name == "crunch"
    assert [trace.entities[victim].name for victim in finding.victims] == ["tick"]


def test_a_long_computation_alone_blocks_nobody() -> None:
    assert kinds(play(tasks(job("crunch", "compute 150ms")))) == []


def test_computing_in_chunks_with_yields_is_healthy() -> None:
    trace = play(
        tasks(
            job("tick", repeat(5, "sleep 10ms")), job("crunch", repeat(10, "compute 20ms", "yield"))
        )
    )
    assert kinds(trace) == []


def test_any_blocking_call_that_makes_another_task_wait_is_told() -> None:
    trace = play(tasks(job("bad", "call time.sleep 5ms"), job("good", "compute 1ms")))
    assert kinds(trace) == ["blocked_loop"]


def test_threads_in_blocking_calls_are_no_finding() -> None:
    trace = play(threads(job("a", "call time.sleep 500ms"), job("b", "compute 1ms")))
    assert kinds(trace) == []


def test_two_threads_that_join_each_other_are_a_deadlock() -> None:
    trace = play(threads(job("a", "compute 1ms", "join b"), job("b", "join a")))
    (finding,) = find(measure(trace))
    assert finding.kind == "deadlock"
    assert finding.why == "a, b: a waits for b to end, b waits for a to end."
    assert finding.advice == "Let one of them not join while the other waits for it."


def test_a_run_that_is_merely_cut_short_is_no_deadlock() -> None:
    assert kinds(play(tasks(job("a", "sleep 10ms")), until="5ms")) == []


def test_a_job_that_does_it_again_and_again_is_told_once_at_its_worst() -> None:
    trace = play(
        tasks(job("tick", "sleep 10ms"), job("crunch", "compute 120ms", "yield", "compute 150ms"))
    )
    (finding,) = find(measure(trace))
    assert finding.end - finding.start == 150 * MS
    assert "Its job did so 2 times" in finding.why


def test_waiting_for_the_gil_is_not_held_against_the_task() -> None:
    """60 ms of computing take longer beside a thread that wants the GIL too, but are 60 ms."""
    plan = (
        "p",
        (
            loop("main", job("short", "compute 60ms"), job("tick", "sleep 1ms")),
            job("spin", "compute 200ms"),
        ),
    )
    assert kinds(play(tree(plan, cores=2))) == ["lost_parallelism"]  # that is: not blocked_loop


# -- deadlock -----------------------------------------------------------------------------


def two_locks(last: Reason, *, arg: int) -> Written:
    """a takes x and waits for y, which b holds; b leaves in some way."""
    return (
        Written(2, locks=("x", "y"))
        .thread("a")
        .thread("b", program="join a")
        .run(0, "a")
        .run(0, "b", core=1)
        .row(0, Kind.LOCK, Reason.NONE, "a", other=0)
        .row(0, Kind.LOCK, Reason.NONE, "b", other=1)
        .idle(1, Reason.LOCK, core=0, arg=1)
        .idle(2, last, core=1, arg=arg, pc=1)
    )


def test_the_circle_of_a_deadlock_is_told_with_its_locks() -> None:
    trace = two_locks(Reason.LOCK, arg=0).end(2, complete=True)
    finding = the(trace, "deadlock")
    assert finding.why == (
        "a, b: a waits for lock y, which b holds, b waits for lock x, which a holds."
    )
    assert finding.advice == "Take the locks in the same order everywhere."


def test_a_circle_may_go_through_a_join_and_a_lock() -> None:
    trace = two_locks(Reason.JOIN, arg=-1).end(2, complete=True)
    finding = the(trace, "deadlock")
    assert finding.why == "a, b: a waits for lock y, which b holds, b waits for a to end."
    assert finding.advice == "Let go of the lock before the join."


def test_a_lock_whose_holder_has_ended_is_told_too() -> None:
    trace = two_locks(Reason.EXIT, arg=-1).end(2, complete=True)
    assert the(trace, "deadlock").why == (
        "a: waiting for something that can no longer happen. "
        "a waits for lock y, which b held when it ended."
    )


def test_a_circle_is_found_behind_waits_that_lead_nowhere() -> None:
    """c waits for what nobody will do; b for c's lock, and a for b.  d and e are the circle."""
    trace = play(
        threads(
            job("a", "compute 1ms", "join b"),
            job("b", "compute 1ms", "acquire m"),
            job("c", "acquire m", "wait never"),
            job("d", "join e"),
            job("e", "join d"),
        )
    )
    told = next(each for each in find(measure(trace)) if each.kind == "deadlock")
    assert told.why.startswith("d, e: d waits for e to end, e waits for d to end.")


def test_who_only_waits_for_the_circle_is_told_apart() -> None:
    trace = play(threads(job("a", "join b"), job("b", "join a"), job("c", "join a")))
    finding = the(trace, "deadlock")
    assert finding.why == (
        "a, b: a waits for b to end, b waits for a to end. c can never go on either."
    )
    assert names(trace, finding.victims) == ["a", "b", "c"]


def test_a_circle_of_three_tasks_and_one_of_processes() -> None:
    circle = (job("a", "join b"), job("b", "join c"), job("c", "join a"))
    why = "a, b, c: a waits for b to end, b waits for c to end, c waits for a to end."
    assert the(play(tasks(*circle)), "deadlock").why == why
    assert the(play(processes(*circle)), "deadlock").why == why


def test_a_thread_that_takes_a_lock_twice_is_a_circle_of_one() -> None:
    trace = (
        Written(locks=("x",))
        .thread("a")
        .run(0, "a")
        .row(0, Kind.LOCK, Reason.NONE, "a", other=0)
        .idle(1, Reason.LOCK, arg=0)
        .end(1, complete=True)
    )
    assert the(trace, "deadlock").why == "a: a waits for lock x, which a holds."


def test_who_joins_somebody_without_a_program_to_show_waits_for_nobody_by_name() -> None:
    """a and b join on, to c, of whose steps nothing is known; so there is no circle to tell of."""
    trace = (
        Written(3)
        .thread("a", program="join b")
        .thread("b", program="join c")
        .thread("c")
        .run(0, "a", core=0)
        .run(0, "b", core=1)
        .run(0, "c", core=2)
        .idle(1, Reason.JOIN, core=0, pc=1)
        .idle(1, Reason.JOIN, core=1, pc=1)
        .idle(2, Reason.JOIN, core=2, pc=1)
        .end(2, complete=True)
    )
    finding = the(trace, "deadlock")
    assert names(trace, finding.victims) == ["a", "b", "c"]
    assert finding.why.startswith("a, b, c: waiting for something that can no longer happen.")


# -- starvation ---------------------------------------------------------------------------


def greedy(turns: int) -> Trace:
    """high has turns of 2 from 0 on and is back before low gets anywhere."""
    trace = Written().thread("low").thread("high").run(0, "high")
    for n in range(1, turns):
        trace.row(2 * n, Kind.RUN, Reason.QUANTUM, "high", core=0)
    return trace.end(2 * turns)


def test_a_thread_that_is_passed_over_again_and_again_starves() -> None:
    """Of 60 ticks equal shares would give low 30: 15 turns of 2."""
    trace = greedy(30)
    finding = the(trace, "starvation")
    assert (finding.start, finding.end) == (0, 60)
    assert names(trace, finding.victims) == ["low"]
    assert trace.entities[finding.who].name == "high"
    assert finding.why == (
        "low waited for 60 ticks and still does, while high, who came later, had 29 turns. "
        "Equal shares would have given it 30 ticks."
    )


def test_to_be_passed_over_for_a_while_is_not_to_starve() -> None:
    """Of 36 ticks its share is 18: 9 turns."""
    assert kinds(greedy(18)) == []


def test_who_weighs_little_waits_long_and_does_not_starve() -> None:
    """One ticket beside a hundred: its share of 100 turns is one."""
    trace = Written().thread("low", tickets=1).thread("high").run(0, "high")
    for n in range(1, 100):
        trace.row(2 * n, Kind.RUN, Reason.QUANTUM, "high", core=0)
    assert kinds(trace.end(200)) == []


@pytest.mark.parametrize(("tickets", "found"), [(1, []), (100, ["starvation"])])
def test_a_share_counts_from_when_it_is_given(tickets: int, found: list[str]) -> None:
    """low has one ticket of 101 from 1 on: of 100 turns its share is one.  Or it stays equal."""
    trace = Written().thread("low").thread("high").run(0, "high")
    trace.row(1, Kind.COMMAND, Reason.TICKETS, "low", arg=tickets)
    for n in range(1, 100):
        trace.row(2 * n, Kind.RUN, Reason.QUANTUM, "high", core=0)
    assert kinds(trace.end(200)) == found


@pytest.mark.parametrize("count", [2, 30, 300])
@pytest.mark.parametrize("policy", ["round_robin", "fifo"])
def test_in_a_long_queue_everybody_waits_and_nobody_starves(count: int, policy: str) -> None:
    jobs = [job(f"j{n}", "compute 5ms") for n in range(count)]
    assert kinds(play(threads(*jobs, quantum="1ms", policy=policy, gil=False))) == []


def test_threads_that_sleep_and_wake_in_a_round_robin_do_not_starve_the_one_that_computes() -> None:
    jobs = [job(f"s{n}", repeat(50, "compute 1ms", "sleep 3ms")) for n in range(8)]
    assert kinds(play(threads(job("c", "compute 100ms"), *jobs, gil=False))) == []


def test_waits_for_the_gil_that_time_out_again_and_again_can_starve() -> None:
    """Whoever waits in vain for 5 ms queues anew; those who come back from a sleep go before."""
    work = [job(f"j{n}", repeat(None, "compute 3ms", "sleep 2ms")) for n in range(8)]
    finding = find(measure(play(threads(*work, cores=2), until="2s")))[0]
    assert finding.kind == "starvation"
    assert "GIL" in finding.advice


def test_who_is_kept_from_a_core_is_not_told_about_a_gil_that_is_free() -> None:
    """low is a process of its own: it never waits for its GIL, but for the core."""
    busy = repeat(60, "compute 3ms", "io 3ms")
    jobs = [
        job("a", busy, attributes=Attributes(priority=1)),
        job("b", busy, attributes=Attributes(priority=1)),
        job("low", "compute 20ms", attributes=Attributes(priority=9)),
    ]
    for gil in (True, False):
        machine = MachineSpec(policy="priority", parameters={"preemptive": True})
        run = Run(
            Scenario(
                "test",
                "test",
                model="processes",
                machine=machine,
                python=PythonSpec(gil=gil),
                jobs=tuple(jobs),
                until=400 * MS,
            )
        )
        (finding,) = find(measure(run.finish()))
        assert finding.kind == "starvation"
        assert "GIL" not in finding.advice
        assert "aging" in finding.advice


def test_who_waits_for_its_budget_is_not_passed_over() -> None:
    """dl may use 2 ms of each 100, and wants 3: the other 98 ms nobody takes from it."""
    text = """
        schema = 1
        title = "t"
        model = "processes"
        until = "400ms"
        machine = { policy = "linux" }
        [[job]]
        name = "hog"
        count = 2
        steps = ["compute 500ms"]
        [[job]]
        name = "dl"
        class = "deadline"
        wcet = "2ms"
        period = "100ms"
        steps = ["compute 3ms"]
    """
    assert kinds(Run(loads(text, "test")).finish()) == ["deadline_overload"]


@given(scenarios())
def test_taking_turns_is_never_unfair(scenario: Scenario) -> None:
    """Whatever there is to do: the others come of priorities, levels, locks and the GIL."""
    machine = MachineSpec(scenario.machine.cores, "round_robin", {"quantum": 2})
    without_gil = replace(scenario, python=PythonSpec(gil=False), machine=machine)
    found = set(kinds(Run(without_gil, rows=MOST_ROWS).finish()))
    assert found <= {"blocked_loop", "convoy", "deadlock", "thrash", "deadline_overload"}


# -- convoy -------------------------------------------------------------------------------


def behind_a_hog(policy: str, *, count: int = 3, burst: str = "2ms") -> Trace:
    """Short bursts with I/O between them, beside 50 ms of computing over and over."""
    hog = job("hog", repeat(4, "compute 50ms", "io 1ms"))
    short = [job(f"io-{n}", repeat(4, f"compute {burst}", "io 5ms")) for n in range(count)]
    return play(threads(hog, *short, policy=policy, gil=False))


def test_short_bursts_behind_a_long_one_are_a_convoy() -> None:
    trace = behind_a_hog("fifo")
    finding = the(trace, "convoy")
    assert (finding.start, finding.end) == (0, 50 * MS)
    assert trace.entities[finding.who].name == "hog"
    assert names(trace, finding.victims) == ["io-0", "io-1", "io-2"]
    assert finding.why == (
        "hog computed for 50 ms in one go: io-0, io-1 and io-2, who wanted 2 ms at most, queued "
        "behind it. It did so 4 times."
    )


def test_of_the_convoys_of_one_thread_the_longest_queue_is_told() -> None:
    """once is behind it the first time only."""
    short = [job(f"io-{n}", repeat(3, "compute 2ms", "io 5ms")) for n in range(3)]
    hog = job("hog", repeat(3, "compute 50ms", "io 1ms"))
    trace = play(threads(hog, *short, job("once", "compute 2ms"), policy="fifo", gil=False))
    finding = the(trace, "convoy")
    assert (finding.start, finding.end) == (0, 50 * MS)
    assert names(trace, finding.victims) == ["io-0", "io-1", "io-2", "once"]
    assert "It did so 3 times." in finding.why


def test_of_two_queues_that_are_as_long_the_first_is_told_and_a_longer_one_later() -> None:
    """late is behind the second burst, from 51 to 101, and behind no other."""
    short = [job(f"io-{n}", repeat(3, "compute 2ms", "io 5ms")) for n in range(3)]
    hog = job("hog", repeat(3, "compute 50ms", "io 1ms"))
    late = job("late", "compute 2ms", arrival="70ms")
    trace = play(threads(hog, *short, late, policy="fifo", gil=False))
    finding = the(trace, "convoy")
    assert names(trace, finding.victims) == ["io-0", "io-1", "io-2", "late"]
    assert finding.start < 70 * MS < finding.end
    assert "It did so 3 times." in finding.why


def test_two_behind_a_long_burst_are_no_convoy_and_nor_are_longer_ones() -> None:
    assert kinds(behind_a_hog("fifo", count=2)) == []
    assert kinds(behind_a_hog("fifo", burst="6ms")) == []


def test_a_quantum_makes_no_convoy() -> None:
    assert kinds(behind_a_hog("round_robin")) == []


# -- the GIL's convoy ----------------------------------------------------------------------


def beside_a_cruncher(model: str, count: int = 6, burst: str = "1ms") -> Trace:
    """A thread that reads and computes, and one that only computes, on two cores."""
    reader = job("reader", repeat(count, "io 10ms", f"compute {burst}"))
    return play(threads(reader, job("cruncher", "compute 200ms"), model=model, cores=2))


def test_who_waits_for_the_gil_after_each_read_is_in_a_convoy() -> None:
    """G6: 5 ms to get back what 1 ms is wanted of, from 10 ms on and every 16 ms."""
    finding = the(beside_a_cruncher("threads"), "gil_convoy")
    assert (finding.start, finding.end) == (10 * MS, (15 + 5 * 16) * MS)
    assert finding.why == (
        "reader came back from a wait 6 times and then waited 5 ms on average for the GIL, mostly "
        "behind cruncher, to use it for 1 ms."
    )


def test_neither_twice_nor_for_long_bursts_nor_without_a_gil_in_common() -> None:
    assert kinds(beside_a_cruncher("threads", count=2)) == []
    assert "gil_convoy" not in kinds(beside_a_cruncher("threads", burst="8ms"))


def test_what_is_computed_without_the_gil_is_not_what_the_gil_is_wanted_for() -> None:
    """io wants the GIL for 100 us each time; for 3 ms it computes in C code that does without."""
    body = repeat(8, "io 6ms", "compute 100us", "call hashlib.sha256 3ms")
    trace = play(threads(job("io", body), job("cpu", "compute 300ms"), cores=2))
    (why,) = (each.why for each in find(measure(trace)) if each.kind == "gil_convoy")
    assert why.endswith("to use it for 100 us.")
    assert kinds(beside_a_cruncher("processes")) == []


# -- thrash -------------------------------------------------------------------------------


def switching(quantum: str) -> Trace:
    """Two threads that compute 20 ms each, at 1 ms a switch."""
    pair = [job(name, "compute 20ms") for name in ("a", "b")]
    return play(threads(*pair, quantum=quantum, switch_cost="1ms", gil=False))


def test_a_quantum_that_is_near_the_cost_of_a_switch_is_thrashing() -> None:
    """40 ms of work in turns of 2: 20 switches of 1 ms, and the first turn's is one of them."""
    finding = the(switching("2ms"), "thrash")
    assert finding.why == (
        "33% of the busy time went into 19 context switches, about 1 ms each, "
        "with a quantum of 2 ms."
    )
    assert "longer quantum" in finding.advice


def test_a_quantum_well_above_the_cost_of_a_switch_is_fine() -> None:
    assert kinds(switching("4ms")) == []


def test_a_few_dear_switches_are_no_thrashing() -> None:
    assert kinds(play(threads(job("a", "compute 1ms"), switch_cost="5ms"))) == []


def test_without_a_quantum_the_advice_is_to_do_more_at_a_time() -> None:
    pair = [job(name, repeat(10, "compute 1ms", "sleep 1ms")) for name in ("a", "b")]
    finding = the(play(threads(*pair, policy="fifo", switch_cost="1ms", gil=False)), "thrash")
    assert finding.why.endswith("for turns of 1 ms.")
    assert "do more at a time" in finding.advice


# -- deadlines ----------------------------------------------------------------------------


def periodic(length: int, wcet: int | None, jobs: int) -> Trace:
    """a computes for ``length`` every 10, which is more than it can if that is above 10."""
    trace = Written().thread("a", period=10, wcet=wcet).run(0, "a")
    time = 0
    for n in range(1, jobs):
        time = max(time + length, 0)
        if time > 10 * n:
            trace.row(time, Kind.NEXT_JOB, Reason.NONE, "a", other=n, arg=10 * n)
        else:
            trace.idle(time, Reason.PERIOD, arg=10 * n)
            time = 10 * n
            trace.wake(time, "a", Reason.RELEASED).run(time, "a")
    return trace.idle(time + length, Reason.EXIT).end(time + length, complete=True)


def test_more_work_than_cores_is_an_overload() -> None:
    trace = periodic(12, 12, 3)
    finding = the(trace, "deadline_overload")
    assert finding.why == (
        "The periodic threads need 1.20 of 1 core, more than there is. "
        "a missed first, its deadline at 10 ticks; 3 of 3 jobs missed theirs."
    )
    assert finding.start == 10


def test_the_time_that_jobs_took_counts_where_no_worst_case_is_declared() -> None:
    assert "need 1.20 of 1 core" in the(periodic(12, None, 3), "deadline_overload").why


def test_the_time_that_jobs_took_counts_where_less_is_declared() -> None:
    assert "need 1.20 of 1 core" in the(periodic(12, 3, 3), "deadline_overload").why


def test_a_budget_that_is_too_small_is_what_makes_late_under_linux() -> None:
    """SCHED_DEADLINE: 3 ms of each 10, for jobs of 8 ms.  The first is done at 22 ms."""
    said = Attributes(period=10 * MS, wcet=3 * MS, scheduling_class="deadline")
    body = Repeat((*steps("compute 8ms"), Op((PERIOD, None), "wait")), None)
    trace = play(processes(Job("dl", (body,), attributes=said), policy="linux"), until="60ms")
    finding = the(trace, "deadline_overload")
    assert finding.why.startswith("The periodic threads need 0.80 of 1 core.")
    assert finding.advice == (
        "dl may compute 3 ms of each period (its wcet), and a job takes 8 ms: give it a wcet of "
        "as much."
    )


def test_under_linux_who_has_no_budget_is_late_for_another_reason() -> None:
    """Two fair threads: 12 and 3 of each 20 ms, all of it due by 13 ms."""
    said = Attributes(period=20 * MS, deadline=13 * MS)
    jobs = [
        Job(
            name,
            (Repeat((*steps(f"compute {n}ms"), Op((PERIOD, None), "wait")), None),),
            attributes=said,
        )
        for name, n in (("a", 12), ("b", 3))
    ]
    finding = the(play(processes(*jobs, policy="linux"), until="100ms"), "deadline_overload")
    assert "wcet" not in finding.advice


def test_an_overload_that_has_not_hurt_yet_is_told_too() -> None:
    trace = Written().thread("a", period=10, wcet=8).thread("b", period=10, wcet=4).run(0, "a")
    assert the(trace.end(5), "deadline_overload").why == (
        "The periodic threads need 1.20 of 1 core, more than there is. No deadline has passed yet."
    )


def test_edf_may_have_room_in_all_but_not_before_the_deadlines() -> None:
    """Two threads want 2 of every 10 ms each, both by 3 ms: at 3 ms one of them is not done."""
    said = Attributes(period=10 * MS, deadline=3 * MS, wcet=2 * MS)
    body = Repeat((*steps("compute 2ms"), Op((PERIOD, None), "wait")), None)
    jobs = tuple(Job(name, (body,), attributes=said) for name in "ab")
    trace = play(processes(*jobs, policy="edf"), until="30ms")
    assert the(trace, "deadline_overload").advice == (
        "There is room in all, but not between release and deadline: relax the deadlines."
    )


def test_who_is_late_by_itself_is_helped_by_no_order() -> None:
    """Three, of 6 each, on two cores, all due at 5: each would be late alone."""
    jobs = [job(name, "compute 6ms", attributes=Attributes(deadline=5 * MS)) for name in "abc"]
    finding = the(play(processes(*jobs, policy="edf", cores=2)), "deadline_overload")
    assert finding.advice == (
        "a computes for 6 ms and has 5 ms from its release: no order helps, relax its deadline or "
        "shorten the work."
    )


@pytest.mark.parametrize("abort", [False, True])
def test_who_is_late_for_waits_of_its_own_is_helped_by_no_order(abort: bool) -> None:
    """A job computes for 4 and then waits for its device for 7, every 10; nobody else is there."""
    said = Attributes(period=10 * MS)
    body = Repeat((*steps("compute 4ms", "io 7ms"), Op((PERIOD, None), "wait")), None)
    jobs = processes(Job("a", (body,), attributes=said), policy="rate_monotonic")
    jobs = replace(jobs, machine=replace(jobs.machine, parameters={"abort_on_miss": abort}))
    says = "takes 11 ms without any wait for its turn, and has 10 ms from its release"
    if abort:
        says = "never waited for its turn, and was not done 10 ms after its release"
    finding = the(play(jobs, until="60ms"), "deadline_overload")
    assert finding.advice == f"a {says}: no order helps, relax its deadline or shorten the work."


def test_of_jobs_that_come_once_on_two_cores_it_is_not_said_that_there_is_room() -> None:
    """Eight, of 2 each, all due at 4: four can be done by then, whatever the order."""
    jobs = [job(name, "compute 2ms", attributes=Attributes(deadline=4 * MS)) for name in "abcdefgh"]
    finding = the(play(processes(*jobs, policy="fifo", cores=2)), "deadline_overload")
    assert finding.advice == (
        "Try edf, or add a core: so many at once want more time before their deadlines."
    )


def test_deadlines_that_are_missed_for_the_gil_are_no_affair_of_the_policy() -> None:
    """b computes for 12 ms: a, which comes every 4 ms, waits for the GIL for 5.  EDF has no say."""
    wait = Op((PERIOD, None), "wait")
    jobs = tuple(
        Job(
            name,
            (Repeat((*steps(f"compute {length}ms"), wait), None),),
            attributes=Attributes(period=period * MS, wcet=length * MS),
        )
        for name, period, length in (("a", 4, 1), ("b", 30, 12))
    )
    for policy in ("rate_monotonic", "edf"):
        trace = play(threads(*jobs, policy=policy), until="100ms")
        assert the(trace, "deadline_overload").advice == (
            "a waited 5 ms for the GIL, which no policy takes from its holder: try a shorter "
            "switch_interval, processes, or a Python without the GIL."
        )
        assert kinds(play(threads(*jobs, policy=policy, gil=False), until="100ms")) == []


def test_a_full_core_whose_deadlines_are_met_is_healthy() -> None:
    assert kinds(periodic(10, 10, 5)) == []


def test_of_jobs_that_come_once_no_load_is_told() -> None:
    """Five, of 2 each, all due at 4: two of them are done by then."""
    jobs = [job(name, "compute 2ms", attributes=Attributes(deadline=4 * MS)) for name in "abcde"]
    finding = the(play(processes(*jobs, policy="fifo")), "deadline_overload")
    assert finding.why == (
        "c missed first, its deadline at 4 ms; 3 of 5 jobs missed theirs, d and e too."
    )
    assert finding.advice == (
        "Try edf: where jobs only compute, it meets all deadlines on one core if any order does."
    )
    finding = the(play(processes(*jobs, policy="edf")), "deadline_overload")
    assert finding.advice == (
        "Where jobs only compute, no order meets them all on one core: relax the deadlines, or add "
        "a core."
    )


def test_late_jobs_without_an_overload_are_for_the_policy_to_mend() -> None:
    """b has the core for 30: of a, with 5 in 10, four deadlines are missed by 46."""
    trace = (
        Written()
        .thread("a", period=10, wcet=5)
        .thread("b", period=100, wcet=30)
        .run(0, "b")
        .run(30, "a", Reason.PERIOD, arg=100)
        .row(35, Kind.NEXT_JOB, Reason.NONE, "a", other=1, arg=10)
        .row(40, Kind.NEXT_JOB, Reason.NONE, "a", other=2, arg=20)
        .row(45, Kind.NEXT_JOB, Reason.NONE, "a", other=3, arg=30)
        .end(46)
    )
    finding = the(trace, "deadline_overload")
    assert finding.why == (
        "The periodic threads need 0.80 of 1 core. a missed first, its deadline at 10 ticks; "
        "4 of 5 jobs missed theirs."
    )
    assert "try edf" in finding.advice


def test_one_miss_is_no_overload() -> None:
    trace = Written().thread("a", deadline=3).run(0, "a").idle(4, Reason.EXIT)
    assert kinds(trace.end(4, complete=True)) == []


# -- priority inversion -------------------------------------------------------------------


def inverted(middle: dict[str, Any], *, low: int = 9, high: int = 1) -> Trace:
    """low holds x when high comes and wants it; middle comes too and has the core from 4 to 9."""
    return (
        Written(locks=("x",))
        .thread("low", priority=low)
        .run(0, "low")
        .row(1, Kind.LOCK, Reason.NONE, "low", other=0)
        .thread("high", at=2, priority=high)
        .run(2, "high", Reason.PREEMPTED)
        .thread("middle", at=3, **middle)
        .run(4, "middle", Reason.LOCK, arg=0)
        .run(9, "low", Reason.EXIT)
        .row(10, Kind.UNLOCK, Reason.NONE, "low", other=3, arg=0)
        .run(10, "high", Reason.PREEMPTED)
        .end(12)
    )


def test_a_lock_held_by_one_whom_the_middle_keeps_from_running_is_an_inversion() -> None:
    trace = inverted({"priority": 5})
    finding = the(trace, "priority_inversion")
    assert (finding.start, finding.end) == (4, 9)
    assert trace.entities[finding.who].name == "middle"
    assert names(trace, finding.victims) == ["high"]
    assert finding.why == (
        "high waited for lock x, which low held, while middle kept low from running for 5 ticks: "
        "worse than high, but better than low."
    )
    assert "inheritance = true" in finding.advice


def test_a_priority_counts_from_when_it_is_given() -> None:
    """middle is better than both until 6, when the user makes it worse than high."""
    trace = (
        Written(locks=("x",))
        .thread("low", priority=9)
        .run(0, "low")
        .row(1, Kind.LOCK, Reason.NONE, "low", other=0)
        .thread("high", at=2, priority=1)
        .run(2, "high", Reason.PREEMPTED)
        .thread("middle", at=3, priority=0)
        .run(4, "middle", Reason.LOCK, arg=0)
        .row(6, Kind.COMMAND, Reason.PRIORITY, "middle", arg=5)
        .run(9, "low", Reason.EXIT)
        .end(12)
    )
    finding = the(trace, "priority_inversion")
    assert (finding.start, finding.end) == (6, 9)


def test_preemptions_tell_which_priorities_are_better() -> None:
    trace = inverted({"priority": 5}, low=1, high=9)
    assert kinds(trace) == ["priority_inversion"]


def test_without_a_preemption_it_is_the_policy_that_says_who_is_better() -> None:
    """low holds the lock, sleeps until 2 ms, and waits behind mid until 10 ms, as high does."""
    said = {"low": 9, "mid": 5, "high": 1}
    bodies = {
        "low": ("acquire m", "compute 1ms", "sleep 1ms", "compute 1ms", "release m"),
        "mid": ("compute 9ms",),
        "high": ("acquire m", "release m"),
    }
    arrivals = {"low": "0ms", "mid": "500us", "high": "400us"}
    jobs = [
        job(name, *bodies[name], arrival=arrivals[name], attributes=Attributes(priority=said[name]))
        for name in bodies
    ]
    trace = play(processes(*jobs, policy="priority"))
    finding = the(trace, "priority_inversion")
    assert (finding.start, finding.end) == (2 * MS, 10 * MS)


@pytest.mark.parametrize("silent", ["low", "middle", "high"])
def test_who_has_no_priority_stands_nowhere(silent: str) -> None:
    """Neither one who is preempted or preempts, nor who holds or waits; others have three ranks."""
    said: dict[str, dict[str, Any]] = {
        "low": {"priority": 9},
        "middle": {"priority": 5},
        "high": {"priority": 1},
    }
    said[silent] = {}
    trace = (
        Written(locks=("x",), policy="priority")
        .thread("later", 90, priority=7)
        .thread("low", **said["low"])
        .run(0, "low")
        .row(1, Kind.LOCK, Reason.NONE, "low", other=0)
        .thread("high", at=2, **said["high"])
        .run(2, "high", Reason.PREEMPTED)
        .thread("middle", at=3, **said["middle"])
        .run(4, "middle", Reason.LOCK, arg=0)
        .run(9, "low", Reason.EXIT)
        .end(12)
    )
    assert kinds(trace) == []


def test_who_has_no_priority_is_no_worse_than_anybody() -> None:
    """Also not where one of those who have one takes its core."""
    jobs = [
        job("low", "acquire m", "compute 9ms", "release m"),
        job("mid", "compute 9ms", arrival="1ms", attributes=Attributes(priority=5)),
        job("high", "acquire m", "release m", arrival="2ms", attributes=Attributes(priority=9)),
        job("other", "compute 1ms", arrival="30ms", attributes=Attributes(priority=5)),
        job("best", "compute 1ms", arrival="30500us", attributes=Attributes(priority=9)),
    ]
    scenario = processes(*jobs, policy="priority")
    parameters = {"preemptive": True, "larger_is_higher": True}
    machine = replace(scenario.machine, parameters=parameters)
    assert kinds(play(replace(scenario, machine=machine))) == []


def test_where_the_policy_looks_at_no_priority_there_is_no_inversion() -> None:
    """MLFQ prefers the newcomer, who by chance is the more important one each time."""
    settings = ['machine.policy={ name = "mlfq", quantum = 1 }']
    run = Run(load(library.path("priority-inversion"), settings=settings))
    run.finish()
    assert [row for row in run.trace.rows() if row.reason is Reason.PREEMPTED]
    assert [found.kind for found in find(measure(run.trace))] == []


def test_somebody_better_than_both_is_no_inversion() -> None:
    assert kinds(inverted({"priority": 0})) == []
    assert kinds(inverted({})) == []


def test_a_holder_that_runs_is_no_inversion() -> None:
    trace = (
        Written(2, locks=("x",))
        .thread("low", priority=9)
        .run(0, "low")
        .row(1, Kind.LOCK, Reason.NONE, "low", other=0)
        .thread("high", at=2, priority=1)
        .run(2, "high", core=1)
        .thread("middle", at=3, priority=5)
        .run(4, "middle", Reason.LOCK, core=1, arg=0)
        .end(9)
    )
    assert kinds(trace) == []


# -- gaming -------------------------------------------------------------------------------


def played(
    turn: int,
    *,
    rounds: int = 6,
    sleep: int = 1,
    moved_down: bool = False,
    hog_is_moved: bool = True,
) -> Trace:
    """hog is moved down after 10; then sly computes for ``turn`` and sleeps, again and again.

    In the meantime hog gets the core.
    """
    trace = Written().thread("hog").thread("sly")
    for name in ("hog", "sly"):
        trace.row(0, Kind.LEVEL, Reason.NONE, name, arg=1)
    trace.run(0, "hog")
    if hog_is_moved:
        trace.row(10, Kind.LEVEL, Reason.ALLOTMENT, "hog", arg=0)
    trace.run(10, "sly", Reason.QUANTUM)
    time = 10
    for n in range(rounds):
        time += turn
        if moved_down and n == 1:
            trace.row(time, Kind.LEVEL, Reason.ALLOTMENT, "sly", arg=0)
        trace.run(time, "hog", Reason.IO, arg=time + sleep)
        time += sleep
        trace.wake(time, "sly").run(time, "sly", Reason.PREEMPTED)
    return trace.end(time)


def test_waits_just_before_the_allotment_is_used_up_are_gaming() -> None:
    """Six turns of 9 of 10, in 70 ticks: 77 % of the core."""
    trace = played(9)
    finding = the(trace, "gaming")
    assert trace.entities[finding.who].name == "sly"
    assert names(trace, finding.victims) == ["hog"]
    assert finding.why == (
        "sly waited 6 times just before its allotment of 10 ticks was used up, was never moved "
        "down, and so had 77% of a core; an equal share is 50%. hog waited at lower levels."
    )


def test_short_turns_are_no_gaming_and_nor_are_a_few() -> None:
    assert kinds(played(7)) == []
    assert kinds(played(9, rounds=4)) == []


def test_who_sleeps_as_long_as_it_computes_has_no_more_than_its_share() -> None:
    """Six turns of 9 in 10 + 6 * 18 ticks: 46 %."""
    assert kinds(played(9, sleep=9)) == []


def test_where_nobody_is_below_nobody_has_lost() -> None:
    assert kinds(played(9, hog_is_moved=False)) == []


def test_who_was_moved_down_has_won_nothing() -> None:
    assert kinds(played(9, moved_down=True)) == []


# -- the library --------------------------------------------------------------------------

FOUND = {
    "async-sleep": [],
    "blocking-driver": ["blocked_loop"],
    "blocking-files": ["blocked_loop"],
    "blocking-lock": ["blocked_loop"],
    "blocking-names": ["blocked_loop"],
    "bare-loop": [],
    "four-ways": [],
    "suspend-and-resume": [],
    "blocking-sleep": ["blocked_loop"],
    "blocking-sockets": ["blocked_loop"],
    "blocking-subprocess": ["blocked_loop"],
    "c-code": ["lost_parallelism"],
    "cache-affinity": [],
    "cfs-slices": [],
    "chess-asynchronous": ["blocked_loop"],
    "chess-one-after-another": ["blocked_loop"],
    "convoy": ["convoy"],
    "core-queues": [],
    "crowded-pass": ["crowded_pass"],
    "deadlock": ["deadlock"],
    "dhall": [],
    "edf-overload": ["deadline_overload"],
    "event-loop": [],
    "fast-and-slow": [],
    "gil-threads": ["lost_parallelism", "starvation", "starvation"],
    "in-a-row": ["sequential_awaits"],
    "io-beside-cpu": ["gil_convoy"],
    "io-threads": [],
    "linux-classes": [],
    "loop-beside-thread": ["gil_convoy"],
    "lottery": [],
    "migration": [],
    "mlfq": [],
    "mlfq-gaming": ["gaming"],
    "monkey-patch": [],
    "newcomer": [],
    "nice": [],
    "no-gil": [],
    "patch-limits": ["blocked_loop", "blocked_loop"],
    "philosophers": ["deadlock"],
    "priority-inversion": ["priority_inversion"],
    "processes": [],
    "rate-monotonic": [],
    "rt-throttling": [],
    "short-quantum": ["thrash"],
    "short-request": [],
    "sleep-zero": [],
    "sleep-zero-hog": ["lost_parallelism"],
    "spinning-greenlet": ["spinning"],
    "starvation": ["starvation"],
    "starving-loop": ["blocked_loop", "missing_yield"],
    "stride": [],
    "tasks-lock": [],
    "textbook-fifo": [],
    "textbook-requeue": [],
    "textbook-round-robin": [],
    "textbook-sjf": [],
    "textbook-stcf": [],
    "three-ways": ["blocked_loop"],
    "waiting-frees-the-cpu": [],
    "to-thread": ["gil_convoy"],
    "timeout": [],
    "process-pool": [],
    "pool-exhaustion": ["pool_exhaustion"],
    "barging": [],
    "backpressure": [],
    "work-stealing": [],
    "yield-the-task": [],
}
"""What is found in each scenario of the library.  A new one needs a line: what it is to show."""


def test_every_scenario_of_the_library_says_what_is_found_in_it() -> None:
    assert {path.stem for path in (ROOT / "scenarios").glob("*.toml")} == FOUND.keys()


@pytest.mark.parametrize("name", FOUND)
def test_scenarios_of_the_library_have_what_they_show_and_no_false_alarms(name: str) -> None:
    run = Run(load(ROOT / "scenarios" / f"{name}.toml"))
    assert kinds(run.finish()) == FOUND[name]


def test_findings_are_told_under_the_name_they_have_in_the_catalogue() -> None:
    for trace, name in (
        (greedy(30), "starvation"),
        (behind_a_hog("fifo"), "convoy"),
        (switching("2ms"), "thrash"),
        (periodic(12, 12, 3), "deadline_overload"),
        (inverted({"priority": 5}), "priority_inversion"),
        (played(9), "gaming"),
        (two_locks(Reason.LOCK, arg=0).end(2, complete=True), "deadlock"),
    ):
        assert [finding.kind for finding in FINDINGS[name](measure(trace))] == [name]


@pytest.mark.parametrize("model", ["asyncio", "trio", "gevent", "threads"])
def test_who_waits_for_what_nobody_holds_is_told_what_it_is(model: str) -> None:
    text = f"""
        schema = 1
        title = "each waits for the other's item"
        model = "{model}"
        job = [
            {{ name = "a", steps = ["get q", "put r 1"] }},
            {{ name = "b", steps = ["get r", "put q 1"] }},
        ]
    """
    finding = the(Run(loads(text, "queues")).finish(), "deadlock")
    assert finding.why == (
        "a, b: waiting for something that can no longer happen. "
        "a waits for queue q, b waits for queue r."
    )
    assert finding.advice.startswith("Look at who should have set, put, taken or released that")
