"""A program with blocks and exceptions: ``timeout``, ``with``, ``try``.  What TOML files describe.

Flat steps (:mod:`schedsim.programs.steps`) know only what one thing after another can say.  A body
that uses a verb of its flavour, or a block, is carried out by a generator instead: Python's own
``try`` and ``yield from`` unwind it.  It costs more, and holds a frame while it is suspended.

What verbs and blocks *mean* is not known here: a :class:`Worker` does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol

from schedsim.programs.steps import Block, Repeat, Step, Try
from schedsim.trace import Listing
from schedsim.traps import VERB, Body, Op, Trap, Wish

HANDLERS: Final = ("cancelled", "timeout", "error")
"""What a ``try`` may be prepared for, in the order in which its handlers are asked."""


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

    def perform(self, trap: Trap) -> Iterable[Trap]:
        """Do what a step asks for."""

    def manager(self, wish: Wish) -> Manager | Delegate:
        """Make what a block is to go through."""

    def catches(self, handler: str, error: BaseException) -> bool:
        """Whether a handler of that name is for ``error``."""


@dataclass(frozen=True, slots=True)
class Script:
    """A structured program, its operations numbered as in the listing."""

    steps: tuple[Step, ...]
    places: dict[int, int]
    """By the identity of a step: the number of its operation."""
    listing: Listing

    def play(self, worker: Worker) -> Body:
        """Carry it out."""
        return _play(self.steps, self.places, worker)


def is_flat(steps: Sequence[Step]) -> bool:
    """Whether flat steps can say it."""
    return all(
        step.trap[0] != VERB
        if isinstance(step, Op)
        else isinstance(step, Repeat) and is_flat(step.do)
        for step in steps
    )


def mentions(steps: Sequence[Step], trap: int) -> bool:
    """Whether flat ``steps`` ask for ``trap`` anywhere."""
    return any(
        step.trap[0] == trap
        if isinstance(step, Op)
        else isinstance(step, Repeat) and mentions(step.do, trap)
        for step in steps
    )


def write_script(steps: Sequence[Step], resolve: Callable[[Any], Any]) -> Script:
    """Number the operations of ``steps``, and let ``resolve`` replace the names in them."""
    lines: list[str] = []
    line_of: list[int] = []
    places: dict[int, int] = {}

    def number(step: Step, text: str, depth: int) -> None:
        lines.append("  " * depth + text)
        line_of.append(len(lines) - 1)
        places[id(step)] = len(line_of)

    def lay(steps: Sequence[Step], depth: int) -> tuple[Step, ...]:
        laid: list[Step] = []
        for step in steps:
            new: Step
            if isinstance(step, Op):
                new = step._replace(trap=resolve(step.trap))
                number(new, step.text, depth)
            elif isinstance(step, Repeat):
                times = "for ever" if step.times is None else f"{step.times} times"
                lines.append("  " * depth + f"repeat {times}:")
                new = replace(step, do=lay(step.do, depth + 1))
            elif isinstance(step, Block):
                place = len(lines)
                lines.append("  " * depth + f"{step.text}:")
                line_of.append(place)
                at = len(line_of)
                new = Block(resolve((VERB, step.wish))[1], lay(step.do, depth + 1), step.text)
                places[id(new)] = at
            else:
                new = lay_try(step, depth)
            laid.append(new)
        return tuple(laid)

    def lay_try(step: Try, depth: int) -> Try:
        lines.append("  " * depth + "try:")
        do = lay(step.do, depth + 1)
        handlers = []
        for name, then in step.handlers:
            lines.append("  " * depth + f"if {name}:")
            handlers.append((name, lay(then, depth + 1)))
        last: tuple[Step, ...] = ()
        if step.last:
            lines.append("  " * depth + "finally:")
            last = lay(step.last, depth + 1)
        return Try(do, tuple(handlers), last)

    laid = lay(steps, 0)
    return Script(laid, places, Listing(tuple(lines), tuple(line_of)))


def _play(steps: Sequence[Step], places: dict[int, int], worker: Worker) -> Body:
    for step in steps:
        if isinstance(step, Op):
            worker.pc = places[id(step)]
            yield from worker.perform(step.trap)
        elif isinstance(step, Repeat):
            done = 0
            while step.times is None or done < step.times:
                yield from _play(step.do, places, worker)
                done += 1
        elif isinstance(step, Block):
            worker.pc = places[id(step)]
            manager = worker.manager(step.wish)
            if isinstance(manager, Delegate):
                yield from manager.carry_out(partial(_play, step.do, places))
            else:
                yield from inside(manager, _play(step.do, places, worker))
        else:
            yield from _try(step, places, worker)


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


def _try(step: Try, places: dict[int, int], worker: Worker) -> Body:
    try:
        try:
            yield from _play(step.do, places, worker)
        except GeneratorExit:
            raise
        except BaseException as error:
            for name, steps in step.handlers:
                if worker.catches(name, error):
                    yield from _play(steps, places, worker)
                    break
            else:
                raise
    except GeneratorExit:
        raise
    except BaseException:
        yield from _play(step.last, places, worker)
        raise
    yield from _play(step.last, places, worker)
