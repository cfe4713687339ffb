"""A lane cut into the pieces that a picture can show: what is shorter than a pixel is put together.

What a piece looks like is in :mod:`schedsim.export.svg`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schedsim.durations import Time
from schedsim.timeline import Situation, Slice

_Key = tuple[Situation, int]


class Piece(NamedTuple):
    """A stretch of a lane that is drawn as one."""

    start: Time
    end: Time
    situation: Situation
    """What fills most of it, RUNNING if as much as anything."""
    who: int
    slices: int
    """How many slices it stands for."""


def pieces(slices: Iterable[Slice], pixel: float) -> Iterator[Piece]:
    """The slices of a lane, those that are shorter than ``pixel`` put together with neighbours."""
    held: Piece | None = None
    for piece in _pieces(slices, pixel):
        same = held is not None and (held.situation, held.who) == (piece.situation, piece.who)
        if held is not None and same and held.end == piece.start:
            held = held._replace(end=piece.end, slices=held.slices + piece.slices)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _pieces(slices: Iterable[Slice], pixel: float) -> Iterator[Piece]:
    crowd: list[Slice] = []
    for part in slices:
        if part.end - part.start >= pixel:
            yield from _together(crowd)
            yield Piece(*part, slices=1)
        else:
            crowd.append(part)
            if part.end - crowd[0].start >= pixel:
                yield from _together(crowd)
    yield from _together(crowd)


def _together(crowd: list[Slice]) -> Iterator[Piece]:
    """One piece for a crowd of short slices, which is empty then."""
    if not crowd:
        return
    shares: dict[_Key, Time] = {}
    for part in crowd:
        key = (part.situation, part.who)
        shares[key] = shares.get(key, 0) + part.end - part.start
    situation, who = max(shares, key=lambda key: (shares[key], key[0] is Situation.RUNNING))
    yield Piece(crowd[0].start, crowd[-1].end, situation, who, len(crowd))
    crowd.clear()
