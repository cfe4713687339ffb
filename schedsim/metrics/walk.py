"""One pass over the rows of a trace that finds how everybody fared.

It knows of every thread only who is where since when, and adds up; that this agrees with state
and timeline is a property test.  A row costs one look in a table and one call.
"""

from __future__ import annotations

from collections.abc import Callable

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

_STILL_WANTS = STAYS_RUNNABLE | {Reason.GIL, Reason.FORCED_SWITCH}
"""How it left its core for another wait for its turn."""
_NO_TURN = frozenset({Reason.GIL, Reason.FORCED_SWITCH, Reason.PREEMPTED, Reason.OFFLINE})
"""Whoever leaves like this the moment it came has not had a turn, and its wait goes on."""
_PREEMPTED = frozenset({Reason.QUANTUM, Reason.PREEMPTED, Reason.OFFLINE, Reason.THROTTLED})
_FOR_GIL = frozenset({Reason.GIL_FREE, Reason.GIL_SWITCHED})
"""Why somebody wakes who waited for the GIL."""

_KEEPS_NOTHING = _STILL_WANTS | ENDS | {Reason.SELECT, Reason.THROTTLED, Reason.NONE}
"""Whoever leaves like this is not suspended: it has ended, could go on, or is an event loop."""


class Walk:
    """The pass.  Times of threads are only complete once it is over."""

    def __init__(self, found: Measured) -> None:
        self.found = found
        self.threads: dict[int, ThreadLife] = {}
        self.tasks = TaskBook(found, self.threads)
        self.cores: dict[int, Core] = {}
        self.last_holder: dict[int, int] = {}
        self.gil: bool | None = None
        """What the user has switched it to."""
        self.capacity = Capacity(found.trace.cores)
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
            Kind.LEVEL: lambda *_: found.kinds.add(Kind.LEVEL),
            Kind.LOCK: lambda *_: found.kinds.add(Kind.LOCK),
            Kind.NEXT_JOB: self._next_job,
            Kind.ABORT: self._abort,
            Kind.UNLOCK: self._unlock,
            Kind.KILL: self._kill,
        }
        self.handlers = [handlers.get(kind, _nothing) for kind in KINDS]

    def walk(self) -> None:
        """Look at all rows."""
        trace, handlers = self.found.trace, self.handlers
        for time, code, arg in zip(trace.times, trace.codes, trace.args, strict=True):
            handlers[code & KIND_MASK](time, code, arg)
        self._finish(trace.end)

    # -- threads on cores -----------------------------------------------------------------

    def _core(self, time: Time, code: int, _: int) -> None:
        number = code >> CORE_SHIFT & CORE_MASK
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        core = self.cores.get(number)
        if core is None:
            core = self.cores[number] = Core()
        if core.thread is not None:
            self._leave(core, REASONS[code >> REASON_SHIFT & KIND_MASK], time, subject)
        core.since = time
        if not subject:
            core.thread = None
            return
        thread = core.thread = self.threads[subject]
        if core.last is not thread:
            if core.last is not None:
                thread.times.context_switches += 1
            core.last = thread
        if thread.core != number:
            if thread.core:
                thread.times.migrations += 1
            thread.core = number
        core.switching = code & KIND_MASK == Kind.SWITCH
        if not core.switching:
            thread.begin_turn(time)

    def _started(self, time: Time, code: int, _: int) -> None:
        core = self.cores[code >> CORE_SHIFT & CORE_MASK]
        assert core.thread is not None, "a core switches to somebody"
        self.found.overhead += time - core.since
        core.since, core.switching = time, False
        core.thread.begin_turn(time)

    def _leave(self, core: Core, reason: Reason, time: Time, successor: int) -> None:
        thread = core.thread
        assert thread is not None, "somebody leaves"
        for_nothing = not core.switching and time == thread.running
        if reason in _PREEMPTED and successor != thread.times.entity and not for_nothing:
            thread.times.preemptions += 1
        if core.switching:
            self.found.overhead += time - core.since
            if reason not in _STILL_WANTS:
                thread.end_wait(time)
        else:
            ran = time - thread.running
            thread.end_run(time)
            self.found.useful += ran
            no_turn = not ran and reason in _NO_TURN
            if no_turn:
                thread.take_back(time)
            if not no_turn:
                self.found.turns.add(thread.turn(time, reason))
            if reason in _STILL_WANTS:
                thread.wait(time, thread.wanted if no_turn else time)
        if reason in ENDS:
            thread.times.finish = time
            self.jobs.close(thread, time, aborted=reason is Reason.KILLED)
        elif reason is Reason.PERIOD:
            self.jobs.close(thread, time)
            thread.number += 1
        if reason not in _KEEPS_NOTHING:
            self.found.suspended.enter(thread.times.entity)

    def _wake(self, time: Time, code: int, _: int) -> None:
        if code >> REASON_SHIFT & KIND_MASK not in _FOR_GIL:  # else it waited for its turn already
            self._make_runnable(self.threads[code >> SUBJECT_SHIFT & ENTITY_MASK], time)

    def _make_runnable(self, thread: ThreadLife, time: Time) -> None:
        thread.wait(time, time)
        self.found.suspended.leave(thread.times.entity)
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
            self.found.suspended.leave(other)
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
        self.found.suspended.leave(subject)
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
                found.useful += end - core.thread.running
                core.thread.end_run(end)
                found.turns.add(core.thread.turn(end, Reason.NONE))
        for thread in self.threads.values():
            if thread.waits != NEVER:
                found.waiting[thread.times.entity] = thread.stretch
                thread.end_wait(end)
            thread.store()
        self.jobs.finish(self.threads.values(), end)


def _nothing(_: Time, __: int, ___: int) -> None:
    """What the other kinds of rows mean here."""


def walk(found: Measured) -> None:
    """Fill ``found`` from its trace."""
    for entity in found.trace.entities[1:]:
        if entity.role is not Role.PROCESS:
            found.times[entity.id] = Times(entity.id, entity.arrival)
    Walk(found).walk()
