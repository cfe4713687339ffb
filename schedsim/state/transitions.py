"""How threads and tasks come to do something else: what several kinds of rows mean alike.

Not here: which row means which of these (``rows``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schedsim.durations import Time
from schedsim.state.parts import Loop, Resource
from schedsim.state.statuses import STAYS_RUNNABLE, Status
from schedsim.trace import ENDS, NEVER, Reason, Role

if TYPE_CHECKING:
    from schedsim.state.state import State

# To name a member of an enumeration costs three lookups.
_GIL_FREE: Final = Reason.GIL_FREE
_GIL_SWITCHED: Final = Reason.GIL_SWITCHED
_RUNNABLE: Final = Status.RUNNABLE
_READY: Final = Status.READY
_LOCK: Final = Reason.LOCK
_BLOCKED: Final = Status.BLOCKED
_EXITED: Final = Status.EXITED
_KILLED: Final = Reason.KILLED
_PERIOD: Final = Reason.PERIOD
_GIL: Final = Reason.GIL
_FORCED_SWITCH: Final = Reason.FORCED_SWITCH
_YIELD: Final = Reason.YIELD
_DONE: Final = Status.DONE
_SUSPENDED: Final = Status.SUSPENDED


def become(state: State, entity: int, status: Status, why: Reason, due: Time = NEVER) -> None:
    """Let it do something else from now on."""
    state.status[entity] = status
    state.since[entity] = state.time
    state.why[entity] = why
    state.due[entity] = due


def make_runnable(state: State, thread: int, why: Reason) -> None:
    """Put a thread at the end of the run queue."""
    if state.waits_for:
        wait_no_more(state, thread)
    if why is _GIL_FREE:
        del state.gils[state.trace.entities[thread].process].waiters[thread]
    elif why is _GIL_SWITCHED:
        process = state.trace.entities[thread].process
        if state.gils[process].waiters.pop(thread, None) is None:
            state.gils[process].dropper = 0
        forget_gil(state, process)
    become(state, thread, _RUNNABLE, why)
    state.run_queue[thread] = None
    if state.trace.queue_per_core:
        state.queue_of[thread] = state.core_of[thread]


def make_ready(state: State, task: int, why: Reason) -> None:
    """Put a task at the end of its loop's ready queue."""
    if state.waits_for:
        wait_no_more(state, task)
    become(state, task, _READY, why, state.due[task])
    state.loops[state.trace.entities[task].thread].ready[task] = None


def wait(state: State, entity: int, status: Status, number: int) -> None:
    """Let ``entity`` wait for a resource."""
    become(state, entity, status, _LOCK)
    resource_of(state, number).waiters[entity] = state.time
    state.waits_for[entity] = number


def wait_no_more(state: State, entity: int) -> None:
    """Whatever resource it waits for, if it does."""
    number = state.waits_for.pop(entity, None)
    if number is not None:
        del state.resources[number].waiters[entity]


def resource_of(state: State, number: int) -> Resource:
    """The resource with that number, of which there may have been no row yet."""
    resource = state.resources.get(number)
    if resource is None:
        resource = state.resources[number] = Resource()
    return resource


def leave_core(state: State, core: int, reason: Reason, pc: int, due: Time) -> None:
    """Take off its core who is on it, if anybody is: ``due`` is the argument of the row."""
    thread = state.running[core]
    if not thread:
        return
    state.pc[thread] = pc
    if reason in STAYS_RUNNABLE:
        make_runnable(state, thread, reason)
    elif reason is _LOCK:
        wait(state, thread, _BLOCKED, due)
    elif reason in ENDS:
        become(state, thread, _EXITED, reason)
        if reason is _KILLED:
            leave_gil(state, thread)
    else:
        become(state, thread, _BLOCKED, reason, due)
        if reason is _PERIOD:
            state.job_number[thread] += 1
        elif reason is _GIL:
            state.native.discard(thread)
            state.gils[state.trace.entities[thread].process].waiters[thread] = state.time
        elif reason is _FORCED_SWITCH:
            state.gils[state.trace.entities[thread].process].dropper = thread


def leave_loop(state: State, loop: Loop, reason: Reason, pc: int, due: Time) -> None:
    """The same of the task in a loop's hand."""
    task = loop.current
    if not task:
        return
    loop.current = 0
    state.pc[task] = pc
    if reason is _YIELD:
        make_ready(state, task, reason)
    elif reason in ENDS:
        become(state, task, _DONE, reason)
    elif reason is _LOCK:
        wait(state, task, _SUSPENDED, due)
    else:
        become(state, task, _SUSPENDED, reason, due)


def end(state: State, subject: int, reason: Reason) -> None:
    """A task that is in nobody's hand, or a thread that is on no core, is no more."""
    wait_no_more(state, subject)
    entity = state.trace.entities[subject]
    if entity.role is Role.TASK:
        state.loops[entity.thread].ready.pop(subject, None)
        become(state, subject, _DONE, reason)
        return
    state.run_queue.pop(subject, None)
    state.queue_of.pop(subject, None)
    become(state, subject, _EXITED, reason)
    leave_gil(state, subject)


def leave_gil(state: State, thread: int) -> None:
    """A thread that was killed neither holds a GIL nor wants one."""
    state.native.discard(thread)
    gil = state.gils.get(state.trace.entities[thread].process)
    if gil is not None:
        gil.waiters.pop(thread, None)
        gil.requested_by = 0 if gil.requested_by == thread else gil.requested_by
        gil.dropper = 0 if gil.dropper == thread else gil.dropper


def forget_gil(state: State, process: int) -> None:
    """A GIL that is off is no more if nobody waits for it."""
    if not state.gils[process].waiters and not state.gils[process].dropper:
        del state.gils[process]
