"""Shortest job first: whoever needs the core for the shortest time, without preemption (SPN)."""

from __future__ import annotations

from typing import Literal

from schedsim.durations import Time
from schedsim.policies.base import C, Candidate
from schedsim.policies.keyed import Keyed

Measure = Literal["burst", "job"]


class Sjf(Keyed[C]):
    """Serves the shortest first; equals by arrival, then by id.

    Args:
        by: what is measured: the computing until the thread next waits (``burst``, as Silberschatz
            has it), or all that is ahead of it (``job``).
    """

    def __init__(self, *, by: Measure = "burst") -> None:
        super().__init__()
        self.whole = by == "job"

    def standing(self, thread: Candidate) -> Time:
        """How much computing is ahead of it."""
        return thread.demand(whole=self.whole)
