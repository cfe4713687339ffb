"""The GIL before Python 3.2, as history: no time-outs, no requests, a signal every 100 ticks.

After ``ceval.c`` of 2.7 (SEMANTICS.md G10): every ``sys.getcheckinterval()`` bytecodes the holder
lets go (``PyThread_release_lock``), which signals one waiter, and takes it again at once.  The
waiter has to get to a core first, so it mostly comes too late and sleeps again: the *signal
storm* of Beazley, *Understanding the Python GIL* (2010).

What it costs is fitted to SEMANTICS.md B1b, for checks 1.5 us apart: while somebody sleeps whom
the signal wakes on another core, 2.5 us (two threads on two cores took 2.67 times as long as one
after the other); while nobody does, 0.3 us, the system call alone (1.22 on one core).  The signal
goes out with the GIL free already, so whoever comes within it wins: a wake-up takes some 9 us
(B2c), so that is one in four.  On one core it stands for a scheduler that lets the woken preempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.engine.gil import Gil, GilRules, Machine, decide_now
from schedsim.trace import NEVER, REASON_SHIFT, Reason

if TYPE_CHECKING:
    from schedsim.engine.records import Thread

_GIL = Reason.GIL << REASON_SHIFT
_WAKES = (5, 3)
"""What a signal costs that wakes a sleeper on another core, as a share of the time between checks:
2.5 of 1.5 us."""
_WAKES_NOBODY = (1, 5)
"""The same where nobody sleeps, or no core is free for who does: 0.3 of 1.5 us."""
_WINS = 4
"""One in so many who are signalled comes in time."""


class OldGil(Gil):
    """Held until its holder waits, or is beaten to it at one of its checks."""

    __slots__ = ("paying", "signalled")

    asks = False

    def __init__(self, rules: GilRules) -> None:
        super().__init__(rules)
        self.paying = False
        """The signal of the present check is under way."""
        self.signalled: set[Thread] = set()
        """Who was woken and has not tried yet: only whether there is one matters."""

    def take(self, machine: Machine, thread: Thread) -> None:
        """Whoever finds it free has it."""
        super().take(machine, thread)
        self.signalled.discard(thread)
        self.paying = False
        self._next_check(machine, thread, self.rules.old_check)

    def release(self, machine: Machine, thread: Thread, reason: Reason) -> bool:
        """Let go, and signal the waiter that queued first; False if nobody waits."""
        first = next(iter(self.waiters), None)
        self.requested = False
        woken = super().release(machine, thread, reason)
        if first is not None:
            self.signalled.add(first)
        return woken

    def drop(self, machine: Machine, thread: Thread) -> int:
        """At a check another was quicker: wait like everybody else."""
        self.release(machine, thread, Reason.TICKS)
        self.waiters[thread] = self.switches
        return _GIL

    def wait(self, machine: Machine, thread: Thread) -> None:
        """Queue at the tail until somebody signals: no time runs out."""
        self.waiters[thread] = self.switches
        thread.native = False
        self.signalled.discard(thread)
        if self.holder is not None and not self.requested:
            self._next_check(machine, self.holder, self.rules.old_check)

    def window_over(self, machine: Machine, thread: Thread) -> None:
        """The holder comes to its check, or has sent its signal."""
        assert thread is self.holder, "whoever lets go looks at nothing any more"
        decide_now(machine, thread)

    def looks(self, machine: Machine, thread: Thread) -> bool:
        """Whether the holder is at a check now, and another is quicker."""
        if thread.in_call or not thread.left or machine.now < self.check:
            return False
        if not self.paying:
            self.paying = True
            first = next(iter(self.waiters), None)
            wakes = first is not None and machine.idle & first.affinity
            times, parts = _WAKES if wakes else _WAKES_NOBODY
            cost = self.rules.old_check * times // parts
            thread.left += cost * thread.grain
            self._next_check(machine, thread, cost)
            return False
        self.paying = False
        if self.waiters and not machine.random.randrange(_WINS):
            return True
        self.release(machine, thread, Reason.TICKS)
        self.take(machine, thread)
        return False

    def _next_check(self, machine: Machine, holder: Thread, time: Time) -> None:
        """Let ``holder`` come to a check in ``time``, if anybody wants the GIL."""
        if self.check != NEVER:
            holder.window += 1
        self.requested = bool(self.waiters or self.signalled)
        self.check = NEVER
        if self.requested:
            self.check = machine.now + time
            machine.look_again(self.check, holder)


def make(rules: GilRules) -> Gil:
    """The GIL that ``rules`` are about."""
    return OldGil(rules) if rules.old_check else Gil(rules)
