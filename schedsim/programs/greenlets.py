"""Greenlets: plain functions; a call deep inside one can suspend the whole stack of calls.

The function is ordinary code, and nothing in its text says where it may be suspended.  Wherever
it needs what only its scheduler can give it calls :func:`trap` or :func:`ask`, which suspend the
greenlet with all its frames; whoever resumes the program makes the call return.  Code that the
function calls, and greenlets that it starts, can ask too.

Two kinds of scheduler run such programs: whoever drives the bodies of the four styles
(:mod:`schedsim.programs.resumable`), and the engine, where a whole simulated thread is a function
(:mod:`schedsim.aio.thread`).  One may run inside the other.

What the interpreter keeps for each thread of the operating system (asyncio's running loop, say)
belongs to the simulated thread, of which there are many in one real one: an :class:`Ambient` keeps
it, and is asked at every switch.  Context variables are each greenlet's own already.

Not here: what a trap means, and who serves it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from types import CodeType
from typing import Any, Protocol
from weakref import ref

from greenlet import getcurrent, greenlet

from schedsim.durations import Time
from schedsim.programs.resumable import Place, Request, frames_of, last_line
from schedsim.traps import BOUNDLESS, EXITED, Trap

_DEEPEST = 1_000


class Abandoned(SystemExit):
    """The run that this code is part of is thrown away.

    Not an ``Exception``, so that it is not caught by chance; and a ``SystemExit``, because that is
    what asyncio lets through (``Handle._run``, ``Task.__step``) instead of keeping it in a task.
    """


class NotSimulated(RuntimeError):
    """A call that asks a scheduler for something was made where there is none."""


class Ambient(Protocol):
    """What the interpreter keeps for each real thread, and a simulated one needs of its own."""

    def swap(self) -> None:
        """Exchange what the interpreter has with what is kept here."""


class _Body(greenlet):
    """The greenlet of a program.

    It does not keep the program alive: the garbage collector does not look at greenlets that are
    suspended (``green_is_gc``), so a program that is forgotten could never be closed.
    """

    program: ref[GreenletProgram]


class GreenletProgram:
    """Drives a function in a greenlet of its own, from trap to trap.

    An exception ends it and is kept (:attr:`error`): the machine goes on.  The engine can run it
    as the program of a thread.

    Args:
        function: the body; what it returns is kept as :attr:`result`.
        arguments: what it is called with.
        place: where it stands.
        ambient: what must be exchanged whenever the body is entered or left.
        context: the context in which the body runs; a copy of the present one if not given.
        goes_through: exceptions that are not kept: they are for whoever runs the machine.
    """

    pc = 0

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...] = (),
        place: Place | None = None,
        *,
        ambient: Ambient | None = None,
        context: Context | None = None,
        goes_through: tuple[type[BaseException], ...] = (KeyboardInterrupt, SystemExit),
    ) -> None:
        self.place = place or Place()
        self.ambient = ambient
        self.context = copy_context() if context is None else context
        self.goes_through = goes_through
        self.result: Any = None
        self.error: BaseException | None = None
        self.owner: Any = None
        """Whatever whoever made it wants to find again from inside (:func:`current`)."""
        self.serve: Callable[[Request], Any] | None = ask
        """What comes of a request that is made inside (:func:`served`); None: it is a value."""
        self.closing = False
        """It is being thrown away: whatever it asks for from now on is refused."""
        self.hub: greenlet | None = None
        """Who resumed it, and is handed its next trap."""
        self.frames: list[tuple[CodeType, int]] = []
        """Where its last request was made."""
        self._function: Callable[[], Any] | None = partial(function, *arguments)
        self._body: _Body | None = None
        self._suspended: greenlet | None = None
        """Where it goes on: its body, or a greenlet that the body has started."""
        self._inside = False

    @property
    def line(self) -> int:
        """Of the author's innermost call in progress; of its end, when it is over."""
        ended_at = 0 if self.error is None else last_line(self.error, self.place)
        return ended_at or self.place.line(self.frames)

    def resume(self, value: Any = None) -> Trap:
        """Let the call that is suspended return ``value``, and run to the next trap."""
        self.hub = getcurrent()
        begins = self._body is None
        if begins:
            function, self._function = self._function, None
            assert function is not None, "it runs once"
            body = self._body = _Body(partial(_run, ref(self), function, self.goes_through))
            body.program = ref(self)
            body.gr_context = self.context
            self._suspended = body
        what: Trap = self.go() if begins else self.go(value)
        return what

    def throw(self, error: BaseException) -> Trap:
        """Let the call that is suspended raise ``error``."""
        self.hub = getcurrent()
        assert self._suspended is not None, "it has begun, and not ended"
        what: Trap = self._switch(partial(self._suspended.throw, error))
        return what

    def kept(self) -> str:
        """Its stack."""
        depth = len(self.frames)
        calls = "call" if depth == 1 else "calls"
        return f"a stack of its own is kept, {depth} {calls} deep: {self.place.says(self.frames)}"

    def demand(self, *, whole: bool) -> Time:  # noqa: ARG002 - nobody knows what a function will do
        """Unknown: as if it never ended."""
        return BOUNDLESS

    def abandon(self) -> None:
        """It is never a periodic program: nothing to give up."""

    def close(self) -> None:
        """Throw the body away: it is left with :class:`Abandoned`, through all its ``finally``.

        It must be suspended, or not begun, or over.
        """
        self.closing = True
        self._function = None
        suspended, self._suspended = self._suspended, None
        # When the interpreter ends, greenlets have ended before their frames are thrown away.
        if suspended is not None and not suspended.dead and not sys.is_finalizing():
            self.hub = getcurrent()
            with suppress(Abandoned):
                self._switch(partial(suspended.throw, Abandoned))
        self.ambient = self.hub = self.serve = None

    def __del__(self) -> None:
        # Before the greenlet is freed: that would leave its frames with the wrong ambient.
        if self.suspended:
            self.close()

    @property
    def suspended(self) -> bool:
        """It has begun and is not over."""
        return self._suspended is not None and not self._suspended.dead

    # -- for those who switch by themselves -------------------------------------------------

    def go(self, *value: Any) -> Any:
        """Enter the body where it is suspended; what comes back is what it hands over."""
        assert self._suspended is not None, "it has been resumed once"
        return self._switch(partial(self._suspended.switch, *value))

    def goes_on_here(self) -> None:
        """Called inside the body, which is about to be left.

        Raises:
            Abandoned: it is being thrown away, and must not be left any more.
        """
        if self.closing:
            raise Abandoned
        self._suspended = getcurrent()

    def left(self) -> None:
        """Called outside: the body has handed over to somebody who had not entered it by `go`."""
        self._leave()

    # ---------------------------------------------------------------------------------------

    def _switch(self, switch: Callable[[], Any]) -> Any:
        assert self._body is not None, "it has begun"
        assert self.hub is not None, "somebody resumes it"
        self._body.parent = self.hub  # where it comes back at its end
        self._enter()
        try:
            return switch()
        finally:
            self._leave()

    def _enter(self) -> None:
        if self.ambient is not None and not self._inside:
            self.ambient.swap()
        self._inside = True

    def _leave(self) -> None:
        # An exception that comes from the machine, not from the body, finds it left already.
        if self.ambient is not None and self._inside:
            self.ambient.swap()
        self._inside = False


def _run(
    of: ref[GreenletProgram],
    function: Callable[[], Any],
    goes_through: tuple[type[BaseException], ...],
) -> Trap:
    """What the greenlet of a program does."""
    result: Any = None
    failed: BaseException | None = None
    let_through: tuple[type[BaseException], ...] = (Abandoned, *goes_through)
    try:
        result = function()
    except let_through:
        raise
    except BaseException as error:  # noqa: BLE001 - kept: the machine goes on
        failed = error
    program = of()
    if program is not None:
        program.result, program.error = result, failed
    return EXITED


def _body_of(inner: greenlet | None) -> _Body | None:
    """The body that ``inner`` is, or was started in."""
    while inner is not None and not isinstance(inner, _Body):
        inner = inner.parent
    return inner


def current() -> GreenletProgram | None:
    """The innermost program whose body makes this call; None outside of one."""
    body = _body_of(getcurrent())
    return None if body is None else body.program()


def trap(what: int, argument: Any = None) -> Any:
    """Suspend the program that makes this call, until its scheduler has served ``what``.

    Raises:
        NotSimulated: there is no such program.
    """
    program = current()
    if program is None or program.hub is None:
        raise NotSimulated("this can only be asked of a scheduler, inside a simulated thread")
    hub = program.hub
    del program
    return hand_over(hub, (what, argument))


def ask(request: Request) -> Any:
    """The same, and the place where it is asked for is noted, for people.

    Raises:
        NotSimulated: it is made outside of a program.
    """
    program = current()
    if program is not None:
        frames = frames_of(sys._getframe(1), _DEEPEST)  # noqa: SLF001 - the only way to know them
        frames = [each for each in frames if each[0].co_filename != __file__]
        while program.place.file and frames and frames[-1][0].co_filename != program.place.file:
            frames.pop()  # what the author calls in order to ask
        program.frames = frames
    del program
    return trap(request.what, request.argument)


def served(request: Request) -> Any:
    """What comes of a request that is made here.

    In a greenlet it is asked for, and its answer returned.  Anywhere else it is a value, to be
    yielded or awaited.
    """
    program = current()
    serve = None if program is None else program.serve
    del program
    return request if serve is None else serve(request)


def hand_over(to: greenlet, what: Any) -> Any:
    """Called inside a program's body: suspend it here, and let ``to`` go on with ``what``."""
    program = current()
    assert program is not None, "it is asked for inside a body"
    program.goes_on_here()
    # The garbage collector does not look into suspended frames: none of ours holds the program.
    del program
    return to.switch(what)
