"""The fair server of Linux since 6.12: a share of the core for fair threads under real-time ones.

Before, real-time threads were throttled to the same figures (``sched_rt_runtime_us`` in each
``sched_rt_period_us``).  kernel/sched/deadline.c, "Deferrable server"; SEMANTICS.md, R3.
"""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.policies.linux.ranks import FAIR


class FairServer:
    """In each period fair threads get their share, the later the better for everybody else.

    A period begins when there is the first fair thread, or when the share is spent.  As long as
    the rest of the share fits into the rest of the period nothing happens.  Then fair threads
    stand like a deadline thread that is due at the end of the period, until the share is spent.
    (The kernel defers only the first share of a time of starvation to the end of its period, and
    gives each later one at the beginning of its own.)

    Args:
        runtime: what real-time threads may take of each period; 0: all, there is no server.
        period: how long a period is.
    """

    def __init__(self, runtime: Time, period: Time) -> None:
        if period <= 0:
            raise ValueError("rt_period must be longer than 0")
        if not 0 <= runtime <= period:
            raise ValueError("rt_runtime must be 0 (no limit) or longer, at most rt_period")
        self.period = period
        self.share: Time = period - runtime if runtime else 0
        self.left = self.share
        self.until: Time = 0
        """When the period is over."""
        self.rank = FAIR
        """The present standing of fair threads."""

    @property
    def serves(self) -> bool:
        """Fair threads get their share now."""
        return self.rank is not FAIR

    @property
    def due(self) -> Time:
        """When the rest of the share only just fits into the rest of the period."""
        return self.until - self.left

    def begin(self, now: Time) -> None:
        """A new period."""
        self.left = self.share
        self.until = now + self.period
        self.rank = FAIR

    def serve(self) -> None:
        """Fair threads get their share from now on."""
        self.rank = (0, self.until)

    def pay(self, ran: Time, now: Time) -> None:
        """A fair thread ran for so long, up to now."""
        self.left -= ran
        if self.left <= 0:
            over = -self.left % self.share
            self.begin(now - over)
            self.left -= over
