"""Timeouts of gevent and eventlet alike: an error that a timer throws into a greenlet."""

from __future__ import annotations

from typing import ClassVar

from schedsim.durations import Time
from schedsim.loops.greenlets import FIRST, Greenlet, to
from schedsim.loops.timers import Timer
from schedsim.trace import Reason
from schedsim.traps import Body, Stop


class GreenletTimeout(Stop):
    """A timeout, as a block too.

    Args:
        me: into whom it is thrown.
        duration: after which time; None: never.
        silent: the block it limits forgets it (``Timeout(duration, False)``).
        error: thrown in its place.
    """

    rank: ClassVar[int] = FIRST
    """When it comes, among what is due in one iteration of the hub."""

    def __init__(
        self,
        me: Greenlet,
        duration: Time | None,
        *,
        silent: bool = False,
        error: BaseException | None = None,
    ) -> None:
        super().__init__()
        self.me = me
        self.duration = duration
        self.silent = silent
        self.throws: BaseException = error or self
        self.timer: Timer | None = None

    def start(self) -> None:
        """Let the time begin."""
        if self.duration is not None:
            loop = self.me.loop
            code = to(self.me, Reason.TIMEOUT, error=self.throws)
            self.timer = loop.start_timer(loop.host.now + self.duration, code, self.rank)

    def cancel(self) -> None:
        """It is not needed any more."""
        if self.timer is not None:
            self.me.loop.timers.cancel(self.timer)
            self.timer = None

    def leave(self, error: BaseException | None) -> Body:
        """The block is over; True if it was this that ended it, silently."""
        self.cancel()
        yield from ()
        return self.silent and error is self
