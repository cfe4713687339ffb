"""Who is next: those who wait, by virtual runtime, in the place of the red-black tree of fair.c.

Not here: what virtual runtimes are (``policy``).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush, heapreplace

from schedsim.durations import Time
from schedsim.policies.cfs.seats import QUEUED, Seat

# An entry of the heap: virtual runtime and turn in one number.  Far down in a big heap what costs
# is memory that is not in the cache, and this needs the least.
TURN_BITS = 64
TURN_MASK = (1 << TURN_BITS) - 1

_STALE = 64


class Line:
    """Those who wait.  An entry of the heap whose turn is not among them is void."""

    __slots__ = ("granularity", "heap", "queued", "skipped", "_stale", "_turns")

    def __init__(self) -> None:
        self.queued: dict[int, Seat] = {}
        """By turn."""
        self.heap: list[int] = []
        self.skipped: Seat | None = None
        """Who yielded, until the next is picked."""
        self.granularity: Time = 0
        """Whoever yielded is passed over only for a second who is ahead by no more than that."""
        self._stale = 0
        """How many entries are void."""
        self._turns = 0

    def __len__(self) -> int:
        """How many entries there are, the void ones included."""
        return len(self.heap)

    def add(self, seat: Seat, place: int) -> None:
        """Queue it by ``place``, behind its equals."""
        self._turns += 1
        seat.turn = turn = self._turns
        seat.state = QUEUED
        self.queued[turn] = seat
        seat.place = place
        heappush(self.heap, place << TURN_BITS | turn)

    def put_back(self, seat: Seat) -> None:
        """To where it was."""
        self.queued[seat.turn] = seat
        seat.state = QUEUED
        heappush(self.heap, seat.place << TURN_BITS | seat.turn)

    def drop(self, seat: Seat) -> None:
        """It waits here no more."""
        queued, heap = self.queued, self.heap
        del queued[seat.turn]
        if seat is self.skipped:
            self.skipped = None
        self._stale += 1
        if self._stale > _STALE + len(queued):
            heap[:] = [key for key in heap if key & TURN_MASK in queued]
            heapify(heap)
            self._stale = 0

    def first(self) -> int | None:
        """The lowest virtual runtime that somebody is queued by; it is at the top of the heap."""
        heap, queued = self.heap, self.queued
        while heap:
            key = heap[0]
            if key & TURN_MASK in queued:
                return key >> TURN_BITS
            heappop(heap)
            self._stale -= 1
        return None

    def front(self, *, take: bool) -> Seat:
        """Who is next: the lowest, or the second if the lowest has just yielded.

        Args:
            take: it leaves the line.
        """
        heap, queued = self.heap, self.queued
        while True:
            key = heappop(heap)
            seat = queued.get(key & TURN_MASK)
            if seat is not None:
                break
            self._stale -= 1
        if seat is self.skipped and self.first() is not None:
            second = queued[heap[0] & TURN_MASK]
            if self._passes_over(seat, second):
                key, seat = heapreplace(heap, key), second
        if take:
            self.skipped = None
            del queued[seat.turn]
        else:
            heappush(heap, key)
        return seat

    def order(self) -> list[Seat]:
        """As successive picks would take them."""
        seats = sorted(self.queued.values(), key=lambda seat: (seat.place, seat.turn))
        if len(seats) > 1 and self._passes_over(seats[0], seats[1]):
            seats[:2] = seats[1::-1]
        return seats

    def refine(self, factor: int) -> None:
        """All places on a scale that is finer by ``factor``; the order stays."""
        self.heap[:] = [
            (key >> TURN_BITS) * factor << TURN_BITS | key & TURN_MASK for key in self.heap
        ]

    def _passes_over(self, first: Seat, second: Seat) -> bool:
        """Whether ``second`` goes before ``first``, who yielded (``pick_next_entity``)."""
        return first is self.skipped and second.v - first.v <= self.granularity * second.unit
