"""A seat: what the policy knows of one thread.

Not here: what is known of all together (``policy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schedsim.durations import Time

if TYPE_CHECKING:
    from schedsim.policies.cfs.policy import Cfs

OUT, QUEUED, RUNNING = range(3)


class Seat:
    """What the policy knows of one thread."""

    __slots__ = (
        "ahead",
        "cpu",
        "home",
        "place",
        "scale",
        "state",
        "thread",
        "turn",
        "unit",
        "v",
        "weight",
    )

    def __init__(self, thread: Any, home: Cfs[Any]) -> None:
        self.thread = thread
        self.home = home
        self.state = OUT
        self.weight = 1
        self.unit = 1
        """By how much ``v`` grows in one unit of time: scale / weight."""
        self.v = 0
        """Virtual runtime."""
        self.scale = 1
        """What ``v`` is in, of a thread that sleeps."""
        self.ahead: int | None = None
        """How far ``v`` was ahead of the queue's minimum, of a thread that was moved away."""
        self.cpu: Time = thread.cpu
        """The CPU time that is in ``v``."""
        self.place = 0
        """The virtual runtime that it is queued by."""
        self.turn = 0
        """Equal virtual runtimes: in the order of joining the queue.  Each number is used once."""
