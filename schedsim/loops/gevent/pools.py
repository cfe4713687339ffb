"""gevent's pool (``gevent/pool.py``): so many greenlets at a time, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schedsim.durations import Time
from schedsim.loops.gevent.events import Flag
from schedsim.loops.gevent.greenlets import GeventGreenlet, joinall, kill
from schedsim.loops.gevent.locks import Counter
from schedsim.loops.greenlets import Greenlet, Hub, Switch
from schedsim.traps import Body


class Pool:
    """``gevent.pool.Pool``.

    Args:
        hub: where its greenlets run.
        size: how many there may be at a time; None: no limit.
    """

    def __init__(self, hub: Hub, size: int | None = None) -> None:
        self.greenlets: dict[GeventGreenlet, None] = {}
        """In the order in which they were added; gevent has a set."""
        self.free = None if size is None else Counter(hub, size)
        self.empty = Flag(hub, is_set=True)

    def spawn(self, me: Greenlet, start: Callable[[], GeventGreenlet]) -> Body:
        """Wait until there is room, then let ``start`` start a greenlet."""
        if self.free is not None:
            yield from self.free.acquire(me)
        greenlet = start()
        greenlet.rawlink(self._discard)
        self.greenlets[greenlet] = None
        self.empty.clear(me.id)
        return greenlet

    def join(self, me: Greenlet, timeout: Time | None = None) -> Body:
        """Wait until it is empty, once; False if ``timeout`` was over before that."""
        return (yield from self.empty.wait(me, timeout))

    def kill(self, me: Greenlet) -> Body:
        """Kill all that are in it, and wait for them."""
        while self.greenlets:
            for greenlet in tuple(self.greenlets):
                yield from kill(me, greenlet, block=False)
            yield from joinall(me, tuple(self.greenlets))

    def _discard(self, greenlet: GeventGreenlet) -> Iterator[Switch]:
        del self.greenlets[greenlet]
        if not self.greenlets:
            self.empty.set(greenlet.id)
        if self.free is not None:
            self.free.release(greenlet)
        yield from ()
