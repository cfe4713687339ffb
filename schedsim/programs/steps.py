"""A program written as steps: what TOML files describe.

Steps are data.  They are assembled once a job into a flat tuple of traps that all its threads
or tasks share; each of those keeps only a place (``pc``) and the counts of the repeats it is in.
So a million suspended tasks are cheap, and a place in a program is a number that can be copied.

What a step *means* is not known here: verbs live in ``ops/``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from schedsim.trace import Listing
from schedsim.traps import EXITED, YIELD, Op, Trap

AGAIN: Final = 0
"""Not a trap: go back to the start of a repeat.  Argument: ``(start, slot, times)``."""

_UNROLL: Final = 256
"""A repeat of at most so many operations is written out: its way back then costs nothing."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Steps done again and again."""

    do: tuple[Step, ...]
    times: int | None
    """None: for ever."""


Step: TypeAlias = Op | Repeat


@dataclass(frozen=True, slots=True)
class Code:
    """Assembled steps."""

    ops: tuple[Trap, ...]
    """Traps, ways back (``AGAIN``), and ``EXIT`` at the end."""
    slots: int
    """How many repeats need a counter."""
    listing: Listing


def assemble(steps: Sequence[Step], resolve: Callable[[Trap], Trap] = lambda trap: trap) -> Code:
    """Lay ``steps`` out flat.

    Args:
        steps: what the program does.
        resolve: turns a trap that names something into one that holds it.
    """
    ops: list[Trap] = []
    lines: list[str] = []
    line_of: list[int] = []
    slots = 0

    def lay(steps: Sequence[Step], depth: int, numbers: list[int] | None) -> list[int]:
        """Add ``steps`` to ops; to the lines too, unless their line ``numbers`` are known."""
        nonlocal slots
        used: list[int] = []
        for step in steps:
            if numbers is None:
                line = len(lines)
                lines.append("")
                used.append(line)
            else:
                line = numbers[len(used)]
                used.append(line)
            if isinstance(step, Op):
                lines[line] = "  " * depth + step.text
                ops.append(resolve(step.trap))
                line_of.append(line)
                continue
            times = "for ever" if step.times is None else f"{step.times} times"
            lines[line] = "  " * depth + f"repeat {times}:"
            inner = None if numbers is None else numbers[len(used) :]
            start = len(ops)
            body = lay(step.do, depth + 1, inner)
            used.extend(body)
            size = len(ops) - start
            if step.times is not None and size * step.times <= _UNROLL:
                for _ in range(step.times - 1):
                    lay(step.do, depth + 1, body)
            elif step.times != 1:
                ops.append((AGAIN, (start, slots, step.times)))
                line_of.append(line)
                slots += 1
        return used

    lay(steps, 0, None)
    ops.append(EXITED)
    return Code(tuple(ops), slots, Listing(tuple(lines), tuple(line_of)))


class Steps:
    """A place in assembled steps.  A program for a thread; loops step it in their own hand."""

    __slots__ = ("counts", "ops", "pc", "yielding")

    def __init__(self, code: Code, *, yielding: bool = True) -> None:
        self.ops = code.ops
        self.pc = 0
        self.counts: list[int] | None = [0] * code.slots if code.slots else None
        self.yielding = yielding
        """Whether ``yield`` is obeyed; switched off, the body goes straight on."""

    def resume(self) -> Trap:
        """The next trap.  Never loops for ever: every endless repeat takes time or gives way."""
        while True:
            trap = self.ops[self.pc]
            self.pc += 1
            if trap[0] == AGAIN:
                self.again(trap[1])
            elif trap[0] != YIELD or self.yielding:
                return trap

    def again(self, way_back: tuple[int, int, int | None]) -> None:
        """Go back to the start of a repeat, unless it has been done often enough."""
        start, slot, times = way_back
        counts = self.counts
        assert counts is not None, "assembled code with AGAIN has slots"
        counts[slot] += 1
        if times is None or counts[slot] < times:
            self.pc = start
        else:
            counts[slot] = 0
