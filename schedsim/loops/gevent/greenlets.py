"""gevent's greenlets: how they end, who is told, how others wait for them and kill them.

After ``greenlet.py``, ``_waiter.py`` and ``_hub_primitives.py`` of gevent 26.9.  What wakes a
greenlet that waits for a lock, an event or a queue is in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from schedsim.durations import Time
from schedsim.loops.base import Loop
from schedsim.loops.gevent.timeouts import limit
from schedsim.loops.greenlets import Greenlet, GreenletExit, HubCall, Switch, to
from schedsim.loops.live import Flavour
from schedsim.trace import NEVER, Reason
from schedsim.traps import Body

Link: TypeAlias = Callable[[Any], Iterator[Switch]]
"""What is called in the hub, with what it is linked to, once that is ready."""


def wake(task: Greenlet, reason: Reason) -> Link:
    """``greenlet.switch`` as a link: ``task`` goes on."""
    return lambda source: iter((Switch(task, reason, source.by),))


class GeventGreenlet(Greenlet):
    """``gevent.Greenlet``."""

    __slots__ = ("blocks", "by", "error", "links", "notifier", "over", "value")

    def __init__(self, id: int, loop: Loop, flavour: Flavour) -> None:
        super().__init__(id, loop, flavour)
        self.by = id
        """Who wakes those that wait for it: itself."""
        self.over = False
        """``ready()``."""
        self.value: object = None
        self.error: BaseException | None = None
        self.links: list[Link] = []
        self.notifier: HubCall | None = None
        self.blocks: list[list[GeventGreenlet]] = []
        """What was spawned in each group block that it is in."""

    def started(self, task: Any) -> None:
        """Its body has spawned ``task``: part of the group block that it is in."""
        if self.blocks:
            self.blocks[-1].append(task)

    # -- its end ------------------------------------------------------------------------------

    def returned(self, value: object) -> Reason:
        """It ends with a value."""
        self.value = value
        return Reason.EXIT

    def raised(self, error: BaseException) -> Reason:
        """It ends with ``error``; being killed is a result like another."""
        if isinstance(error, GreenletExit):
            self.value = error
            return Reason.CANCELLED
        self.error = error
        return Reason.FAILED

    def ended(self) -> None:
        """Let the hub tell those who wait for it (``__report_result``)."""
        self.over = True
        self._notify()

    def rawlink(self, link: Link) -> None:
        """Let ``link`` be called in the hub when it has ended, or soon if it has."""
        self.links.append(link)
        if self.over:
            self._notify()

    def unlink(self, link: Link) -> None:
        """Let ``link`` not be called."""
        if link in self.links:
            self.links.remove(link)

    def _notify(self) -> None:
        if self.links and self.notifier is None:
            self.notifier = self.loop.call_in_hub(self._notify_links)

    def _notify_links(self) -> Iterator[Switch]:
        while self.links:
            yield from self.links.pop(0)(self)
        self.notifier = None

    # -- what others do to it -----------------------------------------------------------------

    def result(self) -> object:
        """What it returned; raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.value

    def cancelled_from_outside(self) -> None:
        """``hub.loop.run_callback_threadsafe(greenlet.kill, block=False)``, as good as."""
        if not self.kill_before_start(0):
            self.loop.cancel_noted(self, 0)
            self.loop.call_in_hub(to(self, Reason.CANCELLED, 0, GreenletExit()))

    def kill_before_start(self, by: int) -> bool:
        """``_maybe_kill_before_start``: whether it is dead, now at the latest."""
        if not self.begun and not self.over:
            self.loop.never_begins(self, by)
            self.value = GreenletExit()
            self.ended()
        return self.over


class Waiter:
    """``gevent._waiter.Waiter``: one greenlet waits for a switch, and perhaps does so no more."""

    def __init__(self, reason: Reason, number: int = NEVER) -> None:
        self.reason = reason
        """What the trace is to say of the wait; ``number`` goes with it."""
        self.number = number
        self.task: Greenlet | None = None

    def switch(self, reason: Reason, by: int = 0) -> Iterator[Switch]:
        """In the hub: switch to whoever waits."""
        if self.task is not None:
            yield Switch(self.task, reason, by)

    def get(self, me: Greenlet) -> Body:
        """Wait for the switch."""
        self.task = me
        try:
            yield from me.park(self.reason, self.number)
        finally:
            self.task = None


def join(me: Greenlet, other: GeventGreenlet, timeout: Time | None = None) -> Body:
    """``other.join(timeout)``: wait until it has ended; never raises its error."""
    yield from _linked(me, other, timeout, quiet=True)


def get(me: Greenlet, other: GeventGreenlet, timeout: Time | None = None) -> Body:
    """``other.get(timeout)``: its value, or its error here."""
    yield from _linked(me, other, timeout, quiet=False)
    return other.result()


def _linked(me: Greenlet, other: GeventGreenlet, timeout: Time | None, *, quiet: bool) -> Body:
    if other.over:
        return
    link = wake(me, Reason.JOINED)
    other.rawlink(link)
    timer = limit(me, timeout)
    try:
        yield from me.park(Reason.JOIN)
    except BaseException as error:
        other.unlink(link)
        if not (quiet and error is timer):
            raise
    finally:
        timer.cancel()


def joinall(me: Greenlet, others: Sequence[GeventGreenlet], *, raises: bool = False) -> Body:
    """``gevent.joinall(others, raise_error=raises)``: ``_WaitIterator`` over all of them.

    Each that ends switches to ``me``, which goes on waiting; also one that has ended before.
    """
    last: list[GeventGreenlet] = []
    waiter = Waiter(Reason.JOIN)

    def link(source: GeventGreenlet) -> Iterator[Switch]:
        last[:] = [source]
        yield from waiter.switch(Reason.JOINED, source.id)

    for other in others:
        other.rawlink(link)
    try:
        for _ in others:
            yield from waiter.get(me)
            error = last[0].error
            if raises and error is not None:
                raise error
    finally:
        for other in others:
            other.unlink(link)


def kill(
    me: Greenlet, other: GeventGreenlet, timeout: Time | None = None, *, block: bool = True
) -> Body:
    """``other.kill(block=block)``: the hub throws ``GreenletExit`` into it.

    One that has not begun never does.  With ``block``, wait until it has ended.
    """
    if other.kill_before_start(me.id):
        return
    waiter = Waiter(Reason.JOIN)
    me.loop.cancel_noted(other, me.id)

    def throw() -> Iterator[Switch]:
        if not other.over:
            yield Switch(other, Reason.CANCELLED, me.id, GreenletExit())
        if block:
            yield from waiter.switch(Reason.JOINED, other.id)

    me.loop.call_in_hub(throw)
    if block:
        yield from waiter.get(me)
        yield from join(me, other, timeout)


def killall(me: Greenlet, others: Sequence[GeventGreenlet]) -> Body:
    """``gevent.killall(others)``: one callback throws into all; then wait for who lives on."""
    doomed = [other for other in others if not other.kill_before_start(me.id)]
    if not doomed:
        return
    for other in doomed:
        me.loop.cancel_noted(other, me.id)
    waiter = Waiter(Reason.JOIN)

    def throw() -> Iterator[Switch]:
        for other in doomed:
            if not other.over:
                yield Switch(other, Reason.CANCELLED, me.id, GreenletExit())
        yield from waiter.switch(Reason.JOINED, doomed[-1].id)

    me.loop.call_in_hub(throw)
    yield from waiter.get(me)
    yield from joinall(me, [other for other in doomed if not other.over])
