"""Who is on which core, and every turn that somebody has had of one.

What almost every row of a run without waits says, that a turn is over and another one begins, the
walk does itself, row after row (:meth:`schedsim.metrics.walk.Walk.look`).  Here is what it is made
of, and all that happens less often: a core that is being switched to somebody, a turn that took no
time, a thread that does not want its core back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schedsim.durations import Time
from schedsim.metrics.jobs import JobBook
from schedsim.metrics.lives import Core, ThreadLife
from schedsim.metrics.measured import Measured
from schedsim.state import STAYS_RUNNABLE
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENDS,
    KIND_MASK,
    NEVER,
    REASON_SHIFT,
    REASONS,
    TAKES_OFF_CORE,
    Kind,
    Reason,
)

OF_CORE: Final = 1
"""The row says who has a core from now on ..."""
SWITCHES: Final = 2
"""... once the switch to it is paid."""
STILL_WANTS: Final = 4
"""Whoever left waits for its turn."""
PREEMPTED: Final = 8
_NO_TURN: Final = 16
_KEEPS_NOTHING: Final = 32
KIND_AND_REASON: Final = (1 << CORE_SHIFT) - 1
"""The bits of a code that :data:`MEANING` is about."""


def _how(reason: Reason) -> int:
    """What it means to leave a core like this, in bits."""
    # It left for another wait for its turn.
    wants = reason in STAYS_RUNNABLE or reason in (Reason.GIL, Reason.FORCED_SWITCH)
    # Whoever leaves like this the moment it came has not had a turn, and its wait goes on.
    no_turn = reason in (Reason.GIL, Reason.FORCED_SWITCH, Reason.PREEMPTED, Reason.OFFLINE)
    pushed = (Reason.QUANTUM, Reason.PREEMPTED, Reason.OFFLINE, Reason.THROTTLED)
    # It is not suspended: it has ended, could go on, or is an event loop.
    nothing = wants or reason in ENDS or reason in (Reason.SELECT, Reason.NONE)
    return (
        wants * STILL_WANTS
        | no_turn * _NO_TURN
        | (reason in pushed) * PREEMPTED
        | nothing * _KEEPS_NOTHING
    )


def _meaning() -> tuple[int, ...]:
    table = [0] * (1 << CORE_SHIFT)
    for reason in REASONS:
        for kind in TAKES_OFF_CORE:
            switches = SWITCHES if kind is Kind.SWITCH else 0
            table[reason << REASON_SHIFT | kind] = OF_CORE | switches | _how(reason)
    return tuple(table)


MEANING: Final = _meaning()
"""By kind and reason: what a row says of a core, in bits; 0 if it says nothing of one."""


class CoreBook:
    """All cores; ``threads`` are those of the walk."""

    def __init__(self, found: Measured, threads: Mapping[int, ThreadLife], jobs: JobBook) -> None:
        self.found = found
        self.threads = threads
        self.jobs = jobs
        most = max(cores for _, cores in found.rules.cores)
        self.cores = [Core() for _ in range(most + 1)]
        """By number, plus one; as many as there ever are."""
        self.used: list[Core] = []
        """Those that have had anybody, the first first."""
        self.turns: tuple[list[int], list[Time], list[Time], list[Time], list[int]]
        self.turns = [], [], [], [], []
        """The turns that have ended and are not in the columns yet: thread, since when it had
        wanted the core, start, end, reason.  An append to a list is half of one to an array."""

    def store(self) -> None:
        """Put the turns that have ended into the columns."""
        columns = self.found.turns
        threads, readies, starts, ends, reasons = self.turns
        columns.threads.fromlist(threads)
        columns.readies.fromlist(readies)
        columns.starts.fromlist(starts)
        columns.ends.fromlist(ends)
        columns.reasons.extend(reasons)
        for each in self.turns:
            each.clear()

    def started(self, time: Time, code: int, _: int) -> None:
        """A switch is paid."""
        core = self.cores[code >> CORE_SHIFT & CORE_MASK]
        assert core.thread is not None, "a core switches to somebody"
        self.found.overhead += time - core.since
        core.since, core.switching = time, False
        core.thread.begin_turn(time)

    def leave(self, core: Core, thread: ThreadLife, code: int, time: Time, successor: int) -> None:
        """A thread leaves its core the moment it came, or while that is still being switched."""
        reason, how = code >> REASON_SHIFT & KIND_MASK, MEANING[code & KIND_AND_REASON]
        stretch = time
        if core.switching:
            core.switching = False
            self.found.overhead += time - core.since
            if how & PREEMPTED and successor != thread.entity:
                thread.preemptions += 1
            if how & STILL_WANTS:
                return  # and has waited all the time
            thread.end_wait(time)
        else:
            thread.running = NEVER
            if how & _NO_TURN:
                thread.take_back(time)
                stretch = thread.wanted
            else:
                row = (thread.entity, thread.wanted, time, time, reason)
                for column, value in zip(self.turns, row, strict=True):
                    column.append(value)
        if how & STILL_WANTS:
            thread.wait(time, stretch)
        else:
            self.left(thread, code, time)

    def left(self, thread: ThreadLife, code: int, time: Time) -> None:
        """A thread has left its core and does not want it back at once."""
        reason = code >> REASON_SHIFT & KIND_MASK
        if reason in ENDS:
            thread.times.finish = time
            self.jobs.close(thread, time, aborted=reason == Reason.KILLED)
        elif reason == Reason.PERIOD:
            self.jobs.close(thread, time)
            thread.number += 1
            thread.given_up = False
        if not MEANING[code & KIND_AND_REASON] & _KEEPS_NOTHING:
            self.found.suspended.enter(thread.entity)

    def finish(self, end: Time) -> None:
        """The run is over; whoever has a core has had a turn."""
        self.store()
        for core in self.used:
            thread = core.thread
            if thread is None:
                continue
            if core.switching:
                self.found.overhead += end - core.since
            else:
                started = thread.running
                thread.cpu += end - started
                thread.running = NEVER
                self.found.turns.add(thread.entity, thread.wanted, started, end, Reason.NONE)
