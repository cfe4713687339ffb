"""gevent's events: ``Event`` and ``AsyncResult`` (``gevent/event.py``)."""

from __future__ import annotations

from typing import Any

from schedsim.loops.gevent.links import Linkable
from schedsim.loops.greenlets import Greenlet, Hub
from schedsim.loops.resources import Resource
from schedsim.trace import NEVER
from schedsim.traps import Body


class Flag(Linkable):
    """An event, as far as greenlets wait for it."""

    def __init__(self, hub: Hub, number: int = NEVER, *, is_set: bool = False) -> None:
        super().__init__(hub, number)
        self.is_set = is_set

    def ready(self) -> bool:
        """It is set."""
        return self.is_set

    def set(self, by: int) -> None:
        """Let all go on that wait for it now."""
        self.is_set = True
        self.by = by
        self.check_and_notify()

    def clear(self, by: int) -> None:  # noqa: ARG002 - for those that the trace tells about
        """Let others wait from now on."""
        self.is_set = False


class Event(Flag):
    """``gevent.event.Event``."""

    def __init__(self, hub: Hub, number: int, value: int = 0) -> None:
        super().__init__(hub, number, is_set=bool(value))
        self.told = Resource(hub, number, int(bool(value)))

    def set(self, by: int) -> None:
        """Let all go on that wait for it now."""
        self.told.change(by, 1)
        super().set(by)

    def clear(self, by: int) -> None:
        """Let others wait from now on."""
        self.told.change(by, 0)
        super().clear(by)


class AsyncResult(Linkable):
    """``gevent.event.AsyncResult``: a value that will be known."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.known = False
        self.value: Any = None

    def ready(self) -> bool:
        """It is known."""
        return self.known

    def set(self, value: object, by: int) -> None:
        """Let it be known; it may be set again."""
        self.known, self.value, self.by = True, value, by
        self.check_and_notify()

    def get(self, me: Greenlet) -> Body:
        """What is known, or wait for it."""
        if not self.known:
            yield from self.wait_core(me)
        return self.value
