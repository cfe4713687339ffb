"""Lottery scheduling (Waldspurger and Weihl, 1994): every slice goes to whoever holds the ticket.

The tickets of those who wait lie in a row, by id, in a Fenwick tree: to find the winner, and to
add or take away tickets, costs O(log n).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence, Sized

from schedsim.durations import Time
from schedsim.policies.base import Attributes, C, Candidate, Policy
from schedsim.policies.keyed import positive, with_lenders


def tickets_of(thread: Candidate) -> int:
    """The tickets of ``thread``, and of those who wait for what it holds (ticket transfers).

    Raises:
        ValueError: it has none; it would never run.
    """
    tickets = thread.attributes.tickets
    if tickets < 1:
        raise ValueError(f"tickets must be at least 1, got {tickets}")
    if not thread.lenders:
        return tickets
    return sum(lender.attributes.tickets for lender in with_lenders(thread))


class TicketRow:
    """How many tickets each number has, and whose the n-th ticket is (Fenwick, 1994)."""

    def __init__(self) -> None:
        self.total = 0
        self._tree = [0, 0]
        """Slot i holds the sum of the i & -i numbers that end with number i - 1."""

    def add(self, number: int, tickets: int) -> None:
        """Give ``number`` so many more tickets, or fewer."""
        while number + 1 >= len(self._tree):
            # Twice the size: of the new slots only the last, the sum of all, is not 0.
            self._tree += [0] * len(self._tree)
            self._tree[len(self._tree) // 2] = self.total
        self.total += tickets
        slot = number + 1
        while slot < len(self._tree):
            self._tree[slot] += tickets
            slot += slot & -slot

    def holder(self, ticket: int) -> int:
        """The first number up to which there are more than ``ticket`` tickets."""
        tree = self._tree
        slot = 0
        step = len(tree) // 2
        while step:
            if tree[slot + step] <= ticket:
                slot += step
                ticket -= tree[slot]
            step //= 2
        return slot


class Lottery(Policy[C]):
    """Draws a ticket for every slice.

    A thread that waits for a lock lends its tickets to whoever holds it, if the lock lends.

    Args:
        quantum: how long a slice is.
        full_quantum: a slice costs a whole quantum even if less work is left (OSTEP's lottery.py).
        draws: what is drawn first, of any size: the winning ticket is the rest after division by
            the number of tickets.  After them the seeded source of the run goes on.
    """

    sliced_by = "quantum"
    accounts = False
    attends = False

    def __init__(
        self,
        *,
        quantum: Time = 10_000_000,
        full_quantum: bool = False,
        draws: list[int] | None = None,
    ) -> None:
        self.quantum = positive("quantum", quantum)
        self.full_quantum = self.counts_alone = full_quantum
        self._draws = deque(draws or ())
        if any(draw < 0 for draw in self._draws):
            raise ValueError(f"draws must be 0 or more, got {min(self._draws)}")
        self._row = TicketRow()
        self._queued: dict[int, tuple[C, int]] = {}
        """Who waits, with the tickets that lie in the row."""

    @property
    def waiting(self) -> Sized:
        """The run queue."""
        return self._queued

    def enqueue(self, thread: C, /) -> None:
        """Its tickets take part."""
        tickets = tickets_of(thread)
        self._queued[thread.id] = (thread, tickets)
        self._row.add(thread.id, tickets)

    def pick(self) -> C:
        """Whoever holds the ticket that is drawn."""
        total = self._row.total
        drawn = self._draws.popleft() if self._draws else self.machine.draw(total)
        thread = self._queued[self._row.holder(drawn % total)][0]
        self.remove(thread)
        return thread

    def take(self, thread: C, /) -> None:
        """Without a draw."""
        self.remove(thread)

    def restore(self, thread: C, /) -> None:
        """Its tickets take part again; what was drawn is not put back, or it would win again."""
        self.enqueue(thread)

    def remove(self, thread: C, /) -> None:
        """Its tickets take part no more."""
        self._row.add(thread.id, -self._queued.pop(thread.id)[1])

    def queue(self) -> Sequence[C]:
        """By id: who is next cannot be known."""
        return [self._queued[id][0] for id in sorted(self._queued)]

    def time_slice(self, thread: C, /) -> Time:  # noqa: ARG002 - for everybody the same
        """The quantum."""
        return self.quantum

    def heeds(self, said: Attributes, name: str, /) -> bool:  # noqa: ARG002 - the same for all
        """Tickets."""
        return name == "tickets"

    def changed(self, thread: C, /) -> None:
        """It has other tickets."""
        if thread.id in self._queued:
            self.remove(thread)
            self.enqueue(thread)
