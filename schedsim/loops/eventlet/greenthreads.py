"""eventlet's green threads and events: who waits for whom, and how a green thread is killed.

After ``greenthread.py`` and ``event.py`` of eventlet 0.41.3.  A green thread sends what becomes of
it through an event, to each that waits by a timer of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from schedsim.loops.base import Loop
from schedsim.loops.greenlets import Greenlet, GreenletExit, Hub, Switch, to
from schedsim.loops.live import Flavour
from schedsim.trace import NEVER, Reason
from schedsim.traps import Body


class Event:
    """``eventlet.event.Event``: a result that is sent, once until it is reset.

    Args:
        hub: who tells those that wait.
        reason: what the trace is to say of the wait; ``number`` goes with it.
        woken: what it is to say of the end of it.
        number: see :class:`schedsim.trace.Reason`.
    """

    __slots__ = ("error", "hub", "number", "reason", "sent", "value", "waiters", "woken")

    def __init__(
        self,
        hub: Hub,
        reason: Reason = Reason.AWAIT,
        woken: Reason = Reason.UNLOCKED,
        number: int = NEVER,
    ) -> None:
        self.hub = hub
        self.reason = reason
        self.woken = woken
        self.number = number
        self.sent = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.waiters: dict[Greenlet, None] = {}
        """In the order in which they came; eventlet has a set."""

    def reset(self) -> None:
        """Let it be sent again."""
        self.sent, self.value, self.error = False, None, None

    def send(self, value: object = None, error: BaseException | None = None, by: int = 0) -> None:
        """Let those go on that wait for it now: a timer for each."""
        assert not self.sent, "eventlet raises this too; who may send it again resets it first"
        self.sent, self.value, self.error = True, value, error
        for waiter in self.waiters:
            self.hub.call_in_hub(self._sends(waiter, value, error, by))

    def wait(self, me: Greenlet) -> Body:
        """What is sent."""
        if not self.sent:
            self.waiters[me] = None
            try:
                return (yield from self._sent_to(me))
            finally:
                self.waiters.pop(me, None)
        if self.error is not None:
            raise self.error
        return self.value

    def _sent_to(self, me: Greenlet) -> Body:
        yield from me.park(self.reason, self.number)
        value, me.given = me.given, None
        return value

    def _sends(
        self, waiter: Greenlet, value: object, error: BaseException | None, by: int
    ) -> Callable[[], Iterator[Switch]]:
        def send() -> Iterator[Switch]:
            if waiter in self.waiters:
                waiter.given = value
                yield Switch(waiter, self.woken, by, error)

        return send


class GreenThread(Greenlet):
    """``eventlet.greenthread.GreenThread``."""

    __slots__ = ("blocks", "error", "exit", "links", "value")

    def __init__(self, id: int, loop: Loop, flavour: Flavour) -> None:
        super().__init__(id, loop, flavour)
        self.exit = Event(self.loop, Reason.JOIN, Reason.JOINED)
        self.links: list[Callable[[GreenThread], None]] = []
        """Called when it has ended, by itself."""
        self.blocks: list[list[GreenThread]] = []
        """What was spawned in each group block that it is in."""
        self.value: object = None
        self.error: BaseException | None = None

    def started(self, task: Any) -> None:
        """Its body has spawned ``task``: part of the group block that it is in."""
        if self.blocks:
            self.blocks[-1].append(task)

    def returned(self, value: object) -> Reason:
        """It ends with a value."""
        self.value = value
        return Reason.EXIT

    def raised(self, error: BaseException) -> Reason:
        """It ends with ``error``; who waits for one that was killed meets that too."""
        self.error = error
        return Reason.CANCELLED if isinstance(error, GreenletExit) else Reason.FAILED

    def ended(self) -> None:
        """Send what became of it; call the links."""
        self.exit.send(self.value, self.error, self.id)
        while self.links:
            self.links.pop(0)(self)

    def cancelled_from_outside(self) -> None:
        """``hubs.get_hub().schedule_call_global(0, greenthread.kill)``, as good as."""
        if self.begun:
            self.loop.cancel_noted(self, 0)
            self.loop.call_in_hub(to(self, Reason.CANCELLED, 0, GreenletExit()))
        else:
            self.loop.never_begins(self, 0)
            self.raised(GreenletExit())
            self.ended()

    def wait(self, me: Greenlet) -> Body:
        """Its value, or its error here."""
        return (yield from self.exit.wait(me))

    def link(self, call: Callable[[GreenThread], None]) -> None:
        """Let ``call`` be called when it has ended, which it has not."""
        self.links.append(call)


def kill(me: Greenlet, other: GreenThread) -> Body:
    """``other.kill()``: it meets ``GreenletExit`` at once, and ``me`` goes on by a timer."""
    if other.done:
        return
    if other is me:
        raise GreenletExit
    if other.begun:
        me.loop.cancel_noted(other, me.id)
        me.loop.call_first(to(other, Reason.CANCELLED, me.id, GreenletExit()))
    else:
        me.loop.never_begins(other, me.id)
        other.raised(GreenletExit())
        other.ended()
    yield from me.give_way()
