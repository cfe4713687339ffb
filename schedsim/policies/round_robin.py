"""Round robin: everybody in turn, for one quantum at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence, Sized
from typing import Any, Literal

from schedsim.durations import Time
from schedsim.policies.base import C
from schedsim.policies.fifo import Fifo

Requeue = Literal["arrivals_first", "preempted_first", "slice_end"]


class RoundRobin(Fifo[C]):
    """First in, first out, but a thread whose quantum is spent goes to the tail.

    Args:
        quantum: how long one turn is.
        requeue: who queues first when a quantum ends at the instant of an arrival or wake-up:
            ``arrivals_first`` (Silberschatz, Stallings), ``preempted_first`` (OSTEP's mlfq.py), or
            ``slice_end``: the run queue is brought up to date only where a slice ends, with the
            thread that ran before all who came meanwhile (some packages do so).
        keep_slice: a thread that waited goes on with the rest of its quantum, as in OSTEP's
            mlfq.py; the default of ``preempted_first``.
        aligned: quanta end at multiples of the quantum, for all cores at once (OSTEP's multi.py).
    """

    sliced_by = "quantum"

    def __init__(
        self,
        *,
        quantum: Time = 10_000_000,
        requeue: Requeue = "arrivals_first",
        keep_slice: bool | None = None,
        aligned: bool = False,
    ) -> None:
        super().__init__()
        if quantum <= 0:
            raise ValueError("quantum must be longer than 0")
        self.quantum = quantum
        self.aligned = aligned
        self.leavers_first = aligned or requeue == "preempted_first"
        if keep_slice is None:
            keep_slice = requeue == "preempted_first"
        self.accounts = keep_slice
        self.counts_alone = aligned or keep_slice
        if aligned:
            vars(self).update(time_slice=self._to_the_boundary)
        elif keep_slice:
            vars(self).update(time_slice=self._rest)
        self.equal_turns = 0 if aligned or keep_slice or requeue == "slice_end" else quantum
        self._held: deque[C] | None = None
        if requeue == "slice_end":
            self._held = deque()
            self.attends = True
            self._waiting = _Both(self._line, self._held)
            vars(self).update(
                enqueue=self._held.append,
                expire=self._expire,
                give_way=self._expire,
                pick=self._pick,
            )

    def time_slice(self, thread: C, /) -> Time:  # noqa: ARG002 - the same for every thread
        """The quantum, or what is left of it."""
        return self.quantum

    def _to_the_boundary(self, thread: C) -> Time:  # noqa: ARG002 - the same for every thread
        return self.quantum - self.machine.now % self.quantum

    def _rest(self, thread: C) -> Time:
        begun, length = thread.seat or (thread.cpu, self.quantum)
        used: Time = (thread.cpu - begun) % length
        if not used:
            begun, length = thread.cpu, self.quantum  # which may be another by now
        thread.seat = begun, length
        return length - used

    def retime(self, length: Any, /) -> None:
        """The quantum, of all alike."""
        self.quantum = length
        if self.equal_turns:
            self.equal_turns = length

    def remove(self, thread: C, /) -> None:
        """From wherever it is."""
        line = self._held if self._held and thread in self._held else self._line
        line.remove(thread)

    def queue(self) -> Sequence[C]:
        """In the order of the turns."""
        return (*self._line, *(self._held or ()))

    def _expire(self, thread: C) -> None:
        self._line.append(thread)
        self._catch_up()

    def leave(self, thread: C, /) -> None:  # noqa: ARG002 - what matters is that a slice ends
        """Its slice ends here."""
        self._catch_up()

    def _pick(self) -> C:
        self._catch_up()
        return self._line.popleft()

    def _catch_up(self) -> None:
        if self._held:
            self._line.extend(self._held)
            self._held.clear()


class _Both(Sized):
    """Two queues that are one."""

    def __init__(self, line: Sized, held: Sized) -> None:
        self.line = line
        self.held = held

    def __len__(self) -> int:
        return len(self.line) + len(self.held)
