"""A priority queue whose cost hardly grows with its length: patience sorting above a small heap.

Where keys come in nearly ascending order, as deadlines and virtual times do, most of what a binary
heap touches in a long queue is memory that no cache holds.  Sorted runs touch two places.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

_SMALL = 128
_MOST_RUNS = 1024

K = TypeVar("K")


class Ordered(Protocol):
    """A key: of two, one is smaller."""

    def __lt__(self, other: Any, /) -> bool: ...


class Runs(Generic[K]):
    """A priority queue for entries that come nearly in order, like deadlines and virtual times.

    In a big binary heap every level down is memory that is not in the cache.  So this is one only
    as long as it is small; then it is patience sorting: an entry goes to the end of the run (a
    sorted queue) whose last entry is closest below it, and the next out is the first of a run.  Of
    entries that come in order there is one run, of entries in no order at all about twice the
    square root of n.  Where that many are not enough it is a heap again, until there are twice as
    many entries; so no order of coming is worse than O(log n), amortised.
    """

    __slots__ = ("_by_first", "_by_last", "_lasts", "firsts", "room")

    def __init__(self) -> None:
        self.firsts: list[Any] = []
        """A heap of everything, or in order the first entry of each run: at 0 is the smallest."""
        self.room = _SMALL
        """Up to how many entries it is a heap; 0 if it is not one."""
        self._by_first: list[deque[K]] = []
        """The runs, none of them empty; as ``firsts``."""
        self._lasts: list[Any] = []
        """In order, the last entry of each run."""
        self._by_last: list[deque[K]] = []

    def __len__(self) -> int:
        return len(self.firsts) if self.room else sum(map(len, self._by_first))

    def __iter__(self) -> Iterator[K]:
        return iter(self.firsts) if self.room else chain.from_iterable(self._by_first)

    def renew(self, entries: Iterable[K]) -> None:
        """Hold these instead, which may come in any order."""
        self._to_heap(entries, _SMALL)
        if len(self.firsts) > self.room:
            self._to_run()

    def push(self, entry: K) -> None:
        """Add ``entry``."""
        if self.room:
            heappush(self.firsts, entry)
            if len(self.firsts) > self.room:
                self._to_run()
            return
        lasts = self._lasts
        place = bisect_right(lasts, entry) - 1
        if place >= 0:
            lasts[place] = entry
            self._by_last[place].append(entry)
        elif len(lasts) < _MOST_RUNS:
            run = deque((entry,))
            lasts.insert(0, entry)
            self._by_last.insert(0, run)
            place = bisect_right(self.firsts, entry)
            self.firsts.insert(place, entry)
            self._by_first.insert(place, run)
        else:
            entries = [*self, entry]
            self._to_heap(entries, 2 * len(entries))

    def pop(self) -> K:
        """Take out the smallest entry."""
        firsts = self.firsts
        if self.room:
            first: K = heappop(firsts)
            return first
        first = firsts[0]
        run = self._by_first[0]
        run.popleft()
        if not run:
            self._close(run)
            return first
        following = run[0]
        place = bisect_right(firsts, following, 1)
        if place == 1:
            firsts[0] = following
        else:
            firsts.insert(place, following)
            del firsts[0]
            self._by_first.insert(place, run)
            del self._by_first[0]
        return first

    def _close(self, run: deque[K]) -> None:
        """``run`` is empty: its last entry was the smallest of all."""
        del self.firsts[0], self._by_first[0]
        # No two lasts are equal: an entry goes behind the greatest that is not greater than it.
        assert self._by_last[0] is run, "it is the smallest last"
        del self._by_last[0], self._lasts[0]
        if not self.firsts:
            self.room = _SMALL

    def _to_heap(self, entries: Iterable[K], most: int) -> None:
        self.firsts[:] = entries
        heapify(self.firsts)
        self.room = most
        for column in (self._by_first, self._lasts, self._by_last):
            column.clear()

    def _to_run(self) -> None:
        run = deque(sorted(self.firsts))
        self.firsts[:] = [run[0]]
        self._lasts[:] = [run[-1]]
        self._by_first[:] = self._by_last[:] = [run]
        self.room = 0
