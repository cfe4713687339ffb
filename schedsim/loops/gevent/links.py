"""What greenlets link to and wait for: the core of gevent's events, semaphores and results.

After ``gevent/_abstract_linkable.py``.  Whoever makes such a thing ready goes on; one callback of
the hub then resumes those that wait, in the order in which they began to.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from schedsim.durations import Time
from schedsim.loops.gevent.greenlets import Link, wake
from schedsim.loops.gevent.timeouts import limit
from schedsim.loops.greenlets import Greenlet, Hub, HubCall, Switch
from schedsim.trace import NEVER, Reason
from schedsim.traps import Body


class Linkable(ABC):
    """``AbstractLinkable``.

    Args:
        hub: who tells its links.
        number: of the resource that the trace knows it as; ``NEVER`` if it is part of another.
    """

    notifies_all = True
    """Being ready for a moment is enough for all that wait then; else one by one, while it is."""

    def __init__(self, hub: Hub, number: int = NEVER) -> None:
        self.hub = hub
        self.number = number
        self.by = 0
        """The entity that has made it ready."""
        self.links: list[Link] = []
        self.late: list[Link] = []
        """Those who came while a notifier was there, and found it ready: they wait their turn."""
        self.notifier: HubCall | None = None

    @abstractmethod
    def ready(self) -> bool:
        """Nobody has to wait."""

    def rawlink(self, link: Link) -> None:
        """Let ``link`` be called in the hub when it is ready."""
        self.links.append(link)
        self.check_and_notify()

    def unlink(self, link: Link) -> None:
        """Let ``link`` not be called."""
        if link in self.links:
            self.links.remove(link)
        if not self.links and self.notifier is not None and self.notifier.pending:
            self.notifier.cancelled = True
            self.notifier = None
            self.late = []

    def check_and_notify(self) -> None:
        """If it is ready and somebody waits, let the hub tell them."""
        if self.ready() and self.links and self.notifier is None:
            self.notifier = self.hub.call_in_hub(self._notify_links)

    def _notify_links(self) -> Iterator[Switch]:
        yield from self._notify_list(self.links)
        if self.late:
            yield from self._notify_list(self.late)
            self.links += self.late
            self.late = []
        self.notifier = None
        self.check_and_notify()

    def _notify_list(self, links: list[Link]) -> Iterator[Switch]:
        """Call ``links`` up to the one that is last now; others may come and go meanwhile."""
        last = links[-1]
        while self.notifies_all or self.ready():
            link = links.pop(0)
            yield from link(self)
            if link is last:
                return

    def wait(self, me: Greenlet, timeout: Time | None = None) -> Body:
        """``_wait``: until it is ready; False if ``timeout`` was over before that."""
        if not self.ready():
            return (yield from self.wait_core(me, timeout))
        if self.notifier is not None:  # those who had to wait come first
            yield from self._wait_for(me, self.late)
        return True

    def wait_core(self, me: Greenlet, timeout: Time | None = None) -> Body:
        """``_wait_core``: wait, ready or not."""
        timer = limit(me, timeout)
        try:
            yield from self._wait_for(me, self.links)
        except BaseException as error:
            if error is not timer:
                raise
            return False
        finally:
            timer.cancel()
        return True

    def _wait_for(self, me: Greenlet, links: list[Link]) -> Body:
        link = wake(me, Reason.UNLOCKED)
        if links is self.links:
            self.rawlink(link)
        else:
            links.append(link)
        waits = Reason.AWAIT if self.number == NEVER else Reason.LOCK
        try:
            yield from me.park(waits, self.number)
        except BaseException:
            self.unlink(link)
            if link in self.late:
                self.late.remove(link)
            raise
