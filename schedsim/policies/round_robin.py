"""Round robin: everybody in turn, for one quantum at most."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.policies.base import C
from schedsim.policies.fifo import Fifo


class RoundRobin(Fifo[C]):
    """First in, first out, but a thread whose quantum is spent goes to the tail.

    A thread that becomes runnable at the very instant at which a quantum ends queues before the
    one that is taken off (Silberschatz, Stallings; SEMANTICS.md A5).
    """

    def __init__(self, *, quantum: Time = 10_000_000) -> None:
        super().__init__()
        if quantum <= 0:
            raise ValueError("quantum must be longer than 0")
        self.quantum = quantum

    def time_slice(self, thread: C, /) -> Time:  # noqa: ARG002 - the same for every thread
        """The quantum."""
        return self.quantum
