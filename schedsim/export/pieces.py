"""A lane cut into the pieces that a picture can show: what is shorter than a pixel is put together.

What a piece looks like is in :mod:`schedsim.export.svg`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schedsim.durations import Time
from schedsim.timeline import Situation, Slice

WHOLE = 7
"""The level of what was RUNNING all the time."""


class Piece(NamedTuple):
    """A stretch of a lane that is drawn as one."""

    start: Time
    end: Time
    situation: Situation
    """What fills most of it; of several slices, as far as it was not RUNNING."""
    who: int
    slices: int
    """How many slices it stands for."""
    level: int = 0
    """How much of it was RUNNING, from 0 to :data:`WHOLE`; 0 only if nothing was."""
    runner: int = 0
    """Who was RUNNING, for the most part."""


def pieces(slices: Iterable[Slice], pixel: float) -> Iterator[Piece]:
    """The slices of a lane, those that are shorter than ``pixel`` put together with neighbours."""
    held: Piece | None = None
    for piece in _pieces(slices, pixel):
        if held is not None and held.end == piece.start and _alike(held, piece):
            held = held._replace(end=piece.end, slices=held.slices + piece.slices)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _alike(one: Piece, other: Piece) -> bool:
    return one[2:4] == other[2:4] and one[5:] == other[5:]


def _pieces(slices: Iterable[Slice], pixel: float) -> Iterator[Piece]:
    crowd: list[Slice] = []
    for part in slices:
        if part.end - part.start >= pixel:
            yield from _together(crowd)
            yield from _together([part])
            continue
        crowd.append(part)
        if part.end - crowd[0].start >= pixel:
            yield from _together(crowd)
    yield from _together(crowd)


def _together(crowd: list[Slice]) -> Iterator[Piece]:
    """One piece for a crowd of short slices, which is empty then."""
    if not crowd:
        return
    ran: dict[int, Time] = {}
    rested: dict[tuple[Situation, int], Time] = {}
    for part in crowd:
        length = part.end - part.start
        if part.situation is Situation.RUNNING:
            ran[part.who] = ran.get(part.who, 0) + length
        else:
            key = (part.situation, part.who)
            rested[key] = rested.get(key, 0) + length
    start, end, level = crowd[0].start, crowd[-1].end, 0
    runner = max(ran, key=ran.__getitem__) if ran else 0
    if ran:
        level = max(1, WHOLE * sum(ran.values()) // (end - start))
    situation, who = Situation.RUNNING, runner
    if rested:
        situation, who = max(rested, key=rested.__getitem__)
    yield Piece(start, end, situation, who, len(crowd), level, runner)
    crowd.clear()
