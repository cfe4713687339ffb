"""Stride scheduling (Waldspurger and Weihl, 1995): tickets without chance, in exact integers.

Each thread has a *pass*, which advances while it runs: by one *stride* a quantum, and strides are
inversely proportional to tickets.  Whoever has the smallest pass runs next.

The paper takes a large constant, divided by the tickets and rounded, for a stride.  Here a thread
with t tickets advances L / t for every unit of time that it runs, where L is the least common
multiple of all numbers of tickets seen so far: nothing is ever rounded.  When a new number makes L
grow, all passes are multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from math import lcm
from typing import Literal

from schedsim.durations import Time
from schedsim.policies.base import Attributes, C, Policy
from schedsim.policies.keyed import SmallestFirst, positive
from schedsim.policies.lottery import tickets_of


class _Seat:
    """What this policy knows of a thread."""

    __slots__ = ("passed", "scale", "tickets", "charged")

    def __init__(self, tickets: int, scale: int, passed: int) -> None:
        self.passed = passed
        """Its pass; while it is away, how much that was ahead of the global pass."""
        self.scale = scale
        """The L that ``passed`` was reckoned with."""
        self.tickets = tickets
        self.charged: Time = 0
        """Its ``cpu`` up to which ``passed`` counts."""


class Stride(Policy[C]):
    """Serves the smallest pass; equals by id.

    The *global pass* is the smallest among those who run or wait to run (with ``stride``, of those
    who run, where the present stride of each began).  As in section 4.2 of the
    paper, a thread that leaves takes along by how much it is ahead of it, and is as much ahead
    when it is back: to wait gains nothing and costs nothing.  If its tickets change, what it is
    ahead changes as its stride does (rounded down, by less than one unit of time).  A thread that
    waits for a lock lends its tickets to whoever holds it, if the lock lends.

    Args:
        quantum: how long a slice is.  A slice that ends early advances the pass by its part.
        initial_pass: a new thread starts at the global pass (``zero``: the first have pass 0, as
            in OSTEP), or one stride ahead of it (``stride``, as in the paper).
    """

    sliced_by = "quantum"
    watches = True

    def __init__(
        self,
        *,
        quantum: Time = 10_000_000,
        initial_pass: Literal["zero", "stride"] = "zero",  # noqa: S107 - no password
    ) -> None:
        self.quantum = positive("quantum", quantum)
        self.one_stride_ahead = initial_pass == "stride"  # noqa: S105 - no password
        self._line: SmallestFirst[C] = SmallestFirst()
        self._running: dict[int, C] = {}
        self._scale = 1
        """L."""
        self._global = 0
        """The global pass when it was last reckoned."""

    @property
    def waiting(self) -> Sized:
        """The run queue."""
        return self._line.live

    def enqueue(self, thread: C, /) -> None:
        """As far ahead of the global pass as it was when it left."""
        tickets = tickets_of(thread)
        self._widen(tickets)
        seat: _Seat | None = thread.seat
        if seat is None:
            ahead = self._stride(tickets) if self.one_stride_ahead else 0
            seat = thread.seat = _Seat(tickets, self._scale, ahead)
        elif self._scale % seat.scale:  # it comes from the run queue of another core
            self._widen(seat.scale)
        seat.passed *= self._scale // seat.scale
        seat.scale = self._scale
        if seat.tickets != tickets:
            seat.passed = seat.passed * seat.tickets // tickets
            seat.tickets = tickets
        seat.passed += self._global_pass()
        seat.charged = thread.cpu
        self._put(thread)

    def pick(self) -> C:
        """The smallest pass."""
        thread = self._line.take()
        self._running[thread.id] = thread
        return thread

    def take(self, thread: C, /) -> None:
        """From wherever it is."""
        self._line.drop(thread)
        self._running[thread.id] = thread

    def restore(self, thread: C, /) -> None:
        """Its pass has not changed."""
        del self._running[thread.id]
        self._put(thread)

    def remove(self, thread: C, /) -> None:
        """It takes along by how much it is ahead."""
        thread.seat.passed -= self._global_pass()
        self._line.drop(thread)

    def queue(self) -> Sequence[C]:
        """By pass, then by id."""
        return self._line.in_order()

    def time_slice(self, thread: C, /) -> Time:  # noqa: ARG002 - for everybody the same
        """The quantum."""
        return self.quantum

    def expire(self, thread: C, /) -> None:
        """To where its pass says, which now counts what it ran."""
        self._charge(thread)
        del self._running[thread.id]
        self._put(thread)

    give_way = preempt = expire

    def leave(self, thread: C, /) -> None:
        """It takes along by how much it is ahead."""
        self._charge(thread)
        thread.seat.passed -= self._global_pass()
        del self._running[thread.id]

    def heeds(self, said: Attributes, name: str, /) -> bool:  # noqa: ARG002 - the same for all
        """Tickets."""
        return name == "tickets"

    def changed(self, thread: C, /) -> None:
        """If it has other tickets it leaves and comes back at once."""
        if thread.id in self._running:
            self.leave(thread)
            self.enqueue(thread)
            self._line.drop(thread)
            self._running[thread.id] = thread
        elif thread.id in self._line.live:
            self.remove(thread)
            self.enqueue(thread)

    def _put(self, thread: C) -> None:
        self._line.put(thread, (thread.seat.passed, thread.id))

    def _charge(self, thread: C) -> None:
        seat: _Seat = thread.seat
        seat.passed += (thread.cpu - seat.charged) * (self._scale // seat.tickets)
        seat.charged = thread.cpu

    def _global_pass(self) -> int:
        for thread in self._running.values():
            self._charge(thread)
        seats = [thread.seat for thread in self._running.values()]
        if self.one_stride_ahead:
            begun = [seat.passed - self._stride(seat.tickets) for seat in seats]
            self._global = max(self._global, min(begun, default=0))
            return self._global
        passes = [seat.passed for seat in seats]
        if self._line.live:
            passes.append(self._line.first()[0][0])
        self._global = min(passes, default=self._global)
        return self._global

    def _stride(self, tickets: int) -> int:
        return self._scale // tickets * self.quantum

    def _widen(self, divisor: int) -> None:
        """Let L be a multiple of ``divisor``."""
        factor = lcm(self._scale, divisor) // self._scale
        if factor == 1:
            return
        self._scale *= factor
        self._global *= factor
        waiting = self._line.in_order()
        for thread in (*waiting, *self._running.values()):
            thread.seat.passed *= factor
            thread.seat.scale = self._scale
        for thread in waiting:
            self._put(thread)
