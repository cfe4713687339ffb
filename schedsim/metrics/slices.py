"""Who held each core and each GIL, stretch by stretch: the slices of ``--json``.

A stretch is cut where a periodic thread goes over to its next job, and where a thread changes its
level.  The lanes that an app shows are in :mod:`schedsim.timeline`.
"""

from __future__ import annotations

from typing import NamedTuple

from schedsim.durations import Time
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    OTHER_SHIFT,
    REASON_SHIFT,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
    TAKES_OFF_CORE,
    Kind,
    Reason,
    Role,
    Trace,
)


class Who(NamedTuple):
    """What is the same all through a stretch."""

    thread: int
    task: int = 0
    job: int | None = None
    level: int | None = None


class Stretch(NamedTuple):
    """Somebody had something from ``start`` to ``end``."""

    place: int
    """The core's number, or the process whose GIL it is."""
    start: Time
    end: Time
    who: Who


class _Holders:
    """Stretches by place; equal neighbours are one, and what lasts no time is nothing."""

    def __init__(self) -> None:
        self.now: dict[int, tuple[Who, Time]] = {}
        self.past: dict[int, list[Stretch]] = {}

    def give(self, place: int, who: Who | None, time: Time) -> None:
        """From ``time`` on ``who`` has it."""
        held = self.now.get(place)
        if held is not None:
            if held[0] == who:
                return
            self._end(place, *held, time)
            del self.now[place]
        if who is not None:
            self.now[place] = (who, time)

    def _end(self, place: int, who: Who, start: Time, end: Time) -> None:
        if start == end:
            return
        past = self.past.setdefault(place, [])
        if past and past[-1].end == start and past[-1].who == who:
            start = past.pop().start
        past.append(Stretch(place, start, end, who))

    def all(self, end: Time) -> list[Stretch]:
        """Everything until the end, in order of time."""
        for place in list(self.now):
            self.give(place, None, end)
        found = [stretch for past in self.past.values() for stretch in past]
        return sorted(found, key=lambda stretch: (stretch.start, stretch.place))


class _Cores:
    """Who is on which core, as far as slices tell."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.holders = _Holders()
        self.thread: dict[int, int] = {}
        """By core: who runs there, once the switch is paid."""
        self.coming: dict[int, int] = {}
        """By core: to whom it is being switched."""
        self.core: dict[int, int] = {}
        """The other way round."""
        self.task: dict[int, int] = {}
        self.job: dict[int, int] = {}
        self.level: dict[int, int] = {}

    def show(self, core: int, time: Time) -> None:
        """Whoever is on ``core`` now has it from now on."""
        thread = self.thread.get(core, 0)
        who = None
        if thread:
            task = self.task.get(thread, 0)
            who = Who(thread, task, self.job.get(thread), self.level.get(thread))
        self.holders.give(core, who, time)

    def show_thread(self, thread: int, time: Time) -> None:
        """The same of the core of ``thread``, if it is on one."""
        core = self.core.get(thread)
        if core is not None and self.thread.get(core) == thread:
            self.show(core, time)

    def take(self, time: Time, code: int) -> None:
        """A row that takes somebody off a core."""
        core = (code >> CORE_SHIFT & CORE_MASK) - 1
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        left = self.thread.pop(core, 0) or self.coming.pop(core, 0)
        if left in self.job and code >> REASON_SHIFT & KIND_MASK == Reason.PERIOD:
            self.job[left] += 1
        self.core.pop(left, None)
        if subject:
            self.core[subject] = core
            (self.coming if code & KIND_MASK == Kind.SWITCH else self.thread)[core] = subject
        self.show(core, time)

    def started(self, time: Time, code: int) -> None:
        """The switch is paid."""
        core = (code >> CORE_SHIFT & CORE_MASK) - 1
        self.thread[core] = self.coming.pop(core)
        self.show(core, time)

    def seldom(self, time: Time, code: int, arg: int) -> None:
        """What cuts a stretch in two."""
        kind, subject = code & KIND_MASK, code >> SUBJECT_SHIFT & ENTITY_MASK
        if kind == Kind.LEVEL:
            for thread in (subject,) if subject else tuple(self.level):
                self.level[thread] = arg
                self.show_thread(thread, time)
        elif kind == Kind.SPAWN:
            entity = self.trace.entities[subject]
            if entity.role is Role.THREAD and entity.attributes.period:
                self.job[subject] = 0
        elif kind == Kind.NEXT_JOB:
            self.job[subject] = code >> OTHER_SHIFT
            self.show_thread(subject, time)
        elif subject not in self.core:  # ABORT
            self.job[subject] = (code >> OTHER_SHIFT) + 1


_SELDOM = frozenset({Kind.LEVEL, Kind.SPAWN, Kind.NEXT_JOB, Kind.ABORT})


def on_cores(trace: Trace) -> list[Stretch]:
    """Who held which core, in order of time."""
    cores = _Cores(trace)
    for time, code, arg in zip(trace.times, trace.codes, trace.args, strict=True):
        kind = code & KIND_MASK
        if kind in TAKES_OFF_CORE:
            cores.take(time, code)
        elif kind in TAKES_FROM_LOOP:
            subject = code >> SUBJECT_SHIFT & ENTITY_MASK
            thread = trace.entities[subject].thread
            cores.task[thread] = subject if kind == Kind.TASK_RUN else 0
            cores.show_thread(thread, time)
        elif kind == Kind.STARTED:
            cores.started(time, code)
        elif kind in _SELDOM:
            cores.seldom(time, code, arg)
    return cores.holders.all(trace.end)


def of_gils(trace: Trace) -> list[Stretch]:
    """Who held which GIL, in order of time."""
    holders = _Holders()
    for time, code in zip(trace.times, trace.codes, strict=True):
        kind = code & KIND_MASK
        if kind in (Kind.GIL_TAKE, Kind.GIL_RELEASE):
            thread = code >> SUBJECT_SHIFT & ENTITY_MASK
            who = Who(thread) if kind == Kind.GIL_TAKE else None
            holders.give(trace.entities[thread].process, who, time)
        elif kind == Kind.COMMAND and code >> REASON_SHIFT & KIND_MASK == Reason.GIL_SWITCHED:
            for process in tuple(holders.now):
                holders.give(process, None, time)
    return holders.all(trace.end)
