"""The common base of policies that serve whoever has the smallest key: SJF, priority, EDF, ...

The run queue is a priority queue (:mod:`schedsim.policies.runs`) with lazy deletion: who leaves it
from the middle, or gets another key, leaves a dead entry behind, and all is sorted anew once most
of it is dead.  So a decision costs O(log n), amortised.

A key has two parts.  The *standing* (a deadline, a priority) decides who takes a core from whom,
and is what a thread that waits for a lock lends to the one that holds it (priority inheritance:
Sha, Rajkumar, Lehoczky, 1990).  The *turn* settles who is first among equals; it is never lent.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence, Sized
from functools import cached_property
from heapq import heappop, heappush
from typing import Any, Generic

from schedsim.durations import Time
from schedsim.policies.base import C, Candidate, Policy
from schedsim.policies.runs import Ordered, Runs

Entry = tuple[Any, int, C]
"""A key, the number of the entry (so that threads are never compared), a thread."""

_FEW = 16
"""Dead entries that are never worth a rebuild."""


class SmallestFirst(Generic[C]):
    """Threads, each with a key; the one with the smallest key comes out first."""

    def __init__(self) -> None:
        self.live: dict[int, Entry[C]] = {}
        """By thread id, the entry that counts.  Never replaced by another dict."""
        self.heap: Runs[Entry[C]] = Runs()
        """What counts and what does not any more."""
        self._dead = 0
        """How many entries in it do not count any more."""
        self._number = 0
        """Of the last entry that was given none."""

    def put(self, thread: C, key: Any, number: int | None = None) -> None:
        """Add ``thread``, or give it another key if it is there.

        Of equal keys the smaller number comes out first: as they came, if no numbers are given.
        """
        live, heap = self.live, self.heap
        id = thread.id
        if id in live:
            self.drop(thread)
        if number is None:
            number = self._number = self._number + 1
        entry = live[id] = (key, number, thread)
        firsts = heap.firsts
        if len(firsts) < heap.room:  # a small heap: without the call
            heappush(firsts, entry)
        else:
            heap.push(entry)

    def first(self) -> Entry[C]:
        """The entry with the smallest key, left where it is."""
        firsts, live = self.heap.firsts, self.live
        while True:
            entry: Entry[C] = firsts[0]
            if live.get(entry[2].id) is entry:
                return entry
            self.heap.pop()
            self._dead -= 1

    def take(self) -> C:
        """Take out the thread with the smallest key."""
        heap, live = self.heap, self.live
        while True:
            entry: Entry[C] = heappop(heap.firsts) if heap.room else heap.pop()
            thread = entry[2]
            id = thread.id
            if live.get(id) is entry:
                del live[id]
                return thread
            self._dead -= 1

    def drop(self, thread: C) -> None:
        """Take out ``thread``, if it is there."""
        if self.live.pop(thread.id, None) is None:
            return
        self._dead += 1
        if self._dead > len(self.live) + _FEW:
            self.heap.renew(self.live.values())
            self._dead = 0

    def in_order(self) -> list[C]:
        """All threads by key."""
        return [entry[2] for entry in sorted(self.live.values())]


def with_lenders(thread: Candidate) -> Iterator[Candidate]:
    """``thread``, those who wait for what it holds, those who wait for what they hold, ..."""
    seen = {thread.id}
    ahead = [thread]
    while ahead:
        one = ahead.pop()
        yield one
        for lender in one.lenders:
            if lender.id not in seen:  # of a deadlock everybody is a lender of everybody
                seen.add(lender.id)
                ahead.append(lender)


class Keyed(Policy[C]):
    """Serves the smallest key."""

    accounts = False
    attends = False

    def __init__(self) -> None:
        self._line: SmallestFirst[C] = SmallestFirst()
        if type(self).pick is Keyed.pick:
            vars(self).update(pick=self._line.take)

    @abstractmethod
    def standing(self, thread: Candidate) -> Any:
        """How ``thread`` stands by itself; smaller is better."""

    def turn(self, thread: C) -> Any:
        """Who is first among equals: the smaller.  Of each thread another."""
        return thread.arrived_at, thread.id

    def rank(self, thread: C) -> Any:
        """How ``thread`` stands with what is lent to it."""
        if not thread.lenders:
            return self.standing(thread)
        return min(map(self.standing, with_lenders(thread)))

    def key(self, thread: C) -> Ordered:
        """By what ``thread`` is queued: its rank, then its turn."""
        return self.rank(thread), self.turn(thread)

    @cached_property
    def waiting(self) -> Sized:
        """The run queue."""
        return self._line.live

    def enqueue(self, thread: C, /) -> None:
        """To where its key says."""
        self._line.put(thread, self.key(thread))

    def pick(self) -> C:
        """The one with the smallest key."""
        raise NotImplementedError  # the line's own takes its place: without a call in between

    def take(self, thread: C, /) -> None:
        """From wherever it is."""
        self._line.drop(thread)

    def restore(self, thread: C, /) -> None:
        """Its key has not changed."""
        self._line.put(thread, self.key(thread))

    def remove(self, thread: C, /) -> None:
        """From wherever it is."""
        self._line.drop(thread)

    def queue(self) -> Sequence[C]:
        """By key."""
        return self._line.in_order()

    def best(self) -> C:
        """The one with the smallest key, left in the run queue."""
        return self._line.first()[2]

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Whether ``waiter`` stands strictly better; equals do not disturb each other."""
        return bool(self.rank(waiter) < self.rank(runner))

    def changed(self, thread: C, /) -> None:
        """To where its key says now, if it is in the run queue."""
        if thread.id in self._line.live:
            self._line.put(thread, self.key(thread))


def positive(name: str, value: Time) -> Time:
    """A duration that may not be 0.

    Raises:
        ValueError: it is.
    """
    if value <= 0:
        raise ValueError(f"{name} must be longer than 0")
    return value
