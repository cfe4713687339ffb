"""First in, first out: whoever came first runs until it blocks or ends (FCFS)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, C


class Fifo(Generic[C]):
    """Serves threads in order of arrival, without preemption.  Every decision is O(1)."""

    enqueue: Callable[[C], None]
    pick: Callable[[], C]

    def __init__(self) -> None:
        self.waiting: deque[C] = deque()
        self.enqueue = self.waiting.append  # the bound C methods: this is the hot path
        self.pick = self.waiting.popleft

    def time_slice(self, thread: C, /) -> Time:  # noqa: ARG002 - the same for every thread
        """No limit."""
        return UNLIMITED

    def queue(self) -> Sequence[C]:
        """In order of arrival."""
        return tuple(self.waiting)
