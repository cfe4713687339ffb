"""Plain asyncio in ``.py`` scenarios: the standard library's own loop runs coroutines."""

from __future__ import annotations

import asyncio
import gc
import logging
import textwrap
import warnings
import weakref

import pytest

from schedsim import metrics, python_file, report
from schedsim.commands import Inject, SetYielding
from schedsim.engine.facts import facts
from schedsim.findings import FINDINGS
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError
from schedsim.simulation import Simulation
from schedsim.state import State, Status
from schedsim.trace import Kind, Reason, Role
from tests.machines import Slice, ends, holds, in_hand, marks, on_core, play, rows
from tests.plain_asyncio import HEAD, played, scenario

TICKER = """
    async def ticker():
        for _ in range(3):
            compute("1ms")
            mark("tick")
            await asyncio.sleep(0.004)

    async def cruncher():
        for _ in range(2):
            compute("12ms")
            await asyncio.sleep(0)
"""


def test_asyncio_itself_runs_it() -> None:
    """Lock, gather, TaskGroup, timeout: all of them the standard library's."""
    trace = played(
        """
        lock = asyncio.Lock()

        async def child(n):
            async with lock:
                await asyncio.sleep(0.002)
                mark(f"child {n}")
            return n

        async def main():
            mark(str(await asyncio.gather(child(1), child(2))))
            async with asyncio.TaskGroup() as group:
                group.create_task(child(3))
            try:
                async with asyncio.timeout(0.001):
                    await child(4)
            except TimeoutError:
                mark("late")
        """,
        "job('main', main)",
    )
    assert [(at, label) for at, _, label in marks(trace)] == [
        (2, "child 1"),
        (4, "child 2"),
        (4, "[1, 2]"),
        (6, "child 3"),
        (7, "late"),
    ]
    assert not trace.failures


def test_jobs_are_tasks_of_one_loop_in_one_thread() -> None:
    """The ticker is due at 5 ms, and has its turns when the cruncher gives way: at 13, at 25."""
    trace = played(TICKER, "job('ticker', ticker), job('cruncher', cruncher)")
    assert [e.name for e in trace.entities if e.role is Role.THREAD] == ["main"]
    assert in_hand(trace) == [
        Slice("ticker", 0, 1),
        Slice("cruncher", 1, 25),
        Slice("ticker", 25, 26),
        Slice("ticker", 30, 31),
    ]
    assert marks(trace) == [(1, "ticker", "tick"), (26, "ticker", "tick"), (31, "ticker", "tick")]


def test_several_loops_share_core_and_gil() -> None:
    """As two loops and a thread that are set up by hand do: see test_aio_machine."""
    text = (
        HEAD
        + textwrap.dedent(TICKER)
        + textwrap.dedent(
            """
            def scenario():
                one = loop_thread("one", job("ticker", ticker))
                two = loop_thread("two", job("cruncher", cruncher))
                return Scenario(processes=[process("web", one, two)],
                                machine={"quantum": "10ms", "policy": "round_robin"})
            """
        )
    )
    trace = play(python_file.loads(text, "x.py"))
    runs = [
        Slice("one", 0, 1),
        Slice("two", 1, 16),
        Slice("one", 16, 17),
        Slice("two", 17, 26),
        Slice("one", 26, 27),
    ]
    assert on_core(trace) == runs
    assert holds(trace) == runs


def test_a_tree_has_threads_beside_loops() -> None:
    """The thread computes from 1 to 7 ms; the loop is due at 5, and has the core at 7."""
    text = (
        HEAD
        + textwrap.dedent(TICKER)
        + textwrap.dedent(
            """
            def worker():
                compute("6ms")
                mark("worked")

            def scenario():
                return Scenario(processes=[
                    process("web", loop_thread("io", job("ticker", ticker)),
                            job("worker", worker, style="greenlet")),
                ])
            """
        )
    )
    trace = play(python_file.loads(text, "x.py"))
    assert (7, "worker", "worked") in marks(trace)
    assert marks(trace)[-1] == (13, "ticker", "tick")


@pytest.mark.parametrize("waits", ["await compute('5ms')", "compute('5ms')"])
def test_computing_is_a_call_awaited_or_not(waits: str) -> None:
    text = f"async def a():\n    {waits}\n    await mark('done')"
    assert marks(played(text, "job('a', a)")) == [(5, "a", "done")]


def test_our_own_requests_are_served_anywhere_in_it() -> None:
    """Also in tasks that the author makes, and in functions of the executor."""
    trace = played(
        """
        async def child():
            await sleep("2ms")
            await acquire("l")
            await io("3ms")
            release("l")
            return 7

        def blocking():
            compute("1ms")
            sleep("2ms")
            call("file.read", "3ms")
            mark("read")

        async def main():
            task = asyncio.create_task(child())
            await sleep(0)
            await acquire("l")
            await sleep("4ms")
            release("l")
            mark(str(await task))
            await asyncio.to_thread(blocking)
            spawn("late")
            await join("late")
            mark(await result_of("late"))

        async def late():
            await sleep("1ms")
            return "over"
        """,
        "job('main', main), job('late', late, spawned=True)",
    )
    assert [(at, label) for at, _, label in marks(trace)] == [
        (7, "7"),
        (13, "read"),
        (14, "over"),
    ]
    reasons = {row.reason for row in trace.rows() if row.kind in (Kind.LOOP_WAIT, Kind.LOOP_PASS)}
    assert {Reason.IO, Reason.SLEEP, Reason.LOCK} <= reasons


def test_other_styles_and_steps_run_beside_it() -> None:
    trace = played(
        """
        async def a():
            await asyncio.sleep(0.001)
            mark("a")

        def g():
            yield sleep("2ms")
            yield mark("g")

        def l():
            sleep("3ms")
            mark("l")

        def c(machine):
            machine.sleep("4ms", lambda: machine.mark("c"))
        """,
        "job('a', a), job('g', g), job('l', l, style='greenlet'), job('c', c, style='callback'),"
        "job('s', steps=[{'repeat': 5, 'do': ['sleep 1ms']}, 'mark s'])",
    )
    assert marks(trace) == [(n + 1, name, name) for n, name in enumerate("aglcs")]


def test_an_error_ends_its_task_with_a_traceback_and_the_others_go_on() -> None:
    trace = played(
        """
        async def bad():
            compute("1ms")
            raise ValueError("no")

        async def rude():
            import sys
            sys.exit("gone")

        async def good():
            await asyncio.sleep(0.005)
            mark("well")
        """,
        "job('bad', bad), job('rude', rude), job('good', good)",
    )
    assert marks(trace) == [(6, "good", "well")]  # it began behind ``bad``, at 1
    told = {trace.entities[n].name: text for n, text in trace.failures.items()}
    assert told["bad"].splitlines() == [
        "Traceback (most recent call last):",
        '  File "x.py", line 6, in bad',
        "ValueError: no",
    ]
    assert told["rude"].endswith("SystemExit: gone")
    assert set(told) == {"bad", "rude"}


def test_so_does_one_in_a_task_that_the_author_made(caplog: pytest.LogCaptureFixture) -> None:
    trace = played(
        """
        async def child():
            raise KeyError("x")

        async def main():
            asyncio.create_task(child(), name="made")
            asyncio.get_running_loop().call_soon(lambda: 1 / 0)
            await asyncio.sleep(0.001)
            mark("on")
        """,
        "job('main', main)",
    )
    gc.collect()
    mine = [each for each in caplog.records if "made" in each.getMessage()]
    assert marks(trace) == [(1, "main", "on")]
    told = {trace.entities[n].name: text.splitlines()[-1] for n, text in trace.failures.items()}
    assert told == {"made": "KeyError: 'x'", "main": "ZeroDivisionError: division by zero"}
    assert not mine


def test_cancelling_is_asyncios() -> None:
    trace = played(
        """
        async def victim():
            try:
                await asyncio.sleep(9)
            except asyncio.CancelledError:
                mark("told")
                raise

        def other():
            try:
                yield sleep("9ms")
            except Cancelled:
                yield mark("told too")
                raise

        async def killer():
            await asyncio.sleep(0.002)
            cancel("victim")
            cancel("other")
        """,
        "job('victim', victim), job('other', other), job('killer', killer)",
    )
    assert marks(trace) == [(2, "victim", "told"), (2, "other", "told too")]
    assert not trace.failures
    assert [row.reason for row in trace.rows()].count(Reason.CANCELLED) >= 2


def test_where_a_task_stands_is_a_line_of_the_file() -> None:
    text = """
        async def inner():
            await asyncio.sleep(0.004)

        async def outer():
            compute("1ms")
            await inner()
    """
    simulation = Simulation(scenario(text, "job('outer', outer)"))
    engine, trace = simulation.engine, simulation.trace
    for until, line, waits in ((500_000, 8, False), (3_000_000, 5, True)):
        simulation.run(until)
        state = State.start(trace).forward(len(trace))
        (task,) = (e for e in trace.entities if e.role is Role.TASK)
        assert state.pc[task.id] == line
        assert task.listing is not None
        assert (line in trace.kept.get(task.id, {})) is waits
        assert state.facts() == facts(engine)
    assert task.style == "coroutine"
    kept = trace.kept[task.id][5]
    assert kept == "a chain of 2 frames is kept: outer at line 9, inner at line 5"


def test_yielding_can_be_toggled() -> None:
    """The beat is due at 1 ms and found so at 5, behind the cruncher; its timer only sets a future
    at 10, and at 15 it has its turn.  Without yields it has to wait for all 20 ms."""
    text = """
        async def beat():
            for _ in range(3):
                mark("beat")
                await asyncio.sleep(0.001)

        async def cruncher():
            for _ in range(4):
                compute("5ms")
                await asyncio.sleep(0)
    """
    jobs = "job('beat', beat), job('cruncher', cruncher, cpu_heavy=True)"
    run = Run(scenario(text, jobs))
    assert [at for at, *_ in marks(run.finish())] == [0, 15, 20]
    run.act(SetYielding(on=False), 0, 0)
    assert [at for at, *_ in marks(run.finish())] == [0, 20, 21]


def test_work_can_be_injected() -> None:
    text = "async def a():\n    await asyncio.sleep(0.01)\n    mark('a')"
    run = Run(scenario(text, "job('a', a)"))
    run.finish()
    command = Inject("hog", 30_000_000, 30_000_000, process="python", loop="main")
    run.act(command, 8, 5_000_000)
    trace = run.finish()
    assert ends(trace)["hog"] == 35
    assert marks(trace) == [(35, "a", "a")]


def test_work_is_injected_by_nobody_whoever_is_in_hand_then() -> None:
    """At every row of the run: it was no task that started it, and no task has to pause for it."""
    made = scenario(TICKER, "job('ticker', ticker), job('cruncher', cruncher)")
    command = Inject("hog", 1_000_000, 1_000_000, process="python", loop="main")
    interrupted = 0
    for count in range(5, len(play(made)) - 1):  # then the loop ends
        simulation = Simulation(made)
        simulation.run(rows=count)
        state = State.start(simulation.trace).forward(count)
        interrupted += any(each.current for each in state.loops.values())
        command.obey(simulation)
        simulation.run()
        trace = simulation.trace
        [hog] = [each.id for each in trace.entities if each.name == "hog"]
        [born] = [row for row in rows(trace, Kind.SPAWN) if row.subject == hog]
        assert born.other == 0
        assert "hog" in ends(trace)
    assert interrupted > 10


def test_arrivals_and_counts() -> None:
    text = "async def a():\n    compute('2ms')\n    mark('a')"
    trace = played(text, "job('a', a, count=2), job('b', a, arrival='10ms')")
    assert [each[:2] for each in marks(trace)] == [(2, "a-1"), (4, "a-2"), (12, "b")]
    told = report.to_json(Run(scenario(text, "job('b', a, arrival='10ms')")))
    assert told["threads"]
    assert trace.entities[-1].arrival == 10_000_000


def test_resuming_may_cost_something() -> None:
    """Each begins with 1 ms, computes 2 and is resumed for 1: the first to 3, the second to 6, and
    then they are resumed at 6 and at 7."""
    text = "async def a():\n    compute('2ms')\n    await asyncio.sleep(0)\n    mark('a')"
    trace = played(text, "job('a', a, count=2)", python="{'task_switch_cost': '1ms'}")
    assert [at for at, *_ in marks(trace)] == [7, 8]


def test_a_deadlock_is_found() -> None:
    trace = played(
        """
        async def a():
            await acquire("l")
            await sleep(0)
            await acquire("m")

        async def b():
            await acquire("m")
            await sleep(0)
            await acquire("l")

        async def c():
            await asyncio.Event().wait()
        """,
        "job('a', a), job('b', b), job('c', c)",
    )
    assert trace.complete
    (found,) = FINDINGS["deadlock"](metrics.measure(trace))
    assert "a waits for lock m, which b holds, b waits for lock l, which a holds" in found.why
    last = State.start(trace).forward(len(trace))
    names = {e.name for e in trace.entities if last.status[e.id] is Status.SUSPENDED}
    assert names == {"a", "b", "c"}


def test_a_loop_that_never_lets_time_pass_is_stopped() -> None:
    text = "async def a():\n    while True:\n        mark('x')"
    trace = Run(scenario(text, "job('a', a)")).finish()
    (told,) = trace.failures.values()
    assert "10,000 requests in a row that take no time" in told


@pytest.mark.parametrize("rows", [1, 3])
def test_it_may_pause_at_any_row(rows: int) -> None:
    made = scenario(TICKER, "job('ticker', ticker), job('cruncher', cruncher)")
    simulation = Simulation(made)
    while not simulation.trace.complete:
        simulation.run(rows=len(simulation.trace) + rows)
        state = State.start(simulation.trace).forward(len(simulation.trace))
        assert state.facts() == facts(simulation.engine)
    assert simulation.trace.digest() == play(made).digest()


def test_a_run_that_is_thrown_away_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    text = """
        async def child():
            await asyncio.get_running_loop().create_future()

        async def never():
            asyncio.create_task(child())
            try:
                await asyncio.sleep(9)
            finally:
                await asyncio.sleep(1)

        async def busy():
            compute("1s")

        async def threads():
            await asyncio.to_thread(call, "time.sleep", "1s")

        def greenlet():
            sleep("9ms")

        def generator():
            yield sleep("9ms")
    """
    jobs = (
        "job('never', never), job('t', threads), job('l', greenlet, style='greenlet'),"
        "job('g', generator), job('busy', busy), job('later', busy, arrival='5s')"
    )
    gc.collect()  # what other tests have left: asyncio logs of tasks that nobody asked
    caplog.clear()
    with warnings.catch_warnings(), caplog.at_level(logging.INFO):
        warnings.simplefilter("error")
        simulation = Simulation(scenario(text, jobs))
        simulation.run(5_000_000)
        found, trace = weakref.ref(simulation.engine), simulation.trace
        del simulation
        gc.collect()
        assert found() is None
        assert not trace.failures
    assert not caplog.records
    assert asyncio._get_running_loop() is None


def test_threads_with_greenlets_are_thrown_away_as_well() -> None:
    text = HEAD + (
        "def scenario():\n    def a():\n        sleep('9ms')\n"
        "    return Scenario([job('a', a, style='greenlet')], model='threads')\n"
    )
    simulation = Simulation(python_file.loads(text, "x.py"))
    simulation.run(1_000_000)
    found = weakref.ref(simulation.engine)
    del simulation
    gc.collect()
    assert found() is None


def test_on_another_loop_it_is_told_what_is_missing() -> None:
    lines = HEAD + "def scenario():\n    async def a():\n        await asyncio.sleep(1)\n"
    trace = play(python_file.loads(lines + "    return Scenario([job('a', a)])\n", "x.py"))
    (told,) = trace.failures.values()
    assert "RuntimeError: no running event loop" in told
    assert 'model="asyncio"' in told


@pytest.mark.parametrize(
    "steps",
    [
        "[{'timeout': '5ms', 'do': ['sleep 1ms']}]",
        "['put q 1']",
        "[{'repeat': 2, 'do': ['put q 1']}]",
    ],
)
def test_steps_beside_it_are_plain(steps: str) -> None:
    text = "async def a():\n    await asyncio.sleep(1)"
    with pytest.raises(ScenarioError, match="beside plain asyncio"):
        scenario(text, f"job('a', a), job('s', steps={steps})")
