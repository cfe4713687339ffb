"""Shortest time to completion first: SJF with preemption (SRTF, SRT)."""

from __future__ import annotations

from typing import Any, Literal

from schedsim.policies.base import C
from schedsim.policies.sjf import Measure, Sjf


class Stcf(Sjf[C]):
    """Serves whoever has the least computing left; a newcomer with less takes the core.

    Args:
        ties: among equals, who arrived earlier goes first, and even takes the core back
            (``arrival``), or who runs goes on, and of those who wait the lowest id is next
            (``running``).  Packages do either.
        by: see :class:`Sjf`.
    """

    preemptive = True

    def __init__(
        self, *, ties: Literal["arrival", "running"] = "arrival", by: Measure = "burst"
    ) -> None:
        super().__init__(by=by)
        self.by_arrival = ties == "arrival"

    def turn(self, thread: C) -> Any:
        """By arrival, then by id; or by id alone."""
        return (thread.arrived_at, thread.id) if self.by_arrival else thread.id

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Whether ``waiter`` has less left; or as much, and came earlier."""
        if self.by_arrival:
            return self.key(waiter) < self.key(runner)
        return super().beats(waiter, runner)
