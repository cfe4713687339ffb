"""One pass over the rows of a trace that finds how everybody fared.

It knows of every thread only who is where since when, and adds up; that this agrees with state
and timeline is a property test.  A row costs one look in a table and one call.
"""

from __future__ import annotations

from collections.abc import Callable

from schedsim.columns import marks
from schedsim.durations import Time
from schedsim.metrics.jobs import JobBook
from schedsim.metrics.lives import Capacity, Core, ThreadLife
from schedsim.metrics.measured import Measured, Times
from schedsim.metrics.tasks import TaskBook
from schedsim.state import STAYS_RUNNABLE
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENDS,
    ENTITY_MASK,
    KIND_MASK,
    KINDS,
    NEVER,
    OTHER_SHIFT,
    REASON_SHIFT,
    REASONS,
    SUBJECT_SHIFT,
    Kind,
    Reason,
    Role,
)

_STILL_WANTS, _NO_TURN, _PREEMPTED, _KEEPS_NOTHING = 1, 2, 4, 8


def _how(reason: Reason) -> int:
    """What it means to leave a core like this, in bits."""
    # It left for another wait for its turn.
    wants = reason in STAYS_RUNNABLE or reason in (Reason.GIL, Reason.FORCED_SWITCH)
    # Whoever leaves like this the moment it came has not had a turn, and its wait goes on.
    no_turn = reason in (Reason.GIL, Reason.FORCED_SWITCH, Reason.PREEMPTED, Reason.OFFLINE)
    pushed = (Reason.QUANTUM, Reason.PREEMPTED, Reason.OFFLINE, Reason.THROTTLED)
    # It is not suspended: it has ended, could go on, or is an event loop.
    nothing = wants or reason in ENDS or reason in (Reason.SELECT, Reason.THROTTLED, Reason.NONE)
    return (
        wants * _STILL_WANTS
        | no_turn * _NO_TURN
        | (reason in pushed) * _PREEMPTED
        | nothing * _KEEPS_NOTHING
    )


_HOW = bytes(_how(reason) for reason in REASONS)
_SELDOM = (Kind.LEVEL, Kind.LOCK)
_AT_A_TIME = 1 << 16
"""Rows that are copied to be gone through."""
_FOR_GIL = frozenset({Reason.GIL_FREE, Reason.GIL_SWITCHED})
"""Why somebody wakes who waited for the GIL."""

_SWITCH = Kind.SWITCH.value


class Walk:
    """The pass.  Times of threads are only complete once it is over."""

    def __init__(self, found: Measured, progress: Callable[[int], object] | None = None) -> None:
        self.found = found
        self.progress = progress
        self.suspended = found.suspended
        turns = found.turns
        self.end_turn = (
            turns.threads.append,
            turns.readies.append,
            turns.starts.append,
            turns.ends.append,
            turns.reasons.append,
        )
        """What :meth:`Turns.add` does, without the call."""
        self.threads: dict[int, ThreadLife] = {}
        self.tasks = TaskBook(found, self.threads)
        self.cores: dict[int, Core] = {}
        self.last_holder: dict[int, int] = {}
        self.gil: bool | None = None
        """What the user has switched it to."""
        self.capacity = Capacity(found.trace.cores)
        self.useful: Time = 0
        self.jobs = JobBook(found)
        handlers: dict[Kind, Callable[[Time, int, int], None]] = {
            Kind.SPAWN: self._spawn,
            Kind.WAKE: self._wake,
            Kind.RUN: self._core,
            Kind.SWITCH: self._core,
            Kind.IDLE: self._core,
            Kind.STARTED: self._started,
            Kind.GIL_TAKE: self._gil_take,
            Kind.GIL_RELEASE: self._gil_release,
            Kind.TASK_RUN: self.tasks.run,
            Kind.TASK_LEFT: self.tasks.left,
            Kind.LOOP_PASS: self.tasks.left,
            Kind.LOOP_WAIT: self.tasks.left,
            Kind.TASK_READY: self.tasks.ready,
            Kind.CANCEL: self.tasks.cancel,
            Kind.COMMAND: self._command,
            Kind.NEXT_JOB: self._next_job,
            Kind.ABORT: self._abort,
            Kind.UNLOCK: self._unlock,
            Kind.KILL: self._kill,
        }
        self.handlers = [handlers.get(kind) for kind in KINDS]
        """None where a kind of row means nothing here."""

    def walk(self) -> None:
        """Look at all rows."""
        trace, handlers = self.found.trace, self.handlers
        times, codes, args = trace.times, trace.codes, trace.args
        for start in range(0, len(trace), _AT_A_TIME):
            part = slice(start, start + _AT_A_TIME)
            for time, code, arg in zip(times[part], codes[part], args[part], strict=True):
                handler = handlers[code & KIND_MASK]
                if handler is not None:
                    handler(time, code, arg)
            if self.progress is not None:
                self.progress(min(start + _AT_A_TIME, len(trace)))
        self._finish(trace.end)

    # -- threads on cores -----------------------------------------------------------------

    def _core(self, time: Time, code: int, _: int) -> None:
        number = code >> CORE_SHIFT & CORE_MASK
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        core = self.cores.get(number)
        if core is None:
            core = self.cores[number] = Core()
        left = core.thread
        if left is not None:
            reason = code >> REASON_SHIFT & KIND_MASK
            if core.switching:
                self._leave_early(core, left, reason, time, subject)
            else:
                self._leave(left, reason, time, subject)
        if not subject:
            core.thread = None
            return
        thread = core.thread = self.threads[subject]
        last = core.last
        if last is not thread:
            if last is not None:
                thread.times.context_switches += 1
            core.last = thread
        if thread.core != number:
            if thread.core:
                thread.times.migrations += 1
            thread.core = number
        core.switching = switching = code & KIND_MASK == _SWITCH
        if switching:
            core.since = time
        else:
            thread.begin_turn(time)

    def _started(self, time: Time, code: int, _: int) -> None:
        core = self.cores[code >> CORE_SHIFT & CORE_MASK]
        assert core.thread is not None, "a core switches to somebody"
        self.found.overhead += time - core.since
        core.since, core.switching = time, False
        core.thread.begin_turn(time)

    def _leave(self, thread: ThreadLife, reason: int, time: Time, successor: int) -> None:
        """A thread that ran leaves its core."""
        started, how = thread.running, _HOW[reason]
        ran = time - started
        thread.began = started
        thread.cpu += ran
        thread.running = NEVER
        entity = thread.times.entity
        if ran or not how & _NO_TURN:
            self.useful += ran
            who, ready, start, end, how_left = self.end_turn
            who(entity)
            ready(thread.wanted)
            start(started)
            end(time)
            how_left(reason)
            if ran and how & _PREEMPTED and successor != entity:
                thread.times.preemptions += 1
            stretch = time
        else:
            thread.take_back(time)
            stretch = thread.wanted
        if how & _STILL_WANTS:
            thread.waits = time
            thread.stretch = stretch
        else:
            self._left(thread, reason, time)

    def _leave_early(
        self, core: Core, thread: ThreadLife, reason: int, time: Time, successor: int
    ) -> None:
        """A thread leaves its core while that is still being switched to it."""
        how = _HOW[reason]
        if how & _PREEMPTED and successor != thread.times.entity:
            thread.times.preemptions += 1
        self.found.overhead += time - core.since
        if not how & _STILL_WANTS:
            thread.end_wait(time)
            self._left(thread, reason, time)

    def _left(self, thread: ThreadLife, reason: int, time: Time) -> None:
        """A thread has left its core and does not want it back at once."""
        if reason in ENDS:
            thread.times.finish = time
            self.jobs.close(thread, time, aborted=reason == Reason.KILLED)
        elif reason == Reason.PERIOD:
            self.jobs.close(thread, time)
            thread.number += 1
        if not _HOW[reason] & _KEEPS_NOTHING:
            self.suspended.enter(thread.times.entity)

    def _wake(self, time: Time, code: int, _: int) -> None:
        if code >> REASON_SHIFT & KIND_MASK not in _FOR_GIL:  # else it waited for its turn already
            self._make_runnable(self.threads[code >> SUBJECT_SHIFT & ENTITY_MASK], time)

    def _make_runnable(self, thread: ThreadLife, time: Time) -> None:
        thread.wait(time, time)
        self.suspended.leave(thread.times.entity)
        if thread.period and thread.job is None:
            self.jobs.open(thread, time)

    def _spawn(self, time: Time, code: int, arrival: int) -> None:
        entity = self.found.trace.entities[code >> SUBJECT_SHIFT & ENTITY_MASK]
        times = self.found.times[entity.id]
        times.arrival = arrival
        if entity.role is Role.TASK:
            self.tasks.spawn(entity, time, arrival)
            return
        thread = self.threads[entity.id] = ThreadLife(times, entity.attributes.period)
        gil = self.found.trace.entities[entity.process].gil if self.gil is None else self.gil
        thread.has_gil = not gil
        if arrival <= time:
            self._make_runnable(thread, time)

    def _command(self, time: Time, code: int, arg: int) -> None:
        self.capacity.command(time, code, arg)
        if code >> REASON_SHIFT & KIND_MASK == Reason.GIL_SWITCHED:
            self.gil = bool(arg)
            for thread in self.threads.values():
                thread.has_gil = not arg

    # -- the GIL --------------------------------------------------------------------------

    def _gil_take(self, time: Time, code: int, _: int) -> None:
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        thread = self.threads[subject]
        process = self.found.trace.entities[subject].process
        thread.has_gil = True
        thread.note_turn(time)
        if self.last_holder.get(process, subject) != subject:
            self.found.gil_switches += 1
        self.last_holder[process] = subject

    def _gil_release(self, _: Time, code: int, __: int) -> None:
        self.threads[code >> SUBJECT_SHIFT & ENTITY_MASK].has_gil = False

    # -- what only some machines do -------------------------------------------------------

    def _unlock(self, time: Time, code: int, _: int) -> None:
        other = code >> OTHER_SHIFT
        if other in self.threads:
            self.threads[other].wait(time, time)
            self.suspended.leave(other)
        elif other:
            self.tasks.unlocked(other, time)

    def _next_job(self, time: Time, code: int, _: int) -> None:
        thread = self.threads[code >> SUBJECT_SHIFT & ENTITY_MASK]
        self.jobs.close(thread, time)
        thread.number = code >> OTHER_SHIFT
        self.jobs.open(thread, time)
        if thread.running != NEVER and thread.job is not None:
            thread.job.start = time

    def _abort(self, time: Time, code: int, release: int) -> None:
        thread = self.threads[code >> SUBJECT_SHIFT & ENTITY_MASK]
        if not thread.period:
            self.jobs.given_up.add(thread.times.entity)
            return  # it ends as soon as it has a core
        self.jobs.close(thread, time, aborted=True)
        core = self.cores.get(thread.core)
        if core is not None and core.thread is thread:
            return  # it has still to leave its core, and only then is at the next
        thread.number = (code >> OTHER_SHIFT) + 1
        if thread.waits != NEVER:
            if release > time:
                thread.end_wait(time)
            else:
                self.jobs.open(thread, time)

    def _kill(self, time: Time, code: int, _: int) -> None:
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        self.suspended.leave(subject)
        if subject not in self.threads:
            self.tasks.kill(subject, time)
            return
        thread = self.threads[subject]
        if thread.waits != NEVER:
            thread.end_wait(time)
        thread.times.finish = time
        self.jobs.close(thread, time, aborted=True)

    # -- the end --------------------------------------------------------------------------

    def _finish(self, end: Time) -> None:
        found = self.found
        found.capacity = self.capacity.until(end)
        self.tasks.finish(end)
        for core in self.cores.values():
            if core.thread is None:
                continue
            if core.switching:
                found.overhead += end - core.since
            else:
                self.useful += end - core.thread.running
                core.thread.end_run(end)
                one = core.thread
                found.turns.add(one.times.entity, one.wanted, one.began, end, Reason.NONE)
        found.useful = self.useful
        for thread in self.threads.values():
            if thread.waits != NEVER:
                found.waiting[thread.times.entity] = thread.stretch
                thread.end_wait(end)
            thread.store()
        self.jobs.finish(self.threads.values(), end)


def walk(found: Measured, progress: Callable[[int], object] | None = None) -> None:
    """Fill ``found`` from its trace; tell ``progress`` now and then how many rows are done."""
    for entity in found.trace.entities[1:]:
        if entity.role is not Role.PROCESS:
            found.times[entity.id] = Times(entity.id, entity.arrival)
    found.kinds.update(kind for kind in _SELDOM if 1 in marks(found.trace, {kind}))
    Walk(found, progress).walk()
