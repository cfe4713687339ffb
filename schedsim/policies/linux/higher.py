"""The classes above the fair one: deadline, fifo and rr.

1. ``deadline``: the earliest deadline first, each with a budget (:mod:`.seats`).
2. ``fifo`` and ``rr``, by priority (rt.c): whoever loses its core goes back to the head of the
   list of its priority; whose quantum is over (``rr``), or who yields, goes to the tail.

A thread that has spent its budget is runnable, but *held* until its deadline.

Not here: who of them and of the fair threads is next (``policy``).
"""

from __future__ import annotations

from typing import Generic

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, C, Machine
from schedsim.policies.keyed import SmallestFirst
from schedsim.policies.linux.ranks import rank_of
from schedsim.policies.linux.seats import Seat, is_spent, replenish, server_of


class HigherClasses(Generic[C]):
    """The threads of the higher classes that wait, are held or run.

    Args:
        rr_quantum: threads of class rr and of one priority take turns of this length.
    """

    machine: Machine

    def __init__(self, rr_quantum: Time) -> None:
        self.rr_quantum = rr_quantum
        self.line: SmallestFirst[C] = SmallestFirst()
        """Those that wait."""
        self.held: SmallestFirst[C] = SmallestFirst()
        """Those that have spent their budget, by when they get another."""
        self.running: set[int] = set()
        """Those that run, by id."""
        self._head = self._tail = 0

    def waits(self, thread: C) -> bool:
        """Whether it is in line, or held."""
        return thread.id in self.line.live or thread.id in self.held.live

    def held_until(self, thread: C) -> Time:
        """When it is in line again, if it is held; else now."""
        seat: Seat = thread.seat
        return seat.deadline if thread.id in self.held.live else self.machine.now

    def put(self, thread: C) -> None:
        """In the line, to its place."""
        self.line.put(thread, (rank_of(thread), thread.seat.place))

    def wait(self, thread: C) -> None:
        """In the line; or, if its budget is spent, held until its deadline (throttled).

        Whoever holds what others wait for is not held (``is_dl_boosted``).
        """
        seat: Seat = thread.seat
        if is_spent(thread, seat):
            now = self.machine.now
            if seat.deadline > now and not thread.lenders:
                self.held.put(thread, (seat.deadline, seat.place))
                return
            replenish(thread, seat, now)
        self.line.put(thread, (rank_of(thread), seat.place))

    def to_the_tail(self, thread: C) -> None:
        """Behind its equals."""
        self._tail += 1
        thread.seat.place = self._tail
        self.wait(thread)

    def to_the_head(self, thread: C) -> None:
        """In front of its equals."""
        self._head -= 1
        thread.seat.place = self._head
        self.wait(thread)

    def drop(self, thread: C) -> None:
        """Out of the line, and held no more."""
        self.line.drop(thread)
        self.held.drop(thread)

    def slice_of(self, thread: C) -> Time:
        """What is left of the quantum or of the budget, with what it has had of it."""
        seat: Seat = thread.seat
        had = thread.cpu - seat.began
        if server_of(thread) is not None:
            return had + max(seat.end - thread.cpu, 0)
        if thread.attributes.scheduling_class == "rr":
            used = (thread.cpu - seat.base) % self.rr_quantum
            return had if had and not used else had + self.rr_quantum - used
        return UNLIMITED

    def replenish_due(self) -> None:
        """Put those in line whose next budget is due."""
        now, held = self.machine.now, self.held
        while held.live and held.first()[0][0] <= now:
            thread = held.take()
            replenish(thread, thread.seat, now)
            self.put(thread)
