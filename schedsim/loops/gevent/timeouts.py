"""``gevent.Timeout``: an error that a timer throws into a greenlet; after ``gevent/timeout.py``."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.loops.base import Timer
from schedsim.loops.greenlets import LAST, Greenlet, to
from schedsim.trace import Reason
from schedsim.traps import Body, Stop


class Timeout(Stop):
    """``gevent.Timeout``; as a block too.

    Args:
        me: into whom it is thrown.
        duration: after which time; None: never.
        silent: the block it limits forgets it (``Timeout(duration, False)``).
        error: thrown in its place.
    """

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
            self.timer = loop.start_timer(loop.host.now + self.duration, code, LAST)

    def cancel(self) -> None:
        """It is not needed any more."""
        if self.timer is not None:
            self.me.loop.cancel_timer(self.timer)
            self.timer = None

    def enter(self) -> Body:
        """``with timeout:``."""
        self.start()
        yield from ()

    def leave(self, error: BaseException | None) -> Body:
        """The block is over; True if it was this that ended it, silently."""
        self.cancel()
        yield from ()
        return self.silent and error is self


def limit(me: Greenlet, duration: Time | None, error: BaseException | None = None) -> Timeout:
    """``Timeout._start_new_or_dummy``: a timeout that has started."""
    timeout = Timeout(me, duration, error=error)
    timeout.start()
    return timeout
