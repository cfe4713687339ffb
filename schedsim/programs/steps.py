"""A program written as steps: what TOML files describe.

Steps are data.  They are assembled once a job into a flat tuple of traps that all its threads
or tasks share; each of those keeps only a place (``pc``) and the counts of the repeats it is in.
So a million suspended tasks are cheap, and a place in a program is a number that can be copied.

What a step *means* is not known here: verbs live in ``ops/``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from schedsim.durations import Time
from schedsim.trace import Listing
from schedsim.traps import (
    BOUNDLESS,
    COMPUTING,
    EXIT,
    EXITED,
    GIVE_WAY,
    PERIOD,
    WAITING,
    YIELD,
    Op,
    Trap,
    Wish,
)

AGAIN: Final = 0
"""Not a trap: go back to the start of a repeat.  Argument: ``(start, slot, times)``."""
PASSED_OVER: Final[Trap] = (YIELD, "passed over")
"""A ``yield`` that is not obeyed: the body goes straight on."""

UNROLL: Final = 256
"""A repeat of at most so many operations is written out: its way back then costs nothing."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Steps done again and again."""

    do: tuple[Step, ...]
    times: int | None
    """None: for ever."""


@dataclass(frozen=True, slots=True)
class Block:
    """Steps inside something that is entered and left: a lock, a timeout, a group of tasks."""

    wish: Wish
    """The block's name in the catalogue of the flavour, and its arguments."""
    do: tuple[Step, ...]
    text: str
    """How its author wrote it."""


@dataclass(frozen=True, slots=True)
class Try:
    """Steps, and what to do if they fail."""

    do: tuple[Step, ...]
    handlers: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    """One of :data:`schedsim.programs.scripts.HANDLERS` each, with its steps."""
    last: tuple[Step, ...] = ()
    """``finally``."""


Step: TypeAlias = Op | Repeat | Block | Try
"""Of a body that is assembled flat, the first two only: :mod:`schedsim.programs.scripts`."""


@dataclass(frozen=True, slots=True)
class Code:
    """Assembled steps."""

    ops: tuple[Trap, ...]
    """Traps, ways back (``AGAIN``), and ``EXIT`` at the end."""
    slots: int
    """How many repeats need a counter."""
    listing: Listing
    rounds: Mapping[int, tuple[Time, bool]]
    """By the place of a way back: how much one round computes, and whether it waits."""
    cpu: Time
    """How much it computes in all; of a periodic program, each of its jobs."""
    yielding: bool = True
    """Whether ``yield`` is obeyed in it: else it is ``PASSED_OVER``."""

    _other: list[Code] = field(default_factory=list, compare=False, repr=False)

    def toggled(self) -> Code:
        """The same, but obeying ``yield`` if it is not obeyed here, and else not; made once."""
        if not self._other:
            old, new = (GIVE_WAY, PASSED_OVER) if self.yielding else (PASSED_OVER, GIVE_WAY)
            ops = tuple(new if trap is old else trap for trap in self.ops)
            other = replace(self, ops=ops, yielding=not self.yielding, _other=[self])
            self._other.append(other)
        return self._other[0]

    def ending(self, last: Trap) -> Code:
        """The same with ``last`` at its end."""
        return replace(self, ops=(*self.ops[:-1], last), _other=[])

    def carried_out_as(self, ops: tuple[Trap, ...]) -> Code:
        """The same with ``ops`` to be carried out, whether ``yield`` is obeyed or not."""
        other: list[Code] = []
        code = replace(self, ops=ops, _other=other)
        other.append(code)
        return code


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
                trap = resolve(step.trap)
                ops.append(GIVE_WAY if trap[0] == YIELD else trap)  # one object: loops look for it
                line_of.append(line)
                continue
            assert isinstance(step, Repeat), "blocks are for structured programs"
            times = "for ever" if step.times is None else f"{step.times} times"
            lines[line] = "  " * depth + f"repeat {times}:"
            inner = None if numbers is None else numbers[len(used) :]
            start = len(ops)
            body = lay(step.do, depth + 1, inner)
            used.extend(body)
            size = len(ops) - start
            if step.times is not None and size * step.times <= UNROLL:
                for _ in range(step.times - 1):
                    lay(step.do, depth + 1, body)
            elif step.times != 1:
                ops.append((AGAIN, (start, slots, step.times)))
                line_of.append(line)
                slots += 1
        return used

    lay(steps, 0, None)
    ops.append(EXITED)
    rounds = _rounds(ops)
    cpu = _ahead(ops, rounds, 0, [0] * slots, whole=True)
    return Code(tuple(ops), slots, Listing(tuple(lines), tuple(line_of)), rounds, cpu)


def _rounds(ops: Sequence[Trap]) -> dict[int, tuple[Time, bool]]:
    found: dict[int, tuple[Time, bool]] = {}
    for back, (what, way_back) in enumerate(ops):
        if what != AGAIN:
            continue
        work, waits = 0, False
        for place in range(way_back[0], back):
            trap, argument = ops[place]
            if trap in COMPUTING:
                work += argument
            elif trap == AGAIN:  # an inner repeat: its first round has been added
                inner, inner_waits = found[place]
                work += BOUNDLESS if argument[2] is None else inner * (argument[2] - 1)
                waits = waits or inner_waits
            else:
                waits = waits or trap in WAITING
        found[back] = (min(work, BOUNDLESS), waits)
    return found


def _ahead(
    ops: Sequence[Trap],
    rounds: Mapping[int, tuple[Time, bool]],
    place: int,
    counts: list[int],
    *,
    whole: bool,
) -> Time:
    """How much is computed from ``place`` on: until the next wait, or in all (``whole``)."""
    work = 0
    while work < BOUNDLESS:
        trap, argument = ops[place]
        if trap in COMPUTING:
            work += argument
        elif trap == AGAIN:
            start, slot, times = argument
            each, waits = rounds[place]
            more = BOUNDLESS if times is None else times - 1 - counts[slot]
            counts[slot] = 0
            if more and waits and not whole:
                place = start  # it will not come back here: there is a wait on the way
                continue
            work += more * each
        elif trap in (EXIT, PERIOD) or (trap in WAITING and not whole):
            return work
        place += 1
    return BOUNDLESS


class Steps:
    """A place in assembled steps.  A program for a thread; loops step it in their own hand."""

    __slots__ = ("code", "counts", "ops", "pc", "yielding")

    def __init__(self, code: Code, *, yielding: bool = True) -> None:
        self.code = code
        self.ops = code.ops
        self.pc = 0
        self.counts: list[int] | None = [0] * code.slots if code.slots else None
        self.yielding = yielding
        """Whether ``yield`` is obeyed; switched off, the body goes straight on."""

    def resume(self) -> Trap:
        """The next trap.  Never loops for ever: every endless repeat takes time or gives way."""
        ops = self.ops
        place = self.pc
        while True:
            trap = ops[place]
            what = trap[0]
            place += 1
            if what == AGAIN:
                start, _, times = trap[1]
                if times is None:  # there is nothing to count
                    place = start
                    continue
                self.pc = place
                self.again(trap[1])
                place = self.pc
            elif what != YIELD or self.yielding:
                self.pc = place
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

    def demand(self, *, whole: bool) -> Time:
        """How much computing is ahead: until it next waits, or in all (``whole``).

        Of a periodic program, all is its present job.
        """
        return _ahead(self.ops, self.code.rounds, self.pc, list(self.counts or ()), whole=whole)

    def abandon(self) -> None:
        """Give up the present job: go on where it waits for the next, or ends."""
        waits = (place for place, trap in enumerate(self.ops) if trap[0] == PERIOD)
        self.pc = next(waits, len(self.ops) - 1)
        if self.counts:
            self.counts = [0] * len(self.counts)
