"""What gevent and eventlet have in common: greenlets, and a hub that switches to them.

A hub is a greenlet that runs the event loop; all others switch into it to wait, and code in the
hub switches to them when there is something for them.  When such a greenlet waits again, the hub
goes on *behind the switch*.  So one callback of the hub may resume many greenlets, one after the
other (SEMANTICS.md A3, V3).  Code of the hub is therefore a generator of :class:`Switch`: it stands
in front of the ready queue while the greenlet that it switched to runs.

What each of the two makes of it is in the packages ``gevent`` and ``eventlet``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

from schedsim.durations import Time
from schedsim.loops import cancelling
from schedsim.loops.base import Loop
from schedsim.loops.entries import Callback, nothing, stopped
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.flat_tasks import Task as FlatTask
from schedsim.loops.live import Flavour
from schedsim.loops.live_tasks import LiveTask
from schedsim.loops.timers import Alarm, Due, Timer
from schedsim.trace import NEVER, Kind, Reason
from schedsim.traps import GIVE_WAY, IO, PARK, Body, Stop, Trap

FIRST: Final = 0
"""The rank of most timers: they fire in the order in which they are due."""
DEVICE: Final = 1
"""The rank of what waits for a device."""
LAST: Final = 2
"""The rank of timers that fire after all else in their iteration."""


class GreenletExit(Stop):
    """``greenlet.GreenletExit``: ends a greenlet, and counts as a result."""


class Failure(Exception):
    """What a ``raise`` step raises; its message is the name."""


class Switch(NamedTuple):
    """The hub switches to a greenlet."""

    task: Greenlet
    reason: Reason
    """Why it goes on, in the row that tells so."""
    by: int = 0
    """The entity that caused it."""
    error: BaseException | None = None
    """What the greenlet is to meet where it goes on; None: nothing."""


Code: TypeAlias = Callable[[], Iterable[Switch]]
"""Code of the hub; what it returns is run until it has no more switch."""


class HubCall(Callback):
    """Code of the hub in the ready queue, or behind a timer.

    Args:
        code: what to run.
        rank: where it comes among those that are due in the same iteration.
    """

    __slots__ = ("_switches", "code", "rank")

    def __init__(self, code: Code, rank: int = FIRST) -> None:
        super().__init__(nothing)
        self.code = code
        self.rank = rank
        self._switches: Iterator[Switch] | None = None

    @property
    def pending(self) -> bool:
        """It has not begun, and will."""
        return self._switches is None and not self.cancelled

    def next(self) -> Switch | None:
        """Run until it switches to a greenlet, or ends."""
        if self._switches is None:
            self._switches = iter(self.code())
        return next(self._switches, None)


def to(
    task: Greenlet, reason: Reason, by: int = 0, error: BaseException | None = None
) -> Callable[[], tuple[Switch]]:
    """Code that does nothing but switch to ``task``."""
    return lambda: (Switch(task, reason, by, error),)


class Greenlet(LiveTask):
    """A greenlet; what becomes of its result is up to the flavour."""

    __slots__ = ("arrival", "begun", "given", "in_line", "thrown")
    loop: Hub

    def __init__(self, id: int, loop: Loop, flavour: Flavour) -> None:
        super().__init__(id, loop, flavour)
        self.in_line = False
        """It is in the ready queue: it has only yielded, or has not begun."""
        self.begun = False
        self.arrival: Timer | None = None
        """Fires when it arrives, if that is later than its start."""
        self.thrown: BaseException | None = None
        self.given: Any = None
        """What a switch to it has brought along."""

    def what_to_throw(self) -> BaseException | None:
        """What somebody throws into it."""
        error, self.thrown = self.thrown, None
        return error

    def give_way(self) -> Body:
        """``sleep(0)``: to the end of the ready queue."""
        self.in_line = True
        yield GIVE_WAY

    def park(self, reason: Reason, arg: int = NEVER) -> Body:
        """Switch to the hub; whoever is to come back has been told."""
        yield (PARK, (reason, arg))

    def pause(self, duration: Time, reason: Reason = Reason.SLEEP, rank: int = FIRST) -> Body:
        """``sleep(duration)``, longer than 0."""
        due = self.loop.host.now + duration
        timer = self.loop.start_timer(due, to(self, Reason.TIMER), rank)
        try:
            yield from self.park(reason, due)
        finally:
            self.loop.timers.cancel(timer)


class Told:
    """A greenlet that waits to be told something by the hub.

    Args:
        me: the greenlet.
        number: what the trace is to say that it waits for.
        reason: why, and ``woken`` why it goes on.
    """

    def __init__(
        self,
        me: Greenlet,
        number: int,
        reason: Reason = Reason.LOCK,
        woken: Reason = Reason.UNLOCKED,
    ) -> None:
        self.me = me
        self.number = number
        self.reason = reason
        self.woken = woken
        self.waits = False

    def wait(self) -> Body:
        """Switch to the hub until then; whoever is killed meanwhile waits no longer."""
        self.waits = True
        try:
            yield from self.me.park(self.reason, self.number)
        finally:
            self.waits = False

    def tell(self, by: int) -> None:
        """It is so, because of entity ``by``: the callback that finds it switches."""
        self.me.loop.call_first(partial(self._switch, by))

    def _switch(self, by: int) -> Iterator[Switch]:
        if self.waits:
            yield Switch(self.me, self.woken, by)


class Hub(EventLoop):
    """The loop of greenlets: knows how to switch to one, now."""

    direct = True
    hurries = True
    in_order = True

    def call_in_hub(self, code: Code) -> HubCall:
        """``run_callback``: let ``code`` run in the hub, behind what is ready."""
        call = HubCall(code)
        self.ready.append(call)
        return call

    def call_first(self, code: Code) -> None:
        """Let ``code`` run in the hub as soon as the greenlet in hand has left."""
        self.ready.appendleft(HubCall(code))
        self.todo += 1

    def start_timer(self, when: Time, code: Code, rank: int = FIRST) -> Timer:
        """Let ``code`` run in the hub in the iteration that finds ``when`` reached."""
        timer = Timer(HubCall(code, rank))
        self.timers.start(timer, when)
        return timer

    def add(self, task: FlatTask | LiveTask, *, by: int = 0) -> None:
        """``spawn``, or ``spawn_later`` for a task that has not arrived."""
        super().add(task, by=by)
        if isinstance(task, Greenlet):
            task.in_line = task.arrived

    def await_arrival(self, task: LiveTask, arrival: Time) -> None:
        """Let ``task`` start at ``arrival``, unless it is killed before."""
        assert isinstance(task, Greenlet), "all live tasks of a hub are greenlets"
        task.arrival = self.call_at(arrival, partial(self.arrive, task))

    def arrive(self, task: LiveTask) -> None:
        """Its time has come: it starts at once."""
        task.arrived = True
        assert isinstance(task, Greenlet), "all live tasks of a hub are greenlets"
        self.call_first(to(task, Reason.ARRIVED))

    def turn(self, entry: Callback | Alarm | LiveTask) -> Trap | None:
        """Run a callback, or the next step of a greenlet."""
        if not isinstance(entry, HubCall):
            if isinstance(entry, Greenlet):
                entry.in_line = False
                entry.begun = True
            return super().turn(entry)
        switch = None if entry.cancelled else entry.next()
        if switch is None:
            return None
        self.ready.appendleft(entry)  # it goes on when the greenlet is back in the hub
        self.todo += 1
        return self.switch(switch)

    def switch(self, to: Switch) -> Trap | None:
        """Let a greenlet go on, now."""
        task = to.task
        if task.done:
            return None  # a switch to a dead greenlet comes straight back
        task.thrown = to.error
        if task.in_line:
            self._leave_line(task)
        else:
            self.queued.pop(task, None)
            task.due = NEVER
            host = self.host
            host.trace.append(host.now, Kind.TASK_READY, to.reason, subject=task.id, other=to.by)
        return self.turn(task)

    def cancel_flat(self, task: FlatTask) -> None:
        """Kill a flat task."""
        cancelling.as_greenlet(self, task)

    def never_begins(self, task: Greenlet, by: int) -> None:
        """A greenlet that has not begun is killed by ``by``: it never does."""
        if task.in_line:
            self._leave_line(task)
        else:
            assert task.arrival is not None, "it is to arrive yet"
            self.timers.cancel(task.arrival)
        self.living -= 1
        task.done = True
        host = self.host
        host.trace.append(host.now, Kind.CANCEL, Reason.CANCELLED, subject=task.id, other=by)

    def _leave_line(self, task: Greenlet) -> None:
        """Its place in the ready queue stays: the callback there has nothing to do any more."""
        task.in_line = False
        self.ready[self.ready.index(task)] = stopped()


def rank(due: Due) -> int:
    """Where a due timer comes among the others."""
    if isinstance(due, FlatTask):
        return DEVICE if due.pc and due.code.ops[due.pc - 1][0] == IO else FIRST
    if isinstance(due, Timer) and isinstance(due.callback, HubCall):
        return due.callback.rank
    return FIRST
