"""The global interpreter lock of a process, after ``take_gil`` and ``drop_gil`` of CPython.

The rules are G1 to G6 of SEMANTICS.md A1.  A thread that finds it held waits off its core, first
in first out, for one switch interval at a time (a *window*).  When it lets go a holder wakes the
waiter that queued first, which has to take it itself, on a core (G4 ii): whoever runs in between
may take it before.  A timed-out wait needs no core to ask for a drop or to queue again; on a busy
core of life it would.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from schedsim.durations import Time
from schedsim.trace import Kind, Reason, Trace

if TYPE_CHECKING:
    from schedsim.engine.records import Core, Thread


class Machine(Protocol):
    """The engine, as far as a GIL needs it."""

    now: Time
    trace: Trace

    def make_runnable(self, thread: Thread) -> None:
        """Let ``thread`` have a core, or a place in the run queue."""

    def look_again(self, time: Time, thread: Thread) -> None:
        """Tell the GIL of ``thread`` at ``time`` that its present window is over."""

    def cut_short(self, core: Core) -> None:
        """Let ``core`` decide now, not where its present computing would end."""


class Gil:
    """Held by one thread at a time; only the holder runs Python."""

    __slots__ = ("dropper", "holder", "interval", "last", "requested", "switches", "waiters")

    def __init__(self, interval: Time) -> None:
        self.interval = interval
        self.holder: Thread | None = None
        self.last: Thread | None = None
        self.switches = 0
        """How often it changed hands (``switch_number``)."""
        self.requested = False
        """``gil_drop_request``: a request is state, it does not get lost."""
        self.waiters: OrderedDict[Thread, int] = OrderedDict()
        """Oldest (re-)enqueue first, with ``switches`` as it was then."""
        self.dropper: Thread | None = None
        """Who let go on request and waits until somebody else has taken it."""

    def take(self, machine: Machine, thread: Thread) -> None:
        """G1: an uncontended take is immediate.  G3: it ends the dropper's forced switch."""
        dropper = self.dropper
        self.holder = thread
        self.requested = False
        if self.last is not thread:
            self.last = thread
            self.switches += 1
        other = dropper.id if dropper else 0
        machine.trace.append(machine.now, Kind.GIL_TAKE, subject=thread.id, other=other)
        if dropper is not None:
            self.dropper = None
            machine.make_runnable(dropper)

    def release(self, machine: Machine, thread: Thread, reason: Reason) -> bool:
        """Let go, and wake the waiter that queued first; False if nobody waits."""
        self.holder = None
        if not self.waiters:
            machine.trace.append(machine.now, Kind.GIL_RELEASE, reason, subject=thread.id)
            return False
        waiter, _ = self.waiters.popitem(last=False)
        waiter.window += 1
        machine.trace.append(
            machine.now, Kind.GIL_RELEASE, reason, subject=thread.id, other=waiter.id
        )
        machine.make_runnable(waiter)
        return True

    def drop(self, machine: Machine, thread: Thread) -> None:
        """G3: honour a drop request; ``thread`` then waits until somebody else has taken it."""
        self.release(machine, thread, Reason.DROP_REQUEST)
        self.dropper = thread

    def wait(self, machine: Machine, thread: Thread) -> None:
        """G2: queue at the tail, for one switch interval at most, then look again."""
        self.waiters[thread] = self.switches
        thread.window += 1
        machine.look_again(machine.now + self.interval, thread)

    def window_over(self, machine: Machine, thread: Thread) -> None:
        """G2: ask the holder to drop only if nobody switched in this window; queue again."""
        seen = self.waiters.pop(thread)
        self.wait(machine, thread)
        holder = self.holder
        if holder is None or self.requested or self.switches != seen:
            machine.trace.append(machine.now, Kind.GIL_TIMEOUT, subject=thread.id)
            return
        self.requested = True
        machine.trace.append(
            machine.now,
            Kind.GIL_REQUEST,
            Reason.DROP_REQUEST,
            subject=thread.id,
            other=holder.id,
        )
        core = holder.core
        # G3: it looks at once, as tight loops do; but a context switch is not cut short.
        if core is not None and core.thread is holder and not core.switching:
            machine.cut_short(core)
