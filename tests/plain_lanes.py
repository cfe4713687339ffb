"""Lanes put together the slow way, from the states alone: for a run of some hundred rows."""

from __future__ import annotations

from itertools import pairwise

from schedsim.durations import Time
from schedsim.lanes import Situation
from schedsim.state import State, Status
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import NEVER, Reason, Role, Trace

S = Situation
Part = tuple[Time, Time, Situation, int]
_OTHERS = (Reason.JOIN, Reason.LOCK, Reason.AWAIT)
_QUEUED = (S.READY, S.WAITS_FOR_GIL, S.SWITCHING)


def _of_waiting(state: State, entity: int) -> Situation:
    number = state.waits_for.get(entity)
    if number is not None and state.trace.resources[number].kind in ("lock", "semaphore"):
        return S.WAITS_FOR_LOCK
    return S.WAITS_FOR_OTHERS


def _of_thread(state: State, thread: int) -> Situation:
    status, why = state.status[thread], state.why[thread]
    if status is Status.RUNNING:
        return S.SWITCHING if state.switching[state.core_of[thread]] else S.RUNNING
    if status is Status.BLOCKED:
        if why in _OTHERS:
            return _of_waiting(state, thread)
        if why in (Reason.GIL, Reason.FORCED_SWITCH):
            return S.WAITS_FOR_GIL
        return S.CALLING if why is Reason.CALL else S.SUSPENDED
    return {Status.NEW: S.NEW, Status.RUNNABLE: S.READY, Status.EXITED: S.GONE}[status]


def _of_task(state: State, task: int, time: Time) -> Situation:
    status = state.status[task]
    if status in (Status.NEW, Status.SUSPENDED) and NEVER != state.due[task] <= time:
        own = S.READY  # its loop has not noticed yet
    elif status is Status.SUSPENDED and state.why[task] in _OTHERS:
        own = _of_waiting(state, task)
    else:
        own = {
            Status.NEW: S.NEW,
            Status.READY: S.READY,
            Status.RUNNING: S.RUNNING,
            Status.SUSPENDED: S.SUSPENDED,
            Status.DONE: S.GONE,
        }[status]
    thread = _of_thread(state, state.trace.entities[task].thread)
    if own in (S.READY, S.RUNNING) and thread in _QUEUED:
        return S.THREAD_WAITS
    return S.CALLING if own is S.RUNNING and thread is S.CALLING else own


def shown(state: State, lane: LaneId, time: Time) -> tuple[Situation, int]:
    """What a lane shows at a moment, before whatever comes after the row of the state."""
    number = lane.number
    if lane.kind == "core":
        return _of_core(state, number)
    if lane.kind == "gil":
        gil = state.gils.get(number)
        holder = gil.holder if gil is not None else 0
        situation = S.RUNNING if holder else S.IDLE
        return (S.GONE if state.gil is False else situation), holder
    if number >= len(state.status):
        return S.NEW, number
    if lane.kind == "task":
        return _of_task(state, number, time), number
    who = state.loops[number].current if lane.kind == "loop" else 0
    return _of_thread(state, number), who or number


def _of_core(state: State, core: int) -> tuple[Situation, int]:
    if core >= len(state.running):
        return S.NEW, 0
    thread = state.running[core]
    if not thread:
        return (S.IDLE if core < state.online else S.GONE), 0
    loop = state.loops.get(thread)
    situation = S.SWITCHING if state.switching[core] else S.RUNNING
    return situation, (loop.current if loop else 0) or thread


def slices(trace: Trace, states: list[State], lane: LaneId) -> list[Part]:
    """The slices of a lane; ``states`` are those after each of the rows, and before the first."""
    edges: list[tuple[Time, State]] = [(0, states[0])]
    for state in states[1:]:
        if edges[-1][0] == state.time:
            _ = edges.pop()
        edges.append((state.time, state))
    parts: list[Part] = []
    for n, (start, state) in enumerate(edges):
        stop = edges[n + 1][0] if n + 1 < len(edges) else trace.end
        due = state.due[lane.number] if lane.kind == "task" and lane.number < len(state.due) else 0
        cuts = sorted({start, stop, *((due,) if start < due < stop else ())})
        for begin, end in pairwise(cuts):
            part = shown(state, lane, begin)
            if parts and parts[-1][2:] == part:
                parts[-1] = (parts[-1][0], end, *part)
            else:
                parts.append((begin, end, *part))
    return parts


def all_lanes(trace: Trace) -> list[LaneId]:
    """Every lane that a timeline may have, loops too."""
    found = []
    for entity in trace.entities[1:]:
        if entity.role is Role.TASK:
            found.append(LaneId("task", entity.id))
        elif entity.role is Role.THREAD:
            found.append(LaneId("thread", entity.id))
            found += [LaneId("loop", entity.id)] if entity.loop else []
    return found


def looks_the_same(one: Timeline, other: Timeline) -> None:
    """Nothing that can be read of one is different in the other."""
    assert one.lanes() == other.lanes()
    assert one.end == other.end
    for lane in [*one.lanes(), *all_lanes(one.trace)]:
        parts = list(one.slices(lane))
        assert parts == list(other.slices(lane))
        assert one.missed(lane) == other.missed(lane)
        for part in parts:
            assert one.ran(lane, 0, part.end) == other.ran(lane, 0, part.end)
