"""Earliest deadline first (Liu and Layland, 1973), on one core or global on several."""

from __future__ import annotations

from heapq import heappush
from typing import Literal

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, C, Candidate, Machine
from schedsim.policies.keyed import Keyed

_MOMENT = 64
"""Bits for a moment."""


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

    def enqueue(self, thread: C, /) -> None:
        """To where its key says, of equals by id."""
        rank, id = thread.deadline, thread.id
        line = self._line
        heap = line.heap
        firsts = heap.firsts
        if rank is None or thread.lenders or self.by_release or len(firsts) >= heap.room:
            line.put(thread, self.key(thread), id)
        else:  # as it does, without the calls
            entry = line.live[id] = (rank, id, thread)
            heappush(firsts, entry)

    preempt = restore = enqueue

    def changed(self, thread: C, /) -> None:
        """To where its key says now, if it is in the run queue."""
        if thread.id in self._line.live:
            self._line.put(thread, self.key(thread), thread.id)

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Whether ``waiter`` is due strictly earlier."""
        mine, its = waiter.deadline, runner.deadline
        if mine is None or its is None or waiter.lenders or runner.lenders:
            return super().beats(waiter, runner)
        return mine < its

    def key(self, thread: C) -> int:
        """Its rank; or rank and release in one number, which is compared faster than a tuple."""
        rank = thread.deadline if not thread.lenders else self.rank(thread)
        if rank is None:
            rank = UNLIMITED
        return rank << _MOMENT | thread.arrived_at if self.by_release else rank
