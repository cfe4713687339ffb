"""A program written as a generator of traps: what a thread runs whose steps are not flat.

What its traps mean is not known here; who makes the generator neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schedsim.durations import Time
from schedsim.trace import Reason
from schedsim.traps import BOUNDLESS, EXIT, EXITED, Body, Stop, Trap


class GeneratorProgram:
    """A body that is carried out from trap to trap, and what came of it."""

    def __init__(self, body: Body | None = None) -> None:
        self.pc = 0
        """The operation under way, as in :class:`schedsim.trace.Listing`."""
        self.body: Body | None = body
        """What is left of it; set before it first runs, as it usually wants to know its program."""
        self.afterwards: Callable[[], Body] = _nothing
        """Makes what is done instead of the rest if its present job is given up."""
        self.result: Any = None
        self.error: BaseException | None = None
        self.to_throw: BaseException | None = None

    def throw(self, error: BaseException) -> None:
        """Let its body meet ``error`` where it goes on."""
        self.to_throw = error

    def resume(self) -> Trap:
        """Run to the next trap."""
        error, self.to_throw = self.to_throw, None
        assert self.body is not None, "it has a body before it runs"
        trap: Trap
        try:
            trap = self.body.send(None) if error is None else self.body.throw(error)
        except StopIteration as end:
            self.result = end.value
            return EXITED
        except (Exception, Stop) as problem:  # noqa: BLE001 - whatever its body raises is its end
            self.error = problem
            return (EXIT, Reason.FAILED)
        return trap

    def demand(self, *, whole: bool) -> Time:  # noqa: ARG002 - nobody knows what it will do
        """Unknown: as if it never ended."""
        return BOUNDLESS

    def abandon(self) -> None:
        """Give up the present job: go on where it waits for the next, or end."""
        assert self.body is not None, "it has a body before it runs"
        self.body.close()
        self.body = self.afterwards()


def _nothing() -> Body:
    yield from ()
