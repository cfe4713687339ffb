"""eventlet's hub: everything is a timer (SEMANTICS.md A3, E1; ``eventlet/hubs/hub.py``).

An iteration: *fire* every timer that is due as it begins, by moment and then in the order in which
they were made (eventlet compares addresses: ``Timer.__lt__``); then *poll*: whatever waited for a
device goes on, first ready first served (eventlet has a set).  ``sleep(0)`` and ``spawn`` are
timers that are due at once.  Timers that are made while others fire wait for the next iteration.

The ready queue holds the timers that are due at once, with the moments at which they were made.
"""

from __future__ import annotations

from collections import deque
from heapq import heappush

from schedsim.durations import Time
from schedsim.loops.base import Host
from schedsim.loops.entries import Entry
from schedsim.loops.greenlets import DEVICE, Hub, rank
from schedsim.loops.timers import Due, fired


class _Stamped(deque[Entry]):
    """A ready queue that notes when an entry joined, among the timers that start meanwhile."""

    def __init__(self, hub: EventletHub) -> None:
        super().__init__()
        self.hub = hub
        self.stamps: list[tuple[Time, int]] = []

    def append(self, entry: Entry, /) -> None:
        """Add ``entry`` at the end."""
        self.stamps.append((self.hub.host.now, next(self.hub.timers.starts)))
        super().append(entry)


class EventletHub(Hub):
    """``eventlet.hubs.hub.BaseHub``."""

    def __init__(self, host: Host, thread: int) -> None:
        super().__init__(host, thread)
        self._made = _Stamped(self)
        self.ready = self._made
        self._fired = False
        """In this iteration the timers have been fired; the poll comes next."""

    def begin_pass(self) -> int:
        """How many entries are to be run next; negative if they still belong to this pass."""
        if not self._fired:
            size = self._fire()
            if size:
                self._fired = True
                return size
        sign = -1 if self._fired else 1
        self._fired = False
        ready = self._due(devices=True)
        if ready:
            self.ready.extendleft(map(fired, reversed(ready)))
            return sign * len(ready)
        return self.begin_pass() if sign < 0 else 0

    def _fire(self) -> int:
        """Put all that is due in front, by moment; how many they are."""
        made = self._made
        due: list[tuple[tuple[Time, int], Entry]]
        due = [((timer[0], timer[1]), fired(timer)) for timer in self._due(devices=False)]
        if due:
            due += zip(made.stamps, made, strict=True)
            due.sort(key=_moment)
            made.clear()
            made.extend(entry for _, entry in due)
        made.stamps.clear()
        return len(made)

    def _due(self, *, devices: bool) -> list[Due]:
        """The timers that are due, if they are what ``devices`` says."""
        due: list[Due] = []
        for timer in self.timers.take_due(self.host.now):
            if (rank(timer) == DEVICE) is devices:
                due.append(timer)
            else:
                heappush(self.timers.heap, timer)
        return due


def _moment(stamped: tuple[tuple[Time, int], Entry]) -> tuple[Time, int]:
    return stamped[0]
