"""Jobs on plain asyncio, and beside it: whom they wait for, and how they end."""

from __future__ import annotations

import asyncio
import gc
import sys
import textwrap
import weakref

import pytest

from schedsim import python_file
from schedsim.commands import Kill, SetYielding
from schedsim.engine.facts import facts
from schedsim.run import Run
from schedsim.simulation import Simulation
from schedsim.state import State, Status
from schedsim.trace import Role
from tests.machines import marks, play
from tests.plain_asyncio import HEAD, played, scenario
from tests.real_asyncio import VirtualLoop

TWO_PROCESSES = """
    def work():
        call("file.read", "2ms")

    async def serves():
        await asyncio.to_thread(work)
        await asyncio.gather(asyncio.to_thread(work), asyncio.sleep(0.001))
        await asyncio.to_thread(work)

    def other():
        compute("9ms")
        mark("on")
"""


@pytest.mark.parametrize("at", [1, 3, 4.5])
def test_killing_its_process_ends_its_loop_and_its_pool(at: float) -> None:
    """At 3 both threads are at work or wait for it; what the other process does goes on."""
    jobs = (
        "[process('web', loop_thread('io', job('serves', serves))),"
        " process('else', job('other', other, style='greenlet'))]"
    )
    text = HEAD + "def scenario():\n" + textwrap.indent(textwrap.dedent(TWO_PROCESSES), "    ")
    text += f"    return Scenario(processes={jobs}, machine={{'cores': 2}})\n"
    made = python_file.loads(text, "x.py")
    moment = int(at * 1_000_000)
    run = Run(made)
    run.finish()
    run.act(Kill("web"), run.history.rows_at(moment), moment)
    trace = run.finish()
    assert marks(trace) == [(9, "other", "on")]
    web = [e.id for e in trace.entities if e.process == 1 and e.role is not Role.PROCESS]
    last = State.start(trace).forward(len(trace))
    assert len(web) >= 3
    assert {last.status[each] for each in web} == {Status.EXITED, Status.DONE}
    assert max(last.since[each] for each in web) == moment
    simulation = Simulation(made)
    simulation.run(moment)
    Kill("web").obey(simulation)
    simulation.run()
    told = State.start(simulation.trace).forward(len(simulation.trace)).facts()
    assert told == facts(simulation.engine)


def test_a_policy_that_asks_for_lengths_takes_a_loop_and_its_pool_for_endless() -> None:
    """So both come last: the thread of 9 ms has the core until it ends, though it came later."""
    text = HEAD + textwrap.dedent(
        """
            async def serves():
                compute("1ms")
                await asyncio.to_thread(compute, "1ms")
                mark("served")

            def scenario():
                return Scenario(machine={"policy": "sjf"}, processes=[
                    process("a", loop_thread("io", job("serves", serves))),
                    process("b", job("long", steps=["compute 9ms", "mark long"])),
                    process("c", job("later", steps=["compute 5ms", "mark later"],
                                     arrival="9500us")),
                ])
            """
    )
    trace = play(python_file.loads(text, "x.py"))
    assert [(at, label) for at, _, label in marks(trace)] == [
        (9, "long"),
        (15, "later"),
        (16, "served"),
    ]


def test_periodic_steps_run_beside_it_as_on_the_loop_of_steps() -> None:
    """Jobs are released each 10 ms and take 3; that of 20 has to wait from 15 to 31, and that of 30
    begins when it is over, without waiting."""
    text = """
        async def crunch():
            await asyncio.sleep(0.015)
            compute("16ms")
    """
    beat = "job('beat', steps=['compute 3ms', 'mark beat'], period='10ms')"
    alone = f"job('crunch', steps=['sleep 15ms', 'compute 16ms']), {beat}"
    trace = play(scenario(text, f"job('crunch', crunch), {beat}"), until="55ms")
    assert [at for at, *_ in marks(trace)] == [3, 13, 34, 37, 43, 53]
    # The lines are others, and what they are of; all else is the same.
    rows, other = trace.rows(), play(scenario(text, alone), until="55ms").rows()
    assert [(r.time, r.kind, r.reason, r.arg) for r in rows] == [
        (r.time, r.kind, r.reason, r.arg) for r in other
    ]


def test_who_has_yet_to_arrive_can_be_waited_for() -> None:
    """So can its result; and whoever gives up waiting does not keep it from arriving."""
    trace = played(
        """
        async def late():
            await asyncio.sleep(0.002)
            mark("late")
            return "its result"

        async def joins():
            await join("late")
            mark("joined")

        async def asks():
            mark(await result_of("late"))

        async def hasty():
            try:
                async with asyncio.timeout(0.001):
                    await join("late")
            except TimeoutError:
                mark("gave up")
        """,
        "job('late', late, arrival='5ms'), job('joins', joins), job('asks', asks),"
        "job('hasty', hasty)",
    )
    assert marks(trace) == [
        (1, "hasty", "gave up"),
        (7, "late", "late"),
        (7, "joins", "joined"),
        (7, "asks", "its result"),
    ]


def test_who_is_cancelled_before_it_arrives_never_begins() -> None:
    trace = played(
        """
        async def late():
            mark("late")

        async def main():
            cancel("late")
            await join("late")
            mark("joined")
        """,
        "job('late', late, arrival='5ms'), job('main', main)",
    )
    assert marks(trace) == [(5, "main", "joined")]
    assert not trace.failures


def test_joining_waits_for_all_however_they_end() -> None:
    """One fails, one is cancelled, one is oneself.  Whoever is cancelled meanwhile takes with it
    whom it waits for, as with ``await task``."""
    trace = played(
        """
        async def work():
            await asyncio.sleep(0.002)
            raise ValueError("no")

        async def hangs():
            try:
                await asyncio.sleep(9)
            finally:
                mark("taken along")

        async def stuck():
            await asyncio.sleep(9)

        async def joins():
            await join("work")
            mark("over")
            await join("stuck")
            mark("over too")

        async def myself():
            await join("myself")
            mark(str(await result_of("myself")))

        async def patient():
            try:
                await join("hangs")
            except asyncio.CancelledError:
                mark("told")

        async def killer():
            await asyncio.sleep(0.003)
            cancel("patient")
            await asyncio.sleep(0.001)
            cancel("stuck")
        """,
        "job('work', work), job('hangs', hangs), job('stuck', stuck), job('joins', joins),"
        "job('myself', myself), job('patient', patient), job('killer', killer)",
    )
    assert marks(trace) == [
        (0, "myself", "None"),
        (2, "joins", "over"),
        (3, "hangs", "taken along"),
        (3, "patient", "told"),
        (4, "joins", "over too"),
    ]


def test_a_lock_that_nobody_has_cannot_be_released() -> None:
    """In the words of ``asyncio.Lock``, and to generators too."""
    trace = played(
        """
        async def plain():
            try:
                asyncio.Lock().release()
            except RuntimeError as error:
                mark(str(error))

        async def ours():
            try:
                release("l")
            except RuntimeError as error:
                mark(str(error))

        def generator():
            try:
                yield release("l")
            except RuntimeError as error:
                yield mark(str(error))
        """,
        "job('plain', plain), job('ours', ours), job('generator', generator)",
    )
    said = "Lock is not acquired."
    assert marks(trace) == [(0, name, said) for name in ("plain", "ours", "generator")]


def test_a_function_of_the_executor_cannot_do_what_tasks_do() -> None:
    trace = played(
        """
        def blocking():
            acquire("l")

        async def main():
            try:
                await asyncio.to_thread(blocking)
            except RuntimeError as error:
                mark(str(error))
        """,
        "job('main', main)",
    )
    says = "only a task of the loop can ask for that, not a thread beside it"
    assert marks(trace) == [(0, "main", says)]


async def rude() -> None:
    await asyncio.sleep(1)
    sys.exit("gone")


def test_a_task_of_the_author_that_leaves_the_program_ends_the_loop() -> None:
    """What is left is cancelled, as ``asyncio.run`` does on the running interpreter."""
    real: list[tuple[float, str]] = []

    async def other() -> None:
        try:
            await asyncio.sleep(9)
        finally:
            real.append((asyncio.get_running_loop().time(), "cancelled"))

    async def main() -> None:
        await asyncio.gather(asyncio.create_task(rude()), other())

    with pytest.raises(SystemExit), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())
    trace = played(
        """
        async def rude():
            import sys
            await asyncio.sleep(1)
            sys.exit("gone")

        async def other():
            try:
                await asyncio.sleep(9)
            finally:
                mark("cancelled")

        async def main():
            await asyncio.gather(asyncio.create_task(rude()), other())
        """,
        "job('main', main)",
    )
    assert [(at / 1_000, label) for at, _, label in marks(trace)] == real == [(1, "cancelled")]
    assert trace.complete
    assert any(text.endswith("SystemExit: gone") for text in trace.failures.values())


def test_the_coroutine_of_a_job_is_awaited_by_its_task_alone() -> None:
    """On the running interpreter too it is an error, of another kind in 3.11 than later."""

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        await task.get_coro()  # type: ignore[misc]

    with pytest.raises((RuntimeError, ValueError), match=r"coroutine .*already"):
        asyncio.run(main())
    trace = played(
        """
        async def main():
            try:
                await asyncio.current_task().get_coro()
            except TypeError as error:
                mark(str(error))
        """,
        "job('main', main)",
    )
    assert [label for *_, label in marks(trace)] == ["the coroutine of a job is its task's"]


@pytest.mark.parametrize("deaf", [False, True], ids=["told", "and does not listen"])
def test_a_task_that_yields_for_ever_where_yields_are_off_is_stopped(deaf: bool) -> None:
    tries = ["while True:", "    await asyncio.sleep(0)"]
    if deaf:
        inner = "".join(f"\n            {line}" for line in tries)
        tries = ["while True:", f"    try:{inner}", "    except RuntimeError:", "        pass"]
    lines = "".join(f"\n    {line}" for line in tries)
    text = f"async def a():{lines}\nasync def b():\n    mark('b')"
    run = Run(scenario(text, "job('a', a, cpu_heavy=True), job('b', b)"))
    run.act(SetYielding(on=False), 0, 0)
    trace = run.finish()
    (told,) = trace.failures.values()
    assert "10,000 requests in a row that take no time" in told
    assert marks(trace) == [(0, "b", "b")]


def test_a_generator_beside_it_that_does_not_listen_is_stopped() -> None:
    text = """
        def g():
            while True:
                try:
                    yield mark("x")
                except RuntimeError:
                    pass

        async def a():
            await asyncio.sleep(0.001)
            mark("a")
    """
    trace = Run(scenario(text, "job('g', g), job('a', a)")).finish()
    (told,) = trace.failures.values()
    assert "10,000 requests in a row that take no time, again at line 7" in told
    assert marks(trace)[-1] == (1, "a", "a")


def test_a_generator_that_is_thrown_away_while_it_computes_meets_nothing_more() -> None:
    text = """
        def g():
            try:
                yield compute("9ms")
            except Exception as error:
                yield mark(repr(error))

        async def a():
            await asyncio.sleep(1)
    """
    simulation = Simulation(scenario(text, "job('g', g), job('a', a)"))
    simulation.run(5_000_000)
    found, trace = weakref.ref(simulation.engine), simulation.trace
    rows = len(trace)
    del simulation
    gc.collect()
    assert found() is None
    assert len(trace) == rows
    assert not trace.failures
