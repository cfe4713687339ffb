"""What a lane shows, by the state alone.

So it is known in the middle of an instant too: a slice begins with what the last row of an instant
leaves.  Not here: what was so before, and how long (``lanes``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schedsim.durations import Time
from schedsim.lanes.situations import OF_THREAD, Situation, together
from schedsim.state import State, Status
from schedsim.trace import NEVER, Reason

_HELD: Final = frozenset({"lock", "semaphore"})
_OTHERS: Final = frozenset({Reason.JOIN, Reason.AWAIT, Reason.LOCK})
_SITUATIONS: Final = tuple(Situation)

_BY_STATUS: Final[Mapping[Status, Situation]] = {
    Status.NEW: Situation.NEW,
    Status.RUNNABLE: Situation.READY,
    Status.READY: Situation.READY,
    Status.RUNNING: Situation.RUNNING,
    Status.SUSPENDED: Situation.SUSPENDED,
    Status.DONE: Situation.GONE,
    Status.EXITED: Situation.GONE,
}


def present(state: State, kind: str, number: int, time: Time) -> tuple[Situation, int]:
    """The situation of a lane at a moment, and who it is about.

    Args:
        state: what is true then.
        kind: of the lane, as in :class:`schedsim.timeline.LaneId`.
        number: likewise.
        time: the moment; no row lies between that of the state and this.
    """
    if kind == "core":
        return _of_core(state, number)
    if kind == "gil":
        return _of_gil(state, number)
    if number >= len(state.status):
        return Situation.NEW, number
    if kind == "task":
        thread = state.trace.entities[number].thread
        return together(_of_task(state, number, time), _of_thread(state, thread)), number
    hand = state.loops[number].current if kind == "loop" else 0
    return _of_thread(state, number), hand or number


def _of_core(state: State, core: int) -> tuple[Situation, int]:
    if core >= len(state.running):
        return Situation.NEW, 0
    thread = state.running[core]
    if not thread:
        return (Situation.IDLE if core < state.online else Situation.GONE), 0
    loop = state.loops.get(thread)
    situation = Situation.SWITCHING if state.switching[core] else Situation.RUNNING
    return situation, (loop.current if loop else 0) or thread


def _of_gil(state: State, process: int) -> tuple[Situation, int]:
    gil = state.gils.get(process)
    holder = gil.holder if gil is not None else 0
    if state.gil is False:
        return Situation.GONE, holder
    return (Situation.RUNNING if holder else Situation.IDLE), holder


def _of_thread(state: State, thread: int) -> Situation:
    status, why = state.status[thread], state.why[thread]
    if status is Status.RUNNING and state.switching[state.core_of[thread]]:
        return Situation.SWITCHING
    if status is not Status.BLOCKED:
        return _BY_STATUS[status]
    return _of_waiting(state, thread) if why in _OTHERS else _SITUATIONS[OF_THREAD[why]]


def _of_task(state: State, task: int, time: Time) -> Situation:
    """Its own: what its thread makes of it is not in it."""
    status = state.status[task]
    if status in (Status.NEW, Status.SUSPENDED) and NEVER != state.due[task] <= time:
        return Situation.READY  # its loop has not noticed yet
    if status is Status.SUSPENDED and state.why[task] in _OTHERS:
        return _of_waiting(state, task)
    return _BY_STATUS[status]


def _of_waiting(state: State, entity: int) -> Situation:
    number = state.waits_for.get(entity)
    if number is not None and state.trace.resources[number].kind in _HELD:
        return Situation.WAITS_FOR_LOCK
    return Situation.WAITS_FOR_OTHERS
