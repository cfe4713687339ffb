"""Waiting for several: gather, wait, as_completed, shield; after ``Lib/asyncio/tasks.py``.

Where asyncio iterates a set (``wait``, ``as_completed``: SEMANTICS.md A6), this takes the order in
which the futures are named.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from enum import Enum

from schedsim.durations import Time
from schedsim.loops.asyncio.errors import Cancelled, TimedOut
from schedsim.loops.asyncio.futures import Awaited, Future, Task
from schedsim.loops.base import Loop
from schedsim.loops.timers import Timer
from schedsim.trace import Reason
from schedsim.traps import Body


class Gathered(Future):
    """``_GatheringFuture``: what ``gather`` gives.  Cancelling it is cancelling its children.

    Args:
        loop: who calls those that wait for it.
        children: what is gathered; the same one may be named twice.
        return_exceptions: failures are results as others are.
    """

    def __init__(
        self, loop: Loop, children: Sequence[Awaited], *, return_exceptions: bool = False
    ) -> None:
        super().__init__(loop, Reason.JOINED)
        self.children = children
        self.return_exceptions = return_exceptions
        self.cancel_requested = False
        each = list(dict.fromkeys(children))
        self.missing = len(each)
        early = [child for child in each if child.over and loop.version >= (3, 12)]
        for child in each:
            if child not in early:
                child.when_over(self._one_over)
        for child in early:  # what has been done eagerly is not told of in a callback (A8)
            self._one_over(child)
        if not each:
            self.set_result([])

    def cancel(self, by: int = 0, reason: Reason = Reason.CANCELLED) -> bool:
        """Cancel all children; it is over when they are."""
        if self.over:
            return False
        asked = [child.cancel(by, reason) for child in self.children]
        self.cancel_requested = self.cancel_requested or any(asked)
        return any(asked)

    def _one_over(self, child: Awaited) -> None:
        self.missing -= 1
        if self.over:
            return
        self.by = child.by
        if not self.return_exceptions and _outcome(child) is not None:
            self.set_error(_outcome(child) or Cancelled())
        elif not self.missing:
            if self.cancel_requested:
                self.set_error(Cancelled())
            else:
                self.set_result([_outcome(each) or each.value for each in self.children])


def _outcome(future: Awaited) -> BaseException | None:
    """How it failed, if it did."""
    return Cancelled() if future.cancelled else future.error


class When(Enum):
    """How many of those that are waited for have to be over."""

    FIRST_COMPLETED = 1
    FIRST_EXCEPTION = 2
    ALL_COMPLETED = 3


def wait(
    me: Task,
    futures: Sequence[Awaited],
    duration: Time | None = None,
    when: When = When.ALL_COMPLETED,
) -> Body:
    """``asyncio.wait``: wait for some of ``futures``, at most for ``duration``.

    Returns:
        Those that are over, and the others, in the order in which they were named.
    """
    waiter = Future(me.loop, Reason.JOINED)
    each = list(dict.fromkeys(futures))
    missing = len(each)
    timer: Timer | None = None
    if duration is not None:
        timer = me.loop.call_at(me.loop.host.now + duration, waiter.set_result_unless_over)

    def one_over(future: Awaited) -> None:
        nonlocal missing
        missing -= 1
        failed = not future.cancelled and future.error is not None
        enough = when is When.FIRST_COMPLETED or (when is When.FIRST_EXCEPTION and failed)
        if enough or missing <= 0:
            if timer is not None:
                me.loop.timers.cancel(timer)
            waiter.by = waiter.by or future.by
            waiter.set_result_unless_over()

    for future in each:
        future.when_over(one_over)
    try:
        yield from waiter.wait(me)
    finally:
        if timer is not None:
            me.loop.timers.cancel(timer)
        for future in each:
            future.forget(one_over)
    return [f for f in each if f.over], [f for f in each if not f.over]


class AsCompleted:
    """``asyncio.as_completed``: a body for each of ``futures``, which waits for the next one.

    Args:
        me: who waits.
        futures: what for.
        duration: at most so long; then bodies raise that it has timed out.
    """

    def __init__(self, me: Task, futures: Sequence[Awaited], duration: Time | None = None) -> None:
        self.me = me
        self.todo = dict.fromkeys(futures)
        self.count = len(self.todo)
        self.done: deque[Awaited | None] = deque()
        self.waiter: Future | None = None
        self.timer: Timer | None = None
        for future in self.todo:
            future.when_over(self._one_over)
        if self.todo and duration is not None:
            self.timer = me.loop.call_at(me.loop.host.now + duration, self._too_late)

    def __iter__(self) -> Iterator[Body]:
        return (self._next() for _ in range(self.count))

    def _next(self) -> Body:
        while not self.done:
            self.waiter = Future(self.me.loop, Reason.JOINED)
            yield from self.waiter.wait(self.me)
        future = self.done.popleft()
        if future is None:
            raise TimedOut
        return future.result()

    def _one_over(self, future: Awaited) -> None:
        if not self.todo:
            return
        del self.todo[future]
        self._put(future)
        if not self.todo and self.timer is not None:
            self.me.loop.timers.cancel(self.timer)

    def _too_late(self) -> None:
        for future in self.todo:
            future.forget(self._one_over)
            self._put(None)
        self.todo.clear()

    def _put(self, future: Awaited | None) -> None:
        self.done.append(future)
        if self.waiter is not None and not self.waiter.over:
            self.waiter.set_result(by=future.by if future else 0)


def shield(inner: Awaited) -> Awaited:
    """``asyncio.shield``: what is over when ``inner`` is; cancelling it leaves that alone."""
    if inner.over:
        return inner
    outer = Future(inner.loop, Reason.JOINED)

    def inner_over(inner: Awaited) -> None:
        if outer.cancelled:
            return
        outer.by = inner.by
        if inner.cancelled:
            outer.cancel(inner.by)
        elif inner.error is not None:
            outer.set_error(inner.error)
        else:
            outer.set_result(inner.value)

    def outer_over(_: Awaited) -> None:
        if not inner.over:
            inner.forget(inner_over)

    inner.when_over(inner_over)
    outer.when_over(outer_over)
    return outer
