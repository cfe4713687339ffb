"""A global interpreter lock, after ``take_gil`` and ``drop_gil`` of CPython's ``ceval_gil.c``.

The rules are G1 to G6 of SEMANTICS.md A1.  A thread that finds it held waits off its core, first
in first out, for one switch interval at a time (a *window*).  When it lets go a holder wakes the
waiter that queued first, which has to take it itself, on a core: whoever runs in between may take
it before.

Who wins (G4).  Whoever asks for a drop queues again at the tail, but is not asleep yet: it stays
on its core, exponentially distributed, for ``linger``.  If the holder, on another core, reaches a
check within that time, the one who asked takes the GIL (*regime i*); else the oldest waiter does
(*regime ii*).  A waiter has no core here, so the race is on only if there is an idle one for it.

A timed-out wait needs no core to ask for a drop or to queue again; on a busy core of life it would.
Nothing else is late of itself: threads whose times add up to an interval, to the nanosecond, can
stay in step, with the same few before all others at every release.  Those of life are never so
exact; here they part once waking up takes time (:class:`schedsim.engine.tolls.Tolls`).

What the GIL was before Python 3.2 is in :mod:`schedsim.engine.old_gil`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from schedsim.durations import Time
from schedsim.engine.chance import exponential, uniform
from schedsim.trace import NEVER, REASON_SHIFT, Kind, Reason, Trace

if TYPE_CHECKING:
    from random import Random

    from schedsim.engine.records import Core, Thread

_FORCED_SWITCH = Reason.FORCED_SWITCH << REASON_SHIFT
# To name a member of an enumeration costs three lookups.
_TAKE = Kind.GIL_TAKE
_RELEASE = Kind.GIL_RELEASE
_DROP_REQUEST = Reason.DROP_REQUEST
_TIMEOUT = Kind.GIL_TIMEOUT
_REQUEST = Kind.GIL_REQUEST
_WAKE = Kind.WAKE
_GIL_FREE = Reason.GIL_FREE

_TO_SEE = 12
"""The flag is seen on another core a twelfth of ``linger`` after it is raised: 0.05 of 0.6 us, as
in a model that was fitted to measurements (SEMANTICS.md B2b)."""


@dataclass(slots=True)
class GilRules:
    """What holds for every GIL of a Python; the interval may change while it runs."""

    interval: Time
    """``sys.getswitchinterval()``: how long a window is that begins now."""
    linger: Time = 0
    """How long, on average, a thread that has asked stays on its core; 0: it sleeps at once."""
    check_every: Time = 0
    """How far the checks for a drop request are apart; 0: so close that it does not count."""
    old_check: Time = 0
    """How long ``sys.getcheckinterval()`` ticks take, for the GIL before 3.2; 0 for the present."""


class Machine(Protocol):
    """The engine, as far as a GIL needs it."""

    now: Time
    trace: Trace
    random: Random
    idle: int
    wake_latency: Time

    def make_runnable(self, thread: Thread) -> None:
        """Let ``thread`` have a core, or a place in the run queue."""

    def look_again(self, time: Time, thread: Thread) -> None:
        """Tell the GIL of ``thread`` at ``time`` that its present window is over."""

    def cut_short(self, core: Core) -> None:
        """Let ``core`` decide now, not where its present computing would end."""


class Gil:
    """Held by one thread at a time; only the holder runs Python."""

    __slots__ = (
        *("check", "dropper", "holder", "last", "lingerer", "lingers_until", "requested"),
        *("on", "rules", "switches", "waiters"),
    )

    asks = True
    """Waiters ask for it, after a time."""

    def __init__(self, rules: GilRules) -> None:
        self.rules = rules
        self.on = True
        """Threads need it (``gil->enabled``): see :mod:`schedsim.engine.gil_switch`."""
        self.holder: Thread | None = None
        self.last: Thread | None = None
        self.switches = 0
        """How often it changed hands (``switch_number``)."""
        self.requested = False
        """``gil_drop_request``: a request is state, it does not get lost."""
        self.check: Time = NEVER
        """When the holder reaches its next check, if a request made that matter."""
        self.waiters: OrderedDict[Thread, int] = OrderedDict()
        """Oldest (re-)enqueue first, with ``switches`` as it was then."""
        self.dropper: Thread | None = None
        """Who let go on request and waits until somebody else has taken it."""
        self.lingerer: Thread | None = None
        """Who asked last, and is on its core until ``lingers_until``."""
        self.lingers_until: Time = 0

    def take(self, machine: Machine, thread: Thread) -> None:
        """G1: an uncontended take is immediate.  G3: it ends the dropper's forced switch."""
        dropper = self.dropper
        self.holder = thread
        self.requested = False
        thread.native = False
        if self.last is not thread:
            self.last = thread
            self.switches += 1
        other = dropper.id if dropper else 0
        machine.trace.append(machine.now, _TAKE, subject=thread.id, other=other)
        if dropper is not None:
            self.dropper = None
            machine.make_runnable(dropper)

    def release(self, machine: Machine, thread: Thread, reason: Reason) -> bool:
        """Let go, and wake the waiter that is to have it; False if nobody waits."""
        self.holder = None
        if self.check != NEVER:
            self.check = NEVER
            thread.window += 1  # what was to be looked at then is void
        if not self.waiters:
            machine.trace.append(machine.now, _RELEASE, reason, subject=thread.id)
            return False
        waiter = None if self.lingerer is None else self._on_its_core(machine)
        lingers = waiter is not None
        if waiter is None:
            waiter, _ = self.waiters.popitem(last=False)
        else:
            del self.waiters[waiter]
        waiter.window += 1
        machine.trace.append(machine.now, _RELEASE, reason, subject=thread.id, other=waiter.id)
        waiter.prompt = lingers  # then it has not been asleep
        machine.make_runnable(waiter)
        return True

    def vanish(self) -> None:
        """Its process was killed: nobody holds it, asks for it or waits for it any more."""
        self.holder = self.dropper = self.lingerer = None
        self.requested = False
        self.check = NEVER
        self.waiters.clear()

    def drop(self, machine: Machine, thread: Thread) -> int:
        """G3: honour a drop request; ``thread`` then waits until somebody else has taken it.

        How it leaves its core is returned, shifted.
        """
        self.release(machine, thread, _DROP_REQUEST)
        self.dropper = thread
        return _FORCED_SWITCH

    def wait(self, machine: Machine, thread: Thread) -> None:
        """G2: queue at the tail, for one switch interval at most, then look again."""
        self.waiters[thread] = self.switches
        thread.native = False
        thread.window += 1
        end = machine.now + self.rules.interval
        if machine.wake_latency:  # from the time-out to looking
            end += exponential(machine.random, machine.wake_latency)
        machine.look_again(end, thread)

    def window_over(self, machine: Machine, thread: Thread) -> None:
        """The window of a waiter is over; or the holder comes to its check."""
        holder = self.holder
        if thread is holder:
            decide_now(machine, holder)
        elif holder is None:
            self._go_and_take(machine, thread)
        else:
            self._ask(machine, thread, holder)

    def looks(self, machine: Machine, thread: Thread) -> bool:
        """G3, G5: whether the holder, which has been asked, is at a check now.

        There is one right after each C call, and none within (``CHECK_EVAL_BREAKER``).
        """
        if thread.in_call:
            return not thread.left
        if not thread.left:
            return False  # where a compute ends there is none: what comes next lets go, or computes
        every = self.rules.check_every if thread.check_every is None else thread.check_every
        if not every:
            return True
        if self.check == NEVER:
            self.check = machine.now + uniform(machine.random, every)
            if self.check > machine.now:
                machine.look_again(self.check, thread)
        return machine.now >= self.check

    def _ask(self, machine: Machine, thread: Thread, holder: Thread) -> None:
        """G2: ask the holder to drop only if nobody switched in this window; queue again."""
        seen = self.waiters.pop(thread)
        self.wait(machine, thread)
        if self.requested or self.switches != seen:
            machine.trace.append(machine.now, _TIMEOUT, subject=thread.id)
            return
        self.requested = True
        machine.trace.append(
            machine.now,
            _REQUEST,
            _DROP_REQUEST,
            subject=thread.id,
            other=holder.id,
        )
        linger = self.rules.linger
        if linger and len(self.waiters) > 1 and machine.idle & thread.affinity:  # else no race
            self.lingerer = thread
            self.lingers_until = machine.now + exponential(machine.random, linger)
        decide_now(machine, holder)

    def _on_its_core(self, machine: Machine) -> Thread | None:
        """G4 (i): who has asked so shortly before that it is not asleep yet."""
        thread, self.lingerer = self.lingerer, None
        if (
            thread in self.waiters
            and thread is not None
            and machine.now + self.rules.linger // _TO_SEE < self.lingers_until
            and machine.idle & thread.affinity
        ):
            return thread
        return None

    def _go_and_take(self, machine: Machine, thread: Thread) -> None:
        """``while (gil->locked)``: whose wait times out while it is free goes to take it."""
        del self.waiters[thread]
        thread.window += 1
        machine.trace.append(machine.now, _WAKE, _GIL_FREE, subject=thread.id)
        machine.make_runnable(thread)


def decide_now(machine: Machine, holder: Thread) -> None:
    """Let the holder look, if it computes: a context switch is not cut short."""
    core = holder.core
    if core is not None and core.thread is holder and not core.switching:
        machine.cut_short(core)
