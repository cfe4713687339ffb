"""An event that may be set and cleared: eventlet's, sent and reset (``event.py``)."""

from __future__ import annotations

from schedsim.loops.eventlet.greenthreads import Event
from schedsim.loops.greenlets import Hub
from schedsim.loops.resources import Resource
from schedsim.trace import Reason


class Flag(Event):
    """``eventlet.event.Event``, as one that is set and cleared."""

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:
        super().__init__(hub, Reason.LOCK, number=number)
        self.told = Resource(hub, number, int(bool(value)))
        self.sent = bool(value)

    def set(self, by: int) -> None:
        """``send``, if it has not been sent."""
        if not self.sent:
            self.told.change(by, 1)
            self.send(by=by)

    def clear(self, by: int) -> None:
        """``reset``, if it has been sent."""
        if self.sent:
            self.told.change(by, 0)
            self.reset()
