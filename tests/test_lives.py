"""Killing and renicing on a running machine, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schedsim import metrics, python_file, report
from schedsim.attributes import Attributes
from schedsim.commands import Command, Inject, Kill, SetNice, SetPriority, SetTickets
from schedsim.engine.facts import facts
from schedsim.programs.steps import Try
from schedsim.recording import Recording, RecordingError, Source, loads
from schedsim.run import Run
from schedsim.scenario import Scenario, Shared
from schedsim.state import State, Status
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Kind, Reason
from schedsim.traps import PERIOD, Op
from schedsim.why import explain
from tests import acting
from tests.machines import (
    MS,
    Slice,
    ends,
    holds,
    in_hand,
    job,
    loop,
    marks,
    on_core,
    processes,
    repeat,
    steps as written,
    tasks,
    threads,
    tree,
)


def acted(scenario: Scenario, at: float, *commands: Command) -> Run:
    """A run in which commands were given; engine and state agree after every row from there on."""
    run = acting.acted(scenario, at, *commands)
    check(run)
    return run


def check(run: Run) -> None:
    """Engine and state say the same, wherever the run pauses after the commands."""
    simulation = acting.obeyed(run)
    simulation.run(rows=0)
    trace = simulation.trace
    state = State.start(trace)
    assert state.forward(len(trace)).facts() == facts(simulation.engine)
    while len(trace) < len(run.trace):
        simulation.run(run.until, len(trace) + 1)
        assert state.forward(len(trace)).facts() == facts(simulation.engine)
    assert trace.digest() == run.trace.digest()


def says(run: Run) -> str:
    """What is said of the last command."""
    return explain(run.history, run.commands[-1].step + 1).text


def number(run: Run, name: str) -> int:
    """Its entity; of a process and a thread of one name, the thread's."""
    return next(entity.id for entity in reversed(run.trace.entities) if entity.name == name)


# -- a process ----------------------------------------------------------------------------------


def test_killing_a_thread_kills_its_process_with_all_its_threads() -> None:
    """a has GIL and core until 3 ms, b wants the GIL, c sleeps; at 3 ms all is over."""
    scenario = threads(
        job("a", "compute 9ms"), job("b", "compute 9ms"), job("c", "sleep 20ms"), cores=2
    )
    run = acted(scenario, 3, Kill("a"))
    assert ends(run.trace) == {"a": 3, "b": 3, "c": 3}
    assert on_core(run.trace) == [Slice("a", 0, 3)]
    assert holds(run.trace) == [Slice("a", 0, 3)]
    assert run.trace.complete
    assert run.trace.end == 3 * MS


def test_why_a_thread_is_not_killed_alone() -> None:
    run = acted(threads(*(job(name, "compute 9ms") for name in "abcd")), 3, Kill("b"))
    assert says(run).startswith(
        "You killed process python with SIGKILL, and with it 3 more threads: "
        "a thread cannot be killed in Python."
    )


def test_the_lanes_of_who_was_killed_are_gone() -> None:
    run = acted(threads(job("a", "compute 9ms"), job("b", "compute 9ms")), 3, Kill("python"))
    run.act(Inject("late", 5 * MS, 5 * MS), len(run.trace), 3 * MS)
    run.finish()
    timeline = Timeline(run.trace)
    for name in "ab":
        lane = LaneId("thread", number(run, name))
        assert timeline.at(lane, 4 * MS).situation is Situation.GONE
    assert timeline.at(LaneId("gil", number(run, "python")), 4 * MS).situation is Situation.IDLE


def test_another_process_has_the_core_from_then_on() -> None:
    run = acted(processes(job("a", "compute 9ms"), job("b", "compute 9ms")), 3, Kill("a"))
    assert on_core(run.trace) == [Slice("a", 0, 3), Slice("b", 3, 12)]


def test_who_waits_in_the_run_queue_is_not_missed() -> None:
    scenario = processes(*(job(name, "compute 9ms") for name in "abc"), quantum="2ms")
    run = acted(scenario, 1, Kill("b"))
    assert on_core(run.trace)[:3] == [Slice("a", 0, 2), Slice("c", 2, 4), Slice("a", 4, 6)]
    assert ends(run.trace) == {"a": 17, "b": 1, "c": 18}


def test_who_joins_one_that_is_killed_goes_on() -> None:
    scenario = processes(job("a", "join b", "mark joined"), job("b", "compute 9ms"))
    run = acted(scenario, 4, Kill("b"))
    assert marks(run.trace) == [(4, "a", "joined")]


@pytest.mark.parametrize("policy", ["cfs", "eevdf", "linux"])
def test_a_fair_policy_goes_on_when_the_last_to_run_ends_and_who_joins_it_wakes(
    policy: str,
) -> None:
    """b has run alone for longer than a slice: when it ends nobody is left who has any weight."""
    scenario = processes(job("a", "join b", "compute 1ms"), job("b", "compute 90ms"), policy=policy)
    run = Run(scenario)
    assert ends(run.finish()) == {"a": 91, "b": 90}
    assert ends(acted(scenario, 40, Kill("b")).trace) == {"a": 41, "b": 40}


def test_who_is_killed_while_it_joins_is_not_woken() -> None:
    scenario = processes(job("a", "join b", "mark joined"), job("b", "compute 9ms"))
    run = acted(scenario, 4, Kill("a"))
    assert marks(run.trace) == []
    assert ends(run.trace) == {"a": 4, "b": 9}


@pytest.mark.parametrize("what", ["sleep 9ms", "io 9ms", "call time.sleep 9ms"])
def test_who_is_blocked_does_not_wake(what: str) -> None:
    run = acted(processes(job("a", what, "mark a"), job("b", "compute 20ms")), 4, Kill("a"))
    assert ends(run.trace) == {"a": 4, "b": 20}
    assert marks(run.trace) == []


def test_who_has_not_arrived_never_does() -> None:
    scenario = threads(job("a", "compute 2ms"), job("b", "compute 1ms", arrival="9ms"))
    run = acted(scenario, 1, Kill("python"))
    assert ends(run.trace) == {"a": 1, "b": 1}
    assert run.trace.end == 1 * MS


def test_a_context_switch_to_who_is_killed_is_not_paid_to_the_end() -> None:
    scenario = processes(job("a", "compute 9ms"), job("b", "compute 1ms"), switch_cost="2ms")
    run = acted(scenario, 1, Kill("a"))
    assert on_core(run.trace) == [Slice("...", 0, 3), Slice("b", 3, 4)]


@pytest.mark.parametrize("who", ["a", "b", "c", "d"])
@pytest.mark.parametrize(
    ("policy", "parameters"),
    [("cfs", {}), ("priority", {"preemptive": True}), ("stride", {"quantum": MS})],
)
def test_whoever_is_killed_in_the_middle_of_an_instant_is_missed_by_nobody(
    policy: str, parameters: dict[str, Any], who: str
) -> None:
    """At 1 two are to take the cores of the others; at 2 and 3 they leave.  After every row there.

    Engine and state agree (``check``), the dead has no core from then on, and the others get all.
    """
    least, most = Attributes(priority=9), Attributes(priority=1)
    whole = {"a": 3, "b": 3, "c": 2, "d": 2}
    scenario = processes(
        *(job(name, "compute 3ms", attributes=least) for name in "ab"),
        *(
            job(name, "compute 1ms", "sleep 1ms", "compute 1ms", arrival="1ms", attributes=most)
            for name in "cd"
        ),
        cores=2,
    )
    scenario = _served_by(scenario, policy, **parameters)
    before = Run(scenario).finish()
    for step, time in enumerate(before.times, 1):
        run = Run(scenario)
        run.finish()
        try:
            run.act(Kill(who), step, time)
        except ValueError as error:
            assert "has ended" in str(error)  # noqa: PT017 - so it is no more
            continue
        trace = run.finish()
        check(run)
        assert trace.complete
        turns = [*on_core(trace, 0), *on_core(trace, 1)]
        assert all(each.end * MS <= time for each in turns if each.who == who)
        for other in whole.keys() - {who}:
            ran = sum(each.end - each.start for each in turns if each.who == other)
            assert ran == whole[other], f"{other}, after row {step}"


def test_a_lock_stays_with_the_dead() -> None:
    """As a multiprocessing.Lock does: b waits for ever."""
    scenario = processes(
        job("a", "acquire m", "compute 9ms", "release m"),
        job("b", "sleep 1ms", "acquire m", "mark got"),
        cores=2,
    )
    run = acted(scenario, 3, Kill("a"))
    assert marks(run.trace) == []
    assert run.history.state_at(len(run.trace)).status[number(run, "b")] is Status.BLOCKED
    assert "Nobody will let go of lock m any more." in says(run)


def test_who_waits_for_a_lock_makes_way_for_the_next() -> None:
    scenario = processes(
        job("a", "acquire m", "compute 9ms", "release m"),
        job("b", "sleep 1ms", "acquire m", "mark got"),
        job("c", "sleep 2ms", "acquire m", "mark got"),
        cores=2,
    )
    run = acted(scenario, 5, Kill("b"))
    assert marks(run.trace) == [(9, "c", "got")]


def test_what_the_dead_lent_is_gone() -> None:
    """low has the lock and high's priority until high is killed at 3 ms; then mid goes first."""
    scenario = replace(
        processes(
            job("low", "acquire m", "compute 4ms", "release m", attributes=_priority(9)),
            job("high", "acquire m", arrival="1ms", attributes=_priority(1)),
            job("mid", "compute 6ms", arrival="2ms", attributes=_priority(5)),
        ),
        shared={"m": Shared("lock", inheritance=True)},
    )
    scenario = _served_by(scenario, "priority", preemptive=True)
    lent = Run(scenario)
    lent.finish()
    assert on_core(lent.trace) == [Slice("low", 0, 4), Slice("mid", 4, 10)]
    run = acted(scenario, 3, Kill("high"))
    assert on_core(run.trace) == [Slice("low", 0, 3), Slice("mid", 3, 9), Slice("low", 9, 10)]


def test_the_tasks_of_a_loop_end_with_its_process() -> None:
    scenario = tree(
        ("p", (loop("main", job("a", "sleep 9ms"), job("b", "compute 5ms")),)),
        ("q", (job("other", "compute 9ms"),)),
        cores=2,
    )
    run = acted(scenario, 2, Kill("main"))
    assert ends(run.trace) == {"main": 2, "a": 2, "b": 2, "other": 9}
    assert in_hand(run.trace) == [Slice("b", 0, 2)]


def test_a_loop_that_waits_for_a_core_ends_with_its_task_in_hand() -> None:
    """Its thread has the core from 0 to 2 ms; at 3, when hog has it, its process is killed."""
    scenario = tree(
        ("p", (loop("main", job("a", "compute 9ms")),)),
        ("q", (job("hog", "compute 9ms"),)),
        quantum="2ms",
    )
    run = acted(scenario, 3, Kill("p"))
    assert ends(run.trace) == {"main": 3, "a": 3, "hog": 11}
    timeline = Timeline(run.trace)
    lanes = {
        name: [
            (each.situation.name, each.end / MS)
            for each in timeline.slices(LaneId(kind, number(run, name)))
        ]
        for name, kind in (("a", "task"), ("main", "thread"))
    }
    assert [lane[-1][0] for lane in lanes.values()] == ["GONE", "GONE"]
    assert [lane[-2][1] for lane in lanes.values()] == [3, 3]
    assert lanes["a"][0] == ("RUNNING", 2)


def test_all_instances_of_a_job_are_meant_by_its_name() -> None:
    run = acted(processes(job("a", "compute 9ms", count=3), cores=3), 2, Kill("a"))
    assert ends(run.trace) == {"a-1": 2, "a-2": 2, "a-3": 2}


# -- a task -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["asyncio", "uvloop"])
def test_a_task_that_sleeps_meets_its_end_at_once(model: str) -> None:
    scenario = tasks(job("b", "sleep 10ms", "mark b"), job("a", "sleep 10ms", "mark a"))
    run = acted(_free(replace(scenario, model=model)), 4, Kill("a"))
    assert ends(run.trace)["a"] == 4
    assert marks(run.trace) == [(10, "b", "b")]


@pytest.mark.parametrize("model", ["asyncio", "trio", "uvloop", "coroutines", "generators"])
def test_a_task_that_computes_is_cancelled_at_its_next_await(model: str) -> None:
    scenario = replace(tasks(job("a", "compute 5ms", "sleep 9ms", "mark a")), model=model)
    run = acted(_free(scenario), 2, Kill("a"))
    assert ends(run.trace)["a"] == (14 if model in ("coroutines", "generators") else 5)
    assert marks(run.trace) == []


@pytest.mark.parametrize("model", ["gevent", "eventlet"])
def test_a_greenlet_that_computes_is_killed_where_it_gives_way(model: str) -> None:
    scenario = replace(tasks(job("a", "compute 5ms", "sleep 9ms", "mark a")), model=model)
    run = acted(_free(scenario), 2, Kill("a"))
    assert ends(run.trace)["a"] == 5
    assert marks(run.trace) == []


@pytest.mark.parametrize("steps", [("compute 1ms",), (Try(()),)], ids=["flat", "live"])
@pytest.mark.parametrize("model", ["gevent", "eventlet"])
def test_a_greenlet_that_has_not_begun_never_does(model: str, steps: tuple[Any, ...]) -> None:
    scenario = tasks(job("a", "compute 5ms"), job("b", *steps))
    run = acted(_free(replace(scenario, model=model)), 2, Kill("b"))
    assert ends(run.trace)["b"] == 2
    assert in_hand(run.trace) == [Slice("a", 0, 5)]
    times = metrics.measure(run.trace).times[number(run, "b")]
    assert (times.first_run, times.waiting, times.finish) == (None, 2 * MS, 2 * MS)
    lane = [
        (each.situation, each.end // MS)
        for each in Timeline(run.trace).slices(LaneId("task", number(run, "b")))
    ]
    assert lane == [(Situation.READY, 2), (Situation.GONE, 5)]


@pytest.mark.parametrize("model", ["gevent", "eventlet"])
def test_who_joins_a_greenlet_that_is_killed_goes_on(model: str) -> None:
    scenario = tasks(job("a", "join b", "mark on"), job("b", "sleep 9ms"))
    run = acted(_free(replace(scenario, model=model)), 2, Kill("b"))
    assert marks(run.trace) == [(2, "a", "on")]


@pytest.mark.parametrize(
    "steps", [("sleep 9ms",), (Try(written("sleep 9ms")),)], ids=["flat", "live"]
)
@pytest.mark.parametrize("model", ["asyncio", "trio", "gevent", "eventlet"])
def test_who_is_killed_twice_at_once_dies_once(model: str, steps: tuple[Any, ...]) -> None:
    scenario = tasks(job("a", *steps, "mark a"), job("b", "sleep 3ms", "mark b"))
    run = acted(_free(replace(scenario, model=model)), 2, Kill("a"), Kill("a"))
    assert ends(run.trace) == {"a": 2, "b": 3, "main": 3}
    assert marks(run.trace) == [(3, "b", "b")]


def test_who_is_asked_while_it_computes_takes_whom_it_awaits_next_along() -> None:
    """``Task.__step``: what it awaits is cancelled at once, as it was asked before.

    A join goes on however the other ends: nobody asks a again.
    """
    scenario = tasks(job("a", "compute 5ms", "join b", "mark a"), job("b", "sleep 20ms", "mark b"))
    run = acted(_free(scenario), 2, Kill("a"))
    assert ends(run.trace) == {"a": 5, "b": 5, "main": 5}
    assert marks(run.trace) == [(5, "a", "a")]


def test_who_is_awaited_and_has_not_arrived_meets_it_when_it_comes() -> None:
    """``await b`` of a task that its loop does not know yet: both end when it does."""
    scenario = tasks(job("a", "join b"), job("b", "mark b", arrival="5ms"), job("c", "sleep 9ms"))
    run = acted(scenario, 2, Kill("a"))
    assert (ends(run.trace)["b"], ends(run.trace)["a"]) == (5, 5)
    assert marks(run.trace) == []


def test_a_task_of_trio_that_has_not_begun_comes_to_its_first_checkpoint() -> None:
    scenario = tasks(job("a", "compute 5ms"), job("b", "compute 1ms", "yield", "mark b"))
    run = acted(_free(replace(scenario, model="trio")), 2, Kill("b"))
    assert ends(run.trace)["b"] == 6
    assert marks(run.trace) == []


def test_a_task_of_trio_gives_way_once_more_before_it_is_cancelled() -> None:
    """``checkpoint`` is a schedule point, and after it the cancellation is looked for (T3).

    It is cancelled while it computes: it comes to its first yield, gives way there, and again in
    the schedule point of the checkpoint that raises.
    """
    scenario = tasks(job("a", "compute 5ms", "yield", "yield", "mark a"))
    run = acted(_free(replace(scenario, model="trio")), 2, Kill("a"))
    left = {Kind.TASK_RUN, Kind.TASK_LEFT, Kind.LOOP_PASS, Kind.LOOP_WAIT}
    how = [row.reason for row in run.trace.rows() if row.kind in left and row.reason]
    assert how == [Reason.YIELD, Reason.YIELD, Reason.CANCELLED]


def test_a_task_of_asyncio_that_has_not_begun_does_nothing() -> None:
    scenario = tasks(job("a", "compute 5ms"), job("b", "compute 1ms", "mark b"))
    run = acted(scenario, 2, Kill("b"))
    assert ends(run.trace)["b"] == 5
    assert in_hand(run.trace) == [Slice("a", 0, 5)]


def test_who_is_awaited_is_cancelled_with_who_awaits_it() -> None:
    """``await b``: cancelling a cancels b, and a ends with it (A9)."""
    scenario = tasks(job("a", "join b", "mark a"), job("b", "sleep 9ms", "mark b"))
    run = acted(scenario, 2, Kill("a"))
    assert ends(run.trace) == {"a": 2, "b": 2, "main": 2}
    assert marks(run.trace) == []


CIRCLE = """
schema = 1
title = "circle"
model = "asyncio"
[[job]]
name = "a"
steps = [{ try = ["join b"], cancelled = ["mark caught"] }]
[[job]]
name = "b"
steps = ["join a"]
"""


def test_nobody_in_a_circle_can_be_cancelled() -> None:
    """CPython 3.13: each asks the next one, until RecursionError; the loop logs it and goes on."""
    run = acted(Source("circle", CIRCLE).load(), 4, Kill("a"))
    asked = [row.subject for row in run.trace.rows() if row.kind is Kind.CANCEL]
    assert asked == [number(run, "a"), number(run, "b")]
    assert ends(run.trace) == {}
    assert marks(run.trace) == []


def test_who_cancels_one_of_a_circle_meets_an_error() -> None:
    """CPython 3.13: ``task.cancel()`` raises RecursionError, and the task that called it fails."""
    text = CIRCLE + "[[job]]\nname = 'c'\nsteps = ['sleep 1ms', 'cancel a', 'mark c']\n"
    run = Run(Source("circle", text).load())
    run.finish()
    failed = [row.n for row in run.trace.rows() if row.reason is Reason.FAILED]
    assert len(failed) == 1
    assert run.history.state_at(failed[0] + 1).why[number(run, "c")] is Reason.FAILED
    assert marks(run.trace) == []


def test_a_task_that_waits_for_a_lock_leaves_the_line() -> None:
    scenario = tasks(
        job("a", "acquire m", "sleep 9ms", "release m"),
        job("b", "acquire m", "mark b"),
        job("c", "acquire m", "mark c"),
    )
    run = acted(scenario, 2, Kill("b"))
    assert ends(run.trace)["b"] == 2
    assert marks(run.trace) == [(9, "c", "c")]


def test_a_body_may_catch_it_and_go_on() -> None:
    """A live task with try ... except cancelled: it is asked, not made, to end."""
    text = """
schema = 1
title = "catches"
model = "asyncio"
[[job]]
name = "a"
steps = [{ try = ["sleep 9ms"], cancelled = ["mark caught"] }, "compute 1ms"]
"""
    source = Source("catches", text)
    run = acted(source.load(), 4, Kill("a"))
    assert marks(run.trace) == [(4, "a", "caught")]
    assert ends(run.trace)["a"] == 5


def test_a_kill_of_a_task_says_what_its_framework_does() -> None:
    run = acted(tasks(job("a", "compute 5ms", "sleep 9ms")), 2, Kill("a"))
    assert says(run) == (
        "You cancelled a. As task.cancel(): it meets CancelledError at its await, when its loop "
        "resumes it. It has the loop just now, and goes on until it gives that back."
    )


NAPS = """
from schedsim.authoring import *
import asyncio

def scenario():
    async def nap():
        try:
            await asyncio.sleep(0.009)
        except asyncio.CancelledError:
            mark("cancelled")
            raise

    async def work():
        compute("5ms")
        await asyncio.sleep(0.020)
        mark("never")

    return Scenario([job("nap", nap), job("work", work)], model="asyncio")
"""


def test_a_task_of_the_real_asyncio_is_cancelled_by_asyncio_itself() -> None:
    """nap sleeps until 9 ms; killed at 7, when nothing is ready: its loop is woken."""
    run = acted(python_file.loads(NAPS, "naps.py"), 7, Kill("nap"))
    assert marks(run.trace)[0] == (7, "nap", "cancelled")
    assert ends(run.trace)["nap"] == 7


def test_a_task_of_the_real_asyncio_that_computes_goes_on_to_its_await() -> None:
    run = acted(python_file.loads(NAPS, "naps.py"), 2, Kill("work"))
    assert ends(run.trace) == {"main": 9, "nap": 9, "work": 5}


def test_no_finally_of_the_real_asyncio_runs_when_its_process_is_killed() -> None:
    run = acted(python_file.loads(NAPS, "naps.py"), 3, Kill("main"))
    assert ends(run.trace) == {"main": 3, "nap": 3, "work": 3}
    assert marks(run.trace) == []
    assert run.trace.complete


# -- numbers ------------------------------------------------------------------------------------


def test_who_was_killed_has_waited_no_longer_than_it_lived() -> None:
    """b arrives at 0, never has the core, and is killed at 4 ms; a does not wait at all."""
    scenario = processes(job("a", "compute 9ms"), job("b", "compute 9ms"))
    found = {t["name"]: t for t in report.to_json(acted(scenario, 4, Kill("b")))["threads"]}
    assert (found["b"]["finish"], found["b"]["waiting"], found["b"]["cpu"]) == (4 * MS, 4 * MS, 0)
    assert (found["a"]["finish"], found["a"]["waiting"]) == (9 * MS, 0)


def test_a_job_that_was_killed_is_not_done() -> None:
    said = Attributes(period=10 * MS)
    body = repeat(3, "compute 4ms", Op((PERIOD, 10 * MS), "period"))
    scenario = processes(job("a", body, attributes=said), policy="edf")
    run = acted(_served_by(scenario, "edf"), 12, Kill("a"))
    jobs = [job for job in metrics.measure(run.trace).jobs if job.entity == number(run, "a")]
    assert [job.finish for job in jobs] == [4 * MS, None]


# -- what is refused ----------------------------------------------------------------------------


def refusal(scenario: Scenario, at: float, command: Command) -> str:
    """Why a command is refused; the run is as it was."""
    run = Run(scenario)
    run.finish()
    digest = run.trace.digest()
    time = round(at * MS)
    with pytest.raises(ValueError, match=r".") as refused:
        run.act(command, run.history.rows_at(time), time)
    assert run.commands == ()
    assert run.trace.digest() == digest
    return str(refused.value)


def test_nobody_of_that_name() -> None:
    message = refusal(threads(job("a", "compute 9ms")), 1, Kill("b"))
    assert message == "name: there is nobody named 'b' here, only python, a"


def test_who_has_ended_cannot_be_killed() -> None:
    scenario = processes(job("a", "compute 1ms"), job("b", "compute 9ms"))
    assert refusal(scenario, 5, Kill("a")) == "name: 'a' has ended"


def test_two_of_one_name_have_to_be_told_apart() -> None:
    scenario = tree(("p", (job("a", "compute 9ms"),)), ("q", (job("a", "compute 9ms"),)), cores=2)
    assert refusal(scenario, 1, Kill("a")) == "process: 2 are named 'a', in p, q"
    run = acted(scenario, 1, Kill("a", process="q"))
    assert [each.who for each in on_core(run.trace)] == ["a"]
    assert (on_core(run.trace)[0].end, on_core(run.trace, 1)[0].end) == (9, 1)


def test_a_task_that_has_not_arrived_cannot_be_cancelled() -> None:
    scenario = tasks(job("a", "compute 1ms", arrival="5ms"))
    assert refusal(scenario, 1, Kill("a")) == "name: 'a' has not arrived yet"


def test_a_process_at_the_end_of_a_pipe_is_left_alone() -> None:
    scenario = replace(
        processes(
            job("a", "send pipe 10", "compute 9ms"), job("b", "recv pipe", "recv pipe"), cores=2
        ),
        shared={"pipe": Shared("pipe")},
    )
    assert "who would read an end of file is not part of the model" in refusal(
        scenario, 3, Kill("a")
    )


def _over_a_queue(*, ends: bool) -> Scenario:
    """a puts three items into a queue for one; b takes the first, and then ends or does not."""
    scenario = processes(
        job("a", "put q", "put q", "put q"),
        job("b", "sleep 1ms", "get q", *(() if ends else ("compute 9ms",))),
        job("c", "compute 9ms"),
        cores=3,
    )
    return replace(scenario, shared={"q": Shared("queue", 1)})


def test_a_process_that_waits_for_what_others_use_is_left_alone() -> None:
    """It is the only one that does: whoever does not wait may be killed, and so may the last."""
    assert refusal(_over_a_queue(ends=False), 3, Kill("a")) == (
        "name: a waits for queue 'q', which another process uses too: in which state it would be "
        "left is not part of the model"
    )
    assert ends(acted(_over_a_queue(ends=False), 3, Kill("b")).trace)["b"] == 3
    assert ends(acted(_over_a_queue(ends=True), 3, Kill("a")).trace)["a"] == 3


def test_what_the_threads_of_one_process_share_is_no_reason_to_let_it_live() -> None:
    scenario = tree(
        ("p", (job("a", "wait e"), job("b", "set e", "clear e", "compute 9ms"))),
        ("q", (job("c", "compute 2ms"),)),
        cores=2,
    )
    run = acted(replace(scenario, shared={"e": Shared("event")}), 1, Kill("p"))
    assert [ends(run.trace)[name] for name in "bc"] == [1, 2]


def test_a_worker_of_a_process_pool_is_left_alone() -> None:
    text = """
schema = 1
title = "pool"
model = "threads"
[[pool]]
name = "cpu"
kind = "process"
workers = 1
[[job]]
name = "main"
steps = ["run_in cpu work"]
[[job]]
name = "work"
spawned = true
steps = ["compute 20ms"]
"""
    message = refusal(Source("pool", text).load(), 10, Kill("cpu-1"))
    assert "is a worker of a process pool" in message
    assert "BrokenProcessPool" in message
    run = acted(Source("pool", text).load(), 10, Kill("python"))
    assert ends(run.trace)["main"] == 10


def test_nothing_can_be_injected_into_a_process_that_was_killed() -> None:
    run = acted(processes(job("a", "compute 9ms"), job("b", "compute 9ms")), 3, Kill("a"))
    with pytest.raises(ValueError, match="process: 'a' was killed"):
        run.act(Inject("hog", MS, MS, process="a"), len(run.trace), run.trace.end)


@pytest.mark.parametrize("model", ["asyncio", "trio", "gevent", "eventlet"])
@pytest.mark.parametrize("first", ["compute 4ms", "sleep 5ms"])
def test_of_tasks_that_wait_alike_the_one_that_is_meant_is_cancelled(
    model: str, first: str
) -> None:
    """Three are ready behind the hog, or asleep until 5 ms: as lists of a moment they are equal."""
    hog = job("hog", first)
    jobs = [job(name, "sleep 5ms", f"mark {name}") for name in "abc"]
    run = acted(_free(replace(tasks(hog, *jobs), model=model)), 2, Kill("b"))
    assert sorted(label for _, _, label in marks(run.trace)) == ["a", "c"]


# -- nice, priority, tickets --------------------------------------------------------------------


def _priority(value: int) -> Attributes:
    return Attributes(priority=value)


def _served_by(scenario: Scenario, policy: str, **parameters: Any) -> Scenario:
    return replace(
        scenario, machine=replace(scenario.machine, policy=policy, parameters=parameters)
    )


def _free(scenario: Scenario) -> Scenario:
    """Without what it costs to resume a task, so that times are those of the steps."""
    return replace(scenario, python=replace(scenario.python, task_switch_cost=0))


def _ran(run: Run, who: str, start: float, end: float) -> float:
    """How long (ms) somebody had the only core between two moments."""
    return sum(
        max(0.0, min(each.end, end) - max(each.start, start))
        for each in on_core(run.trace)
        if each.who == who
    )


@pytest.mark.parametrize("policy", ["cfs", "eevdf", "linux"])
def test_shares_follow_the_weights_of_the_kernel_from_then_on(policy: str) -> None:
    """sched_prio_to_weight: 1024 for nice 0 and 335 for nice 5; within a slice of 6 ms at most."""
    scenario = processes(job("a", "compute 400ms"), job("b", "compute 400ms"), policy=policy)
    run = acted(_served_by(scenario, policy), 200, SetNice("b", 5))
    assert _ran(run, "b", 0, 200) == pytest.approx(100, abs=6)
    assert _ran(run, "a", 200, 400) == pytest.approx(200 * 1024 / (1024 + 335), abs=6)
    assert "its weight was 1024 and is now 335" in says(run)


@pytest.mark.parametrize("policy", ["cfs", "eevdf"])
def test_who_sleeps_while_it_is_reniced_wakes_with_the_new_weight(policy: str) -> None:
    scenario = processes(
        job("a", "compute 400ms"), job("b", "sleep 50ms", "compute 400ms"), policy=policy
    )
    run = acted(_served_by(scenario, policy), 20, SetNice("b", 5))
    assert _ran(run, "b", 50, 250) == pytest.approx(200 * 335 / 1359, abs=8)


def test_who_is_reniced_before_it_arrives_comes_with_the_new_weight() -> None:
    """335 of 335 + 1024 for nice 5: 24.65 %, give or take a slice at either end."""
    scenario = processes(
        job("a", "compute 400ms"), job("b", "compute 400ms", arrival="100ms"), policy="eevdf"
    )
    run = acted(scenario, 50, SetNice("b", 5))
    assert _ran(run, "b", 100, 400) == pytest.approx(300 * 335 / 1359, abs=1.4)
    assert says(run).startswith("You reniced b to 5: its weight was 1024 and is now 335.")


def test_a_process_means_all_its_threads() -> None:
    scenario = threads(job("a", "compute 90ms"), job("b", "compute 90ms"), gil=False, policy="cfs")
    run = acted(_served_by(scenario, "cfs"), 10, SetNice("python", 10))
    state = run.history.state_at(len(run.trace))
    assert [state.attributes(number(run, name)).nice for name in "ab"] == [10, 10]
    found = [row for row in run.trace.rows() if row.kind is Kind.COMMAND]
    assert [(row.reason, row.arg) for row in found] == [(Reason.NICE, 10)] * 2


def test_tickets_of_stride_are_shares_from_then_on() -> None:
    """300 against 100 tickets from 40 ms on: 30 of the next 40 ms."""
    scenario = processes(job("a", "compute 400ms"), job("b", "compute 400ms"))
    run = acted(_served_by(scenario, "stride", quantum=2 * MS), 40, SetTickets("a", 300))
    assert _ran(run, "a", 0, 40) == 20
    assert _ran(run, "a", 40, 80) == pytest.approx(30, abs=2)


def test_a_better_priority_takes_the_core_at_once() -> None:
    scenario = processes(
        job("a", "compute 9ms", attributes=_priority(2)),
        job("b", "compute 5ms", attributes=_priority(3)),
    )
    run = acted(_served_by(scenario, "priority", preemptive=True), 4, SetPriority("b", 1))
    assert on_core(run.trace) == [Slice("a", 0, 4), Slice("b", 4, 9), Slice("a", 9, 14)]
    assert says(run) == "You gave b priority 1 instead of 3."
    taken = next(n for n, row in enumerate(run.trace.rows()) if row.reason is Reason.PREEMPTED)
    assert "priority 1 is best" in explain(run.history, taken + 1).text


def test_who_has_aged_ages_on_from_the_new_priority() -> None:
    """b has waited 4 ms: better by two, at 7.  From 9 to 5, it stands at 3 and passes a (4).

    Then a waits, and is at 2 after another 4 ms: it takes the core back.
    """
    scenario = processes(
        job("a", "compute 9ms", attributes=_priority(4)),
        job("b", "compute 5ms", attributes=_priority(9)),
    )
    scenario = _served_by(scenario, "priority", preemptive=True, aging=2 * MS)
    run = acted(scenario, 4, SetPriority("b", 5))
    levels = [row.arg for row in run.trace.rows() if row.kind is Kind.LEVEL]
    assert levels[:3] == [8, 7, 3]
    assert on_core(run.trace)[:2] == [Slice("a", 0, 4), Slice("b", 4, 8)]


@pytest.mark.parametrize(
    ("policy", "command", "message"),
    [
        ("fifo", SetNice("a", 5), "the policy fifo does not look at nice values"),
        ("mlfq", SetPriority("a", 5), "the policy mlfq does not look at priorities"),
        ("cfs", SetTickets("a", 5), "the policy cfs does not look at tickets"),
        ("lottery", SetNice("a", 5), "the policy lottery does not look at nice values"),
    ],
)
def test_a_policy_that_does_not_look_at_it_is_named(
    policy: str, command: Command, message: str
) -> None:
    scenario = _served_by(processes(job("a", "compute 9ms")), policy)
    assert refusal(scenario, 1, command).endswith(message)


def test_nice_values_say_nothing_of_real_time_threads() -> None:
    said = Attributes(scheduling_class="fifo", priority=3)
    scenario = _served_by(processes(job("a", "compute 9ms", attributes=said)), "linux")
    assert "for a thread of class fifo" in refusal(scenario, 1, SetNice("a", 5))
    run = acted(scenario, 1, SetPriority("a", 50))
    assert run.history.state_at(len(run.trace)).attributes(number(run, "a")).priority == 50


def test_tasks_have_no_nice_value() -> None:
    scenario = _served_by(tasks(job("a", "compute 9ms")), "cfs")
    assert "is a task" in refusal(scenario, 1, SetNice("a", 5))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SetNice("a", 20), "nice: 20 is not from -20 to 19; the nearest is 19"),
        (lambda: SetNice("a", -21), "the nearest is -20"),
        (lambda: SetTickets("a", 0), "tickets: 0 is not from 1"),
        (lambda: SetPriority("a", 10**9), "priority: 1000000000 is not from"),
    ],
)
def test_values_have_their_bounds(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


# -- recordings ---------------------------------------------------------------------------------

PAIR = """
schema = 1
title = "two"
[machine]
policy = "cfs"
[[job]]
name = "a"
count = 3
steps = ["compute 90ms"]
"""


def recorded() -> tuple[Run, str]:
    source = Source("two", PAIR)
    run = Run(source.load())
    run.finish()
    for at, command in ((20, SetNice("a-1", 5)), (40, Kill("a-2", process="python"))):
        run.act(command, run.history.rows_at(at * MS), at * MS)
        run.finish()
    return run, Recording.of(run, source).dumps()


def test_a_recording_with_a_kill_plays_again() -> None:
    run, text = recorded()
    again = loads(text, "two")
    assert [p.command for p in again.commands] == [SetNice("a-1", 5), Kill("a-2", "python")]
    assert again.first_difference(again.play().trace) is None
    assert again.play().trace.digest() == run.trace.digest()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"nice": 5', '"nice": 99', r"commands\[0\]: nice: 99 is not from -20 to 19"),
        ('"nice": 5', '"nice": "5"', r"commands\[0\].*int"),
        ('"name": "a-2"', '"name": 7', r"commands\[1\].*str"),
        ('"do": "kill"', '"do": "destroy"', r"commands\[1\]: unknown command 'destroy'"),
    ],
)
def test_a_recording_that_was_tampered_with_is_refused(old: str, new: str, message: str) -> None:
    _, text = recorded()
    assert old in text
    with pytest.raises(RecordingError, match=message):
        loads(text.replace(old, new), "two")
