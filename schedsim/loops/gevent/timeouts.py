"""``gevent.Timeout``: an error that a timer throws into a greenlet; after ``gevent/timeout.py``."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.loops.greenlet_timeouts import GreenletTimeout
from schedsim.loops.greenlets import LAST, Greenlet
from schedsim.traps import Body


class Timeout(GreenletTimeout):
    """``gevent.Timeout``: its timer comes after everything else that is due."""

    rank = LAST

    def enter(self) -> Body:
        """``with timeout:``."""
        self.start()
        yield from ()


def limit(me: Greenlet, duration: Time | None, error: BaseException | None = None) -> Timeout:
    """``Timeout._start_new_or_dummy``: a timeout that has started."""
    timeout = Timeout(me, duration, error=error)
    timeout.start()
    return timeout
