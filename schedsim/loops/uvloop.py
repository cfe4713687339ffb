"""uvloop: asyncio's tasks on libuv's loop (SEMANTICS.md A16).

Timers count whole milliseconds; their callbacks run at once when a pass begins, not in the line
of what is ready, and equal moments come first come, first served.  Tasks, futures and verbs are
those of :mod:`schedsim.loops.asyncio`.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop
from typing import Final

from schedsim.durations import UNITS, Time
from schedsim.loops.asyncio import ASYNCIO
from schedsim.loops.base import Host
from schedsim.loops.entries import Entry
from schedsim.loops.event_loop import EventLoop
from schedsim.loops.flat_tasks import Task
from schedsim.loops.live import Flavour
from schedsim.loops.timers import Alarm, Timer, Timers, fired

_MILLISECOND: Final = UNITS["ms"]


class UvTimers(Timers):
    """libuv's timers, as uvloop starts them.

    Args:
        host: whose clock they follow.
        ready: the ready queue of their loop.
    """

    def __init__(self, host: Host, ready: deque[Entry]) -> None:
        super().__init__(in_order=True)
        self.host = host
        self.ready = ready
        self.grain: Time = 1 if host.trace.unit == "tick" else _MILLISECOND

    def start(self, timer: Timer | Alarm, when: Time) -> Time:
        """``call_later``, which rounds; what is nearer than half a millisecond is called soon."""
        now, grain = self.host.now, self.grain
        count = _round_half_even(max(0, when - now), grain)
        if count:
            super().start(timer, now - now % grain + count * grain)
        else:
            self.ready.append(fired(timer))
        return when

    def next_due(self) -> Time | None:
        """When the selector will have waited so many milliseconds that the next timer is due."""
        due = super().next_due()
        return None if due is None else due + self.host.now % self.grain


class UvloopLoop(EventLoop):
    """The loop of one thread.  In files that count ticks, a tick is what a millisecond is here."""

    hurries = True
    timers: UvTimers

    def __init__(self, host: Host, thread: int) -> None:
        super().__init__(host, thread)
        self.timers = UvTimers(host, self.ready)

    def begin_pass(self) -> int:
        """Run the callbacks of the timers that are due (``uv__run_timers``), then what is ready."""
        timers = self.timers.heap
        while timers and timers[0][0] <= self.host.now:  # a whole number: as good as `uv_now`
            timer = heappop(timers)
            entry = fired(timer)
            assert not isinstance(entry, Task), "all tasks are live here"
            if entry.cancelled:
                self.timers.cancelled -= 1
            else:
                entry.run()
        return len(self.ready)


def _round_half_even(length: Time, grain: Time) -> int:
    """``round(length / grain)``, exactly."""
    count, rest = divmod(length, grain)
    return count + (2 * rest > grain or (2 * rest == grain and count % 2))


UVLOOP = Flavour(
    UvloopLoop,
    ASYNCIO.task,
    ASYNCIO.verbs,
    ASYNCIO.blocks,
    ASYNCIO.resources,
    ASYNCIO.catches,
    always_live=True,
)
