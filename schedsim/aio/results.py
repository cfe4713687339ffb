"""``concurrent.futures.Future.result()`` in a simulated thread: it waits in simulated time.

A function in the executor that asks ``run_coroutine_threadsafe(...).result()`` would otherwise
block the one real thread for ever.  The two methods are replaced when this package is loaded; what
is called outside of simulated threads goes to the standard library's own as before.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, Final

from schedsim.aio.clock import duration
from schedsim.aio.thread import Gate, here
from schedsim.programs.greenlets import trap
from schedsim.traps import SELECT

_result: Final = Future.result
_exception: Final = Future.exception


def _wait(future: Future[Any], timeout: float | None) -> float | None:
    """Wait as long as the caller is willing to; return how long it is still to wait for real."""
    thread = here()
    if thread is None:
        return timeout
    if not future.done():
        if timeout is None:
            gate = Gate(thread, "result", "of a future")
            future.add_done_callback(lambda _: gate.open())
            gate.wait()
        else:
            moment = thread.engine.now + duration(max(0.0, timeout))
            future.add_done_callback(lambda _: thread.poke())
            while not future.done() and thread.engine.now < moment:
                trap(SELECT, moment)
    return 0


def result(self: Future[Any], timeout: float | None = None) -> Any:
    """The result, waited for in simulated time by a simulated thread."""
    return _result(self, _wait(self, timeout))


def exception(self: Future[Any], timeout: float | None = None) -> BaseException | None:
    """The exception, waited for in simulated time by a simulated thread."""
    return _exception(self, _wait(self, timeout))


def install() -> None:
    """Replace the two methods."""
    Future.result = result  # type: ignore[method-assign]
    Future.exception = exception  # type: ignore[method-assign]
