"""Structured steps laid out as moves, one after the other: what a place in them is counted by.

Who goes over them is :class:`schedsim.programs.structured.Walk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from schedsim.programs.steps import UNROLL, Block, Step, Try
from schedsim.traps import Op

PERFORM: Final = 0
"""A move: have a step performed; with its trap."""
ENTER: Final = 1
"""A block, with its wish and its part."""
TRY: Final = 2
"""A ``try``, as :class:`Trying`."""
BACK: Final = 3
"""Back to the start of a repeat: ``(start, depth, times)``."""
OVER: Final = 4
"""The end of a part."""


class Move(NamedTuple):
    """What a walk does next."""

    place: int
    """The number of the operation, if it is one."""
    kind: int
    what: Any


Part: TypeAlias = tuple[Move, ...]
"""Steps laid out as moves, the last of which is ``OVER``; those of a block are its own."""
NOTHING: Final[Part] = ()
"""Of a walk over no steps of a file."""
ENDED: Final[Part] = (Move(0, OVER, None),)


class Trying(NamedTuple):
    """A :class:`Try` whose steps are laid out."""

    do: Part
    handlers: tuple[tuple[str, Part], ...]
    last: Part


class Layout:
    """Lays steps out as moves.

    Args:
        places: the number of the operation of a step, by its identity.
    """

    def __init__(self, places: Mapping[int, int]) -> None:
        self.places = places
        self.known: dict[int, Part] = {}
        """By the identity of steps: a repeat that is written out names a block many times."""

    def part(self, steps: tuple[Step, ...]) -> Part:
        """All of ``steps``, and nothing behind them."""
        known = self.known.get(id(steps))
        if known is None:
            moves: list[Move] = []
            for step in steps:
                self._lay(step, moves, 0)
            known = self.known[id(steps)] = (*moves, Move(0, OVER, None))
        return known

    def _lay(self, step: Step, moves: list[Move], depth: int) -> None:
        if isinstance(step, Op):
            moves.append(Move(self.places[id(step)], PERFORM, step.trap))
        elif isinstance(step, Block):
            moves.append(Move(self.places[id(step)], ENTER, (step.wish, self.part(step.do))))
        elif isinstance(step, Try):
            handlers = tuple((name, self.part(then)) for name, then in step.handlers)
            what = Trying(self.part(step.do), handlers, self.part(step.last))
            moves.append(Move(0, TRY, what))
        elif step.times != 0:
            start = len(moves)
            for each in step.do:
                self._lay(each, moves, depth + 1)
            if step.times is not None and (len(moves) - start) * step.times <= UNROLL:
                for each in step.do * (step.times - 1):
                    self._lay(each, moves, depth + 1)
            else:
                moves.append(Move(0, BACK, (start, depth, step.times)))
