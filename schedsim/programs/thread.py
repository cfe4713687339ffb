"""A body in one of the four styles as the program of a thread: what the engine runs.

What serves its requests there, and what a thread cannot ask for, is the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schedsim.durations import Time
from schedsim.programs.resumable import (
    AT_ONCE,
    MOST_AT_ONCE,
    Notes,
    Resumable,
    Unserved,
    Written,
    ended_with,
)
from schedsim.traps import ACQUIRE, BOUNDLESS, EXIT, VERB, YIELD, Trap


class ThreadProgram:
    """A body that the engine runs.

    Args:
        written: the body.
        resolve: turns a request that names something into one that holds it.
        notes: what is to be known of it besides.
        failed: what the engine is to be told when it ends with an exception.
    """

    def __init__(
        self,
        written: Written,
        resolve: Callable[[Trap], Trap],
        notes: Notes,
        failed: Callable[[BaseException], Trap],
    ) -> None:
        self.written = written
        self.resolve = resolve
        self.notes = notes
        self.failed = failed
        self.pc = 0
        self.yielding = True
        """Whether ``yield`` is obeyed."""
        self.locks: list[Any] = []
        """Those that it has asked for."""
        self._body: Resumable | None = None
        self._at_once = 0

    def resume(self) -> Trap:
        """Run to the next trap."""
        if self._body is None:
            self._body = self.written.begin()
        body = self._body
        trap = body.resume()
        while trap[0] != EXIT:
            self.pc = body.line
            self._at_once = self._at_once + 1 if trap[0] in AT_ONCE else 0
            try:
                if self._at_once > MOST_AT_ONCE:
                    raise Unserved(f"{MOST_AT_ONCE:,} requests in a row that take no time")
                if trap[0] == VERB:
                    raise Unserved(f"{trap[1].name}: tasks can ask for it, a thread cannot")
                asked = self.resolve(trap)
            except Exception as error:  # noqa: BLE001 - it is for the body
                trap = body.throw(error)
                continue
            if asked[0] == YIELD and not self.yielding:
                trap = body.resume()
                continue
            if trap[0] not in AT_ONCE and self.pc not in self.notes.kept:
                self.notes.kept[self.pc] = body.kept()
            if asked[0] == ACQUIRE and asked[1] not in self.locks:
                self.locks.append(asked[1])
            return asked
        self.pc = body.line or self.pc
        body.close()
        if body.error is None:
            return trap
        return self.failed(ended_with(body.error, self.written, self.notes))

    def demand(self, *, whole: bool) -> Time:  # noqa: ARG002 - nobody knows what a body will do
        """Unknown: as if it never ended."""
        return BOUNDLESS

    def abandon(self) -> None:
        """It is never periodic: nothing to give up."""
