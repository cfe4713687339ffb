"""The bare event loop of the talk: a queue of what is ready, timers, and nothing else.

One pass after another over what was ready when it began, as asyncio's; but there are no futures in
between: a timer that is due makes its task ready for this very pass.  Timers that are due at the
same moment are served in the order in which they were set.

Four models run on it, which differ in how a task's steps become a body that can be suspended:
callbacks, generators, coroutines and greenlets.  What such a body asks for means the same in all
four, so the schedule is the same.  There are no timeouts, groups or ``try`` here: that is what
frameworks add.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import partial
from heapq import heappop
from types import TracebackType

from schedsim.durations import Time
from schedsim.loops.base import Loop, TaskGroup
from schedsim.loops.channels import receiving, send
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.flat_tasks import Task
from schedsim.loops.live import Flavour, Verb
from schedsim.loops.live_tasks import LiveTask
from schedsim.loops.naps import Nap
from schedsim.loops.resources import Resource
from schedsim.loops.timers import fired
from schedsim.programs.resumable import Cancelled
from schedsim.programs.waits import Performed
from schedsim.trace import NEVER, Reason
from schedsim.traps import GIVE_WAY, PARK, Body, Trap


class BareLoop(EventLoop):
    """A first-in, first-out queue of tasks, and timers that put them there."""

    hurries = True
    in_order = True

    def begin_pass(self) -> int:
        """Let those whose timer is due be ready; how many are."""
        timers, now = self.timers.heap, self.host.now
        while timers and (timers[0][0] <= now or timers[0].cancelled):
            timer = heappop(timers)
            entry = fired(timer)
            assert not isinstance(entry, Task), "all tasks here are live"
            if not entry.cancelled:
                entry.run()
        self.timers.cancelled = 0  # at the head, which is all that is looked at here
        return len(self.ready)


class BareTask(LiveTask):
    """A task, and those who wait for its end."""

    __slots__ = ("asked_to_end", "error", "result", "suspended", "trail", "waiters")

    def __init__(self, id: int, loop: Loop, flavour: Flavour) -> None:
        super().__init__(id, loop, flavour)
        self.waiters: tuple[BareTask, ...] = ()
        self.suspended = False
        """It is suspended, and somebody has to make it ready."""
        self.asked_to_end = False
        self.result: object = None
        self.error: BaseException | None = None
        self.trail: TracebackType | None = None
        """Where the error was raised: whoever waits for it adds to the traceback of its own."""

    def cancel(self, by: int) -> None:
        """Let it meet ``Cancelled`` where it is suspended, when it runs next; it is not done.

        Args:
            by: who asks for that.
        """
        self.asked_to_end = True
        if self.suspended:
            self.wake(Reason.CANCELLED, by)

    def cancelled_from_outside(self) -> None:
        """As a loop that is a few lines has it: it meets ``Cancelled`` when it runs next."""
        self.loop.cancel_noted(self, 0)
        self.cancel(0)

    def wake(self, reason: Reason, by: int = 0) -> None:
        """What it waits for is there."""
        if self.suspended:
            self.suspended = False
            self.loop.make_ready(self, reason, by=by)

    def park(self, reason: Reason, arg: int = NEVER) -> Body:
        """Suspend it until somebody wakes it."""
        self.suspended = True
        yield (PARK, (reason, arg))

    def what_to_throw(self) -> BaseException | None:
        """``Cancelled``, if it was asked to end."""
        if not self.asked_to_end:
            return None
        self.asked_to_end = False
        return Cancelled()

    def returned(self, value: object) -> Reason:
        """Its body has come to its end."""
        self.result = value
        return Reason.EXIT

    def raised(self, error: BaseException) -> Reason:
        """Its body let ``error`` out."""
        self.error, self.trail = error, error.__traceback__
        return Reason.CANCELLED if isinstance(error, Cancelled) else Reason.FAILED

    def ended(self) -> None:
        """Those who wait for it can go on."""
        waiters, self.waiters = self.waiters, ()
        for waiter in waiters:
            waiter.wake(Reason.JOINED, self.id)


class BareLock(Resource):
    """A lock: letting go hands it to the task that waited longest."""

    def __init__(self, loop: Loop, number: int, value: int = 0) -> None:
        super().__init__(loop, number, value)
        self.waiters: deque[BareTask] = deque()

    def acquire(self, me: BareTask) -> Body:
        """Take it, or wait until it is handed over."""
        if self.holder is None:
            self.taken(me)
            return
        self.waiters.append(me)
        try:
            yield from me.park(Reason.LOCK, self.number)
        except Cancelled:
            if self.holder is me:  # it was handed over, and is of no use any more
                self.release(me)
            else:
                self.waiters.remove(me)
            raise

    def release(self, me: BareTask) -> None:
        """Let go of it; who does not hold it lets go of nothing."""
        if self.holder is not me:
            return
        self.let_go(me)
        if self.waiters:
            heir = self.waiters.popleft()
            heir.wake(Reason.UNLOCKED, me.id)
            self.taken(heir)


def _give_way(me: BareTask) -> Body:  # noqa: ARG001 - verbs share a signature
    yield GIVE_WAY


class _Wait(Nap):
    """Being suspended for a while; who is cancelled meanwhile is thrown into."""

    __slots__ = ()
    me: BareTask

    def begin(self) -> Trap:
        """It has to be woken."""
        self.me.suspended = True
        return super().begin()

    def wake(self) -> None:
        """It was due."""
        self.me.wake(Reason.TIMER)


def _wait(me: BareTask, duration: Time, reason: Reason = Reason.SLEEP) -> Performed:
    """Be suspended for ``duration``."""
    return _Wait(me, duration, reason) if duration > 0 else (GIVE_WAY,)


def _period(me: BareTask, length: Time) -> Performed:
    due, now = me.next_release(length), me.loop.host.now
    return _wait(me, due - now, Reason.PERIOD) if due > now else ()


def _join(me: BareTask, group: TaskGroup) -> Body:
    """Wait for all of ``group``, however they end."""
    for member in group.members:
        assert isinstance(member, BareTask), "all tasks of a bare loop are live"
        if member is me or member.done:
            continue
        member.waiters += (me,)
        try:
            yield from me.park(Reason.JOIN)
        finally:
            member.waiters = tuple(each for each in member.waiters if each is not me)


def _await(me: BareTask, group: TaskGroup) -> Body:
    """Wait for all of ``group``: the result of the last one, or the first exception."""
    yield from _join(me, group)
    result: object = None
    for member in group.members:
        assert isinstance(member, BareTask), "all tasks of a bare loop are live"
        if member is not me:
            if member.error is not None:
                raise member.error.with_traceback(member.trail)
            result = member.result
    return result


def _cancel(me: BareTask, group: TaskGroup) -> Body:
    yield from ()
    for member in group.members:
        assert isinstance(member, BareTask), "all tasks of a bare loop are live"
        if not member.done:
            me.loop.cancel_noted(member, me.id)
            member.cancel(me.id)


def _acquire(me: BareTask, lock: BareLock) -> Body:
    yield from lock.acquire(me)


def _release(me: BareTask, lock: BareLock) -> Body:
    yield from ()
    lock.release(me)


class _Sent:
    """A task that waits for a message to be sent."""

    def __init__(self, me: BareTask, number: int) -> None:
        self.me = me
        self.number = number
        self.waits = False

    def wait(self) -> Body:
        """Be suspended until then."""
        self.waits = True
        try:
            yield from self.me.park(Reason.LOCK, self.number)
        finally:
            self.waits = False

    def tell(self, by: int) -> None:
        """One has been sent, by entity ``by``."""
        if self.waits:
            self.me.wake(Reason.UNLOCKED, by)


VERBS: Mapping[str, Verb] = {
    "yield": _give_way,
    "sleep": _wait,
    "io": partial(_wait, reason=Reason.IO),
    "period": _period,
    "join": _join,
    "await": _await,
    "cancel": _cancel,
    "acquire": _acquire,
    "release": _release,
    "send": send,
    "recv": receiving(_Sent),
}


def _bare(style: str) -> Flavour:
    return Flavour(
        BareLoop,
        BareTask,
        VERBS,
        resources={"lock": BareLock},
        catches={"cancelled": Cancelled, "error": Exception},
        style=style,
    )


CALLBACKS = _bare("callback")
GENERATORS = _bare("generator")
COROUTINES = _bare("coroutine")
GREENLETS = _bare("greenlet")
