"""A program with blocks and exceptions as it is carried out: ``timeout``, ``with``, ``try``.

Flat steps (:mod:`schedsim.programs.steps`) know only what one thing after another can say.  A body
that uses a verb of its flavour, or a block, is a :class:`Walk` instead, which has these carried out
as generators: Python's own ``try`` and ``yield from`` unwind them.  It costs more, and holds their
frames while it is suspended.

What verbs and blocks *mean* is not known here: a :class:`Worker` does.  How such a program is
written down is in :mod:`schedsim.programs.scripts`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Protocol

from schedsim.programs.moves import (
    BACK,
    ENDED,
    NOTHING,
    OVER,
    PERFORM,
    TRY,
    Part,
    Trying,
)
from schedsim.programs.waits import Performed, Wait
from schedsim.traps import Body, Trap, Wish


class Manager(Protocol):
    """A block that is being entered and left: an asynchronous context manager."""

    def enter(self) -> Body:
        """Before the first step."""

    def leave(self, error: BaseException | None) -> Body:
        """After the last step, or the ``error`` that ended it; True if that is to be forgotten."""


class Delegate(ABC):
    """A block whose steps are carried out by another worker than the one that comes to it."""

    @abstractmethod
    def carry_out(self, make: Callable[[Any], Body]) -> Body:
        """Have that done; ``make``, called with a worker, makes the body of the block."""


class Worker(Protocol):
    """Who carries out a structured program."""

    pc: int

    def perform(self, trap: Trap) -> Performed:
        """Do what a step asks for: by a body, by a wait, or by one trap or none."""

    def manager(self, wish: Wish) -> Manager | Delegate:
        """Make what a block is to go through."""

    def catches(self, handler: str, error: BaseException) -> bool:
        """Whether a handler of that name is for ``error``."""


class Walk:
    """A place in a structured program, and what is under way there: it holds no frame of its own.

    What waits is held by whoever serves it: the generator of a verb, or of a block.
    """

    __slots__ = ("at", "counts", "inner", "part")

    def __init__(self) -> None:
        self.part = NOTHING
        self.at = 0
        """The next of its moves."""
        self.inner: Body | Wait | None = None
        """What is under way: a verb, a block, or a whole body that is written otherwise."""
        self.counts: list[int] | None = None
        """By depth: how often the repeats that it is in have been done."""

    def advance(self, worker: Worker) -> Trap:
        """Let ``worker`` go on to the next trap.

        Raises:
            StopIteration: this is the end.
        """
        while True:
            inner = self.inner
            if isinstance(inner, Wait):
                self.inner = None
                inner.end()
            elif inner is not None:
                try:
                    return inner.send(None)
                except StopIteration:
                    self.inner = None
                    if not self.part:  # a body as a whole: it ends with its value
                        raise
            place, kind, what = self.part[self.at]
            self.at += 1
            if kind == PERFORM:
                worker.pc = place
                asked = worker.perform(what)
                if isinstance(asked, Wait):
                    self.inner = asked
                    return asked.begin()
                if not isinstance(asked, tuple):
                    self.inner = asked
                elif asked:
                    return asked[0]
            elif kind == BACK:
                self._again(what)
            elif kind == OVER:
                self.at -= 1
                raise StopIteration
            else:
                self.inner = _under_way(place, kind, what, worker)

    def meet(self, error: BaseException, worker: Worker) -> Trap:
        """Let ``error`` be raised where it is suspended, and go on to the next trap."""
        inner = self.inner
        if inner is None or isinstance(inner, Wait):
            if inner is not None:
                inner.leave()
            self.leave()
            raise error
        try:
            return inner.throw(error)
        except StopIteration:
            self.inner = None
            if not self.part:
                raise
        return self.advance(worker)

    def leave(self) -> None:
        """It is over, wherever it was."""
        self.part, self.at, self.inner = ENDED, 0, None

    def _again(self, way_back: tuple[int, int, int | None]) -> None:
        """Go back to the start of a repeat, unless it has been done often enough."""
        start, depth, times = way_back
        if times is not None:
            counts = self.counts = self.counts or []
            counts += [0] * (depth + 1 - len(counts))
            counts[depth] += 1
            if counts[depth] == times:
                counts[depth] = 0
                return
        self.at = start


class Play(Walk, Generator[Trap, None, None]):
    """A structured program that ``worker`` carries out, as a body."""

    __slots__ = ("worker",)

    def __init__(self, part: Part, worker: Worker) -> None:
        super().__init__()
        self.part = part
        self.worker = worker

    def send(self, value: None, /) -> Trap:  # noqa: ARG002 - traps have no answer here
        """Go on to the next trap."""
        try:
            return self.advance(self.worker)
        except BaseException:
            self.leave()
            raise

    def throw(self, error: Any, value: Any = None, trail: Any = None, /) -> Trap:  # noqa: ARG002
        """Go on with ``error``."""
        try:
            return self.meet(error, self.worker)
        except BaseException:
            self.leave()
            raise

    def close(self) -> None:
        """Give up the rest."""
        inner = self.inner
        self.leave()
        if isinstance(inner, Wait):
            inner.leave()
        elif inner is not None:
            inner.close()


def _under_way(place: int, kind: int, what: Any, worker: Worker) -> Body:
    """A block, or a ``try``."""
    if kind == TRY:
        return _try(what, worker)
    wish, do = what
    worker.pc = place
    manager = worker.manager(wish)
    if isinstance(manager, Delegate):
        return manager.carry_out(partial(Play, do))
    return inside(manager, Play(do, worker))


def inside(manager: Manager, body: Body) -> Body:
    """``async with manager: body``."""
    yield from manager.enter()
    try:
        result = yield from body
    except GeneratorExit:  # the run is thrown away: nobody is there to serve traps any more
        raise
    except BaseException as error:
        if not (yield from manager.leave(error)):
            raise
        return None
    yield from manager.leave(None)
    return result


def _try(step: Trying, worker: Worker) -> Body:
    try:
        try:
            yield from Play(step.do, worker)
        except GeneratorExit:
            raise
        except BaseException as error:
            for name, then in step.handlers:
                if worker.catches(name, error):
                    yield from Play(then, worker)
                    break
            else:
                raise
    except GeneratorExit:
        raise
    except BaseException:
        yield from Play(step.last, worker)
        raise
    yield from Play(step.last, worker)
