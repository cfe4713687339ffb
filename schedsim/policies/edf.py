"""Earliest deadline first (Liu and Layland, 1973), on one core or global on several."""

from __future__ import annotations

from typing import Any, Literal

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, C, Candidate, Machine
from schedsim.policies.keyed import Keyed

_MOMENT = 64
"""Bits for a moment ..."""
_ID = 21
"""... and for an id: a run holds no more (see :data:`schedsim.trace.MOST_ENTITIES`)."""


class Edf(Keyed[C]):
    """Serves the earliest deadline; a strictly earlier one takes the core.

    Whoever has no deadline comes after all who have one.

    Args:
        abort_on_miss: a job that is not done at its deadline is given up.
        ties: of equal deadlines the earlier release goes first, then the lower id (``release``),
            or the lower id at once (``id``).  ``auto`` is as SimSo has it: ``release`` on one
            core, ``id`` on several.
    """

    preemptive = True
    direct = True
    weighs_work = False
    leavers_first = True  # a job that is done at its deadline has met it

    def __init__(
        self, *, abort_on_miss: bool = False, ties: Literal["auto", "release", "id"] = "auto"
    ) -> None:
        super().__init__()
        self.abort_on_miss = abort_on_miss
        self.ties = ties
        self.by_release = ties == "release"

    def attach(self, machine: Machine) -> None:
        """Settle what ``auto`` means."""
        super().attach(machine)
        if self.ties == "auto":
            self.by_release = machine.cores == 1

    def standing(self, thread: Candidate) -> Time:
        """Its deadline."""
        return UNLIMITED if thread.deadline is None else thread.deadline

    def turn(self, thread: C) -> Any:
        """By release, then by id; or by id alone."""
        return (thread.arrived_at, thread.id) if self.by_release else thread.id

    def enqueue(self, thread: C, /) -> None:
        """To where its key says; without the calls where nobody lends it anything."""
        rank = thread.deadline
        if rank is None or thread.lenders or self.by_release:
            self._line.put(thread, self.key(thread))
        else:
            self._line.put(thread, rank << _ID | thread.id)

    preempt = enqueue

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Whether ``waiter`` is due strictly earlier."""
        mine, its = waiter.deadline, runner.deadline
        if mine is None or its is None or waiter.lenders or runner.lenders:
            return super().beats(waiter, runner)
        return mine < its

    def key(self, thread: C) -> int:
        """Rank and turn in one number: far apart in memory, less is faster."""
        rank = thread.deadline if not thread.lenders else self.rank(thread)
        if rank is None:
            rank = UNLIMITED
        if self.by_release:
            return (rank << _MOMENT | thread.arrived_at) << _ID | thread.id
        return rank << _ID | thread.id
