"""Rate monotonic: the shorter the period, the higher the priority (Liu and Layland, 1973)."""

from __future__ import annotations

from typing import Any

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, C, Candidate
from schedsim.policies.keyed import Keyed


class RateMonotonic(Keyed[C]):
    """Serves the shortest period; a strictly shorter one takes the core.

    Whoever has no period comes after all who have one.  Of equal periods, as SimSo has it: on one
    core the earlier release goes first, then the lower id; on several cores whoever entered the
    run queue first, and a job that lost its core enters it anew.

    Args:
        abort_on_miss: a job that is not done at its deadline is given up.
    """

    preemptive = True
    weighs_work = False
    leavers_first = True  # a job that is done at its deadline has met it

    def __init__(self, *, abort_on_miss: bool = False) -> None:
        super().__init__()
        self.abort_on_miss = abort_on_miss
        self._entered = 0

    def standing(self, thread: Candidate) -> Time:
        """Its period."""
        period = thread.attributes.period
        return UNLIMITED if period is None else period

    def turn(self, thread: C) -> Any:
        """By release, then by id; or by entry."""
        return (thread.arrived_at, thread.id) if self.machine.cores == 1 else thread.seat

    def enqueue(self, thread: C, /) -> None:
        """To where its period says, behind its equals if they are queued by entry."""
        self._entered += 1
        thread.seat = self._entered
        super().enqueue(thread)
