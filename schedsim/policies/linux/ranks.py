"""How threads of all classes stand to each other: the smaller rank takes the core.

Not here: who is next among equals (``higher``) and among fair threads (their policy).
"""

from __future__ import annotations

from typing import Final

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Candidate
from schedsim.policies.keyed import with_lenders
from schedsim.policies.linux.seats import Seat

Rank = tuple[int, Time]

FAIR: Final[Rank] = (2, 0)
"""The standing of a fair thread: after deadline, (0, when), and fifo and rr, (1, -priority)."""


def rank_of(thread: Candidate) -> Rank:
    """How ``thread`` stands with what is lent to it; smaller is better."""
    if not thread.lenders:
        return _own_rank(thread)
    return min(map(_own_rank, with_lenders(thread)))


def _own_rank(thread: Candidate) -> Rank:
    attributes = thread.attributes
    match attributes.scheduling_class:
        case "deadline":
            seat = thread.seat
            return (0, seat.deadline if isinstance(seat, Seat) else UNLIMITED)
        case "fifo" | "rr":
            return (1, -(attributes.priority or 1))
    return FAIR
