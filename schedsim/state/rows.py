"""The whole meaning of a row: what each kind of rows changes.

Not here: what several of them have in common (``transitions``), and commands (``commands``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schedsim.durations import Time
from schedsim.state.commands import carry_out
from schedsim.state.parts import Gil, Loop
from schedsim.state.statuses import Status
from schedsim.state.transitions import (
    become,
    end,
    leave_core,
    leave_loop,
    make_ready,
    make_runnable,
    resource_of,
)
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    NEVER,
    OTHER_SHIFT,
    REASON_SHIFT,
    REASONS,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
    TAKES_OFF_CORE,
    Kind,
    Reason,
    Role,
)

if TYPE_CHECKING:
    from schedsim.state.state import State

# As plain numbers: a member of an enumeration costs three lookups.
_TASK_RUN: Final = Kind.TASK_RUN.value
_SWITCH: Final = Kind.SWITCH.value
_LOOP_PASS: Final = Kind.LOOP_PASS.value
_WAKE: Final = Kind.WAKE.value
_TASK_READY: Final = Kind.TASK_READY.value
_SPAWN: Final = Kind.SPAWN.value
_STARTED: Final = Kind.STARTED.value
_COMMAND: Final = Kind.COMMAND.value
_GIL_TIMEOUT: Final = Kind.GIL_TIMEOUT.value
_TELLS_PLACE: Final = frozenset({Kind.COMPUTE.value, Kind.MARK.value})
_RUNNING: Final = Status.RUNNING


def apply(state: State, time: Time, code: int, arg: int) -> None:
    """Do what one row says."""
    state.rows += 1
    state.time = time
    kind = code & KIND_MASK
    reason = REASONS[code >> REASON_SHIFT & KIND_MASK]
    subject = code >> SUBJECT_SHIFT & ENTITY_MASK
    other = code >> OTHER_SHIFT
    if kind == _TASK_RUN:
        loop = state.loops[state.trace.entities[subject].thread]
        leave_loop(state, loop, reason, other, arg)
        loop.current = subject
        del loop.ready[subject]
        become(state, subject, _RUNNING, state.why[subject])
    elif kind in TAKES_OFF_CORE:
        core = (code >> CORE_SHIFT & CORE_MASK) - 1
        leave_core(state, core, reason, other, arg)
        state.running[core] = subject
        state.switching[core] = kind == _SWITCH
        state.core_since[core] = time
        if subject:
            del state.run_queue[subject]
            state.queue_of.pop(subject, None)
            become(state, subject, _RUNNING, state.why[subject])
            state.core_of[subject] = core
    elif kind in _TELLS_PLACE:
        state.pc[subject] = other
    elif kind in TAKES_FROM_LOOP:
        loop = state.loops[subject]
        leave_loop(state, loop, reason, other, arg)
        loop.passes += kind == _LOOP_PASS
    elif kind == _WAKE:
        make_runnable(state, subject, reason)
    elif kind == _TASK_READY:
        make_ready(state, subject, reason)
    elif kind == _SPAWN:
        _spawn(state, subject, reason, arg)
    elif kind == _STARTED:
        core = (code >> CORE_SHIFT & CORE_MASK) - 1
        state.switching[core] = False
        state.core_since[core] = time
    elif kind == _COMMAND:
        carry_out(state, reason, subject, arg)
    elif kind <= _GIL_TIMEOUT:
        _gil(state, kind, reason, subject, other)
    else:
        core = (code >> CORE_SHIFT & CORE_MASK) - 1
        _seldom(state, kind, reason, subject, other, core, arg)


def _seldom(
    state: State, kind: int, reason: Reason, subject: int, other: int, core: int, arg: int
) -> None:
    """What only some machines do."""
    if kind == Kind.LEVEL:
        for thread in (subject,) if subject else tuple(state.level):
            state.level[thread] = arg
    elif kind == Kind.NEXT_JOB:
        state.job_number[subject] = other
    elif kind == Kind.ABORT:
        _abort(state, subject, other, arg)
    elif kind == Kind.MOVE:
        state.queue_of[subject] = core
    elif kind in (Kind.LOCK, Kind.UNLOCK, Kind.RESOURCE):
        _shared(state, kind, subject, other, arg)
    elif kind == Kind.KILL or (kind == Kind.CANCEL and reason is Reason.CANCELLED):
        end(state, subject, reason)
    elif kind == Kind.WARM:
        state.warm[core][subject] = None
    elif kind == Kind.EVICT:
        del state.warm[core][subject]
    elif kind == Kind.REVERSED:
        loop = state.loops[subject]
        loop.ready = dict(reversed(loop.ready.items()))


def _shared(state: State, kind: int, subject: int, other: int, arg: int) -> None:
    """What happens to a resource."""
    if kind == Kind.LOCK:
        resource_of(state, other).holder = subject
    elif kind == Kind.UNLOCK:
        resource_of(state, arg).holder = 0
        if other:
            if state.trace.entities[other].role is Role.TASK:
                make_ready(state, other, Reason.UNLOCKED)
            else:
                make_runnable(state, other, Reason.UNLOCKED)
    else:
        resource_of(state, other).value = arg


def _abort(state: State, subject: int, number: int, release: Time) -> None:
    if release == NEVER:
        return
    state.job_number[subject] = number + 1
    if release > state.time:
        del state.run_queue[subject]
        state.queue_of.pop(subject, None)
        become(state, subject, Status.BLOCKED, Reason.PERIOD, release)


def _gil(state: State, kind: int, reason: Reason, subject: int, other: int) -> None:
    gil = state.gils[state.trace.entities[subject].process]
    if kind == Kind.GIL_TAKE:
        gil.holder, gil.since, gil.requested_by = subject, state.time, 0
        state.native.discard(subject)
        if other:
            gil.dropper = 0
            make_runnable(state, other, Reason.GIL_TAKEN)
    elif kind == Kind.GIL_RELEASE:
        gil.holder, gil.since = 0, state.time
        if reason is Reason.NATIVE:
            state.native.add(subject)
        if other:
            make_runnable(state, other, Reason.GIL_FREE)
    else:
        del gil.waiters[subject]
        gil.waiters[subject] = state.time
        if kind == Kind.GIL_REQUEST:
            gil.requested_by = subject


def _spawn(state: State, subject: int, reason: Reason, arrival: Time) -> None:
    entity = state.trace.entities[subject]
    while len(state.status) <= subject:  # processes have no SPAWN row of their own
        state.status.append(Status.NEW)
        state.since.append(state.time)
        state.why.append(Reason.NONE)
        state.due.append(NEVER)
        state.pc.append(0)
        state.core_of.append(-1)
    if entity.role is Role.THREAD:
        process = state.trace.entities[entity.process]
        if state.needs_gil(process.id) and process.id not in state.gils:
            state.gils[process.id] = Gil()
        if entity.loop:
            state.loops[subject] = Loop()
    if entity.cpu_heavy and not entity.yielding:
        state.unyielding.add(subject)
    if entity.role is Role.THREAD and entity.attributes.period:
        state.job_number[subject] = 0
    if arrival > state.time:
        state.due[subject] = arrival
    elif entity.role is Role.TASK:
        make_ready(state, subject, reason)
    else:
        make_runnable(state, subject, reason)
