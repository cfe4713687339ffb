"""Timers: what is to join the ready queue of a loop at some moment, and the heap of all of a loop.

Not here: what a pass does with those that are due (the loops).  A flat task
(:mod:`schedsim.loops.flat_tasks`) and a sleep (:mod:`schedsim.loops.naps`) are timers of their own.
The loop itself pushes flat tasks that sleep onto the heap, many in one go.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, Final, Protocol, SupportsIndex, TypeAlias

from schedsim.durations import Time
from schedsim.loops.entries import BEHIND, TIMER, Callback
from schedsim.loops.flat_tasks import Task

_MANY: Final = 100
"""``_MIN_SCHEDULED_TIMER_HANDLES``."""

Due: TypeAlias = "Task | Timer | Alarm"
"""What a heap of timers holds: a list with the moment in front."""


class Alarm(Protocol):
    """A timer and its callback in one, which joins the ready queue itself: a list of one."""

    @property
    def entry(self) -> int:
        """``CALLBACK``."""

    waits: bool

    @property
    def cancelled(self) -> bool:
        """Nobody is interested in it any more."""

    def stop(self) -> None:
        """Let it do nothing."""

    def run(self) -> None:
        """What it does when it is due."""

    def __getitem__(self, place: SupportsIndex, /) -> Time:
        """Of 0, the moment."""

    def __setitem__(self, place: SupportsIndex | slice, moment: Any, /) -> None:
        """Of 0, set the moment."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether its moment is earlier."""


class Timer(list[Time]):
    """A timer: a list of one, its moment, so that ``heapq`` compares moments alone.

    Equal moments then leave the heap in the heap's own order, not first come first served, as
    with asyncio's ``TimerHandle``, whose ``<`` looks at ``_when`` only (SEMANTICS.md A2).  A list
    compares in C: twice as fast as a ``__lt__`` of ours.
    """

    __slots__ = ("callback", "waits")
    entry: Final = BEHIND

    def __init__(self, callback: Callback, when: Time = 0) -> None:
        super().__init__((when,))
        self.callback = callback
        """What joins the ready queue when it is due."""
        self.waits = True
        """It is in the heap still."""

    @property
    def cancelled(self) -> bool:
        """Nobody is interested in it any more."""
        return self.callback.cancelled

    def stop(self) -> None:
        """Let it do nothing."""
        self.callback.cancelled = True


def fired(due: Due) -> Task | Callback | Alarm:
    """What joins the ready queue, now that ``due`` has left the heap of timers."""
    if isinstance(due, Task):
        return due
    due.waits = False
    return due.callback if isinstance(due, Timer) else due


class Timers:
    """The timers of one loop.

    Args:
        in_order: whether those of one moment are due in the order in which they were started,
            instead of the heap's own.
    """

    def __init__(self, *, in_order: bool = False) -> None:
        self.heap: list[Due] = []
        self.cancelled = 0
        """How many in the heap are."""
        self.in_order = in_order
        self.starts = count()
        """Numbers what has to stay in order."""
        self._moment: Time = 0
        """When the one is due that was started last: many sleep as long as the one before."""

    def start(self, timer: Timer | Alarm, when: Time) -> Time:
        """Let ``timer`` be due at ``when``: that, as an object that others share."""
        if self.in_order:
            timer[:] = (when, next(self.starts))
        else:
            if when != self._moment:
                self._moment = when
            timer[0] = when = self._moment
        timer.waits = True
        heappush(self.heap, timer)
        return when

    def resume_at(self, task: Task, when: Time) -> None:
        """Let a flat task, which is its own timer, be due at ``when``."""
        task.entry = TIMER
        task[0] = when
        if self.in_order:
            self.number(task)
        heappush(self.heap, task)

    def number(self, task: Task) -> None:
        """Let ``task``, about to be pushed, come behind all of its moment that have started."""
        task[1:] = (next(self.starts),)

    def cancel(self, timer: Timer | Alarm) -> None:
        """Let it do nothing; it leaves the heap when that is tidied (SEMANTICS.md A2, 1)."""
        if not timer.cancelled:
            timer.stop()
            self.cancelled += timer.waits

    def drop_cancelled(self) -> None:
        """Forget cancelled timers: all if they are many, else those at the head of the heap."""
        heap = self.heap
        if len(heap) > _MANY and self.cancelled * 2 > len(heap):
            heap[:] = [timer for timer in heap if not timer.cancelled]
            heapify(heap)
            self.cancelled = 0
        while heap and heap[0].cancelled:
            heappop(heap)
            self.cancelled -= 1

    def take_due(self, now: Time) -> list[Due]:
        """Take out those that are due ``now``, in the order of the heap, but not cancelled ones."""
        heap = self.heap
        due: list[Due] = []
        while heap and heap[0][0] <= now:
            timer = heappop(heap)
            if timer.cancelled:
                fired(timer)
                self.cancelled -= 1
            else:
                due.append(timer)
        return due

    def next_due(self) -> Time | None:
        """When the next is due that anybody is still interested in."""
        if self.cancelled:
            self.drop_cancelled()
        return self.heap[0][0] if self.heap else None

    def clear(self) -> None:
        """Forget all."""
        self.heap.clear()
        self.cancelled = 0
