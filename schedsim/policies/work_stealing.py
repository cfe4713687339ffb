"""Work stealing, as the schedulers of Go and of Tokio have it: a queue for each worker.

A worker is a core here.  Whoever is made runnable goes into its worker's *slot*, to run next while
what it is to work on is still in the cache; who was there goes to the tail of the local queue.  A
worker that runs dry takes half of the queue of another, drawn by lot.

Go: src/runtime/proc.go, ``runqput``, ``runqget``, ``runqgrab``, and ``retake`` for the quantum.
Tokio: runtime/scheduler/multi_thread/worker.rs, ``run_task``, ``schedule_local``; queue.rs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence, Sized

from schedsim.durations import Time
from schedsim.policies.base import C, Policy
from schedsim.policies.keyed import positive


class WorkStealing(Policy[C]):
    """The slot first, then the local queue; half of that is for a worker that has nothing.

    A thread whose quantum is over, or which yields, goes to the tail of the local queue.  (Both
    systems have a global queue as well, into which Go puts those; workers look there every 61st
    time, and when they have nothing.  There is none here.)

    A thief takes the first half of the queue, rounded up, and runs the last of it first.

    Args:
        quantum: a thread runs for so long at most while others wait (Go: 10 ms; Tokio cannot).
        lifo_limit: so many times in a row the slot goes first; then whoever is made runnable goes
            to the tail until the next of the queue has run (Tokio: 3).  0: there is no slot.
        steal_slot: a thief takes the slot of a worker whose queue is empty (Go), or never (Tokio).
    """

    sliced_by = "quantum"
    accounts = False
    queue_per_core = True
    steals_half = True
    keeps_local = True

    def __init__(
        self, *, quantum: Time = 10_000_000, lifo_limit: int = 3, steal_slot: bool = True
    ) -> None:
        super().__init__()
        if lifo_limit < 0:
            raise ValueError("lifo_limit must be 0 (no slot) or more")
        self.quantum = positive("quantum", quantum)
        self.lifo_limit = lifo_limit
        self.steal_slot = steal_slot
        self._line: deque[C] = deque()
        self._slot: deque[C] = deque(maxlen=1)
        self._in_a_row = 0
        """How many times in a row the slot went first."""
        self._waiting = _Both(self._slot, self._line)

    @property
    def waiting(self) -> Sized:
        """The slot and the local queue."""
        return self._waiting

    def enqueue(self, thread: C, /) -> None:
        """Into the slot, unless that went first too often; who was there goes to the tail."""
        if self._in_a_row >= self.lifo_limit:
            self._line.append(thread)
            return
        self._line.extend(self._slot)
        self._slot.append(thread)

    def pick(self) -> C:
        """From the slot, or from the head of the queue."""
        row = self._in_a_row
        if self._slot:
            thread = self._slot.pop()
            self._in_a_row = row + 1
        else:
            thread = self._line.popleft()
            self._in_a_row = 0
        thread.seat = row, self._in_a_row > 0
        return thread

    def restore(self, thread: C, /) -> None:
        """Back to where it was."""
        self._in_a_row, from_slot = thread.seat
        if from_slot and not self._slot:
            self._slot.append(thread)
        else:
            self._line.appendleft(thread)

    def remove(self, thread: C, /) -> None:
        """From wherever it is."""
        (self._slot if thread in self._slot else self._line).remove(thread)

    def queue(self) -> Sequence[C]:
        """The slot, then the local queue."""
        return (*self._slot, *self._line)

    def movable(self) -> Sequence[C]:
        """What a thief may take half of."""
        return tuple(self._line or self._slot if self.steal_slot else self._line)

    def time_slice(self, thread: C, /) -> Time:  # noqa: ARG002 - the same for everybody
        """The quantum."""
        return self.quantum

    def expire(self, thread: C, /) -> None:
        """To the tail."""
        self.leave(thread)
        self._line.append(thread)

    give_way = preempt = expire

    def leave(self, thread: C, /) -> None:  # noqa: ARG002 - what matters is whom it leaves behind
        """If it leaves nobody in the slot, the row of those who went first is over."""
        if not self._slot:
            self._in_a_row = 0


class _Both(Sized):
    """Two queues that are one."""

    def __init__(self, slot: Sized, line: Sized) -> None:
        self.slot = slot
        self.line = line

    def __len__(self) -> int:
        return len(self.slot) + len(self.line)
