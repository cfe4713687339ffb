"""What is to happen when: a dict from the instant to a list for each kind, and a heap of instants.

So ties are first come first served without a sequence number, and coinciding events cost one heap
operation together.  An entry that is cut short may stay: whoever reads it sees that it is void.

Not here: what an instant brings about (:mod:`schedsim.engine.instants`).
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final, TypeVar

from schedsim.durations import Time
from schedsim.engine.periodic import is_late

if TYPE_CHECKING:
    from schedsim.engine.records import Core, Thread

FOREVER: Final[Time] = 1 << 62

T = TypeVar("T")


class Agenda:
    """All that is still to come, but for what policies and balancing set an alarm for."""

    __slots__ = ("deadlines", "ends", "heap", "wakes", "windows")

    def __init__(self) -> None:
        self.heap: list[Time] = []
        """The distinct instants at which anything happens."""
        self.wakes: dict[Time, list[Any]] = {}
        """Threads whose timer is due then, and sources from which somebody comes."""
        self.ends: dict[Time, list[Core]] = {}
        """Cores whose stretch of computing, or context switch, ends then."""
        self.windows: dict[Time, list[tuple[Thread, int]]] = {}
        """Waits for the GIL that time out then, if they still last: thread, number of the wait."""
        self.deadlines: dict[Time, list[tuple[Thread, int]]] = {}
        """Jobs that are given up then, if they are not done."""

    def put(self, instants: dict[Time, list[T]], time: Time, entry: T) -> None:
        """Let ``entry``, of the kind that ``instants`` holds, be looked at at ``time``."""
        entries = instants.get(time)
        if entries is None:
            instants[time] = [entry]
            heappush(self.heap, time)
        else:
            entries.append(entry)

    def is_due(self, instant: Time) -> bool:
        """A timer or a deadline then has not been cut short."""
        for thread in self.wakes.get(instant, ()):
            if thread.due == instant:
                return True
        return any(is_late(*job) for job in self.deadlines.get(instant, ()))

    def is_void(self, instant: Time) -> bool:
        """All that was to happen then has been cut short."""
        return not (
            self.ends.get(instant)
            or self.is_due(instant)
            or any(wait[0].window == wait[1] for wait in self.windows.get(instant, ()))
        )

    def drop_void(self) -> None:
        """Forget the next instants at which nothing is to happen any more: the first is real.

        It changes nothing, and least of all who gets a core: the run may pause anywhere.
        """
        while self.heap and self.is_void(self.heap[0]):
            instant = heappop(self.heap)
            for instants in (self.ends, self.wakes, self.deadlines, self.windows):
                instants.pop(instant, None)
