"""``eventlet.Timeout``: an error that a timer throws into a green thread (``timeout.py``)."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.loops.greenlet_timeouts import GreenletTimeout
from schedsim.loops.greenlets import Greenlet
from schedsim.traps import Body


class Timeout(GreenletTimeout):
    """``eventlet.Timeout``, which has started as soon as there is one."""

    def __init__(
        self,
        me: Greenlet,
        duration: Time | None,
        *,
        silent: bool = False,
        error: BaseException | None = None,
    ) -> None:
        super().__init__(me, duration, silent=silent, error=error)
        self.start()

    def enter(self) -> Body:
        """``with timeout:``; it has begun already."""
        yield from ()
