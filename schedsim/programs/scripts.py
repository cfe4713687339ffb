"""A structured program as its author wrote it: steps, numbered as in its listing.

Not here: how it is carried out (:mod:`schedsim.programs.structured`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from schedsim.programs.moves import Layout, Part
from schedsim.programs.steps import Block, Repeat, Step, Try
from schedsim.programs.structured import Play, Worker
from schedsim.trace import Listing
from schedsim.traps import VERB, Body, Op

HANDLERS: Final = ("cancelled", "timeout", "error")
"""What a ``try`` may be prepared for, in the order in which its handlers are asked."""


@dataclass(frozen=True, slots=True)
class Script:
    """A structured program, its operations numbered as in the listing."""

    steps: tuple[Step, ...]
    places: dict[int, int]
    """By the identity of a step: the number of its operation."""
    listing: Listing

    part: Part = field(init=False, compare=False, repr=False)
    """The same as moves."""

    def __post_init__(self) -> None:
        """Lay it out; also when it is given other places."""
        object.__setattr__(self, "part", Layout(self.places).part(self.steps))

    def play(self, worker: Worker) -> Body:
        """Carry it out."""
        return Play(self.part, worker)


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

    def line(text: str, depth: int) -> None:
        lines.append("  " * depth + text)

    def operation(text: str, depth: int) -> int:
        line(text, depth)
        line_of.append(len(lines) - 1)
        return len(line_of)

    def lay(steps: Sequence[Step], depth: int) -> tuple[Step, ...]:
        laid: list[Step] = []
        for step in steps:
            new: Step
            if isinstance(step, Op):
                new = step._replace(trap=resolve(step.trap))
                places[id(new)] = operation(step.text, depth)
            elif isinstance(step, Repeat):
                times = "for ever" if step.times is None else f"{step.times} times"
                line(f"repeat {times}:", depth)
                new = replace(step, do=lay(step.do, depth + 1))
            elif isinstance(step, Block):
                number = operation(f"{step.text}:", depth)  # before those in it
                new = Block(resolve((VERB, step.wish))[1], lay(step.do, depth + 1), step.text)
                places[id(new)] = number
            else:
                new = lay_try(step, depth)
            laid.append(new)
        return tuple(laid)

    def lay_try(step: Try, depth: int) -> Try:
        line("try:", depth)
        do = lay(step.do, depth + 1)
        handlers = []
        for name, then in step.handlers:
            line(f"if {name}:", depth)
            handlers.append((name, lay(then, depth + 1)))
        last: tuple[Step, ...] = ()
        if step.last:
            line("finally:", depth)
            last = lay(step.last, depth + 1)
        return Try(do, tuple(handlers), last)

    laid = lay(steps, 0)
    return Script(laid, places, Listing(tuple(lines), tuple(line_of)))
