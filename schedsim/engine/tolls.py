"""What a core pays before a thread runs on it: context switch, migration, waking up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.engine.chance import exponential

if TYPE_CHECKING:
    from random import Random

    from schedsim.engine.records import Core, Thread


@dataclass(frozen=True, slots=True)
class Tolls:
    """What is paid for what; nothing by default."""

    switch: Time = 0
    """To run another thread than the last."""
    migration: Time = 0
    """In addition, for a thread that ran on another core before."""
    wake: Time = 0
    """What an idle core takes, on average, to begin with a thread that was woken.

    Exponentially distributed: a GIL that was let go for a time d is then lost to a waiter with
    probability 1 - e^(-d/wake), as was measured (SEMANTICS.md B2c), and threads in lock step part.
    A core that is busy goes from one thread to the next without it."""

    def __bool__(self) -> bool:
        return bool(self.switch or self.migration or self.wake)

    def due(self, random: Random, core: Core, thread: Thread, *, idle: bool) -> Time:
        """What ``core``, which was ``idle`` until now or not, pays before it runs ``thread``."""
        toll = 0
        if core.last is not thread:
            toll = self.switch
            if thread.core is not core and thread.core is not None:
                toll += self.migration
        if thread.woken:
            thread.woken = False
            if idle:
                toll += exponential(random, self.wake)
        return toll


FREE = Tolls()
