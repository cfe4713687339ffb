"""Bodies in other styles beside plain asyncio: what they ask for is a value, as it is elsewhere.

In a coroutine on a real loop ``compute("5ms")`` is done when it is called.  A generator in a task
of the same loop yields it instead, and whoever drives it performs it.

Not here: who drives them (:func:`schedsim.programs.resumable.drive`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from schedsim.aio.thread import SimThread
from schedsim.programs.greenlets import Abandoned
from schedsim.programs.resumable import Cancelled, Resumable, Written
from schedsim.traps import Trap


class Unasked:
    """A body whose requests are values, although it is inside a thread that serves them."""

    def __init__(self, written: Written, thread: SimThread) -> None:
        self.style = written.style
        self.listing = written.listing
        self.told = written.told
        self._written = written
        self._program = thread.program

    def begin(self) -> Resumable:
        """One more of it."""
        self._body = body = self._written.begin()
        self.kept, self.close = body.kept, body.close
        return self

    @property
    def line(self) -> int:
        """Where it is."""
        return self._body.line

    @property
    def result(self) -> Any:
        """What it returned."""
        return self._body.result

    @property
    def error(self) -> BaseException | None:
        """What ended it."""
        return self._body.error

    @error.setter
    def error(self, error: BaseException | None) -> None:
        self._body.error = error

    def resume(self, value: Any = None) -> Trap:
        """Go on."""
        return self._go(self._body.resume, value)

    def throw(self, error: BaseException) -> Trap:
        """Go on with an exception; a cancellation is told in the words of the styles."""
        if isinstance(error, Abandoned):
            raise error
        if isinstance(error, asyncio.CancelledError):
            error = Cancelled()
        return self._go(self._body.throw, error)

    def _go(self, go: Callable[[Any], Trap], value: Any) -> Trap:
        program = self._program
        serve, program.serve = program.serve, None
        try:
            return go(value)
        finally:
            program.serve = serve
