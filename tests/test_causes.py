"""Who woke whom: chains of wakes, worked out by hand, and what holds for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from schedsim import causes, library
from schedsim.aio import Executor, call, compute, socketpair
from schedsim.causes import Hop
from schedsim.commands import Inject
from schedsim.engine import Engine
from schedsim.history import History
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import loads
from schedsim.state import Status
from schedsim.trace import Kind, Reason, Role
from schedsim.why import explain
from tests.machines import MS, job, tasks, threads
from tests.simulated import go, machine
from tests.strategies import scenarios

_ABLE = (Status.RUNNABLE, Status.READY)


def chain(run: Run, name: str, at: float | None = None) -> list[Hop]:
    """The hops back from a moment in milliseconds; without one, from the end."""
    run.finish()
    history = run.history
    (entity,) = [
        each.id
        for each in run.trace.entities
        if each.name == name and each.role is not Role.PROCESS
    ]
    step = len(run.trace) if at is None else history.rows_at(int(at * MS))
    return list(causes.chain(history, entity, step))


def said(run: Run, hops: list[Hop]) -> list[str]:
    return [causes.says(run.history, hop).text for hop in hops]


def named(run: Run, hops: list[Hop]) -> list[tuple[str, float, str]]:
    """Who could run when, because of whom."""
    names = [each.name for each in run.trace.entities]
    return [(names[hop.entity], hop.time / MS, names[hop.by] if hop.by else "") for hop in hops]


def library_run(name: str, model: str = "") -> Run:
    return Run(Source.of(library.path(name), model).load())


def test_a_lock_is_let_go_by_its_holder() -> None:
    run = Run(
        threads(
            job("low", "acquire m", "compute 4ms", "release m", "compute 1ms"),
            job("high", "acquire m", "compute 1ms", "release m", arrival="1ms"),
            cores=2,
            gil=False,
        )
    )
    hops = chain(run, "high")
    assert named(run, hops) == [("high", 4, "low"), ("low", 0, "")]
    assert said(run, hops) == [
        "high could run at 4 ms: low let go of lock m, for which it had waited 3 ms.",
        (
            "low arrived at 0 ms. Nobody woke it: the scenario begins its work then. "
            "The chain begins here."
        ),
    ]


def test_nobody_wakes_a_sleeper_but_the_chain_goes_on_with_what_it_did_before() -> None:
    run = Run(threads(job("a", "compute 1ms", "sleep 10ms", "compute 1ms"), gil=False))
    hops = chain(run, "a")
    assert named(run, hops) == [("a", 11, ""), ("a", 0, "")]
    assert said(run, hops)[0] == (
        "a could run at 11 ms: its sleep was over. "
        "Nobody woke it: a timer did, which it had set when it went to sleep, at 1 ms."
    )


def test_a_device_is_nobody_either() -> None:
    run = Run(threads(job("a", "io 10ms", "compute 1ms"), gil=False))
    assert "its device had answered. Nobody woke it" in said(run, chain(run, "a"))[0]


def test_a_task_that_only_yields_could_run_all_the_while() -> None:
    """The chain does not stop at its yields, nor at a quantum's end."""
    run = Run(tasks(job("a", "compute 1ms", "yield", "compute 1ms", "yield"), job("b", "yield")))
    assert named(run, chain(run, "a")) == [("a", 0, "")]
    run = Run(threads(job("a", "compute 50ms"), job("b", "compute 50ms"), gil=False))
    assert named(run, chain(run, "a")) == [("a", 0, "")]


def test_who_joined_is_woken_by_the_last_that_ended() -> None:
    run = Run(
        tasks(
            job("main", "spawn quick", "spawn slow", "join quick", "join slow", "compute 1ms"),
            job("quick", "io 2ms", spawned=True),
            job("slow", "io 9ms", spawned=True),
        )
    )
    hops = chain(run, "slow")
    assert named(run, hops) == [("slow", 9, ""), ("slow", 0, "main"), ("main", 0, "")]
    (main,) = [e.id for e in run.trace.entities if e.job == "main" and e.role is Role.TASK]
    hop = causes.chain(run.history, main, len(run.trace))[0]
    assert (hop.time, hop.by) == (9 * MS, hops[0].entity)
    assert "slow had ended, for which it had waited 7 ms" in causes.says(run.history, hop).text


def test_the_gil_comes_from_who_let_it_go() -> None:
    """A has run for an interval of 5 ms when B asks; B has for another when A does."""
    run = Run(threads(job("A", "compute 10ms"), job("B", "compute 10ms"), cores=2))
    hops = chain(run, "B", 7)
    assert named(run, hops) == [("B", 5, "A"), ("A", 0, "")]
    assert said(run, hops)[0] == ("B could run at 5 ms: A let go of the GIL, as it was asked to.")


def test_a_task_whose_thread_was_without_the_gil_was_woken_by_who_let_that_go() -> None:
    run = library_run("sleep-zero-hog")
    hops = chain(run, "worker")
    run.finish()
    asked = [each for each in run.trace.rows() if each.kind is Kind.GIL_RELEASE and each.other]
    assert asked
    thread = run.trace.row(asked[0].n).other
    in_hand = run.history.state_at(asked[0].n).loops.get(thread)
    task = in_hand.current if in_hand is not None else 0
    if task:
        found = causes.chain(run.history, task, asked[0].n + 1, 1)[0]
        assert (found.thread, found.by) == (thread, asked[0].subject)
    assert hops[0].reason in (Reason.GIL_FREE, Reason.GIL_TAKEN, Reason.ARRIVED)


def test_a_blocking_call_returns_to_the_task_that_made_it() -> None:
    run = Run(tasks(job("bad", "call time.sleep 20ms", "compute 1ms"), job("good", "yield")))
    hop = chain(run, "bad", 20.5)[0]
    assert (hop.time, hop.by, hop.reason, hop.waited) == (20 * MS, 0, Reason.TIMER, Reason.CALL)
    assert "or rather its thread main, could run at 20 ms: its blocking call had returned" in (
        causes.says(run.history, hop).text
    )


@pytest.mark.parametrize(
    ("scenario", "model", "who", "at", "text"),
    [
        ("backpressure", "", "producer", 29.5, "consumer took something out of queue items"),
        ("to-thread", "", "server", 120, "asyncio_0 had done the job"),
        ("to-thread", "", "asyncio_0", 40, "server woke it, idle till then, in pool default"),
        ("event-loop", "", "fetch", 5, "server started it"),
        ("event-loop", "trio", "fetch", 5, "server started it"),
        ("event-loop", "gevent", "fetch", 5, "server started it"),
        ("event-loop", "eventlet", "fetch", 5, "server started it"),
        ("plain-asyncio", "", "elsewhere", 195, "asyncio_0, in another thread, had what"),
        ("plain-asyncio", "", "asyncio_0", 155, "elsewhere started it"),
        ("monkey-patch", "", "", 55, "its sleep was over"),
        ("rate-monotonic", "", "", 60e-6, "its next job was released"),
    ],
)
def test_the_cause_in_scenarios_of_the_library(
    scenario: str, model: str, who: str, at: float, text: str
) -> None:
    run = library_run(scenario, model)
    run.finish()
    everybody = [e.name for e in run.trace.entities if e.role is not Role.PROCESS and e.id]
    found = [
        causes.says(run.history, hop).text
        for name in ([who] if who in everybody else everybody)
        for hop in chain(run, name, at)[:1]
    ]
    assert any(text in each for each in found), found


def test_who_begins_a_task_eagerly_goes_on_after_its_first_step() -> None:
    """kid has not ended by then: it waits for its device."""
    run = Run(
        tasks(
            job("boss", "spawn kid", "compute 1ms"),
            job("kid", "compute 2ms", "io 9ms", spawned=True),
            eager_tasks=True,
        )
    )
    hop = chain(run, "boss", 2.5)[0]
    assert (hop.time, hop.reason) == (2 * MS, Reason.JOINED)
    text = causes.says(run.history, hop).text
    assert text == "boss could run at 2 ms: the first step of kid was over."
    assert explain(run.history, hop.step).headline == (
        "The first step of kid is over: back to boss, which called it."
    )


def test_who_goes_on_with_its_next_job_has_not_waited_for_it() -> None:
    """A job takes 15 ms, and the next is released after 10: at 15 a has the core, and keeps it."""
    text = (
        'schema = 1\ntitle = "t"\nmodel = "processes"\nuntil = "20ms"\n'
        'job = [{ name = "a", period = "10ms", wcet = "15ms" }]'
    )
    run = Run(loads(text, "test"))
    run.finish()
    told = causes.says(run.history, chain(run, "a", 16)[0]).text
    assert told == (
        "a could begin its next job at 15 ms: it was released at 10 ms, before the last was over. "
        "Nobody woke it: it had a core, and kept it."
    )


def test_injected_work_was_started_by_the_user() -> None:
    run = Run(tasks(job("a", "compute 10ms")))
    run.extend(5)
    run.act(Inject("hog", 4 * MS, MS, process="python", loop="main"), 5, MS)
    hops = chain(run, "hog")
    assert said(run, hops) == [
        "hog could run at 1 ms: you injected it. The chain begins here, with you."
    ]


def test_who_was_started_to_arrive_later_was_woken_by_nobody() -> None:
    run = Run(
        threads(
            job("a", "compute 1ms", "spawn late", "compute 1ms"),
            job("late", "compute 2ms", arrival="5ms", spawned=True),
        )
    )
    hops = chain(run, "late")
    assert named(run, hops) == [("late", 5, ""), ("a", 0, "")]
    assert said(run, hops)[0] == "late arrived at 5 ms. a had started it, to arrive then."


def test_a_loop_that_waits_is_poked_by_the_worker_of_its_pool() -> None:
    run = Run(
        tasks(job("a", "to_thread b", "compute 1ms"), job("b", "call file.read 5ms", spawned=True))
    )
    hop = chain(run, "main", 5)[0]
    assert (hop.time, hop.reason) == (5 * MS, Reason.POKED)
    assert causes.says(run.history, hop).text == (
        "main could run at 5 ms: asyncio_0 gave its loop something to do."
    )


# -- plain asyncio ------------------------------------------------------------------------------


def last(engine: Engine, name: str) -> str:
    """How somebody was woken last in a machine that runs to its end."""
    trace = go(engine)
    history = History(trace)
    (entity,) = [each.id for each in trace.entities if each.name == name and each.id > 1]
    return causes.says(history, causes.chain(history, entity, len(trace))[0]).text


def test_an_event_is_set_by_a_task_or_by_a_callback_that_is_nobody() -> None:
    async def waits(event: asyncio.Event) -> None:
        await event.wait()

    def machine_with(way: Callable[[asyncio.Event], Any]) -> Engine:
        async def main() -> None:
            event = asyncio.Event()
            waiter = asyncio.create_task(waits(event), name="waiter")
            await asyncio.sleep(0.003)
            way(event)
            await waiter

        return machine({"loop": {"main": main}})[0]

    assert last(machine_with(asyncio.Event.set), "waiter") == (
        "waiter could run at 3 ms: main let it go on, which had waited 3 ms."
    )

    def later(event: asyncio.Event) -> None:
        asyncio.get_running_loop().call_soon(event.set)

    assert last(machine_with(later), "waiter") == (
        "waiter could run at 3 ms: what it waited for was there. "
        "Nobody woke it. It had waited since 0 ms."
    )


def test_bytes_come_from_outside_of_the_loop() -> None:
    ours, theirs = socketpair("5ms")

    async def client() -> None:
        await asyncio.get_running_loop().sock_sendall(ours, b"x")  # type: ignore[arg-type]

    async def server() -> None:
        await asyncio.get_running_loop().sock_recv(theirs, 9)  # type: ignore[arg-type]

    engine, _ = machine({"one": {"client": client}, "two": {"server": server}})
    assert last(engine, "server") == (
        "server could run at 5 ms: its loop was given work from outside. "
        "Nobody woke it. It had waited since 0 ms."
    )


def test_a_thread_that_waits_for_a_future_is_let_go_by_who_fills_it() -> None:
    async def main() -> None:
        compute("1ms")
        Executor(1).submit(call, "file.read", 0.005).result()

    assert last(machine({"loop": {"main": main}})[0], "main") == (
        "main, or rather its thread loop, could run at 6 ms: pool_0 let it go on, "
        "which waited for result of a future."
    )


def test_who_has_not_arrived_was_never_woken() -> None:
    run = Run(threads(job("a", "compute 10ms"), job("b", "compute 1ms", arrival="5ms")))
    assert chain(run, "b", 1) == []


@given(scenarios())
def test_every_hop_is_a_wake_and_names_only_its_cause(scenario: Scenario) -> None:
    run = Run(scenario, rows=200)
    trace = run.finish()
    history = run.history
    for entity in trace.entities[1:]:
        if entity.role is Role.PROCESS:
            continue
        hops = causes.chain(history, entity.id, len(trace), 40)
        assert [hop.step for hop in hops] == sorted((hop.step for hop in hops), reverse=True)
        for hop in hops:
            row = trace.row(hop.step - 1)
            who = hop.thread or hop.entity
            before, after = history.state_at(row.n), history.state_at(row.n + 1)
            assert row.time == hop.time
            if row.kind is not Kind.NEXT_JOB:
                assert after.status[who] in _ABLE
                assert row.kind is Kind.SPAWN or before.status[who] not in _ABLE
            loops = before.loops
            hands = {loops[each].current for each in (row.subject, row.other) if each in loops}
            if row.kind is Kind.SPAWN and not row.other:  # it comes with its loop
                first = history.rows_of(trace.entities[who].thread)[0]
                hands.add(trace.row(first).other)
            assert hop.by in {0, row.subject, row.other, *hands} - {hop.entity}
            told = causes.says(history, hop)
            allowed = {hop.entity, hop.by, hop.thread, hop.follow[0] if hop.follow else 0}
            assert {m.entity for line in told.mentions for m in line} <= allowed
            assert told.text.endswith(".")
            assert "None" not in told.text
        if hops and hops[-1].follow is None:
            assert hops[-1].reason is Reason.ARRIVED
