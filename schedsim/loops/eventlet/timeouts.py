"""``eventlet.Timeout``: an error that a timer throws into a green thread (``timeout.py``)."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.loops.base import Timer
from schedsim.loops.greenlets import Greenlet, to
from schedsim.trace import Reason
from schedsim.traps import Body, Stop


class Timeout(Stop):
    """``eventlet.Timeout``, which has started; as a block too.

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
        self.loop = me.loop
        self.silent = silent
        self.timer: Timer | None = None
        if duration is not None:
            code = to(me, Reason.TIMEOUT, error=error or self)
            self.timer = me.loop.start_timer(me.loop.host.now + duration, code)

    def cancel(self) -> None:
        """It is not needed any more."""
        if self.timer is not None:
            self.loop.cancel_timer(self.timer)
            self.timer = None

    def enter(self) -> Body:
        """``with timeout:``; it has begun already."""
        yield from ()

    def leave(self, error: BaseException | None) -> Body:
        """The block is over; True if it was this that ended it, silently."""
        self.cancel()
        yield from ()
        return self.silent and error is self
