"""gevent's hub: iterations of libev's loop (SEMANTICS.md A3, V1 to V3).

An iteration: *callbacks*, then a wait until the first timer is due, then *timers* in the order in
which they are due, then what waited for devices, the last that became ready first, then timeouts
(gevent gives them a lower priority: ``timeout.py``).  Each of these runs in the hub and switches to
its greenlet inline.

Callbacks are drained without a snapshot: what they add is run in the same iteration.  Only after
every 50 of them is the clock compared with the switch interval (``_run_callbacks`` in
``libev/corecext.pyx``); if it is over, the rest waits for the next iteration.

A greenlet that only yields costs nothing here, unless the scenario says so
(``task_switch_cost``), so the clock may stand still in a drain.  gevent itself pays 1.3 us a
switch (SEMANTICS.md D20).  So where the clock does not move, a drain is over after as many
callbacks as would take the interval at that speed.

Timers that are due at the same moment fire in the order in which they were started; in libev, with
a real clock, there are none.  libev waits until a moment is *past*, and epoll in whole
milliseconds: both are left out.
"""

from __future__ import annotations

from typing import Final

from schedsim.durations import Time
from schedsim.loops.base import Host
from schedsim.loops.flat_tasks import Task
from schedsim.loops.greenlets import DEVICE, FIRST, Hub, rank
from schedsim.loops.live_tasks import LiveTask
from schedsim.loops.timers import Alarm, Due, Timer, Timers, fired

CHECK_COUNT: Final = 50
"""``CALLBACK_CHECK_COUNT``: so many callbacks are run before the clock is looked at."""
SWITCH_COST: Final[Time] = 1_300
"""What ``gevent.sleep(0)`` takes (SEMANTICS.md D20)."""


class LibevTimers(Timers):
    """Timers that look at the clock when one starts (``update_now``)."""

    def __init__(self, host: Host) -> None:
        super().__init__(in_order=True)
        self.host = host
        self.noted: Time = host.now
        """``ev_now``: the time as the loop has last looked at it."""

    def start(self, timer: Timer | Alarm, when: Time) -> Time:
        """Let ``timer`` be due at ``when``."""
        self.noted = self.host.now
        return super().start(timer, when)

    def number(self, task: Task) -> None:
        """Let ``task``, about to be pushed, come behind all of its moment that have started."""
        self.noted = self.host.now
        super().number(task)


class GeventHub(Hub):
    """``gevent.hub.Hub`` and the libev loop it runs."""

    timers: LibevTimers

    def __init__(self, host: Host, thread: int) -> None:
        super().__init__(host, thread)
        self.timers = LibevTimers(host)
        self._draining = True
        """It runs callbacks; else timers come next."""
        self._begun = False
        """The row of the present iteration is written."""
        self._count = CHECK_COUNT
        """How many more callbacks it runs before it looks at the clock."""
        self._deadline: Time | None = None
        """When the drain is over; None: it has not begun."""
        self._checked: Time = 0
        """What the clock showed when it was last looked at in this drain."""
        self._still = 0
        """How many callbacks were run since it moved."""

    def begin_pass(self) -> int:
        """How many entries are to be run next; negative if they still belong to this pass."""
        if self._draining:
            if self._drains():
                size = min(len(self.ready), self._count)
                self._count -= size
                return self._run(size)
            self._draining = False
        self.timers.noted = self.host.now
        due = self._due()
        if due:
            self.ready.extendleft(map(fired, reversed(due)))
            size = self._run(len(due))
            self._begin_iteration()
            return size
        if self.ready:  # the interval was over
            self._begin_iteration()
            return self.begin_pass()
        return 0

    def add(self, task: Task | LiveTask, *, by: int = 0) -> None:
        """``spawn``, or ``spawn_later``: that timer does not look at the clock."""
        noted = self.timers.noted
        super().add(task, by=by)
        self.timers.noted = noted

    def later(self, duration: Time) -> Time:
        """When a timer is due that does not look at the clock as it starts (``start_later``).

        Among callbacks all do (``starting_timer_may_update_loop_time``).
        """
        now = self.host.now if self._draining and self._deadline else self.timers.noted
        return now + duration

    def _begin_iteration(self) -> None:
        self._draining = True
        self._begun = False
        self._count = CHECK_COUNT
        self._deadline = None

    def _run(self, size: int) -> int:
        """``size``, for the first part of an iteration; else negative."""
        first, self._begun = not self._begun, True
        return size if first else -size

    def _drains(self) -> bool:
        """Whether there are callbacks to be run, and time."""
        if not self.ready:
            return False
        now, interval = self.host.now, self.host.trace.switch_interval
        if self._deadline is None:
            self._deadline = self.timers.noted + interval
            self._checked, self._still = now, 0
        if self._count:
            return True
        self._count = CHECK_COUNT
        self._still = 0 if now > self._checked else self._still + CHECK_COUNT
        self._checked = self.timers.noted = now
        return now < self._deadline and self._still * SWITCH_COST < interval

    def _due(self) -> list[Due]:
        """The timers that are due, in the order in which they fire."""
        due = self.timers.take_due(self.host.now)
        if any(map(rank, due)):
            by_rank: dict[int, list[Due]] = {FIRST: [], DEVICE: []}
            for timer in due:
                by_rank.setdefault(rank(timer), []).append(timer)
            by_rank[DEVICE].reverse()  # libev takes what is pending from its end
            due = [timer for each in by_rank.values() for timer in each]
        return due
