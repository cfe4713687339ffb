"""CPython's own tests of asyncio, run on SimLoop: those of the Python that runs this.

    python -m tests.stdlib_asyncio            # all modules; or name some: locks queues
    python -m tests.stdlib_asyncio --list     # what is left out, and why

SimLoop stands in for the loop that ``asyncio.new_event_loop`` makes, and for ``TestLoop`` of
``test.test_asyncio.utils``, whose clock a test moves by hand.  What cannot be run is written in
:data:`LEFT_OUT`, each with the reason.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import importlib
import importlib.util
import io
import signal
import sys
import unittest
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

from schedsim.aio import SimLoop, compute
from schedsim.aio.thread import here

MODULES = (
    "locks",
    "queues",
    "futures",
    "futures2",
    "tasks",
    "taskgroups",
    "timeouts",
    "waitfor",
    "eager_task_factory",
    "context",
    "staggered",
    "pep492",
    "runners",
    "threads",
)
"""Of ``test.test_asyncio``; not each Python has all of them."""
FAST = ("locks", "queues", "taskgroups", "timeouts", "waitfor", "eager_task_factory", "context")
"""Those that are in the default run."""

LEFT_OUT = {
    "FutureTests.test_wrap_future": "a real thread completes the future, at no simulated moment",
}
"""Tests that cannot run: the end of a test's name, and why."""
OTHERS = {
    "base_events": "tests of BaseEventLoop itself, which SimLoop inherits, with a mocked selector",
    "buffered_proto, protocols, transports, streams, sslproto": "transports over real sockets",
    "events, selector_events, unix_events, proactor_events, windows_*": "each its own loop",
    "sendfile, server, sock_lowlevel, ssl": "real sockets",
    "subprocess": "real processes",
}
"""Modules of ``test.test_asyncio`` that are about something else than a loop's order and time."""

_LONGEST = 20.0
"""A test that takes more real seconds hangs."""


class HandTimedLoop(SimLoop):
    """``test_utils.TestLoop``: a generator says by how much the clock moves after each pass.

    Moving it is computing: the loop's thread is busy for so long.
    """

    def __init__(self, gen: Callable[[], Generator[Any, Any, None]] | None = None) -> None:
        super().__init__()

        def still() -> Generator[Any, Any, None]:
            yield

        self._check_on_close = gen is not None
        self._gen = (gen or still)()
        next(self._gen)
        self._timers: list[float] = []
        self.readers: dict[Any, Any] = {}
        self.writers: dict[Any, Any] = {}
        self.remove_reader_count: collections.Counter[Any] = collections.Counter()
        self.remove_writer_count: collections.Counter[Any] = collections.Counter()

    def advance_time(self, advance: float) -> None:
        if advance and here() is not None:
            compute(advance)
        elif advance and self._alone is not None:
            self._alone.run(lambda: compute(advance))

    def _run_once(self) -> None:
        super()._run_once()  # type: ignore[misc,unused-ignore]
        for when in self._timers:
            advance = self._gen.send(when)
            if advance:
                compute(advance)
        self._timers = []

    def call_at(  # type: ignore[override] # shorter
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> Any:
        self._timers.append(when)
        return super().call_at(when, callback, *args, context=context)

    def close(self) -> None:
        super().close()
        if self._check_on_close:
            try:
                self._gen.send(0)
            except StopIteration:
                pass
            else:
                raise AssertionError("Time generator is not finished")


class Tally(NamedTuple):
    """What came of the tests of a module."""

    module: str
    passed: int
    skipped: int
    left_out: int
    failed: tuple[str, ...]
    reports: tuple[str, ...]

    def __str__(self) -> str:
        told = f"{self.module}: {self.passed} passed, {len(self.failed)} failed"
        return f"{told}, {self.skipped} skipped by CPython, {self.left_out} left out"


class _Hangs(BaseException):
    """A test takes too long."""


def stand_in() -> None:
    """Let new event loops be SimLoops, here and in CPython's helpers."""
    policy: Any = asyncio.DefaultEventLoopPolicy
    policy._loop_factory = SimLoop
    helpers: Any = importlib.import_module("test.test_asyncio.utils")
    helpers.TestLoop = HandTimedLoop


def run_module(module: str) -> Tally | None:
    """Run the tests of one module; None if this Python has no such module."""
    name = f"test.test_asyncio.test_{module}"
    if importlib.util.find_spec(name) is None:
        return None
    stand_in()
    tests = list(_flat(unittest.defaultTestLoader.loadTestsFromName(name)))
    chosen = [test for test in tests if reason(test.id()) is None]
    result = unittest.TestResult()
    signal.signal(signal.SIGALRM, _alarm)
    noise = io.StringIO()
    with redirect_stdout(noise), redirect_stderr(noise), warnings.catch_warnings():
        warnings.simplefilter("default")
        for test in chosen:
            signal.setitimer(signal.ITIMER_REAL, _LONGEST)
            try:
                test.run(result)
            except _Hangs:
                result.failures.append((test, "hangs"))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    asyncio.set_event_loop_policy(None)
    wrong = [*result.failures, *result.errors]
    failed = sorted({test.id().removeprefix("test.test_asyncio.") for test, _ in wrong})
    return Tally(
        module,
        len(chosen) - len(failed) - len(result.skipped),
        len(result.skipped),
        len(tests) - len(chosen),
        tuple(failed),
        tuple(f"{test.id()}\n{report}" for test, report in wrong),
    )


def reason(test: str) -> str | None:
    """Why a test is left out; None if it is not."""
    return next((why for end, why in LEFT_OUT.items() if test.endswith(end)), None)


def _flat(suite: unittest.TestSuite | unittest.TestCase) -> Iterator[unittest.TestCase]:
    if isinstance(suite, unittest.TestSuite):
        for each in suite:
            yield from _flat(each)
    else:
        yield suite


def _alarm(*_: object) -> None:
    raise _Hangs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run modules and print what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.stdlib_asyncio")
    parser.add_argument("modules", nargs="*", default=MODULES)
    parser.add_argument("--list", action="store_true", help="what is left out, and why")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell how tests failed")
    chosen = parser.parse_args(arguments)
    if chosen.list:
        for test, why in (LEFT_OUT | OTHERS).items():
            sys.stdout.write(f"{test}: {why}\n")
        return 0
    tallies = [tally for module in chosen.modules if (tally := run_module(module)) is not None]
    for tally in tallies:
        sys.stdout.write(f"{tally}\n")
        for told in tally.reports if chosen.verbose else tally.failed:
            sys.stdout.write(f"    {told}\n")
    passed, failed = sum(t.passed for t in tallies), sum(len(t.failed) for t in tallies)
    left_out = sum(t.left_out for t in tallies)
    version = sys.version.partition(" ")[0]
    told = f"Python {version}: {passed} of {passed + failed} pass"
    sys.stdout.write(f"{told}, {left_out} left out\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
