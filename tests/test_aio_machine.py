"""Real asyncio loops in threads of a simulated machine: cores and the GIL are shared."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
import weakref
from contextvars import ContextVar
from typing import Any

import pytest

from schedsim import metrics
from schedsim.aio import End, call, compute, mark, socketpair
from schedsim.aio.program import close
from schedsim.aio.thread import SimThread
from schedsim.engine import Engine
from schedsim.findings import FINDINGS
from schedsim.history import History
from schedsim.state import State, Status
from schedsim.trace import Kind, Reason
from schedsim.why import explain
from tests.machines import Slice, ends, holds, in_hand, marks, on_core, told
from tests.simulated import agreed, go, machine


async def ticker() -> None:
    for n in range(3):
        compute("1ms")
        mark(f"tick {n}")
        task = asyncio.current_task()
        assert task is not None
        assert task.get_name() == "ticker"
        await asyncio.sleep(0.004)


async def cruncher() -> None:
    mine = asyncio.get_running_loop()
    for n in range(2):
        compute("12ms")
        mark(f"crunch {n}")
        assert asyncio.get_running_loop() is mine
        await asyncio.sleep(0)


def two_loops() -> Engine:
    return machine({"one": {"ticker": ticker}, "two": {"cruncher": cruncher}})[0]


def test_two_loops_on_one_core_take_turns_by_the_gil() -> None:
    # One sleeps from 1 to 5 ms, waits for the core until two's quantum is spent at 11, and from
    # then for the GIL: one interval later, at 16, two has to drop it.  Two has then computed 3 of
    # its second 12 ms; the 9 that are left end at 26, before its quantum (17 to 27) does.
    trace = go(two_loops())
    runs = [
        Slice("one", 0, 1),
        Slice("two", 1, 16),
        Slice("one", 16, 17),
        Slice("two", 17, 26),
        Slice("one", 26, 27),
    ]
    assert on_core(trace) == runs
    assert holds(trace) == runs
    assert marks(trace) == [
        (1, "ticker", "tick 0"),
        (13, "cruncher", "crunch 0"),
        (17, "ticker", "tick 1"),
        (26, "cruncher", "crunch 1"),
        (27, "ticker", "tick 2"),
    ]


def test_two_loops_with_a_core_each_and_no_gil_do_not_meet() -> None:
    works = {"one": {"ticker": ticker}, "two": {"cruncher": cruncher}}
    trace = go(machine(works, cores=2, gil=False)[0])
    assert [each for each in marks(trace) if each[1] == "ticker"] == [
        (1, "ticker", "tick 0"),
        (6, "ticker", "tick 1"),
        (11, "ticker", "tick 2"),
    ]
    assert ends(trace)["cruncher"] == 24


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_it_can_pause_after_any_row_and_goes_on_the_same(step: int) -> None:
    assert go(two_loops(), step).digest() == go(two_loops()).digest()


def test_a_loop_beside_a_plain_thread_and_its_executor() -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(call, "file.read", "20ms"), name="reader")
            group.create_task(ticker(), name="ticker")

    engine, programs = machine({"loop": {"main": main}, "worker": lambda: compute("6ms")})
    trace = go(engine, step=5)
    assert programs["loop"].error is None
    # The pool's thread has the core from 7 on: the ticker computes until 1, the worker until 7.
    assert ends(trace)["reader"] == 27
    last = State.start(trace).forward(len(trace))
    assert {last.status[e.id] for e in trace.entities[1:] if e.role.name != "PROCESS"} == {
        Status.EXITED,
        Status.DONE,
    }


def test_who_gives_a_sleeping_loop_work_is_told() -> None:
    """The loop waits in its selector until the thread of its pool is done."""

    async def main() -> None:
        await asyncio.to_thread(call, "file.read", "20ms")

    trace = go(machine({"loop": {"main": main}})[0])
    woken = next(row for row in told(trace, Kind.WAKE) if row[2] == "POKED")
    assert woken == (20, "WAKE", "POKED", "loop", "asyncio_0")  # as asyncio calls it


def test_rows_tell_why_tasks_leave_and_become_ready() -> None:
    async def child() -> None:
        await asyncio.sleep(0.002)

    async def waits(event: asyncio.Event) -> None:
        await event.wait()

    async def late() -> None:
        async with asyncio.timeout(0.003):
            await asyncio.get_running_loop().create_future()

    async def fails() -> None:
        raise ValueError

    async def main() -> None:
        event = asyncio.Event()
        waiter = asyncio.create_task(waits(event), name="waiter")
        stuck = asyncio.create_task(asyncio.sleep(9), name="stuck")
        others = [asyncio.create_task(late(), name="late"), asyncio.create_task(fails(), name="f")]
        await asyncio.sleep(0)
        await asyncio.create_task(child(), name="child")
        event.set()
        stuck.cancel()
        await asyncio.wait([waiter, stuck, *others])

    engine, programs = machine({"loop": {"main": main}})
    trace = go(engine)
    assert not programs["loop"].errors  # type: ignore[union-attr]
    ready = [row[:4] for row in told(trace, Kind.TASK_READY)]
    assert ready == [
        (2, "TASK_READY", "TIMER", "child"),
        (2, "TASK_READY", "JOINED", "main"),
        (2, "TASK_READY", "UNLOCKED", "waiter"),
        (2, "TASK_READY", "CANCELLED", "stuck"),
        (3, "TASK_READY", "TIMEOUT", "late"),
        (3, "TASK_READY", "UNLOCKED", "main"),
    ]
    takes = (Kind.TASK_RUN, Kind.TASK_LEFT, Kind.LOOP_PASS, Kind.LOOP_WAIT)
    state = State.start(trace)
    left: dict[str, list[str]] = {}
    for n, row in enumerate(trace.rows()):
        if row.kind in takes and row.reason is not Reason.NONE:
            who = trace.entities[state.forward(n).leaver(trace.codes[n])].name
            left.setdefault(who, []).append(row.reason.name)
    assert left == {
        "main": ["YIELD", "JOIN", "AWAIT", "EXIT"],
        "waiter": ["AWAIT", "EXIT"],
        "stuck": ["SLEEP", "CANCELLED"],
        "late": ["AWAIT", "FAILED"],
        "f": ["FAILED"],
        "child": ["SLEEP", "EXIT"],
    }


def test_a_task_has_its_source_and_its_line() -> None:
    async def body() -> None:
        await asyncio.sleep(0.001)
        await asyncio.sleep(0.002)

    engine, _ = machine({"loop": {"body": body}})
    engine.run(1_500_000)
    trace = agreed(engine)
    state = State.start(trace).forward(len(trace))
    (task,) = (entity for entity in trace.entities if entity.name == "body")
    assert task.listing is not None
    line = task.listing.line(state.pc[task.id])
    assert line is not None
    assert task.listing.lines[line].strip() == "await asyncio.sleep(0.002)"
    close(engine)


def test_the_hand_is_who_computes() -> None:
    async def short() -> None:
        compute("2ms")
        await asyncio.sleep(0)
        compute("1ms")

    engine, _ = machine({"loop": {"a": short, "b": short}})
    assert in_hand(go(engine)) == [
        Slice("a", 0, 2),
        Slice("b", 2, 4),
        Slice("a", 4, 5),
        Slice("b", 5, 6),
    ]


def test_a_program_that_fails_ends_alone() -> None:
    def fails() -> None:
        compute("1ms")
        raise ZeroDivisionError

    async def also() -> int:
        raise KeyError

    async def fine() -> int:
        compute("3ms")
        return 7

    works: dict[str, Any] = {"bad": fails, "loop": {"also": also, "fine": fine}}
    engine, programs = machine(works)
    trace = go(engine)
    loop: Any = programs["loop"]
    assert isinstance(programs["bad"].error, ZeroDivisionError)
    assert loop.results == {"fine": 7}
    assert isinstance(loop.errors["also"], KeyError)
    assert ends(trace)["loop"] == 4


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_goes_through(error: type[BaseException]) -> None:
    def stops() -> None:
        compute("1ms")
        raise error

    engine, _ = machine({"bad": stops})
    with pytest.raises(error):
        engine.run()
    close(engine)


def test_tasks_that_are_left_are_cancelled_at_the_end() -> None:
    kept: list[Any] = []

    async def leaves() -> None:
        left = asyncio.create_task(asyncio.sleep(9), name="left")
        kept.append(left)
        await asyncio.sleep(0.001)

    trace = go(machine({"loop": {"main": leaves}})[0])
    assert ends(trace) == {"main": 1, "left": 1, "loop": 1}


def test_context_variables_are_each_tasks_own() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="")
    seen: list[str] = []

    def body(name: str) -> Any:
        async def run() -> None:
            variable.set(name)
            compute("12ms")
            await asyncio.sleep(0.001)
            compute("12ms")
            seen.append(f"{name} {variable.get()}")

        return run

    go(machine({"one": {"a": body("a"), "b": body("b")}, "two": {"c": body("c")}})[0])
    assert sorted(seen) == ["a a", "b b", "c c"]
    assert not variable.get()


def test_debugging_one_loop_debugs_no_other() -> None:
    """What the interpreter keeps of where coroutines began is each thread's own, as it is with real
    threads; how much that is, asyncio says."""
    depth = sys.get_coroutine_origin_tracking_depth
    seen: dict[str, list[int]] = {"debugged": [], "other": []}

    def looks(name: str) -> Any:
        async def main() -> None:
            asyncio.get_running_loop().set_debug(name == "debugged")
            for _ in range(3):
                await asyncio.sleep(0.001)
                compute("12ms")
                seen[name].append(depth())

        return main

    async def real() -> int:
        return depth()

    expected = asyncio.run(real(), debug=True)
    assert expected > 0
    go(machine({"one": {"main": looks("debugged")}, "two": {"main": looks("other")}})[0])
    assert seen == {"debugged": [expected] * 3, "other": [0] * 3}
    assert depth() == 0


def test_a_connection_takes_its_latency_to_and_fro() -> None:
    ours, theirs = socketpair("5ms")

    async def client(end: End = ours) -> None:
        loop: Any = asyncio.get_running_loop()
        await loop.sock_sendall(end, b"ping")
        assert await loop.sock_recv(end, 10) == b"pong"
        mark("answer")
        end.close()

    async def server(end: End = theirs) -> None:
        loop: Any = asyncio.get_running_loop()
        assert await loop.sock_recv(end, 2) == b"pi"
        assert await loop.sock_recv(end, 10) == b"ng"
        compute("2ms")
        await loop.sock_sendall(end, b"pong")
        assert await loop.sock_recv(end, 10) == b""
        mark("closed")

    engine, programs = machine({"one": {"client": client}, "two": {"server": server}})
    trace = go(engine, step=3)
    assert not any(program.errors for program in programs.values())  # type: ignore[union-attr]
    assert marks(trace) == [(12, "client", "answer"), (17, "server", "closed")]


def test_loops_call_each_other_and_wait_for_results() -> None:
    loops: dict[str, asyncio.AbstractEventLoop] = {}

    async def serve() -> None:
        loops["two"] = asyncio.get_running_loop()
        await asyncio.sleep(0.02)

    async def answer() -> int:
        await asyncio.sleep(0.003)
        return 42

    def asks() -> int:
        compute("1ms")
        return asyncio.run_coroutine_threadsafe(answer(), loops["two"]).result()

    def impatient() -> None:
        compute("1ms")
        future = asyncio.run_coroutine_threadsafe(answer(), loops["two"])
        with pytest.raises(TimeoutError):
            future.result(0.001)

    works: dict[str, Any] = {"two": {"serve": serve}, "asks": asks, "impatient": impatient}
    engine, programs = machine(works)
    trace = go(engine, step=4)
    asked = programs["asks"]
    assert isinstance(asked, SimThread)
    assert asked.program.result == 42
    assert programs["impatient"].error is None
    # The loop has the core back at 2, when both have asked; its answers come at 5.
    assert ends(trace)["asks"] == 5
    assert ends(trace)["impatient"] == 3


def test_what_is_made_of_a_trace_works_on_it() -> None:
    async def main() -> None:
        event = asyncio.Event()
        waiter = asyncio.create_task(event.wait())
        sleeper = asyncio.create_task(asyncio.sleep(9))
        await asyncio.to_thread(call, "file.read", "2ms")
        event.set()
        sleeper.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        await waiter
        call("time.sleep", "1ms")

    trace = go(machine({"one": {"main": main}, "two": {"cruncher": cruncher}})[0])
    history = History(trace)
    assert all(explain(history, n).text for n in range(len(trace) + 1))
    measured = metrics.measure(trace)
    for finding in FINDINGS.values():
        list(finding(measured))


def test_a_run_that_is_thrown_away_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    finals: list[str] = []

    async def never() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            finals.append("never")

    async def busy() -> None:
        try:
            compute("1s")
        finally:
            finals.append("busy")

    async def threads() -> None:
        await asyncio.gather(*(asyncio.to_thread(call, "time.sleep", 1) for _ in range(2)))

    works = {"one": {"never": never, "busy": busy}, "two": {"threads": threads}}
    engine, _ = machine(works)
    engine.run(100_000_000)
    gc.collect()  # what other tests have left: asyncio logs of tasks that nobody asked
    caplog.clear()
    with caplog.at_level(logging.INFO):
        close(engine)
        found = weakref.ref(engine)
        del engine, _
        gc.collect()
    assert found() is None
    assert sorted(finals) == ["busy", "never"]
    assert not caplog.records
    assert asyncio._get_running_loop() is None
