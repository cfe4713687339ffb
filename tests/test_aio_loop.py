"""SimLoop with a machine of its own: simulated time, deadlocks, threads, what it refuses."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import signal
import sys
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from schedsim.aio import Deadlock, Executor, SimLoop, call, compute, mark, socketpair
from schedsim.engine import Engine
from schedsim.programs.greenlets import NotSimulated
from schedsim.state import State
from schedsim.trace import Kind, Role
from tests.machines import marks, told
from tests.simulated import CheckedLoop

YEAR = 365 * 24 * 3600.0


@pytest.fixture
def loop() -> Iterator[SimLoop]:
    """A loop that checks itself."""
    made = CheckedLoop()
    yield made
    made.close()


# -- time -------------------------------------------------------------------------------------


def test_the_clock_starts_at_0_and_jumps(loop: SimLoop) -> None:
    began = time.monotonic()
    assert loop.time() == 0
    loop.run_until_complete(asyncio.sleep(YEAR))
    assert loop.time() == YEAR
    assert time.monotonic() - began < 5


def test_moments_are_whole_nanoseconds(loop: SimLoop) -> None:
    async def main() -> list[float]:
        await asyncio.sleep(0.1)
        await asyncio.sleep(0.2)
        return [loop.time()]

    assert loop.run_until_complete(main()) == [0.3]  # and not 0.30000000000000004
    assert loop.thread.engine.now == 300_000_000


def test_timers_that_are_meant_to_be_due_together_are(loop: SimLoop) -> None:
    seen: list[str] = []

    async def main() -> None:
        await asyncio.sleep(0.001)
        loop.call_at(0.010, seen.append, "first")
        loop.call_later(0.009, seen.append, "second")  # 0.001 + 0.009 < 0.010, as floats
        await asyncio.sleep(1)

    loop.run_until_complete(main())
    assert seen == ["first", "second"]


@pytest.mark.parametrize("start", [0.0, 1.0, YEAR, 100 * YEAR])
def test_a_timer_fires_at_its_moment_however_far(loop: SimLoop, start: float) -> None:
    seen: list[float] = []

    def fires(moment: float) -> None:
        seen.append(loop.time() - moment)

    for n in range(1, 50):
        loop.call_at(start + n / 7, fires, start + n / 7)
    loop.call_at(start + 8, loop.stop)
    loop.run_forever()
    assert len(seen) == 49
    assert max(map(abs, seen)) <= max(1e-9, start * sys.float_info.epsilon)


def test_equal_moments_come_in_the_order_of_the_heap(loop: SimLoop) -> None:
    seen: list[str] = []
    for name in "ABCDEFGH":
        loop.call_at(1, seen.append, name)
    with pytest.raises(Deadlock):
        loop.run_forever()
    assert "".join(seen) == "ACGFHEBD"  # SEMANTICS.md A2, measured


def test_endless_timers_never_fire(loop: SimLoop) -> None:
    loop.call_later(float("inf"), mark, "never")
    with pytest.raises(Deadlock):
        loop.run_forever()


def test_computing_takes_simulated_time_and_keeps_the_loop(loop: SimLoop) -> None:
    seen: list[float] = []

    async def main() -> None:
        loop.call_later(0.001, lambda: seen.append(loop.time()))
        compute("5ms")
        compute(0.002)
        await asyncio.sleep(0.001)

    loop.run_until_complete(main())
    assert seen == [0.007]
    assert loop.time() == 0.008


def test_plain_callbacks_compute_and_mark_too(loop: SimLoop) -> None:
    def callback() -> None:
        compute("1ms")
        call("time.sleep", "2ms")
        mark("done")
        loop.stop()

    loop.call_soon(callback)
    loop.run_forever()
    assert marks(loop.thread.engine.trace) == [(3, "main", "done")]


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "5", "soon"])
def test_a_duration_that_is_none_is_refused(loop: SimLoop, wrong: Any) -> None:
    async def main() -> None:
        compute(wrong)

    with pytest.raises(ValueError, match=r"duration|unit"):
        loop.run_until_complete(main())


@pytest.mark.parametrize("verb", [lambda: compute(1), lambda: call("input", 1), lambda: mark("m")])
def test_outside_of_a_simulated_thread_a_verb_says_so(verb: Any) -> None:
    with pytest.raises(NotSimulated, match="works only inside a simulated thread"):
        verb()


# -- running ----------------------------------------------------------------------------------


def test_a_runner_runs_it_again_and_again() -> None:
    async def main(n: int) -> float:
        await asyncio.sleep(n)
        return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=SimLoop) as runner:
        assert runner.run(main(1)) == 1
        assert runner.run(main(2)) == 3
        runner.get_loop().set_debug(True)
        assert runner.run(main(0)) == 3


def test_what_a_task_raises_comes_out(loop: SimLoop) -> None:
    async def main() -> None:
        await asyncio.sleep(1)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        loop.run_until_complete(main())


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_comes_out_and_the_loop_can_be_used(
    loop: SimLoop, error: type[BaseException]
) -> None:
    async def main() -> None:
        compute(1)
        raise error

    with pytest.raises(error):
        loop.run_until_complete(main())
    assert not loop.is_running()
    loop.run_until_complete(asyncio.sleep(1))
    assert loop.time() == 2


def test_control_c_while_only_the_machine_runs_comes_out(
    loop: SimLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    def poke(*_: object) -> None:
        monkeypatch.setattr(Engine, "settle", interrupted)

    loop.call_soon(poke)
    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(asyncio.sleep(1))
    assert asyncio._get_running_loop() is None
    with pytest.raises(RuntimeError, match="interrupted"):
        loop.run_forever()


def test_it_belongs_to_its_thread(loop: SimLoop) -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="already running"):
            loop.run_forever()
        with pytest.raises(RuntimeError, match="was not made to run an event loop"):
            await loop.run_in_executor(None, SimLoop)

    loop.run_until_complete(main())


def test_eager_tasks_are_in_the_trace(loop: SimLoop) -> None:
    factory = getattr(asyncio, "eager_task_factory", None)
    if factory is None:
        pytest.skip("eager tasks came with 3.12")
    loop.set_task_factory(factory)

    async def child(length: float) -> None:
        compute("1ms")
        if length:
            await asyncio.sleep(length)

    async def main() -> None:
        short, long = asyncio.create_task(child(0)), asyncio.create_task(child(1))
        assert short.done()
        await long

    loop.run_until_complete(main())
    trace = loop.thread.engine.trace
    assert [row[0:5:3] for row in told(trace, Kind.COMPUTE)] == [(0, "child"), (1, "child-2")]
    assert loop.time() == 1.002


# -- deadlocks --------------------------------------------------------------------------------


def test_a_deadlock_is_told_with_who_waits_for_what(loop: SimLoop) -> None:
    async def holds(lock: asyncio.Lock, other: asyncio.Lock) -> None:
        async with lock:
            await asyncio.sleep(1)
            async with other:
                pass

    async def both() -> None:
        a, b = asyncio.Lock(), asyncio.Lock()
        one = asyncio.create_task(holds(a, b), name="one")
        two = asyncio.create_task(holds(b, a), name="two")
        await asyncio.gather(one, two)

    with pytest.raises(Deadlock) as caught:
        loop.run_until_complete(both())
    assert str(caught.value) == (
        "nothing can ever happen again at 1 s: both waits for a future, in both; "
        "one waits for a future, in Lock.acquire; two waits for a future, in Lock.acquire"
    )
    assert not loop.is_running()
    loop.run_until_complete(asyncio.sleep(1))  # the loop is as good as before
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))


def test_a_runner_cleans_up_after_a_deadlock() -> None:
    ended: list[str] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("main")

    with pytest.raises(Deadlock), asyncio.Runner(loop_factory=SimLoop) as runner:
        runner.run(main())
    assert ended == ["main"]


def test_a_call_that_blocks_the_loop_for_ever_is_told(loop: SimLoop) -> None:
    async def main() -> None:
        concurrent.futures.Future[None]().result()

    with pytest.raises(RuntimeError, match="a call in it blocks for ever"):
        loop.run_until_complete(main())


# -- threads ----------------------------------------------------------------------------------


def test_the_default_pool_has_four_threads_more_than_cores(loop: SimLoop) -> None:
    ends: list[tuple[int, float]] = []

    def work(n: int) -> None:
        call("file.read", "10ms")
        ends.append((n, loop.time()))

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(work, n) for n in range(7)))

    loop.run_until_complete(main())
    assert ends == [(n, 0.01) for n in range(5)] + [(5, 0.02), (6, 0.02)]
    names = [e.name for e in loop.thread.engine.trace.entities if e.role is Role.THREAD]
    assert names == ["main", *(f"asyncio_{n}" for n in range(5))]


def test_an_idle_thread_is_used_again(loop: SimLoop) -> None:
    async def main() -> None:
        for _ in range(3):
            await asyncio.to_thread(call, "file.read", "1ms")

    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_default_executor())
    trace = loop.thread.engine.trace
    assert [e.name for e in trace.entities if e.role is Role.THREAD] == [
        "main",
        "asyncio_0",
        "shutdown",
    ]
    assert loop.time() == 0.003


def test_threads_share_core_and_gil_with_the_loop(loop: SimLoop) -> None:
    async def main() -> None:
        burns = asyncio.to_thread(compute, "20ms")
        await asyncio.gather(burns, asyncio.sleep(0.001))

    loop.run_until_complete(main())
    requests = told(loop.thread.engine.trace, Kind.GIL_REQUEST)
    assert [row[3:] for row in requests] == [("main", "asyncio_0")]


def test_results_and_errors_come_back_from_threads(loop: SimLoop) -> None:
    def fails() -> None:
        raise KeyError

    async def main() -> int:
        with pytest.raises(KeyError):
            await asyncio.to_thread(fails)
        with Executor(1) as pool:
            return await loop.run_in_executor(pool, lambda: 42)

    assert loop.run_until_complete(main()) == 42


def test_the_shutdown_of_the_pool_can_time_out(loop: SimLoop) -> None:
    async def main() -> None:
        work = loop.run_in_executor(None, call, "file.read", 10)
        await asyncio.sleep(1)
        with pytest.warns(RuntimeWarning, match="within 2 seconds"):
            await loop.shutdown_default_executor(2)
        assert loop.time() == 3
        await work

    loop.run_until_complete(main())


def test_another_thread_wakes_the_loop(loop: SimLoop) -> None:
    async def main() -> float:
        event = asyncio.Event()

        def sets() -> None:
            compute("3ms")
            loop.call_soon_threadsafe(event.set)
            call("time.sleep", 1)

        work = loop.run_in_executor(None, sets)
        await event.wait()
        woken = loop.time()
        await work
        return woken

    assert loop.run_until_complete(main()) == 0.003


# -- what it refuses --------------------------------------------------------------------------


def test_real_threads_are_refused(loop: SimLoop) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with pytest.raises(RuntimeError, match="real threads do not know simulated time"):
            loop.run_until_complete(loop.run_in_executor(pool, int))
        with pytest.raises(TypeError, match="real threads do not know simulated time"):
            loop.set_default_executor(pool)


@pytest.mark.parametrize(
    "asks",
    [
        lambda loop: loop.create_connection(asyncio.Protocol, "localhost", 80),
        lambda loop: loop.create_server(asyncio.Protocol, "localhost", 80),
        lambda loop: loop.subprocess_exec(asyncio.SubprocessProtocol, "true"),
        lambda loop: loop.add_signal_handler(signal.SIGTERM, int),
        lambda loop: loop.getaddrinfo("localhost", 80),
        lambda loop: loop.add_reader(0, int),
    ],
)
def test_the_world_outside_is_refused(loop: SimLoop, asks: Any) -> None:
    with pytest.raises(NotImplementedError, match="needs the world outside"):
        asks(loop)


# -- connections ------------------------------------------------------------------------------


def test_an_end_that_nobody_watches_any_more_wakes_nobody(loop: SimLoop) -> None:
    ours, theirs = socketpair()
    seen: list[bytes] = []

    async def main() -> None:
        loop.add_reader(theirs, lambda: seen.append(theirs.recv(10)))
        loop.add_writer(ours, loop.remove_writer, ours)
        ours.send(b"one")
        await asyncio.sleep(0.001)
        assert loop.remove_reader(theirs)
        assert not loop.remove_reader(theirs)
        ours.send(b"two")
        await asyncio.sleep(0.001)
        assert theirs.recv(10) == b"two"
        with pytest.raises(BlockingIOError):
            theirs.recv(10)
        theirs.close()
        assert ours.recv(10) == b""
        with pytest.raises(BrokenPipeError):
            ours.send(b"three")

    loop.run_until_complete(main())
    assert seen == [b"one"]
    with pytest.raises(ValueError, match="never blocks"):
        ours.setblocking(True)


# -- in the end -------------------------------------------------------------------------------


def test_a_closed_loop_frees_its_machine() -> None:
    async def main() -> None:
        await asyncio.to_thread(compute, 1)

    loop = SimLoop()
    loop.run_until_complete(main())
    engine = weakref.ref(loop.thread.engine)
    loop.close()
    loop.close()
    assert loop.is_closed()
    del loop
    gc.collect()
    assert engine() is None


def test_one_that_is_not_closed_warns_as_cpythons_does() -> None:
    loop = SimLoop()
    loop.run_until_complete(asyncio.sleep(1))
    kept = [loop]
    del loop
    with pytest.warns(ResourceWarning, match="unclosed event loop"):
        kept.clear()  # nothing else holds it, not even a suspended frame


def test_the_trace_can_be_looked_at_afterwards(loop: SimLoop) -> None:
    async def main() -> None:
        await asyncio.sleep(1)

    loop.run_until_complete(main())
    trace = loop.thread.engine.trace
    state = State.start(trace).forward(len(trace))
    assert [trace.entities[id].name for id in state.running] == ["main"]
