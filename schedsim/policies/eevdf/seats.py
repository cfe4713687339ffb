"""A seat: what the policy knows of one thread; and the entries by which it stands in line.

Not here: what is known of all together (``average``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schedsim.durations import Time

if TYPE_CHECKING:
    from schedsim.policies.eevdf.policy import Eevdf

OUT, QUEUED, RUNNING, DELAYED = range(4)


class Seat:
    """What the policy knows of one thread."""

    __slots__ = (
        "begin",
        "cpu",
        "due",
        "end",
        "entry",
        "home",
        "id",
        "key",
        "lag",
        "moved",
        "request",
        "state",
        "taken",
        "thread",
        "unit",
        "v",
        "weight",
    )

    def __init__(self, thread: Any, home: Eevdf[Any]) -> None:
        self.thread = thread
        self.id: int = thread.id
        self.home = home
        self.state = OUT
        self.entry: Entry | None = None
        """Its entry among the eligible, now or later; any other is void."""
        self.key: int | None = None
        """Its entry among those ahead; any other is void."""
        self.weight = 1
        self.unit = 1
        """By how much ``v`` grows in one unit of time: scale / weight."""
        self.v = 0
        self.cpu: Time = thread.cpu
        """The CPU time that is in ``v``."""
        self.taken: Time = -1
        """The CPU time at which it came on its core."""
        self.request: Time = 0
        # The present request in CPU time, which stands still while the thread does not run:
        self.begin: Time = 0
        """Where it began: virtual eligible time."""
        self.due: Time = 0
        """Where the virtual deadline is met."""
        self.end: Time = 0
        """Where its slice ends, which is later if only a tick can end it."""
        self.lag = (0, 1)
        """What it was owed when it left, a fraction of CPU time."""
        self.moved = False
        """It did not sleep but comes from another queue, in the middle of a request."""

    def __lt__(self, other: Seat) -> bool:
        """No: of a thread's present entry and an equal void one either may come out first."""
        return False

    def refine(self, factor: int) -> None:
        """All that is a virtual time on a scale that is finer by ``factor``."""
        self.v *= factor
        self.unit *= factor
        if self.entry is not None:
            deadline, eligible, number, _ = self.entry
            self.entry = (deadline * factor, eligible * factor, number, self)
        if self.key is not None:
            self.key = (self.key >> ID_BITS) * factor << ID_BITS | self.id


def deadline_of(seat: Seat) -> int:
    """Its virtual deadline, as it is now."""
    return seat.v + (seat.due - seat.cpu) * seat.unit


Entry = tuple[int, int, int, Seat]
"""Of the eligible: virtual deadline, minus virtual eligible time, id, seat."""

# Of those ahead: the virtual time at which they are eligible, and the id, in one number.  Far down
# in a big heap what costs is memory that is not in the cache, and this needs the least.
ID_BITS = 48
ID_MASK = (1 << ID_BITS) - 1
