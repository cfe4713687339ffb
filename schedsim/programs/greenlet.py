"""A program that is a plain Python function: it runs in a greenlet, and a call deep in it can trap.

The function is ordinary code.  Wherever it needs what only its scheduler can give it calls
:func:`trap`, which suspends the whole greenlet with all its frames; whoever resumes the program
makes the call return.  Code that the function calls, and greenlets that it starts, can trap too.

An exception ends the program and is kept on it (:attr:`GreenletProgram.error`): the machine goes
on.  ``KeyboardInterrupt`` and ``SystemExit`` are for whoever runs the machine, and go through.

What the interpreter keeps for each thread of the operating system (asyncio's running loop, say)
belongs to the simulated thread, of which there are many in one real one: an :class:`Ambient` keeps
it, and is asked at every switch.  Context variables are each greenlet's own already.

Not here: what a trap means, and who serves it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any, Protocol
from weakref import ref

from greenlet import getcurrent, greenlet

from schedsim.durations import Time
from schedsim.traps import BOUNDLESS, EXITED, Trap


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
    """Runs ``function()`` from trap to trap.

    Args:
        function: the body; what it returns is kept as :attr:`result`.
        ambient: what must be exchanged whenever the body is entered or left.
        context: the context in which the body runs; a copy of the present one if not given.
    """

    pc = 0

    def __init__(
        self,
        function: Callable[[], Any],
        *,
        ambient: Ambient | None = None,
        context: Context | None = None,
    ) -> None:
        self.function: Callable[[], Any] | None = function
        self.ambient = ambient
        self.context = copy_context() if context is None else context
        self.result: Any = None
        self.error: BaseException | None = None
        """What ended it, if that was an exception."""
        self.owner: Any = None
        """Whatever whoever made it wants to find again from inside (:func:`current`)."""
        self.closing = False
        """It is being thrown away: whatever it traps for from now on is refused."""
        self.hub: greenlet | None = None
        """Who resumed it, and is handed its next trap."""
        self._suspended: greenlet | None = None
        """Where it goes on: its body, or a greenlet that the body has started."""
        self._inside = False

    def resume(self) -> Trap:
        """Let it run to its next trap."""
        self.hub = getcurrent()
        if self._suspended is None:
            function, self.function = self.function, None
            assert function is not None, "it runs once"
            body = _Body(partial(_run, ref(self), function), parent=self.hub)
            body.program = ref(self)
            body.gr_context = self.context
            self._suspended = body
        what: Trap = self.go()
        return what

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
        self.function = None
        suspended = self._suspended
        self._suspended = None
        if suspended is not None and not suspended.dead:
            body = _body_of(suspended)
            assert body is not None, "it was suspended in its body"
            body.parent = getcurrent()
            self._enter()
            try:
                suspended.throw(Abandoned)
            except Abandoned:
                pass
            finally:
                self._leave()
        self.ambient = self.hub = None

    def __del__(self) -> None:
        # Before the greenlet is freed: that would leave its frames with the wrong ambient.
        if self.suspended:
            self.close()

    @property
    def suspended(self) -> bool:
        """It has begun and is not over."""
        return self._suspended is not None and not self._suspended.dead

    # -- for those who switch by themselves -------------------------------------------------

    def go(self) -> Any:
        """Enter the body where it is suspended; what comes back is what it hands over."""
        assert self._suspended is not None, "it has been resumed once"
        self._enter()
        try:
            return self._suspended.switch()
        finally:
            self._leave()

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

    def _enter(self) -> None:
        if self.ambient is not None and not self._inside:
            self.ambient.swap()
        self._inside = True

    def _leave(self) -> None:
        # An exception that comes from the machine, not from the body, finds it left already.
        if self.ambient is not None and self._inside:
            self.ambient.swap()
        self._inside = False


def _run(of: ref[GreenletProgram], function: Callable[[], Any]) -> Trap:
    """What the greenlet of a program does."""
    result: Any = None
    failed: BaseException | None = None
    try:
        result = function()
    except (KeyboardInterrupt, SystemExit):
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
    """The program whose body makes this call; None outside of one."""
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


def hand_over(to: greenlet, what: Any) -> Any:
    """Called inside a program's body: suspend it here, and let ``to`` go on with ``what``."""
    program = current()
    assert program is not None, "it is asked for inside a body"
    program.goes_on_here()
    # The garbage collector does not look into suspended frames: none of ours holds the program.
    del program
    return to.switch(what)
