"""gevent's events: ``Event`` and ``AsyncResult`` (``gevent/event.py``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schedsim.durations import Time
from schedsim.loops.base import Resource
from schedsim.loops.gevent.links import Linkable
from schedsim.loops.gevent.timeouts import Timeout
from schedsim.loops.greenlets import Greenlet, Hub, Switch
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
    """``gevent.event.AsyncResult``: a value or an error that will be known."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.known = False
        self.value: Any = None
        self.error: BaseException | None = None

    def ready(self) -> bool:
        """It is known."""
        return self.known

    def set(self, value: object, by: int) -> None:
        """Let it be known; it may be set again."""
        self.known, self.value, self.error, self.by = True, value, None, by
        self.check_and_notify()

    def set_error(self, error: BaseException, by: int) -> None:
        """Let it have failed.  A value that is known stays."""
        if not self.known or self.error is not None:
            self.known, self.error = True, error
        self.by = by
        self.check_and_notify()

    def get(self, me: Greenlet, timeout: Time | None = None) -> Body:
        """What is known, or wait for it; an error is raised."""
        if not self.known:
            yield from self.wait_core(me, timeout, raises=True)
        if not self.known:
            raise Timeout(me, None)
        if self.error is not None:
            raise self.error
        return self.value

    def take_over(self, source: Any) -> Iterator[Switch]:
        """As a link: what has become of ``source`` is known here too."""
        if source.error is None:
            self.set(source.value, source.by)
        else:
            self.set_error(source.error, source.by)
        yield from ()
