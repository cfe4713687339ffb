"""What comes to somebody at a moment without anybody's doing then: a message that was on its way.

To the clock it is one who sleeps until then, like a source of visitors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from schedsim.durations import Time
from schedsim.trace import NEVER

DELIVERY: Final = "a delivery"
"""What it waits for, so that the kernel does not take it for a thread whose timer is due."""


class Delivery:
    """Something that is to arrive.

    Args:
        moment: when.
        awaited: whether anybody waits for it; what nobody waits for changes nothing.
        arrive: lets it arrive.
    """

    __slots__ = ("arrive", "awaited", "moment")

    wants = DELIVERY

    def __init__(
        self, moment: Time, awaited: Callable[[], bool], arrive: Callable[[], object]
    ) -> None:
        self.moment = moment
        self.awaited = awaited
        self.arrive = arrive

    @property
    def due(self) -> Time:
        """The moment; ``NEVER`` as long as nobody waits for it."""
        return self.moment if self.awaited() else NEVER
