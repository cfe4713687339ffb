"""eventlet's pool (``greenpool.py``): so many green threads at a time, and no more.

Left out: one of its own green threads that spawns when there is no room runs the function itself.
"""

from __future__ import annotations

from collections.abc import Callable

from schedsim.loops.eventlet.greenthreads import Event, GreenThread
from schedsim.loops.eventlet.semaphores import Counter
from schedsim.loops.greenlets import Greenlet, Hub
from schedsim.traps import Body


class GreenPool:
    """``eventlet.GreenPool``.

    Args:
        hub: where its green threads run.
        size: how many there may be at a time.
    """

    def __init__(self, hub: Hub, size: int = 1000) -> None:
        self.hub = hub
        self.size = size
        self.free = Counter(hub, size)
        self.running: dict[GreenThread, None] = {}
        self.empty = Event(hub)

    def spawn(self, me: Greenlet, start: Callable[[], GreenThread]) -> Body:
        """Wait until there is room, then let ``start`` start a green thread."""
        yield from self.free.acquire(me)
        thread = start()
        if not self.running:
            self.empty = Event(self.hub)
        self.running[thread] = None
        thread.link(self._done)
        return thread

    def waitall(self, me: Greenlet) -> Body:
        """Wait until all are done."""
        if self.running:
            yield from self.empty.wait(me)

    def _done(self, thread: GreenThread) -> None:
        self.free.release(thread)
        del self.running[thread]
        if self.free.left - len(self.free.waiters) == self.size:
            self.empty.send(by=thread.id)
