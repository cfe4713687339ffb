"""Deadlines: ``asyncio.timeout`` and ``wait_for``, after ``timeouts.py`` and ``tasks.py``."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.loops.asyncio.errors import Cancelled, TimedOut
from schedsim.loops.asyncio.futures import Awaited, Future, Task
from schedsim.loops.asyncio.inner_tasks import Made, create_task
from schedsim.loops.entries import Callback
from schedsim.loops.timers import Timer
from schedsim.programs.structured import Delegate
from schedsim.trace import Reason
from schedsim.traps import Body


class Timeout:
    """``asyncio.timeout``: a block that is cancelled when it takes too long (A10).

    Args:
        me: whose block it is.
        duration: how long it may take.
    """

    def __init__(self, me: Task, duration: Time) -> None:
        self.me = me
        self.when = me.loop.host.now + duration
        self.before = 0
        self.handle: Callback | Timer | None = None
        self.expired = False

    def enter(self) -> Body:
        """From now on."""
        yield from ()
        me, loop = self.me, self.me.loop
        self.before = me.cancels
        if self.when <= loop.host.now:
            self.handle = loop.call_soon(self._too_late)
        else:
            self.handle = loop.call_at(self.when, self._too_late)

    def leave(self, error: BaseException | None) -> Body:
        """Say that time was up, if nobody else has asked for the end."""
        yield from ()
        if isinstance(self.handle, Callback):
            self.handle.cancelled = True
        elif self.handle is not None:
            self.me.loop.timers.cancel(self.handle)
        if self.expired and self.me.uncancel() <= self.before and isinstance(error, Cancelled):
            return self.late(error)
        return False

    def late(self, error: Cancelled) -> bool:
        """What becomes of a block that took too long: True if it is to go on behind it."""
        raise TimedOut from error

    def _too_late(self) -> None:
        self.handle = None
        self.expired = True
        self.me.cancel(0, Reason.TIMEOUT)


class MoveOn(Timeout):
    """``asyncio.timeout`` whose ``TimeoutError`` is swallowed: goes on behind the block."""

    def late(self, error: Cancelled) -> bool:  # noqa: ARG002 - nobody will hear of it
        """It goes on."""
        return True


class WaitFor(Delegate):
    """``asyncio.wait_for`` of a coroutine, as a block (A7).

    Args:
        me: whose block it is.
        duration: how long it may take.
    """

    def __init__(self, me: Task, duration: Time) -> None:
        self.me = me
        self.duration = duration

    def carry_out(self, make: Made) -> Body:
        """Until 3.11 in a task of its own; from 3.12 on in line, as under ``timeout``."""
        return wait_for(self.me, make, self.duration)


def wait_for(me: Task, awaited: Awaited | Made, duration: Time | None) -> Body:
    """``asyncio.wait_for``.

    Args:
        me: who waits.
        awaited: a future, or what makes a body when called with its task.
        duration: how long at most.
    """
    if me.loop.version < (3, 12):
        return (yield from _wait_for_task(me, awaited, duration))
    if duration is not None and duration <= 0:
        return (yield from _not_at_all(me, awaited))
    body = awaited.wait(me, Reason.JOIN) if isinstance(awaited, Awaited) else awaited(me)
    if duration is None:
        return (yield from body)
    timeout = Timeout(me, duration)
    yield from timeout.enter()
    try:
        value = yield from body
    except GeneratorExit:
        raise
    except BaseException as error:
        yield from timeout.leave(error)
        raise
    yield from timeout.leave(None)
    return value


def _ensure_future(me: Task, awaited: Awaited | Made) -> Body:
    if isinstance(awaited, Awaited):
        return awaited
    return (yield from create_task(me, "wait_for", awaited))


def _not_at_all(me: Task, awaited: Awaited | Made) -> Body:
    """With no time to wait."""
    future: Awaited = yield from _ensure_future(me, awaited)
    if future.over:
        return future.result()
    yield from _cancel_and_wait(me, future)
    return _in_time(future)


def _wait_for_task(me: Task, awaited: Awaited | Made, duration: Time | None) -> Body:
    """As until 3.11."""
    if duration is None:
        body = awaited.wait(me, Reason.JOIN) if isinstance(awaited, Awaited) else awaited(me)
        return (yield from body)
    if duration <= 0:
        return (yield from _not_at_all(me, awaited))
    waiter = Future(me.loop, Reason.JOINED)
    timer = me.loop.call_at(me.loop.host.now + duration, waiter.set_result_unless_over)
    release = waiter.set_result_unless_over
    future: Awaited = yield from _ensure_future(me, awaited)
    future.when_over(release)
    try:
        try:
            yield from waiter.wait(me)
        except Cancelled:
            if future.over:
                return future.result()
            future.forget(release)
            yield from _cancel_and_wait(me, future)
            raise
        if future.over:
            return future.result()
        future.forget(release)
        yield from _cancel_and_wait(me, future)
        return _in_time(future)
    finally:
        me.loop.timers.cancel(timer)


def _in_time(future: Awaited) -> object:
    """Its result, even if that came while it was being cancelled."""
    if future.cancelled:
        raise TimedOut
    return future.result()


def _cancel_and_wait(me: Task, future: Awaited) -> Body:
    """Ask ``future`` to end, and wait until it has: not on itself, so as to be cancelled alone."""
    waiter = Future(me.loop, Reason.JOINED)
    release = waiter.set_result_unless_over
    future.when_over(release)
    try:
        future.cancel(me.id)
        yield from waiter.wait(me)
    finally:
        future.forget(release)
