"""The state itself: what is true after so many rows, in columns by entity number.

Queues are dicts used as ordered sets: O(1) to leave from the middle, and plain to copy.

Not here: how rows change it (``rows``), and how it is kept as bytes (:mod:`schedsim.keyframes`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from schedsim.attributes import Attributes
from schedsim.durations import Time
from schedsim.state.parts import Gil, Loop, Resource
from schedsim.state.rows import apply
from schedsim.state.statuses import Status
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    NEVER,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
    TAKES_OFF_CORE,
    InForce,
    Reason,
    Role,
    Trace,
)


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
            apply(self, times[n], codes[n], args[n])
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
