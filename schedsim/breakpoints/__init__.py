"""The catalogue of breakpoints: conditions at which the playhead stops.

Each is a line of text, and a function from what has been executed and a moment to the next moment
at which it holds.  A new kind is a function in one of the modules (or a module) and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schedsim.breakpoints import happenings, moments, turns, waits
from schedsim.breakpoints.base import Condition, Kind, Known, Stop, earliest, known_of
from schedsim.breakpoints.watched import Watched
from schedsim.durations import Time
from schedsim.plain import nearest, plain

__all__ = ["KINDS", "Condition", "Known", "Stop", "Watched", "first_stop", "known_of", "parse"]

KINDS: Mapping[str, Kind] = {
    "starts": turns.STARTS,
    "runs": turns.RUNS,
    "waits": waits.WAITS,
    "blocks": turns.BLOCKS,
    "ends": turns.ENDS_,
    "switch": happenings.SWITCH,
    "gil": happenings.GIL,
    "mark": happenings.MARK,
    "deadline": moments.DEADLINE,
    "finding": moments.FINDING,
    "time": moments.TIME,
}
"""By the word with which it begins."""


def parse(text: str, known: Known) -> Condition:
    """Read a condition.

    Raises:
        ValueError: it is none, or names what is not there; the message says what is near.
    """
    word, _, rest = text.strip().partition(" ")
    if not word:
        raise ValueError("write a condition, such as: starts NAME")
    kind = KINDS.get(word.lower())
    if kind is None:
        near = nearest(word.lower(), dict.fromkeys(KINDS))
        raise ValueError(f"no condition begins with {plain(repr(word), 40)}{near}")
    return kind.parse(rest, known)


def first_stop(
    conditions: Sequence[Condition], watched: Watched, step: int, time: Time
) -> Stop | None:
    """The first moment after ``step`` rows and ``time`` at which one of them holds.

    Only what has been executed is looked at.
    """
    found = [condition.next(watched, step, time) for condition in conditions]
    first = earliest(found)
    if first is None:
        return None
    says = dict.fromkeys(stop.says for stop in found if stop and stop[:2] == first[:2])
    return Stop(first.step, first.time, "; ".join(says))
