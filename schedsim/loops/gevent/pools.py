"""gevent's pool (``gevent/pool.py``): so many greenlets at a time, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schedsim.loops.gevent.greenlets import GeventGreenlet
from schedsim.loops.gevent.locks import Counter
from schedsim.loops.greenlets import Greenlet, Hub, Switch
from schedsim.traps import Body


class Pool:
    """``gevent.pool.Pool``.

    Args:
        hub: where its greenlets run.
        size: how many there may be at a time.
    """

    def __init__(self, hub: Hub, size: int) -> None:
        self.greenlets: dict[GeventGreenlet, None] = {}
        """In the order in which they were added; gevent has a set."""
        self.free = Counter(hub, size)

    def spawn(self, me: Greenlet, start: Callable[[], GeventGreenlet]) -> Body:
        """Wait until there is room, then let ``start`` start a greenlet."""
        yield from self.free.acquire(me)
        greenlet = start()
        greenlet.rawlink(self._discard)
        self.greenlets[greenlet] = None
        return greenlet

    def _discard(self, greenlet: GeventGreenlet) -> Iterator[Switch]:
        del self.greenlets[greenlet]
        self.free.release(greenlet)
        yield from ()
