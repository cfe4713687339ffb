"""Callbacks: plain functions, each of which registers the next one and returns.

Nothing of a function outlives its return.  What is kept between two of them is the next one, with
what it closed over; whatever is to be remembered must be in there.  So there is nothing that an
exception could be thrown into: a chain learns that it is cancelled through its handle alone, which
drops what is registered, or calls what was registered for that case.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any, NamedTuple

from schedsim.programs.resumable import Place, frames_of, last_line
from schedsim.traps import EXITED, GIVE_WAY, Trap

Callback = Callable[..., None]
Errback = Callable[[BaseException], None]


class _Pending(NamedTuple):
    """What was registered: a request, and who is called when it has been served."""

    trap: Trap
    then: Callback | None
    """None: it takes no time, and nobody waits for it."""
    failed: Errback | None
    line: int
    answers: bool
    """``then`` is called with the answer."""


class CallbackProgram:
    """Drives a chain of callbacks: calls one, and waits for what it has registered.

    Args:
        function: the first one; called with this, to register others, and ``arguments``.
        arguments: what else it is called with.
        place: where it stands.
    """

    def __init__(
        self, function: Callback, arguments: tuple[Any, ...] = (), place: Place | None = None
    ) -> None:
        self.place = place or Place()
        self.result: Any = None
        self.error: BaseException | None = None
        self.line = 0
        self._registered: deque[_Pending] = deque()
        self._now: _Pending | None = _Pending(
            GIVE_WAY, partial(function, self, *arguments), None, 0, answers=False
        )

    def register(
        self,
        trap: Trap,
        then: Callback | None = None,
        failed: Errback | None = None,
        *,
        answers: bool = False,
    ) -> None:
        """Ask for ``trap``, and let ``then`` be called when it has been served.

        Args:
            trap: what is asked for.
            then: who is called; nobody, of what takes no time.
            failed: who is called instead if it fails or is cancelled.  Without one, the chain ends.
            answers: ``then`` is called with the answer.

        Raises:
            RuntimeError: a callback is registered already: a chain waits for one thing at a time.
        """
        if self._registered and self._registered[-1].then is not None:
            raise RuntimeError("it has registered a callback already, and waits for one at a time")
        line = self._line_of(sys._getframe(1))  # noqa: SLF001 - the only way to know the caller
        self._registered.append(_Pending(trap, then, failed, line, answers))

    def resume(self, value: Any = None) -> Trap:
        """Call the callback whose request has been served."""
        pending, self._now = self._now, None
        if pending is not None and pending.then is not None:
            arguments = (value,) if pending.answers else ()
            return self._call(partial(pending.then, *arguments))
        return self._next()

    def throw(self, error: BaseException) -> Trap:
        """Drop the callback; call its errback, if it has one."""
        pending, self._now = self._now, None
        self._registered.clear()
        if pending is None or pending.failed is None:
            self.error = error
            return EXITED
        return self._call(partial(pending.failed, error))

    def kept(self) -> str:
        """The callback that is next, and what it closed over."""
        waits = self._now
        if waits is not None and waits.then is None:
            waits = next((each for each in self._registered if each.then is not None), None)
        if waits is None or waits.then is None:
            return "nothing is kept: no callback is registered"
        name, closed = _unfold(waits.then)
        over = f", with what it closed over: {', '.join(closed)}" if closed else ""
        return f"only the callback {name} is kept{over}"

    def close(self) -> None:
        """Forget what is registered."""
        self._registered.clear()
        self._now = None

    def _call(self, callback: Callable[[], None]) -> Trap:
        try:
            callback()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - its end, and no more than that
            self.error = error
            self.line = last_line(error, self.place) or self.line
            self._registered.clear()
            return EXITED
        return self._next()

    def _next(self) -> Trap:
        """What was registered first; nothing registered is the end of the chain."""
        if not self._registered:
            return EXITED
        self._now = self._registered.popleft()
        self.line = self._now.line
        return self._now.trap

    def _line_of(self, frame: FrameType | None) -> int:
        """The author's line that the call comes from."""
        return self.place.line(frames_of(frame, most=20))


def _unfold(callback: Callable[..., Any]) -> tuple[str, list[str]]:
    """The name of a callback, and the names of what it keeps alive."""
    closed: list[str] = []
    while isinstance(callback, partial):
        closed += [_brief(each) for each in callback.args] + list(callback.keywords)
        callback = callback.func
    if hasattr(callback, "__self__"):
        closed.append(type(callback.__self__).__name__)
    code = getattr(callback, "__code__", None)
    if code is not None:
        closed += [name for name in code.co_freevars if name not in closed]
    return getattr(callback, "__name__", type(callback).__name__), closed


def _brief(value: object) -> str:
    """A value in a few characters, and without an address."""
    if isinstance(value, int | str | float | bool):
        return repr(value)[:20]
    if callable(value):
        return _unfold(value)[0]
    return type(value).__name__
