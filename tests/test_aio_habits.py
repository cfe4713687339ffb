"""What people do with loops, pools and sockets: SimLoop does the same as asyncio's own loop.

Where the standard library can do it in the same test, it does, on a clock that jumps
(:class:`tests.real_asyncio.VirtualLoop`), or with real sockets and threads, which take no time to
speak of.
"""

from __future__ import annotations

import asyncio
import linecache
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest

from schedsim.aio import Deadlock, Executor, SimLoop, call, socketpair
from schedsim.aio.program import close
from schedsim.engine import Engine
from tests.real_asyncio import VirtualLoop
from tests.simulated import CheckedLoop, go, machine

Loop: TypeAlias = SimLoop | VirtualLoop
Say: TypeAlias = Callable[[str], None]
Work: TypeAlias = Callable[[], Any]
LOOPS = (CheckedLoop, VirtualLoop)


def said(factory: Callable[[], Loop], main: Callable[[Say], Awaitable[None]]) -> list[str]:
    """What ``main`` says on such a loop, each with the moment in seconds."""
    lines: list[str] = []

    def say(text: str) -> None:
        lines.append(f"{asyncio.get_running_loop().time():g} {text}")

    async def body() -> None:
        await main(say)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(body())
    return lines


# -- tasks and passes -------------------------------------------------------------------------


class Named(asyncio.Future[Any]):
    """Not a task; 3.13.0 gives it a name all the same."""

    def set_name(self, name: str) -> None:
        self.name = name


@pytest.mark.parametrize("factory", LOOPS)
def test_a_factory_may_make_something_that_is_no_task(factory: Callable[[], Loop]) -> None:
    def answers(loop: Any, coro: Any, **_: Any) -> asyncio.Future[Any]:
        coro.close()
        future = Named(loop=loop)
        loop.call_later(3, future.set_result, 42)
        return future

    async def never() -> int:
        return 0

    async def main(say: Say) -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(answers)
        say(str(await loop.create_task(never())))
        loop.set_task_factory(None)

    assert said(factory, main) == ["3 42"]


@pytest.mark.parametrize("factory", LOOPS)
def test_a_loop_can_be_driven_pass_by_pass(factory: Callable[[], Loop]) -> None:
    """As those do who have another loop around it."""
    loop = factory()
    asyncio._set_running_loop(loop)
    seen: list[str] = []

    async def works() -> None:
        for n in range(3):
            seen.append(str(n))
            await asyncio.sleep(0)

    task = loop.create_task(works())
    found = []
    for _ in range(4):
        loop._run_once()  # type: ignore[union-attr]
        found.append("".join(seen))
    asyncio._set_running_loop(None)
    assert found == ["0", "01", "012", "012"]
    assert task.done()
    if isinstance(loop, SimLoop):
        assert loop.facts()[0] == 0  # between two passes nobody is in hand
    loop.close()


def test_a_deadlock_names_the_task_that_is_awaited() -> None:
    async def waits(event: asyncio.Event) -> None:
        await event.wait()

    async def main() -> None:
        await asyncio.create_task(waits(asyncio.Event()), name="other")

    with pytest.raises(Deadlock) as caught, asyncio.Runner(loop_factory=SimLoop) as runner:
        runner.run(main())
    assert str(caught.value) == (
        "nothing can ever happen again at 0 s: main waits for task other; "
        "other waits for a future, in Event.wait"
    )


@pytest.mark.usefixtures("control_c")
@pytest.mark.parametrize("factory", [SimLoop, asyncio.SelectorEventLoop])
def test_control_c_where_nothing_can_happen_is_no_deadlock(
    factory: Callable[[], asyncio.AbstractEventLoop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal comes while only the machine runs: the runner cancels its task, and says so."""
    settle = Engine.settle
    ends: list[str] = []

    def interrupted(*arguments: Any) -> Any:
        monkeypatch.setattr(Engine, "settle", settle)
        signal.raise_signal(signal.SIGINT)
        return settle(*arguments)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        if factory is SimLoop:
            monkeypatch.setattr(Engine, "settle", interrupted)
        else:
            loop.call_soon(signal.raise_signal, signal.SIGINT)
        try:
            await loop.create_future()
        finally:
            ends.append("main")

    with pytest.raises(KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())
    assert ends == ["main"]


@pytest.mark.parametrize("file", ["<string>", "a file that is gone.py"])
def test_a_task_whose_source_cannot_be_read_has_no_listing(
    loop: SimLoop, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    # Python 3.13 keeps the text of ``python -c`` by the name that all of exec() has.
    text = "import another_program\n"
    monkeypatch.setitem(linecache.cache, "<string>", (len(text), None, [text], "<string>"))
    names: dict[str, Any] = {"asyncio": asyncio}
    exec(compile("async def typed():\n    await asyncio.sleep(1)", file, "exec"), names)
    loop.run_until_complete(names["typed"]())
    (task,) = (each for each in loop.thread.engine.trace.entities if each.name == "typed")
    assert task.listing is None
    assert loop.time() == 1


def test_a_loop_runs_only_in_its_own_thread() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(RuntimeError, match="belongs to another thread"):
            await loop.run_in_executor(None, loop.run_forever)

    with asyncio.Runner(loop_factory=SimLoop) as runner:
        runner.run(main())


# -- what is left at the end ------------------------------------------------------------------


async def leaves_a_generator(say: Say, kept: list[Any]) -> None:
    async def numbers() -> Any:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(3)
            say("closed")

    kept.append(numbers())
    say(str(await anext(kept[-1])))


def test_generators_that_are_left_are_closed_at_the_end() -> None:
    kept: list[Any] = []
    real = said(VirtualLoop, lambda say: leaves_a_generator(say, kept))
    lines: list[str] = []

    async def main() -> None:
        def say(text: str) -> None:
            lines.append(f"{asyncio.get_running_loop().time():g} {text}")

        await leaves_a_generator(say, kept)

    go(machine({"loop": {"main": main}})[0])
    assert lines == real == ["0 1", "3 closed"]


def test_a_loop_that_is_given_nothing_ends_at_once() -> None:
    trace = go(machine({"empty": {}})[0])
    assert trace.complete
    assert trace.end == 0


# -- pools ------------------------------------------------------------------------------------


@pytest.fixture
def loop() -> Iterator[SimLoop]:
    """A loop that checks itself."""
    made = CheckedLoop()
    yield made
    made.close()


def test_a_pool_of_ones_own_can_be_the_default(loop: SimLoop) -> None:
    ends: list[float] = []

    def work() -> None:
        call("file.read", 1)
        ends.append(loop.time())

    async def main() -> None:
        loop.set_default_executor(Executor(2))
        await asyncio.gather(*(asyncio.to_thread(work) for _ in range(5)))

    loop.run_until_complete(main())
    assert ends == [1, 1, 2, 2, 3]


def cancelled(pool: ThreadPoolExecutor, work: Work, let_go: Work, wait: Work) -> list[bool]:
    """Of three pieces of work for a pool of one, which were cancelled when the first ran."""
    futures = [pool.submit(work) for _ in range(3)]
    while not futures[0].running():
        wait()
    pool.shutdown(wait=False, cancel_futures=True)
    let_go()
    pool.shutdown()
    pool.shutdown()  # once more: its thread has ended
    return [each.cancelled() for each in futures]


def test_work_that_has_not_begun_can_be_cancelled_with_its_pool(loop: SimLoop) -> None:
    gate = threading.Event()
    real = cancelled(ThreadPoolExecutor(1), gate.wait, gate.set, lambda: time.sleep(0.001))

    def work() -> None:
        call("file.read", 1)

    async def main() -> list[bool]:
        return cancelled(Executor(1), work, lambda: None, lambda: call("time.sleep", "1ms"))

    assert loop.run_until_complete(main()) == real == [False, True, True]
    assert loop.time() == 1


def test_several_may_wait_for_the_end_of_one_pool(loop: SimLoop) -> None:
    ends: list[float] = []

    async def shuts_down() -> None:
        await loop.shutdown_default_executor()
        ends.append(loop.time())

    async def main() -> None:
        work = asyncio.create_task(asyncio.to_thread(call, "file.read", 3))
        await asyncio.sleep(1)
        await asyncio.gather(shuts_down(), shuts_down(), work)

    loop.run_until_complete(main())
    assert ends == [3, 3]


def test_futures_of_real_threads_are_waited_for_as_before() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: 42).result(60) == 42
        assert isinstance(pool.submit(int, "x").exception(60), ValueError)
    with pytest.raises(TimeoutError):
        Future[int]().result(0.001)


def test_a_call_has_a_name(loop: SimLoop) -> None:
    loop.call_soon(call, "", 1)
    failed: list[Any] = []
    loop.set_exception_handler(lambda _, context: failed.append(context["exception"]))
    loop.run_until_complete(asyncio.sleep(0))
    (error,) = failed
    assert isinstance(error, ValueError)
    assert str(error) == "a blocking call has a name, such as time.sleep"


# -- sockets ----------------------------------------------------------------------------------


@pytest.fixture(params=["simulated", "real"])
def connected(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any, Any]]:
    """A loop, and the two ends of a connection."""
    if request.param == "simulated":
        loop: Any = CheckedLoop()
        ours: Any
        theirs: Any
        ours, theirs = socketpair()
    else:
        loop = asyncio.SelectorEventLoop()
        ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    yield loop, ours, theirs

    async def closes() -> None:
        for end in (ours, theirs):
            end.close()
            end.close()  # once more: nothing happens

    loop.run_until_complete(closes())
    loop.close()


def test_another_reader_of_an_end_replaces_the_first(connected: tuple[Any, Any, Any]) -> None:
    loop, ours, theirs = connected
    seen: list[str] = []

    async def main() -> None:
        done = asyncio.Event()

        def second() -> None:
            seen.append(f"second {theirs.recv(9)!r}")
            done.set()

        loop.add_reader(theirs, seen.append, "first")
        loop.add_reader(theirs, second)
        ours.send(b"x")
        await done.wait()
        assert loop.remove_reader(theirs)

    loop.run_until_complete(main())
    assert seen == ["second b'x'"]


def test_nothing_is_sent_and_does_not_end_it(connected: tuple[Any, Any, Any]) -> None:
    loop, ours, theirs = connected

    async def main() -> bytes:
        assert ours.send(b"") == 0
        with pytest.raises(BlockingIOError):
            theirs.recv(9)
        ours.send(b"x")
        received: bytes = await loop.sock_recv(theirs, 9)
        return received

    assert loop.run_until_complete(main()) == b"x"


def test_who_is_cancelled_as_its_bytes_come_leaves_them(connected: tuple[Any, Any, Any]) -> None:
    """Both in one pass: the callback that cancels has queued before the end could be read."""
    loop, ours, theirs = connected

    async def main() -> bytes:
        reader = asyncio.create_task(loop.sock_recv(theirs, 9))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ours.send(b"x")
        loop.call_soon(reader.cancel)
        with pytest.raises(asyncio.CancelledError):
            await reader
        received: bytes = await loop.sock_recv(theirs, 9)
        return received

    assert loop.run_until_complete(main()) == b"x"


# -- runs that are thrown away ------------------------------------------------------------------


def test_a_run_that_never_began_is_thrown_away() -> None:
    async def main() -> None:
        raise AssertionError("it never began")

    engine, programs = machine({"loop": {"main": main}})
    close(engine)
    assert programs["loop"].error is None


def test_one_that_has_ended_too() -> None:
    async def main() -> None:
        await asyncio.sleep(1)

    engine, _ = machine({"loop": {"main": main}})
    end = go(engine).end
    close(engine)
    assert end == 1_000_000_000


def test_whoever_is_thrown_away_wakes_no_loop() -> None:
    """It stands before the loop, and so it is thrown away first."""
    woken: list[str] = []
    loops: list[asyncio.AbstractEventLoop] = []

    def asks() -> None:
        try:
            call("time.sleep", 9)
        finally:
            handle = loops[0].call_soon_threadsafe(woken.append, "woken")
            woken.append(f"asked, {handle.cancelled()}")

    async def serves() -> None:
        loops.append(asyncio.get_running_loop())
        await asyncio.sleep(9)

    engine, programs = machine({"asks": asks, "serves": {"main": serves}})
    engine.run(1_000_000_000)
    close(engine)
    assert woken == ["asked, False"]
    assert programs["asks"].error is None


def test_a_pool_that_somebody_still_holds_is_thrown_away_with_its_run() -> None:
    """Its idle thread must not ask for work again and again."""
    kept: list[Executor] = []

    async def main() -> None:
        kept.append(Executor(1))
        await asyncio.get_running_loop().run_in_executor(kept[0], int)
        await asyncio.sleep(9)

    engine, _ = machine({"loop": {"main": main}})
    engine.run(1_000_000_000)
    close(engine)
    with pytest.raises(RuntimeError, match="after shutdown"):
        kept[0].submit(int)
