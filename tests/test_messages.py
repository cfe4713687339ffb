"""Messages on their way: nobody wakes before one is there, and whoever came first has it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from schedsim.aio import mark, socketpair
from schedsim.engine import Engine
from schedsim.policies.fifo import Fifo
from schedsim.programs.steps import Block, Try
from schedsim.scenario import (
    Job,
    MachineSpec,
    ProcessPlan,
    Scenario,
    Shared,
    ThreadPlan,
)
from schedsim.trace import Kind, Reason, Trace
from schedsim.traps import Wish
from tests.machines import MS, marks, tasks, threads
from tests.sharing import again, lines, played, work
from tests.simulated import machine


def when(trace: Trace, label: str) -> list[float]:
    return [time for time, _, what in marks(trace) if what == label]


@pytest.mark.parametrize(
    "loop", ["asyncio", "uvloop", "trio", "gevent", "eventlet", "callbacks", "coroutines"]
)
def test_a_loop_sleeps_until_a_message_is_there(loop: str) -> None:
    """Sent at 1, 5 ms on its way: an ``epoll_wait`` in between reports nothing."""
    trace = played(
        Scenario(
            "t",
            processes=(
                ProcessPlan("p", (ThreadPlan(Job("l"), loop, (work("r", "recv p", "mark got"),)),)),
                ProcessPlan("q", (ThreadPlan(work("s", "compute 1ms", "send p 1")),)),
            ),
            machine=MachineSpec(cores=2),
            shared={"p": Shared("socket", latency=5 * MS)},
        )
    )
    assert when(trace, "got") == [6]
    woken = [row for row in trace.rows() if row.kind is Kind.WAKE]
    assert [(row.time, row.reason) for row in woken] == [(6 * MS, Reason.POKED)]


def test_who_waits_for_a_message_wants_the_gil_once_it_is_there() -> None:
    """Sent at 1, there at 6; a switch interval later, at 11, it asks for the GIL and gets it."""
    trace = played(
        Scenario(
            "t",
            processes=(
                ProcessPlan(
                    "p",
                    (
                        ThreadPlan(work("r", "recv p", "mark got")),
                        ThreadPlan(work("hog", "compute 40ms")),
                    ),
                ),
                ProcessPlan("q", (ThreadPlan(work("s", "compute 1ms", "send p 1")),)),
            ),
            machine=MachineSpec(cores=3),
            shared={"p": Shared("socket", latency=5 * MS)},
        )
    )
    assert when(trace, "got") == [11]


@pytest.mark.parametrize("model", ["threads", "asyncio"])
def test_messages_on_their_way_are_theirs_who_came_first(model: str) -> None:
    """a and b wait, in that order; a takes the first message, and stands behind b again."""
    jobs = (
        work("a", again(2, "recv p", "mark a")),
        work("b", "recv p", "mark b"),
        work("s", "sleep 1ms", again(3, "send p 1", "sleep 1ms")),
    )
    scenario = replace(threads(*jobs), model=model, shared={"p": Shared("pipe", latency=3 * MS)})
    trace = played(scenario)
    assert (when(trace, "a"), when(trace, "b")) == ([4, 6], [5])


def test_a_message_of_whoever_gave_up_meanwhile_is_for_the_next() -> None:
    """a gives up at 2, while the message is on its way: b, who came after it, has it at 4."""
    gives_up = (("timeout", ()),)
    jobs = (
        work(
            "a", Try((Block(Wish("timeout", (2 * MS,)), lines("recv p"), "timeout 2ms"),), gives_up)
        ),
        work("b", "recv p", "mark b"),
        work("s", "sleep 1ms", "send p 1"),
    )
    trace = played(replace(tasks(*jobs), shared={"p": Shared("pipe", latency=3 * MS)}))
    assert when(trace, "b") == [4]


def test_who_is_at_work_as_a_message_arrives_may_take_it_first() -> None:
    """Under MLFQ whoever ends a stretch at 4 is before all that arrives then: b, who computes until
    then, takes what a waits for; a has the next one, sent at 2."""
    jobs = (
        work("a", "recv p", "mark a"),
        work("b", "compute 4ms", "recv p", "mark b"),
        work("s", "sleep 1ms", "send p 1", "sleep 1ms", "send p 1"),
    )
    scenario = threads(*jobs, policy="mlfq", cores=3, gil=False)
    trace = played(replace(scenario, shared={"p": Shared("pipe", latency=3 * MS)}))
    assert (when(trace, "a"), when(trace, "b")) == ([5], [4])


def test_who_is_about_to_wait_as_a_message_arrives_finds_its_lock_free() -> None:
    """It is in line already, and comes to its lock once it has the GIL again."""
    trace = Trace()
    engine = Engine(trace, Fifo)
    lock = engine.lock(trace.resource("pipe", "p"), quiet=True)
    lock.pass_on(engine, 0)
    assert lock.holder is None
    assert not len(trace)


def test_so_does_a_loop_of_the_standard_library() -> None:
    ours, theirs = socketpair("5ms")

    async def client() -> None:
        await asyncio.sleep(0.001)
        await asyncio.get_running_loop().sock_sendall(ours, b"x")  # type: ignore[arg-type]

    async def server() -> None:
        await asyncio.get_running_loop().sock_recv(theirs, 9)  # type: ignore[arg-type]
        mark("got")

    engine, _ = machine({"one": {"client": client}, "two": {"server": server}})
    engine.run()
    assert when(engine.trace, "got") == [6]
    two = next(each.id for each in engine.trace.entities if each.name == "two")
    woken = [row for row in engine.trace.rows() if row.kind is Kind.WAKE and row.subject == two]
    assert [(row.time, row.reason) for row in woken] == [(6 * MS, Reason.POKED)]
