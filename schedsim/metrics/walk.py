"""One pass over the rows of a trace that finds how everybody fared.

It knows of every thread only who is where since when, and adds up; that this agrees with state
and timeline is a property test.  A row costs one look in a table and one call, and one about a core
no call: :meth:`Walk.look` is long and flat on purpose, like the loops of the engine.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from schedsim.columns import marks
from schedsim.durations import Time
from schedsim.metrics.cores import (
    KIND_AND_REASON,
    MEANING,
    PREEMPTED,
    STILL_WANTS,
    SWITCHES,
    CoreBook,
)
from schedsim.metrics.jobs import JobBook
from schedsim.metrics.lives import Capacity, ThreadLife
from schedsim.metrics.measured import Measured, Times
from schedsim.metrics.tasks import TaskBook
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    KINDS,
    NEVER,
    OTHER_SHIFT,
    REASON_SHIFT,
    SUBJECT_SHIFT,
    Kind,
    Reason,
    Role,
)

_SELDOM = (Kind.LEVEL, Kind.LOCK)
_AT_A_TIME = 1 << 16
"""Rows that are copied to be gone through."""
_FOR_GIL = frozenset({Reason.GIL_FREE, Reason.GIL_SWITCHED})
"""Why somebody wakes who waited for the GIL."""


class Walk:
    """The pass.  Times of threads are only complete once it is over."""

    def __init__(self, found: Measured, progress: Callable[[int], object] | None = None) -> None:
        self.found = found
        self.progress = progress
        self.suspended = found.suspended
        self.threads: dict[int, ThreadLife] = {}
        self.jobs = JobBook(found)
        self.tasks = TaskBook(found, self.threads)
        self.cores = CoreBook(found, self.threads, self.jobs)
        self.last_holder: dict[int, int] = {}
        self.gil: bool | None = None
        """What the user has switched it to."""
        self.capacity = Capacity(found.trace.cores)
        handlers: dict[Kind, Callable[[Time, int, int], None]] = {
            Kind.SPAWN: self._spawn,
            Kind.WAKE: self._wake,
            Kind.STARTED: self.cores.started,
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
        """None where a kind of row means nothing here, or is about a core."""

    def walk(self) -> None:
        """Look at all rows."""
        trace = self.found.trace
        for start in range(0, len(trace), _AT_A_TIME):
            part = slice(start, start + _AT_A_TIME)
            self.look(trace.times[part], trace.codes[part], trace.args[part])
            self.cores.store()
            if self.progress is not None:
                self.progress(min(start + _AT_A_TIME, len(trace)))
        self._finish(trace.end)

    def look(self, times: array[int], codes: array[int], args: array[int]) -> None:
        """Look at some rows.

        What they say of cores is worked out in place: in a run without waits there is nothing
        else, and three calls would double what it costs.
        """
        handlers, threads, book, meaning = self.handlers, self.threads, self.cores, MEANING
        cores, (who, readies, starts, ends, reasons) = book.cores, book.turns
        for time, code, arg in zip(times, codes, args, strict=True):
            how = meaning[code & KIND_AND_REASON]
            if not how:
                handler = handlers[code & KIND_MASK]
                if handler is not None:
                    handler(time, code, arg)
                continue
            number = code >> CORE_SHIFT & CORE_MASK
            core, subject = cores[number], code >> SUBJECT_SHIFT & ENTITY_MASK
            left = core.thread
            if left is not None:
                started = left.running
                if core.switching or started == time:
                    book.leave(core, left, code, time, subject)
                else:  # a turn is over
                    entity = left.entity
                    who.append(entity)
                    readies.append(left.wanted)
                    starts.append(started)
                    ends.append(time)
                    reasons.append(code >> REASON_SHIFT & KIND_MASK)
                    left.cpu += time - started
                    left.running = NEVER
                    if how & PREEMPTED and entity != subject:
                        left.preemptions += 1
                    if how & STILL_WANTS:
                        left.waits = left.stretch = time
                    else:
                        book.left(left, code, time)
            if not subject:
                core.thread = None
                continue
            thread = core.thread = threads[subject]
            if core.last is not thread:
                if core.last is None:
                    book.used.append(core)
                else:
                    thread.context_switches += 1
                core.last = thread
            if thread.core != number:
                if thread.core:
                    thread.migrations += 1
                thread.core = number
            if how & SWITCHES:
                core.switching, core.since = True, time
                continue
            # What ThreadLife.begin_turn does:
            stretch = thread.wanted = thread.stretch
            thread.waited += time - thread.waits
            thread.waits = NEVER
            thread.running = time
            if time - stretch > thread.longest:
                thread.longest = time - stretch
                thread.longest_start = stretch
            if thread.hand is not None:
                thread.hand.note_wait(stretch, time)
            if thread.new and thread.has_gil:
                thread.note_turn(time)

    # -- threads --------------------------------------------------------------------------

    def _wake(self, time: Time, code: int, _: int) -> None:
        if code >> REASON_SHIFT & KIND_MASK not in _FOR_GIL:  # else it waited for its turn already
            self._make_runnable(self.threads[code >> SUBJECT_SHIFT & ENTITY_MASK], time)

    def _make_runnable(self, thread: ThreadLife, time: Time) -> None:
        thread.wait(time, time)
        self.suspended.leave(thread.times.entity)
        if thread.period and thread.job is None and not thread.given_up:
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
        self.jobs.open(thread, time).start = time  # it goes on, on its core

    def _abort(self, time: Time, code: int, release: int) -> None:
        thread = self.threads[code >> SUBJECT_SHIFT & ENTITY_MASK]
        if not thread.period:
            self.jobs.given_up.add(thread.times.entity)
            return  # it ends as soon as it has a core
        self.jobs.give_up(thread, time, release)

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
        self.cores.finish(end)
        for thread in self.threads.values():
            if thread.waits != NEVER:
                found.waiting[thread.times.entity] = thread.stretch
                thread.end_wait(end)
            thread.store()
        found.useful = sum(thread.cpu for thread in self.threads.values())
        self.jobs.finish(self.threads.values(), end)


def walk(found: Measured, progress: Callable[[int], object] | None = None) -> None:
    """Fill ``found`` from its trace; tell ``progress`` now and then how many rows are done."""
    for entity in found.trace.entities[1:]:
        if entity.role is not Role.PROCESS:
            found.times[entity.id] = Times(entity.id, entity.arrival)
    found.kinds.update(kind for kind in _SELDOM if 1 in marks(found.trace.codes, {kind}))
    Walk(found, progress).walk()
