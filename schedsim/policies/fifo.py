"""First in, first out: whoever came first runs until it blocks or ends (FCFS)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence, Sized

from schedsim.policies.base import C, Policy


class Fifo(Policy[C]):
    """Serves threads in order of arrival, without preemption.  Every decision is O(1)."""

    accounts = False
    attends = False
    direct = True

    def __init__(self) -> None:
        self._line: deque[C] = deque()
        line = self._line
        # The hot path: the C methods themselves.
        vars(self).update(enqueue=line.append, expire=line.append, give_way=line.append)
        vars(self).update(pick=line.popleft)
        self._waiting: Sized = line

    @property
    def waiting(self) -> Sized:
        """The run queue."""
        return self._waiting

    def enqueue(self, thread: C, /) -> None:
        """To the tail."""
        raise NotImplementedError  # each has the deque's own

    def pick(self) -> C:
        """From the head."""
        raise NotImplementedError  # each has the deque's own

    def restore(self, thread: C, /) -> None:
        """To the head."""
        self._line.appendleft(thread)

    def remove(self, thread: C, /) -> None:
        """From wherever it is."""
        self._line.remove(thread)

    def queue(self) -> Sequence[C]:
        """In order of arrival."""
        return tuple(self._line)
