"""Greenlets: plain functions; a call deep inside one can suspend the whole stack of calls.

Nothing in the function's text says where that may happen.  :func:`ask` switches from the body's
greenlet to whoever drives it, and returns when that switches back with the answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from schedsim.programs.resumable import Place, Request, frames_of, last_line
from schedsim.traps import EXITED, Trap

_DEEPEST = 1_000


class _Body(greenlet):
    """The greenlet of a program."""

    program: GreenletProgram


class GreenletProgram:
    """Drives a function in a greenlet of its own.

    Args:
        function: the body.
        arguments: what it is called with.
        place: where it stands.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...] = (),
        place: Place | None = None,
    ) -> None:
        self.place = place or Place()
        self.result: Any = None
        self.error: BaseException | None = None
        self._function = function
        self._arguments = arguments
        self._body: _Body | None = None
        self._closing = False
        self._frames: list[tuple[CodeType, int]] = []
        self._last = 0

    @property
    def line(self) -> int:
        """Of the author's innermost call in progress; of its end, when it is over."""
        return self._last or self.place.line(self._frames)

    def resume(self, value: Any = None) -> Trap:
        """Let the call that is suspended return ``value``."""
        body = self._body
        begins = body is None
        if body is None:
            body = self._body = _Body(self._run)
            body.program = self
        body.parent = getcurrent()
        trap: Trap = body.switch() if begins else body.switch(value)
        return trap

    def throw(self, error: BaseException) -> Trap:
        """Let the call that is suspended raise ``error``."""
        body = self._body
        if body is None:  # it never began
            self.error = error
            return EXITED
        body.parent = getcurrent()
        trap: Trap = body.throw(error)
        return trap

    def kept(self) -> str:
        """Its stack."""
        depth = len(self._frames)
        calls = "call" if depth == 1 else "calls"
        return f"a stack of its own is kept, {depth} {calls} deep: {self.place.says(self._frames)}"

    def close(self) -> None:
        """Leave its stack with ``GreenletExit``."""
        body, self._body = self._body, None
        if body is not None and not body.dead:
            self._closing = True
            body.parent = getcurrent()
            body.throw(GreenletExit)

    def ask(self, trap: Trap) -> Any:
        """Called inside: suspend the stack until ``trap`` has been served."""
        if self._closing:
            raise GreenletExit
        body = self._body
        assert body is not None, "it is inside its body"
        assert body.parent is not None, "somebody drives it"
        frames = frames_of(sys._getframe(1), _DEEPEST)  # noqa: SLF001 - the only way to know them
        frames = [each for each in frames if each[0].co_filename != __file__]
        while self.place.file and frames and frames[-1][0].co_filename != self.place.file:
            frames.pop()  # what the author calls in order to ask
        self._frames = frames
        return body.parent.switch(trap)

    def _run(self) -> Trap:
        try:
            self.result = self._function(*self._arguments)
        except (KeyboardInterrupt, GreenletExit):
            raise
        except BaseException as error:  # noqa: BLE001 - its end, and no more than that
            self.error = error
            self._last = last_line(error, self.place)
        return EXITED


def current() -> GreenletProgram | None:
    """The program whose body makes this call; None outside of one."""
    inner: greenlet | None = getcurrent()
    return inner.program if isinstance(inner, _Body) else None


def ask(request: Request) -> Any:
    """Suspend the greenlet that makes this call until ``request`` has been served.

    Raises:
        RuntimeError: it is not in one.
    """
    program = current()
    if program is None:
        raise RuntimeError("this can only be asked inside a greenlet that schedsim runs")
    return program.ask(request)
