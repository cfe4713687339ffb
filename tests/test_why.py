"""The sentences: each says what happened, by which rule, and what it costs whom."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from schedsim import library
from schedsim.aio import compute
from schedsim.attributes import Attributes
from schedsim.commands import Command, Inject, Kill, SetCores, SetNice, SetPriority, SetTickets
from schedsim.durations import Time
from schedsim.engine.pace import CacheSpec
from schedsim.history import History
from schedsim.programs.steps import Block, Repeat, Try
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario, Shared
from schedsim.scenario_file import load, loads
from schedsim.trace import Kind, Reason, Resource, Trace
from schedsim.traps import PERIOD, Op, Wish
from schedsim.why import Mention, explain
from tests.machines import MS, job, late_while_waiting, marks, repeat, steps, tasks, threads
from tests.simulated import CheckedLoop
from tests.strategies import scenarios
from tests.written import Written


def said(run: Run, kind: Kind, reason: Reason | None = None, nth: int = 0) -> str:
    """What is said of the nth row of a kind."""
    run.finish()
    found = [
        row.n
        for row in run.trace.rows()
        if row.kind is kind and (reason is None or row.reason is reason)
    ]
    return explain(run.history, found[nth] + 1).text


def crunch() -> Run:
    return Run(
        tasks(
            job("tick", repeat(2, "compute 1ms", "sleep 10ms")),
            job("crunch", "compute 50ms", "yield", "compute 50ms", cpu_heavy=True),
        )
    )


def test_before_the_first_row_nothing_has_happened() -> None:
    assert explain(crunch().history, 0).headline == "Nothing has happened yet."


def test_computing_in_a_coroutine_says_that_only_an_await_gives_the_cpu_back() -> None:
    text = said(crunch(), Kind.COMPUTE, nth=1)
    assert "crunch computes for 50 ms." in text
    assert "only where it awaits something unfinished" in text


def test_the_cost_is_counted_up_to_the_moment_at_which_one_asks() -> None:
    """tick was due at 11 ms; at 31 ms it has been kept waiting for 20 ms."""
    run = crunch()
    run.finish()
    row = [r for r in run.trace.rows() if r.kind is Kind.COMPUTE][1]
    text = explain(run.history, row.n + 1, now=31_000_000).text
    assert "has not awaited anything for 30 ms" in text
    assert "tick 20 ms" in text


def test_a_wait_for_that_is_over_was_ended_by_nobody() -> None:
    """As until 3.11 it waits for a future of its own, which the timer sets; since, for the time."""
    body = Block(Wish("wait_for", (5 * MS,)), steps("sleep 20ms"), "wait_for 5ms")
    scenario = tasks(Job("a", (Try((body,), (("timeout", ()),)), *steps("mark late"))))
    told = {}
    for version in ("3.11", "3.12"):
        run = Run(replace(scenario, python=replace(scenario.python, version=version)))
        told[version] = said(run, Kind.TASK_READY)
        assert marks(run.trace) == [(5, "a", "late")]
    assert told == {
        "3.11": "What it awaited is done, so a, which waited for that, is ready for the next pass.",
        "3.12": "a has waited long enough for what it awaited: its timeout makes it ready.",
    }


def test_injected_work_is_told_with_its_length() -> None:
    run = crunch()
    run.finish()
    run.act(Inject("hog", 3 * MS, MS), 2, 0)
    assert said(run, Kind.COMMAND) == "You injected CPU-heavy work of 3 ms."


def test_a_yield_names_the_task_and_its_place_in_the_queue() -> None:
    assert "crunch yields (sleep(0)) after 50 ms: to the end of the ready queue" in said(
        crunch(), Kind.LOOP_PASS, Reason.YIELD
    )


def test_a_late_timer_says_how_late() -> None:
    """Due at 11 ms, called back at 101 ms: one pass behind the cruncher's second chunk."""
    text = said(crunch(), Kind.TASK_READY, Reason.TIMER)
    assert "tick's timer fires, 90 ms after it was due" in text
    assert "cannot interrupt a task" in text


def test_a_blocking_call_names_the_call_the_victims_and_the_replacement() -> None:
    run = Run(tasks(job("bad", "compute 2ms", "call time.sleep 20ms"), job("good", "compute 1ms")))
    text = said(run, Kind.COMPUTE, Reason.CALL)
    assert "bad calls time.sleep (20 ms) inside a coroutine: a blocking call." in text
    assert "Instead: await asyncio.sleep(...)" in text
    assert "good 2 ms" in text


def test_a_drop_request_is_told_from_both_sides() -> None:
    run = Run(threads(job("a", "compute 20ms"), job("b", "compute 20ms"), cores=2))
    asked = said(run, Kind.GIL_REQUEST)
    assert "b has waited a switch interval (5 ms)" in asked
    assert "asks a to drop it" in asked
    assert "a honours the drop request and releases the GIL after 5 ms." in said(
        run, Kind.GIL_RELEASE, Reason.DROP_REQUEST
    )
    assert "the forced switch is over: a may queue again" in said(run, Kind.GIL_TAKE, nth=1)


def test_a_spent_quantum_is_the_reason_for_a_switch() -> None:
    run = Run(threads(job("a", "compute 15ms"), job("b", "compute 15ms"), gil=False))
    text = said(run, Kind.RUN, Reason.QUANTUM)
    assert text.startswith("a has run for 10 ms: its quantum is spent, and others are runnable.")
    assert "Core 0 runs b, which waited 10 ms." in text


def test_control_characters_and_markup_in_names_are_shown_not_sent() -> None:
    run = Run(threads(job("\x1b[31m[/]", "compute 1ms")))
    text = said(run, Kind.COMPUTE)
    assert "\x1b" not in text
    assert "\\x1b[31m[/]" in text


def test_mentions_say_who_is_named_where_even_when_names_are_words() -> None:
    run = Run(tasks(job("computes", "compute 5ms"), job("after", "compute 5ms")))
    run.finish()
    row = next(row for row in run.trace.rows() if row.kind is Kind.COMPUTE)
    told = explain(run.history, row.n + 1, now=3_000_000)
    assert told.headline.startswith("computes computes for 5 ms.")
    assert told.mentions[0] == (Mention(0, 8, row.subject),)
    cost, mentions = told.details[-1], told.mentions[-1]
    assert [cost[m.start : m.end] for m in mentions] == ["after"]


@given(scenarios())
def test_every_row_of_every_run_has_a_sentence(scenario: Scenario) -> None:
    run = Run(scenario, rows=300)
    trace: Trace = run.finish()
    for step in range(len(trace) + 1):
        explanation = explain(run.history, step)
        assert explanation.headline.endswith((".", "x", "y", "z"))  # marks end in their label
        assert "  " not in explanation.text
        assert "None" not in explanation.text
        assert explanation.text.isprintable()
        for text, mentions in zip(
            (explanation.headline, *explanation.details), explanation.mentions, strict=False
        ):
            for each in mentions:
                assert text[each.start : each.end] == trace.entities[each.entity].name


# -- jobs, locks, cores -----------------------------------------------------------------------


def periodic(*jobs: tuple[str, int, int], abort: bool = False) -> Run:
    """Name, computing and period (ms) each, under EDF on one core, for 30 ms."""
    scenario = Scenario(
        "test",
        model="processes",
        machine=MachineSpec(policy="edf", parameters={"abort_on_miss": abort}),
        python=PythonSpec(gil=False),
        jobs=tuple(
            job(
                name,
                Repeat((*steps(f"compute {length}ms"), Op((PERIOD, None), "wait")), None),
                attributes=Attributes(period=period * MS, wcet=length * MS),
            )
            for name, length, period in jobs
        ),
        until=30 * MS,
    )
    return Run(scenario)


def test_a_job_that_is_done_says_whether_it_was_in_time() -> None:
    """b is done at 2 + 4 ms, a's deadline is at 5 ms and b's at 7 ms."""
    run = periodic(("a", 2, 5), ("b", 4, 7))
    assert said(run, Kind.RUN, Reason.PERIOD, 1).startswith(
        "Job 1 of b is done. It met its deadline, at 7 ms, with 1 ms to spare. "
        "The next is released at 7 ms."
    )
    assert "Job 2 of a is released, due at 10 ms: it is runnable." in said(
        run, Kind.WAKE, Reason.RELEASED
    )


def test_a_late_job_says_how_late_and_what_goes_on() -> None:
    """8 ms of work every 5 ms: job 1 is done 3 ms late, and job 2 has been waiting since 5 ms."""
    text = said(periodic(("a", 8, 5)), Kind.NEXT_JOB)
    assert text == (
        "Job 1 of a is done. It missed its deadline, at 5 ms, by 3 ms. "
        "Job 2 was already released, at 5 ms: it is runnable. That one is due at 10 ms."
    )


def test_a_job_that_is_given_up_has_not_met_its_deadline() -> None:
    run = periodic(("a", 8, 5), abort=True)
    assert said(run, Kind.ABORT) == (
        "Job 1 of a is not done at its deadline, at 5 ms, and is given up. "
        "It waits for its next release as soon as it has a core."
    )
    assert said(run, Kind.NEXT_JOB).startswith(
        "Job 1 of a is over. It was given up at its deadline, at 5 ms."
    )


def test_who_waits_when_it_is_given_up_goes_on_at_its_next_release() -> None:
    """b never has the core before its deadline: at 5 ms job 1 is over, and job 2 is released."""
    run = periodic(("a", 5, 5), ("b", 2, 5), abort=True)
    assert said(run, Kind.ABORT) == (
        "Job 1 of b is not done at its deadline, at 5 ms, and is given up. "
        "Its next job is released already."
    )


def test_who_waits_when_it_is_given_up_may_have_to_wait_for_its_next_release() -> None:
    """It is due 3 ms after its release; the next comes at 5 ms."""
    run = late_while_waiting(20 * MS)
    texts = [explain(run.history, r.n + 1).text for r in run.trace.rows() if r.kind is Kind.ABORT]
    over = "is not done at its deadline, at 3 ms, and is given up."
    assert texts[:2] == [
        f"a {over} It ends as soon as it has a core.",
        f"Job 1 of b {over} Its next job is released at 5 ms.",
    ]


def test_a_lock_names_who_holds_it_and_who_waits() -> None:
    """a has the lock from 1 to 3 ms; b wants it on the other core from 2 ms on."""
    run = Run(
        threads(
            job("a", "compute 1ms", "acquire m", "compute 2ms", "release m"),
            job("b", "compute 2ms", "acquire m", "release m"),
            cores=2,
            gil=False,
        )
    )
    assert said(run, Kind.LOCK).startswith("a takes lock m, which was free.")
    assert said(run, Kind.IDLE, Reason.LOCK).startswith("b waits for lock m, which a holds.")
    assert said(run, Kind.UNLOCK).startswith(
        "a lets go of lock m: b, which waited 1 ms for it, is runnable."
    )


def test_tasks_hand_a_lock_on() -> None:
    run = Run(
        tasks(
            job("a", "acquire m", "sleep 2ms", "release m"),
            job("b", "acquire m", "release m"),
        )
    )
    assert "b waits for lock m, which a holds. It is suspended." in said(
        run, Kind.LOOP_WAIT, Reason.LOCK
    )
    assert "a lets go of lock m: b is handed it after 2 ms and is ready." in said(run, Kind.UNLOCK)
    assert "The loop resumes b: what it waited for is there." in " ".join(
        explain(run.history, row.n + 1).text
        for row in run.trace.rows()
        if row.kind is Kind.TASK_RUN
    )


def test_who_may_run_only_where_no_core_is_any_more_has_none() -> None:
    """b is tied to core 1, which is taken away while it sleeps."""
    tied = job("b", "sleep 5ms", "compute 1ms", affinity=(1,))
    run = Run(threads(job("a", "compute 9ms"), tied, cores=2, gil=False))
    run.finish()
    run.act(SetCores(1), run.history.rows_at(3 * MS), 3 * MS)
    assert "None of the cores that it may run on is there." in said(run, Kind.WAKE, Reason.TIMER)


def test_tasks_of_one_name_are_all_cancelled_by_one_command() -> None:
    run = Run(tasks(job("a", "sleep 9ms", count=2), job("b", "sleep 9ms")))
    run.finish()
    run.act(Kill("a"), run.history.rows_at(3 * MS), 3 * MS)
    run.finish()
    told = [
        explain(run.history, row.n + 1).headline
        for row in run.trace.rows()
        if row.kind is Kind.CANCEL
    ]
    assert told == ["Your command cancels a-1.", "Your command cancels a-2."]


def test_a_new_worker_of_a_busy_core_joins_its_queue() -> None:
    """A thread that is forked comes into the run queue of its parent's core."""
    run = Run(load(library.path("work-stealing")))
    assert "is new and joins the run queue of core 0." in said(run, Kind.MOVE, nth=1)


def per_core(*jobs: Job, **options: Any) -> Run:
    machine = MachineSpec(policy="fifo", cores=2, queue_per_core=True, **options)
    return Run(Scenario("test", "test", machine=machine, python=PythonSpec(gil=False), jobs=jobs))


def test_who_moves_says_from_where_and_why() -> None:
    """a 1 ms and c on core 0, b 5 ms and d on core 1: at 2 ms core 0 has nothing and takes d."""
    lengths = {"a": 1, "b": 5, "c": 1, "d": 1}
    run = per_core(*(job(name, f"compute {length}ms") for name, length in lengths.items()))
    assert said(run, Kind.MOVE) == "a is new and joins the run queue of core 0. Core 0 is idle."
    assert said(run, Kind.MOVE, nth=2).endswith("No other core has less to do.")
    assert said(run, Kind.MOVE, Reason.STOLEN) == (
        "Core 0 has nobody in its run queue: it takes d from that of core 1. There nobody is left."
    )


def test_who_may_run_on_one_core_only_is_not_said_to_have_looked_for_another() -> None:
    """c has to wait for core 0, where a is and b is too, while core 1 is idle."""
    run = per_core(*(job(name, "compute 2ms", affinity=(0,)) for name in "abc"))
    assert said(run, Kind.MOVE, nth=2).endswith("It may run on no other core.")


def test_who_has_only_just_come_to_want_a_lock_has_not_waited() -> None:
    """At 2 ms b wants m, on its core, at the moment at which a lets go of it."""
    run = Run(
        threads(
            job("b", "compute 2ms", "acquire m", "release m"),
            job("a", "acquire m", "compute 2ms", "release m"),
            cores=2,
            gil=False,
        )
    )
    told = said(run, Kind.UNLOCK)
    assert told.startswith("a lets go of lock m: b, which wants it, is runnable.")


def test_who_waits_alone_for_a_lock_is_not_said_to_have_waited_longest() -> None:
    run = Run(
        threads(
            job("a", "acquire m", "compute 2ms", "release m"),
            job("b", "acquire m", "release m"),
            cores=2,
            gil=False,
        )
    )
    assert said(run, Kind.UNLOCK) == (
        "a lets go of lock m: b, which waited 2 ms for it, is runnable. Nobody else waits for it. "
        "It must still take the lock when it runs."
    )


def test_a_priority_that_stays_as_it_was_is_not_given_instead_of_itself() -> None:
    run = Run(
        Scenario(
            "test",
            "test",
            machine=MachineSpec(policy="priority"),
            jobs=(job("a", "compute 5ms", attributes=Attributes(priority=2)),),
        )
    )
    run.finish()
    run.act(SetPriority("a", 2), run.history.rows_at(MS), MS)
    run.finish()
    assert said(run, Kind.COMMAND) == "You left a its priority, 2."


def test_a_barrier_is_come_to_and_left_and_a_queue_is_empty_or_full() -> None:
    """b waits for a at the barrier until 2 ms; then a puts two things into a queue for one."""
    scenario = threads(
        job("a", "compute 2ms", "wait b", "put q", "put q"),
        job("b", "wait b", "compute 1ms", "get q", "get q", "get q"),
        cores=2,
        gil=False,
    )
    shared = {"b": Shared("barrier", value=2), "q": Shared("queue", value=1)}
    run = Run(replace(scenario, shared=shared))
    run.finish()
    said_of = [
        explain(run.history, row.n + 1).text
        for row in run.trace.rows()
        if row.kind is Kind.RESOURCE or row.reason is Reason.LOCK
    ]
    assert "b has come to barrier b (now 1 there)." in said_of
    assert "a has come to barrier b (now 2 there). Waiting for it: b." in said_of
    assert "a leaves barrier b (now 1 there)." in said_of
    assert any(text.startswith("a waits for queue q: it is full.") for text in said_of)
    assert any(text.startswith("b waits for queue q: it is empty.") for text in said_of)


def test_a_queue_is_full_if_there_is_something_in_it_where_no_step_tells() -> None:
    """A trace that may come from elsewhere: a waits while 1 is in q, and b while none is."""
    written = Written()
    written.trace.resources.append(Resource("queue", "q"))
    written.thread("a").thread("b").run(0, "a").row(1, Kind.RESOURCE, who="a", arg=1)
    written.run(2, "b", Reason.LOCK, arg=0).row(3, Kind.RESOURCE, who="b", arg=0)
    trace = written.wake(3, "a", Reason.UNLOCKED).run(4, "a", Reason.LOCK, arg=0).end(5)
    waits = [row.n for row in trace.rows() if row.reason is Reason.LOCK]
    assert [explain(History(trace), n + 1).text for n in waits] == [
        "a waits for queue q: it is full. Core 0 runs b, which waited 2 ticks.",
        "b waits for queue q: it is empty. Core 0 runs a, which waited 1 tick.",
    ]


def test_a_thread_that_has_the_name_of_a_pool_works_in_none() -> None:
    """What p logs is no job: it has taken none from the pool p, whose only worker is p_0."""
    run = Run(
        loads(
            """
            schema = 1
            title = "t"
            model = "threads"
            pool = [{ name = "p", workers = 1 }]
            job = [
                { name = "p", steps = ["mark hello"] },
                { name = "a", steps = ["run_in p w"] },
                { name = "w", spawned = true, steps = ["compute 2ms"] },
            ]
            """,
            "test",
        )
    )
    assert said(run, Kind.MARK) == "p logs: hello"
    assert said(run, Kind.MARK, nth=1) == "p_0 begins with the job w."


def test_a_core_that_has_just_been_added_was_not_idle_before() -> None:
    """b waits for a; at 1 ms there is a second core."""
    run = Run(Scenario("test", "test", python=PythonSpec(gil=False), jobs=tuple(map(cpu, "ab"))))
    run.finish()
    run.act(SetCores(2), run.history.rows_at(MS), MS)
    run.finish()
    row = next(row for row in run.trace.rows() if row.kind is Kind.RUN and row.core == 1)
    assert explain(run.history, row.n + 1).headline == "Core 1 runs b, which waited 1 ms."


def test_a_core_that_has_just_come_back_was_not_idle_before() -> None:
    """Core 1 is gone from 1 to 3 ms, and b waits meanwhile; a has core 0 until 9 ms."""
    run = Run(threads(job("a", "compute 9ms"), job("b", "compute 9ms"), cores=2, gil=False))
    for total, at in ((1, MS), (2, 3 * MS)):
        run.finish()
        run.act(SetCores(total), run.history.rows_at(at), at)
    assert said(run, Kind.RUN, nth=2) == "Core 1 runs b, which waited 2 ms."


def test_a_core_that_nobody_had_to_wait_for_is_not_said_to_have_been_idle() -> None:
    """A trace that may come from elsewhere: nothing is told of before 3, when a is there."""
    trace = Written().thread("a", at=3).run(3, "a").end(5)
    assert explain(History(trace), 2).text == "Core 0 runs a, which did not wait for a core."


def test_a_core_whose_thread_is_killed_is_free_for_who_waits() -> None:
    """One core: b waits for it, and has it at that very moment."""
    jobs = (job("a", "compute 9ms"), job("b", "compute 9ms"))
    run = Run(threads(*jobs, model="processes", gil=False))
    run.finish()
    run.act(Kill("a"), run.history.rows_at(3 * MS), 3 * MS)
    assert said(run, Kind.IDLE, Reason.KILLED) == (
        "a ended on its core: its process a was killed. Core 0 is free."
    )
    assert said(run, Kind.RUN, nth=1) == "Core 0 runs b, which waited 3 ms."


def test_a_core_whose_thread_is_killed_is_not_said_to_be_kept_from_who_gets_it() -> None:
    """Both are fifo, which have a budget together under linux; it is not spent."""
    says = Attributes(scheduling_class="fifo", priority=1)
    jobs = (job(name, "compute 9ms", attributes=says) for name in "ab")
    run = Run(threads(*jobs, model="processes", policy="linux", gil=False))
    run.finish()
    run.act(Kill("a"), run.history.rows_at(3 * MS), 3 * MS)
    assert said(run, Kind.IDLE, Reason.KILLED) == (
        "a ended on its core: its process a was killed. Core 0 is free."
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_who_starts_an_eager_task_in_real_asyncio_goes_on_in_the_middle_of_its_step() -> None:
    """k computes 1 ms and sleeps: its starter queues for no pass."""
    loop = CheckedLoop()
    loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]

    async def k() -> None:
        compute("1ms")
        await asyncio.sleep(1)

    async def main() -> None:
        await asyncio.create_task(k())

    loop.run_until_complete(main())
    trace = loop.thread.engine.trace
    loop.close()
    back = next(row.n for row in trace.rows() if row.kind is Kind.TASK_READY)
    assert [explain(History(trace), n + 1).text for n in (back, back + 1)] == [
        "The first step of k is over: back to main, which called it.",
        "main goes on in the middle of its step.",
    ]


def cpu(name: str) -> Job:
    return job(name, "compute 5ms")


def test_an_idle_core_is_told_as_one_where_a_spent_budget_keeps_nobody_from_it() -> None:
    """d's budget is spent at 1 ms and filled again at 9 ms; f, which is fair, arrives at 3 ms."""
    run = Run(
        loads(
            """
            schema = 1
            title = "t"
            model = "processes"
            until = "8ms"
            machine = { policy = "linux" }
            [[job]]
            name = "f"
            arrival = "3ms"
            steps = ["compute 1ms"]
            [[job]]
            name = "d"
            class = "deadline"
            wcet = "1ms"
            period = "9ms"
            steps = ["compute 2ms"]
            """,
            "test",
        )
    )
    assert said(run, Kind.WAKE, Reason.ARRIVED).startswith(
        "f arrives: it is runnable. A core is idle."
    )


def test_who_moves_while_its_budget_is_spent_is_held_in_its_new_queue_too() -> None:
    """d's 1 ms is spent at 1 ms; at 2 ms its core is gone.  On the other f ends at 4 ms, g at 5."""
    run = Run(
        loads(
            """
            schema = 1
            title = "t"
            model = "processes"
            until = "8ms"
            machine = { policy = "linux", cores = 2, queues = "per_core" }
            [[job]]
            name = "f"
            class = "fifo"
            priority = 1
            steps = ["compute 4ms"]
            [[job]]
            name = "d"
            class = "deadline"
            wcet = "1ms"
            period = "9ms"
            steps = ["compute 3ms"]
            [[job]]
            name = "g"
            arrival = "3ms"
            steps = ["compute 1ms"]
            """,
            "test",
        )
    )
    run.finish()
    run.act(SetCores(1), run.history.rows_at(2 * MS), 2 * MS)
    assert said(run, Kind.RUN, Reason.EXIT) == (
        "f has ended. Core 0 runs g, which waited 1 ms. "
        "d of a higher class must wait: what it may use is used up."
    )
    assert said(run, Kind.IDLE, Reason.EXIT) == (
        "g has ended. Core 0 is idle: who waits has used up its budget."
    )


def test_who_is_woken_when_its_budget_is_filled_again_is_not_held() -> None:
    """A trace that may come from elsewhere: d is not in the run queue from 1 to 3."""
    written = Written(policy="linux")
    for name in "deg":
        written.thread(name, scheduling_class="deadline")
    written.run(0, "d").run(1, "e", Reason.SLEEP, arg=3).wake(3, "d", Reason.THROTTLED)
    trace = written.run(4, "g", Reason.EXIT).end(5)
    assert explain(History(trace), len(trace)).text == (
        "e has ended. Core 0 runs g, which waited 4 ticks. "
        "Nobody of a higher class waits; in its own the earliest deadline goes first."
    )


def test_queues_that_are_evened_out_say_how_long_they_were() -> None:
    """At 3 ms core 0 is through with a, c and e, while d and f still wait for b on core 1."""
    lengths = {"a": 1, "b": 20, "c": 1, "d": 20, "e": 1, "f": 20}
    run = per_core(
        *(job(name, f"compute {length}ms") for name, length in lengths.items()),
        idle_pull=False,
        balance=3 * MS,
    )
    assert said(run, Kind.MOVE, Reason.BALANCED) == (
        "The cores have become too unequal: f moves from the run queue of core 1 to that of "
        "core 0. Before that, 2 threads waited there and 0 here."
    )


def test_a_core_that_is_taken_away_says_who_ran_there() -> None:
    run = Run(threads(job("a", "compute 9ms"), job("b", "compute 9ms"), cores=2, gil=False))
    run.finish()
    step = run.history.rows_at(3 * MS)
    run.act(SetCores(1), step, 3 * MS)
    assert said(run, Kind.COMMAND) == (
        "You took away 1 core: the machine has 1 core from now on. "
        "b ran there, and must wait for another core."
    )
    assert said(run, Kind.IDLE, Reason.OFFLINE) == (
        "b loses core 1, which is taken away, and is back in the run queue. Core 1 is gone."
    )


def done(scenario: Scenario, command: Command, at: Time = 3 * MS) -> str:
    """What is said of a command that is given at that moment."""
    run = Run(scenario)
    run.finish()
    run.act(command, run.history.rows_at(at), at)
    return said(run, Kind.COMMAND)


def test_cores_that_stay_are_told_too() -> None:
    scenario = threads(job("a", "compute 9ms"), cores=2, gil=False)
    assert done(scenario, SetCores(2)) == (
        "You left the cores as they are: the machine has 2 cores from now on."
    )
    assert done(scenario, SetCores(3)) == "You added 1 core: the machine has 3 cores from now on."


def test_a_process_that_is_killed_leaves_its_locks_shut() -> None:
    scenario = threads(job("a", "acquire m", "compute 9ms", "release m"), job("b", "acquire m"))
    assert done(scenario, Kill("python")) == (
        "You killed process python with SIGKILL, and with it 2 threads. "
        "They end wherever they are: no finally runs, and nothing is released. "
        "Nobody will let go of lock m any more."
    )


def test_who_is_reniced_has_another_weight() -> None:
    """``sched_prio_to_weight`` of Linux: 1024 for nice 0, 335 for 5."""
    work = [job(name, "compute 9ms") for name in "ab"]
    told = "You reniced a to 5: its weight was 1024 and is now 335."
    assert done(threads(*work, policy="cfs", gil=False), SetNice("a", 5)) == told
    assert done(threads(*work, policy="eevdf", gil=False), SetNice("a", 5)) == (
        f"{told} What it is owed, or has had too much, stays as it is."
    )


def test_who_is_given_tickets_has_another_share() -> None:
    work = [job(name, "compute 9ms", attributes=Attributes(tickets=10)) for name in "ab"]
    scenario = threads(*work, policy="stride", gil=False)
    assert done(scenario, SetTickets("a", 30)) == (
        "You gave a 30 tickets instead of 10. Its share of the CPU is its part of all tickets."
    )


def test_who_lost_its_core_or_may_not_go_back_says_so() -> None:
    """Queues of their own: b comes back at 4 ms, when core 1 is gone."""
    work = [job("a", "compute 9ms"), job("b", "compute 1ms", "sleep 3ms", "compute 1ms")]
    run = per_core(*work)
    run.finish()
    run.act(SetCores(1), run.history.rows_at(3 * MS), 3 * MS)
    run.finish()
    moves = [row.n for row in run.trace.rows() if row.kind is Kind.MOVE and row.time == 4 * MS]
    assert [explain(run.history, n + 1).text for n in moves] == [
        "b moves to the run queue of core 0. Core 1, where it ran last, is gone."
    ]


def test_caches_say_who_is_warm_where_and_why_no_longer() -> None:
    """Room for one of two working sets: b pushes a out."""
    machine = MachineSpec(
        policy="fifo", cache=CacheSpec(size=10, warmup=2 * MS, rate_cold=1, rate_warm=2)
    )
    jobs = [job(name, "compute 9ms", attributes=Attributes(working_set=8)) for name in "ab"]
    run = Run(Scenario("test", machine=machine, python=PythonSpec(gil=False), jobs=tuple(jobs)))
    assert said(run, Kind.WARM).startswith("What a works on is in the cache of core 0 from now on.")
    assert said(run, Kind.EVICT) == (
        "What a works on is no longer in the cache of core 0. "
        "There was not room for all, and it had come into the cache first."
    )


HANDED_ON = """
schema = 1
title = "two want a lock"
model = "trio"
job = [{ name = "A", steps = ["acquire lock", "sleep 5ms", "release lock"] },
       { name = "B", steps = ["sleep 1ms", "acquire lock", "release lock"] }]
"""


def test_trio_hands_a_lock_on_while_its_next_owner_is_suspended() -> None:
    run = Run(loads(HANDED_ON, "lock"))
    run.finish()
    unlocked = said(run, Kind.UNLOCK)
    assert unlocked == "A lets go of lock lock. Waiting for it: B."
    assert said(run, Kind.LOCK, nth=1).startswith("B is handed lock lock.")


def test_trio_yields_at_checkpoints_where_nobody_says_sleep_0() -> None:
    run = Run(loads(HANDED_ON, "lock"))
    run.finish()
    assert said(run, Kind.TASK_LEFT, Reason.YIELD) == (
        "A yields (a checkpoint): to the end of the ready queue."
    )
