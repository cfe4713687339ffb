"""What a question is, and what its reasons are made of: claims that are true, false or unknown.

Where questions are found is in :mod:`schedsim.questions`; who asks them is the app's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.why.moment import Explanation, Moment

CHANCE = 0
"""Among the candidates: nobody can know, chance decides."""
MOST_CANDIDATES = 8
"""Named ones."""
_REASONS = 4
_FEWEST_REASONS = 3
_LONGEST_NAME = 32


class Place(NamedTuple):
    """What somebody is about to get."""

    kind: str
    """``core``, ``gil`` or ``loop``."""
    number: int
    """The core's number, the process of the GIL, the thread of the loop."""


class Claim(NamedTuple):
    """A sentence about whoever is next, and whether it is true."""

    says: str
    true: bool | None
    """None where trace and state do not tell."""


def so(says: str) -> Claim:
    """A claim that is true."""
    return Claim(says, true=True)


def not_so(says: str) -> Claim:
    """A claim that is false whatever happens."""
    return Claim(says, true=False)


Claims = Mapping[str, Claim]
"""By a word for what they are about."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who is next, and why: asked at a moment at which that is decided."""

    step: int
    """How many rows have happened."""
    time: Time
    """The moment; the decision is made at this very instant."""
    place: Place
    premise: str
    """What one has to know: why there is something to decide."""
    asks: str
    candidates: tuple[int, ...]
    """Threads or tasks, at least two, by number; then CHANCE."""
    answer: int
    """One of the candidates."""
    reasons: tuple[str, ...]
    """Three or four; exactly one of them is true."""
    right: int
    """Which of them."""
    reveals: int
    """After how many rows the answer can be seen."""
    told: str = ""
    """What else there is to say: who it was, where chance decides."""
    crowd: int = 0
    """How many more there were than could be named."""


def name(m: Moment, number: int) -> str:
    """A name, fit for a terminal."""
    return plain(m.entity(number).name, _LONGEST_NAME)


def words(text: str) -> str:
    """A sentence of :mod:`schedsim.why`, with its names as plain text."""
    return Explanation(text).finished().headline


def line_up(candidates: Sequence[int], *kept: int) -> tuple[tuple[int, ...], int]:
    """The candidates by number, so that their order tells nothing; and how many more there are.

    Of a crowd, ``kept`` are among them, and others from everywhere in the line: nobody stands out.
    """
    line = list(dict.fromkeys(candidates))
    more = max(0, len(line) - MOST_CANDIDATES)
    if more:
        others = [each for each in line if each not in kept]
        places = range(MOST_CANDIDATES - len(kept))
        line = [*kept, *(others[n * len(others) // len(places)] for n in places)]
    return (*sorted(line), CHANCE), more


def reasons(claims: Claims, right: str, wrong: Sequence[str], turn: int) -> tuple[list[str], int]:
    """What to choose from, and which of it is right.

    Args:
        claims: all there are.
        right: which of them is the reason.
        wrong: those that might be taken for it, the likeliest first.
        turn: so that the right one is not always at the same place.
    """
    texts: list[str] = []
    for key in wrong:
        claim = claims.get(key)
        if claim is not None and claim.true is False and claim.says not in texts:
            texts.append(claim.says)
    texts = texts[: _REASONS - 1]
    assert len(texts) + 1 >= _FEWEST_REASONS, "of each place two things at least are never so"
    place = turn % (len(texts) + 1)
    texts.insert(place, claims[right].says)
    return texts, place
