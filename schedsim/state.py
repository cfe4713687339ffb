"""The state of the machine at a moment: a function of the trace, and of nothing else.

:meth:`State.apply` is the whole meaning of a row.  The engine keeps records of its own for
speed; that both agree is a property test.  Everything a person sees is read from here.

Columns are indexed by entity number.  Queues are dicts used as ordered sets: O(1) to leave from
the middle, and plain to copy for a keyframe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from schedsim.attributes import Attributes, changed
from schedsim.durations import Time
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENDS,
    ENTITY_MASK,
    KIND_MASK,
    NEVER,
    OTHER_SHIFT,
    REASON_SHIFT,
    REASONS,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
    TAKES_OFF_CORE,
    InForce,
    Kind,
    Reason,
    Role,
    Trace,
)


class Status(IntEnum):
    """What an entity is doing.  NEW and RUNNING are said of threads and tasks alike."""

    NEW = 0
    RUNNABLE = 1
    """A thread in the run queue."""
    RUNNING = 2
    """A thread on a core; a task in its loop's hand."""
    BLOCKED = 3
    """A thread that waits for something other than a core."""
    EXITED = 4
    READY = 5
    """A task in its loop's ready queue."""
    SUSPENDED = 6
    """A task that awaits something unfinished."""
    DONE = 7


STAYS_RUNNABLE = frozenset({Reason.QUANTUM, Reason.YIELD, Reason.PREEMPTED, Reason.OFFLINE})
"""Why a thread may leave its core and yet want it back at once."""


CHANGES: Mapping[Reason, str] = {
    Reason.NICE: "nice",
    Reason.PRIORITY: "priority",
    Reason.TICKETS: "tickets",
}
"""Which attribute of a thread a command changes, by the reason of its row."""


@dataclass(slots=True)
class Gil:
    """The global interpreter lock of a process, or of one of its interpreters."""

    holder: int = 0
    since: Time = 0
    """When it last changed hands."""
    waiters: dict[int, Time] = field(default_factory=dict)
    """Blocked threads, oldest (re-)enqueue first, with the start of their present wait."""
    requested_by: int = 0
    dropper: int = 0
    """The thread that let go on request and waits for the forced switch."""

    def copy(self) -> Gil:
        """An independent copy."""
        return Gil(self.holder, self.since, dict(self.waiters), self.requested_by, self.dropper)


@dataclass(slots=True)
class Loop:
    """One event loop."""

    current: int = 0
    ready: dict[int, None] = field(default_factory=dict)
    passes: int = 0

    def copy(self) -> Loop:
        """An independent copy."""
        return Loop(self.current, dict(self.ready), self.passes)


@dataclass(slots=True)
class Resource:
    """A lock, a semaphore, an event, a queue ..."""

    holder: int = 0
    """Who has the lock."""
    value: int = 0
    """How many a semaphore has left or a queue holds; whether an event is set."""
    waiters: dict[int, Time] = field(default_factory=dict)
    """Blocked threads or suspended tasks, oldest first, with the start of their wait."""

    def copy(self) -> Resource:
        """An independent copy."""
        return Resource(self.holder, self.value, dict(self.waiters))


@dataclass(slots=True)
class State:
    """Everything that is true after ``rows`` rows."""

    trace: Trace = field(compare=False, repr=False)
    rows: int = 0
    time: Time = 0
    status: list[Status] = field(default_factory=lambda: [Status.NEW])
    since: list[Time] = field(default_factory=lambda: [0])
    """When the present status began."""
    why: list[Reason] = field(default_factory=lambda: [Reason.NONE])
    """Why the present status began."""
    due: list[Time] = field(default_factory=lambda: [NEVER])
    """Until when it waits, where that is known; of a ready task, when its wait was over."""
    pc: list[int] = field(default_factory=lambda: [0])
    """The operation under way (see :class:`schedsim.trace.Listing`), 0 before the first."""
    core_of: list[int] = field(default_factory=lambda: [-1])
    """The core a thread is on, or was on last."""
    running: list[int] = field(default_factory=list)
    """Per core: the thread on it, 0 for nobody."""
    switching: list[bool] = field(default_factory=list)
    """Per core: a context switch is being paid."""
    core_since: list[Time] = field(default_factory=list)
    """Per core: since when it has been as it is."""
    online: int = 0
    """How many of the cores there are now: the first so many."""
    run_queue: dict[int, None] = field(default_factory=dict)
    """Runnable threads, first come first."""
    queue_of: dict[int, int] = field(default_factory=dict)
    """Where cores have run queues of their own: in whose queue a runnable thread waits.

    It is that of the core it ran on last, unless a row says that it moves."""
    level: dict[int, int] = field(default_factory=dict)
    """The level at which the policy has put a thread, if it has levels."""
    job_number: dict[int, int] = field(default_factory=dict)
    """Periodic threads: which of its jobs is under way, or is released next; from 0."""
    resources: dict[int, Resource] = field(default_factory=dict)
    """By number."""
    waits_for: dict[int, int] = field(default_factory=dict)
    """The number of the resource that a thread or task waits for."""
    warm: list[dict[int, None]] = field(default_factory=list)
    """Per core: the threads whose working set is in its cache."""
    gils: dict[int, Gil] = field(default_factory=dict)
    """By process."""
    loops: dict[int, Loop] = field(default_factory=dict)
    """By thread."""
    unyielding: set[int] = field(default_factory=set)
    """CPU-heavy entities whose ``yield`` is switched off."""
    native: set[int] = field(default_factory=set)
    """Threads that have let go of their GIL for C code, and not asked for it again."""
    switch_interval: Time = 0
    """How long a thread waits for the GIL before it asks, if it begins to wait now."""
    patching: bool | None = None
    """Whether the user has switched monkey patches on or off; None: they are as at first."""
    gil: bool | None = None
    """Whether the user has switched the GIL on or off; None: it is as at first."""
    policy_number: int = 0
    """The scheduling policy: see :attr:`schedsim.trace.Trace.policies`."""
    said: dict[int, Attributes] = field(default_factory=dict)
    """What threads say of themselves now, of those for whom the user has changed it."""

    @classmethod
    def start(cls, trace: Trace) -> State:
        """The state before the first row."""
        return cls(
            trace,
            running=[0] * trace.cores,
            switching=[False] * trace.cores,
            core_since=[0] * trace.cores,
            online=trace.cores,
            warm=[{} for _ in range(trace.cores)],
            switch_interval=trace.switch_interval,
        )

    def copy(self) -> State:
        """An independent copy."""
        return State(
            self.trace,
            self.rows,
            self.time,
            self.status.copy(),
            self.since.copy(),
            self.why.copy(),
            self.due.copy(),
            self.pc.copy(),
            self.core_of.copy(),
            self.running.copy(),
            self.switching.copy(),
            self.core_since.copy(),
            self.online,
            self.run_queue.copy(),
            self.queue_of.copy(),
            self.level.copy(),
            self.job_number.copy(),
            {key: resource.copy() for key, resource in self.resources.items()},
            self.waits_for.copy(),
            [warm.copy() for warm in self.warm],
            {key: gil.copy() for key, gil in self.gils.items()},
            {key: loop.copy() for key, loop in self.loops.items()},
            self.unyielding.copy(),
            self.native.copy(),
            self.switch_interval,
            self.patching,
            self.gil,
            self.policy_number,
            self.said.copy(),
        )

    def about(self, trace: Trace) -> State:
        """An independent copy that is about another trace, which begins with the same rows."""
        other = self.copy()
        other.trace = trace
        return other

    @property
    def policy(self) -> InForce:
        """The scheduling policy that is in force."""
        return self.trace.policies[self.policy_number]

    def needs_gil(self, process: int) -> bool:
        """Whether the threads of ``process`` need a GIL now."""
        return self.trace.entities[process].gil if self.gil is None else self.gil

    def attributes(self, thread: int) -> Attributes:
        """What a thread says of itself to the scheduler now."""
        return self.said.get(thread) or self.trace.entities[thread].attributes

    def is_patched(self, process: int) -> bool:
        """Whether the standard library of ``process`` is monkey patched now."""
        if self.patching is None:
            return bool(self.trace.entities[process].monkey_patch)
        return self.patching

    def waits_since(self, entity: int) -> Time:
        """Since when a runnable thread or ready task could have gone on."""
        return self.since[entity] if self.due[entity] == NEVER else self.due[entity]

    def facts(self) -> dict[str, Any]:
        """What the engine must agree with: see :func:`schedsim.engine.facts.facts`."""
        alive = [
            e.id
            for e in self.trace.entities[: len(self.status)]
            if e.id and e.role is not Role.PROCESS and self.status[e.id] is not Status.DONE
        ]
        waiting = (Status.NEW, Status.BLOCKED, Status.SUSPENDED)
        return {
            "running": self.running,
            "switching": self.switching,
            "online": self.online,
            "run_queue": sorted(self.run_queue),
            "queue_of": {e: self.queue_of[e] for e in self.run_queue if e in self.queue_of},
            "level": self.level,
            "job_number": self.job_number,
            "resources": {
                number: (resource.holder, resource.value, list(resource.waiters))
                for number, resource in self.resources.items()
                if resource.holder or resource.value or resource.waiters
            },
            "warm": [list(warm) for warm in self.warm],
            "status": {e: self.status[e] for e in alive},
            "due": {e: self.due[e] for e in alive if self.status[e] in waiting},
            "gils": {
                process: (gil.holder, list(gil.waiters), bool(gil.requested_by), gil.dropper)
                for process, gil in self.gils.items()
            },
            "native": sorted(self.native),
            "said": {e: s for e, s in self.said.items() if s != self.trace.entities[e].attributes},
            "loops": {
                thread: (loop.current, list(loop.ready)) for thread, loop in self.loops.items()
            },
        }

    def forward(self, rows: int) -> State:
        """Apply the trace's rows until ``rows`` have been applied; return self."""
        trace = self.trace
        times, codes, args = trace.times, trace.codes, trace.args
        for n in range(self.rows, min(rows, len(trace))):
            self.apply(times[n], codes[n], args[n])
        return self

    def leaver(self, code: int) -> int:
        """Who would leave a core or a loop's hand by a row with this ``code``; 0 for nobody."""
        kind = code & KIND_MASK
        if kind in TAKES_OFF_CORE:
            return self.running[(code >> CORE_SHIFT & CORE_MASK) - 1]
        if kind in TAKES_FROM_LOOP:
            thread = self.trace.entities[code >> SUBJECT_SHIFT & ENTITY_MASK].thread
            return self.loops[thread].current
        return 0

    def apply(self, time: Time, code: int, arg: int) -> None:
        """Do what one row says."""
        self.rows += 1
        self.time = time
        kind = code & KIND_MASK
        reason = REASONS[code >> REASON_SHIFT & KIND_MASK]
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        other = code >> OTHER_SHIFT
        if kind == Kind.TASK_RUN:
            loop = self.loops[self.trace.entities[subject].thread]
            self._leave_loop(loop, reason, other, arg)
            loop.current = subject
            del loop.ready[subject]
            self._become(subject, Status.RUNNING, self.why[subject])
        elif kind in TAKES_OFF_CORE:
            core = (code >> CORE_SHIFT & CORE_MASK) - 1
            self._leave_core(core, reason, other, arg)
            self.running[core] = subject
            self.switching[core] = kind == Kind.SWITCH
            self.core_since[core] = time
            if subject:
                del self.run_queue[subject]
                self.queue_of.pop(subject, None)
                self._become(subject, Status.RUNNING, self.why[subject])
                self.core_of[subject] = core
        elif kind in (Kind.COMPUTE, Kind.MARK):
            self.pc[subject] = other
        elif kind in TAKES_FROM_LOOP:
            loop = self.loops[subject]
            self._leave_loop(loop, reason, other, arg)
            loop.passes += kind == Kind.LOOP_PASS
        elif kind == Kind.WAKE:
            self._runnable(subject, reason)
        elif kind == Kind.TASK_READY:
            self._ready(subject, reason)
        elif kind == Kind.SPAWN:
            self._spawn(subject, reason, arg)
        elif kind == Kind.STARTED:
            core = (code >> CORE_SHIFT & CORE_MASK) - 1
            self.switching[core] = False
            self.core_since[core] = time
        elif kind == Kind.COMMAND:
            self._command(reason, subject, arg)
        elif kind <= Kind.GIL_TIMEOUT:
            self._gil(kind, reason, subject, other)
        else:
            core = (code >> CORE_SHIFT & CORE_MASK) - 1
            self._seldom(kind, reason, subject, other, core, arg)

    def _seldom(
        self, kind: int, reason: Reason, subject: int, other: int, core: int, arg: int
    ) -> None:
        """What only some machines do."""
        if kind == Kind.LEVEL:
            for thread in (subject,) if subject else tuple(self.level):
                self.level[thread] = arg
        elif kind == Kind.NEXT_JOB:
            self.job_number[subject] = other
        elif kind == Kind.ABORT:
            self._abort(subject, other, arg)
        elif kind == Kind.MOVE:
            self.queue_of[subject] = core
        elif kind in (Kind.LOCK, Kind.UNLOCK, Kind.RESOURCE):
            self._shared(kind, subject, other, arg)
        elif kind == Kind.KILL or (kind == Kind.CANCEL and reason is Reason.CANCELLED):
            self._end(subject, reason)
        elif kind == Kind.WARM:
            self.warm[core][subject] = None
        elif kind == Kind.EVICT:
            del self.warm[core][subject]
        elif kind == Kind.REVERSED:
            loop = self.loops[subject]
            loop.ready = dict(reversed(loop.ready.items()))

    def _end(self, subject: int, reason: Reason) -> None:
        """A task that is in nobody's hand, or a thread that is on no core, is no more."""
        self._waits_no_more(subject)
        entity = self.trace.entities[subject]
        if entity.role is Role.TASK:
            self.loops[entity.thread].ready.pop(subject, None)
            self._become(subject, Status.DONE, reason)
            return
        self.run_queue.pop(subject, None)
        self.queue_of.pop(subject, None)
        self._become(subject, Status.EXITED, reason)
        self._leave_gil(subject)

    def _leave_gil(self, thread: int) -> None:
        """A thread that was killed neither holds a GIL nor wants one."""
        self.native.discard(thread)
        gil = self.gils.get(self.trace.entities[thread].process)
        if gil is not None:
            gil.waiters.pop(thread, None)
            gil.requested_by = 0 if gil.requested_by == thread else gil.requested_by
            gil.dropper = 0 if gil.dropper == thread else gil.dropper

    def _shared(self, kind: int, subject: int, other: int, arg: int) -> None:
        """What happens to a resource."""
        if kind == Kind.LOCK:
            self._resource(other).holder = subject
        elif kind == Kind.UNLOCK:
            self._resource(arg).holder = 0
            if other:
                if self.trace.entities[other].role is Role.TASK:
                    self._ready(other, Reason.UNLOCKED)
                else:
                    self._runnable(other, Reason.UNLOCKED)
        else:
            self._resource(other).value = arg

    def _resource(self, number: int) -> Resource:
        resource = self.resources.get(number)
        if resource is None:
            resource = self.resources[number] = Resource()
        return resource

    def _waits(self, entity: int, status: Status, number: int) -> None:
        """Let ``entity`` wait for a resource."""
        self._become(entity, status, Reason.LOCK)
        self._resource(number).waiters[entity] = self.time
        self.waits_for[entity] = number

    def _waits_no_more(self, entity: int) -> None:
        number = self.waits_for.pop(entity, None)
        if number is not None:
            del self.resources[number].waiters[entity]

    def _abort(self, subject: int, number: int, release: Time) -> None:
        if release == NEVER:
            return
        self.job_number[subject] = number + 1
        if release > self.time:
            del self.run_queue[subject]
            self.queue_of.pop(subject, None)
            self._become(subject, Status.BLOCKED, Reason.PERIOD, release)

    def _gil(self, kind: int, reason: Reason, subject: int, other: int) -> None:
        gil = self.gils[self.trace.entities[subject].process]
        if kind == Kind.GIL_TAKE:
            gil.holder, gil.since, gil.requested_by = subject, self.time, 0
            self.native.discard(subject)
            if other:
                gil.dropper = 0
                self._runnable(other, Reason.GIL_TAKEN)
        elif kind == Kind.GIL_RELEASE:
            gil.holder, gil.since = 0, self.time
            if reason is Reason.NATIVE:
                self.native.add(subject)
            if other:
                self._runnable(other, Reason.GIL_FREE)
        else:
            del gil.waiters[subject]
            gil.waiters[subject] = self.time
            if kind == Kind.GIL_REQUEST:
                gil.requested_by = subject

    def _spawn(self, subject: int, reason: Reason, arrival: Time) -> None:
        entity = self.trace.entities[subject]
        while len(self.status) <= subject:  # processes have no SPAWN row of their own
            self.status.append(Status.NEW)
            self.since.append(self.time)
            self.why.append(Reason.NONE)
            self.due.append(NEVER)
            self.pc.append(0)
            self.core_of.append(-1)
        if entity.role is Role.THREAD:
            process = self.trace.entities[entity.process]
            if self.needs_gil(process.id) and process.id not in self.gils:
                self.gils[process.id] = Gil()
            if entity.loop:
                self.loops[subject] = Loop()
        if entity.cpu_heavy and not entity.yielding:
            self.unyielding.add(subject)
        if entity.role is Role.THREAD and entity.attributes.period:
            self.job_number[subject] = 0
        if arrival > self.time:
            self.due[subject] = arrival
        elif entity.role is Role.TASK:
            self._ready(subject, reason)
        else:
            self._runnable(subject, reason)

    def _command(self, reason: Reason, subject: int, arg: int) -> None:
        if reason is Reason.YIELDING:
            self.unyielding = (
                set()
                if arg
                else {e.id for e in self.trace.entities[: len(self.status)] if e.cpu_heavy}
            )
        elif reason is Reason.PATCHING:
            self.patching = bool(arg)
        elif reason is Reason.CORES:
            more = arg - len(self.running)
            if more > 0:
                self.running += [0] * more
                self.switching += [False] * more
                self.core_since += [self.time] * more
                self.warm += [{} for _ in range(more)]
            self.online = arg
        elif reason is Reason.INTERVAL:
            self.switch_interval = arg
        elif reason is Reason.GIL_SWITCHED:
            self._switch_gil(on=bool(arg))
        elif reason in (Reason.POLICY, Reason.SLICES):
            self.policy_number = arg
            if reason is Reason.POLICY:
                self.level.clear()
        elif reason in CHANGES:
            self.said[subject] = changed(self.attributes(subject), CHANGES[reason], arg)

    def _switch_gil(self, *, on: bool) -> None:
        """From now on every process has one that nobody holds, or none has.

        One that is off is there as long as somebody waits for it, who is about to wake.
        """
        self.gil = on
        self.native.clear()
        for process, gil in list(self.gils.items()):
            gil.holder = gil.requested_by = 0
            self._forget_gil(process)
        if on:
            for entity in self.trace.entities[1 : len(self.status)]:
                if entity.role is Role.THREAD and entity.process not in self.gils:
                    self.gils[entity.process] = Gil(since=self.time)

    def _forget_gil(self, process: int) -> None:
        """If nobody waits for it."""
        if not self.gils[process].waiters and not self.gils[process].dropper:
            del self.gils[process]

    def _become(self, entity: int, status: Status, why: Reason, due: Time = NEVER) -> None:
        self.status[entity] = status
        self.since[entity] = self.time
        self.why[entity] = why
        self.due[entity] = due

    def _runnable(self, thread: int, why: Reason) -> None:
        if self.waits_for:
            self._waits_no_more(thread)
        if why is Reason.GIL_FREE:
            del self.gils[self.trace.entities[thread].process].waiters[thread]
        elif why is Reason.GIL_SWITCHED:
            process = self.trace.entities[thread].process
            if self.gils[process].waiters.pop(thread, None) is None:
                self.gils[process].dropper = 0
            self._forget_gil(process)
        self._become(thread, Status.RUNNABLE, why)
        self.run_queue[thread] = None
        if self.trace.queue_per_core:
            self.queue_of[thread] = self.core_of[thread]

    def _ready(self, task: int, why: Reason) -> None:
        if self.waits_for:
            self._waits_no_more(task)
        self._become(task, Status.READY, why, self.due[task])
        self.loops[self.trace.entities[task].thread].ready[task] = None

    def _leave_core(self, core: int, reason: Reason, pc: int, due: Time) -> None:
        thread = self.running[core]
        if not thread:
            return
        self.pc[thread] = pc
        if reason in STAYS_RUNNABLE:
            self._runnable(thread, reason)
        elif reason is Reason.LOCK:
            self._waits(thread, Status.BLOCKED, due)
        elif reason in ENDS:
            self._become(thread, Status.EXITED, reason)
            if reason is Reason.KILLED:
                self._leave_gil(thread)
        else:
            self._become(thread, Status.BLOCKED, reason, due)
            if reason is Reason.PERIOD:
                self.job_number[thread] += 1
            elif reason is Reason.GIL:
                self.native.discard(thread)
                self.gils[self.trace.entities[thread].process].waiters[thread] = self.time
            elif reason is Reason.FORCED_SWITCH:
                self.gils[self.trace.entities[thread].process].dropper = thread

    def _leave_loop(self, loop: Loop, reason: Reason, pc: int, due: Time) -> None:
        task = loop.current
        if not task:
            return
        loop.current = 0
        self.pc[task] = pc
        if reason is Reason.YIELD:
            self._ready(task, reason)
        elif reason in ENDS:
            self._become(task, Status.DONE, reason)
        elif reason is Reason.LOCK:
            self._waits(task, Status.SUSPENDED, due)
        else:
            self._become(task, Status.SUSPENDED, reason, due)
