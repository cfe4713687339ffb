"""What must hold at every moment of every run, whatever was done to it; and the moments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from schedsim.durations import Time
from schedsim.metrics import measure
from schedsim.scenario import MachineSpec
from schedsim.state import State, Status
from schedsim.trace import Kind, Reason, Role, Trace


def moments(trace: Trace) -> Iterator[State]:
    """The state after each row.  It is one state, moving forward."""
    state = State.start(trace)
    for n in range(len(trace)):
        yield state.forward(n + 1)


def is_end_of_instant(trace: Trace, rows: int) -> bool:
    """Time passes after the first ``rows`` rows."""
    return trace.end > trace.times[rows - 1] and (
        rows == len(trace) or trace.times[rows] > trace.times[rows - 1]
    )


def check_moment(state: State, machine: MachineSpec) -> None:
    """What must hold after each row, and at the end of each instant."""
    check_cores(state)
    if is_end_of_instant(state.trace, state.rows):
        check_places(state)
        check_work_is_conserved(state, machine)
        check_who_computes_holds_the_gil(state)


def check_nobody_is_left(state: State) -> None:
    """What must hold when all is over: no wake-up is lost, nor a turn at the GIL."""
    assert state.run_queue == {}
    assert set(state.running) <= {0}
    assert all((gil.holder, gil.waiters, gil.dropper) == (0, {}, 0) for gil in state.gils.values())


def check_gil_row_if_it_needs_one(before: State, after: State, n: int) -> None:
    """The same of a run that was acted upon: a GIL that was just switched on finds somebody who
    tells that it needs none."""
    row = after.trace.row(n)
    if row.reason is Reason.NATIVE and row.subject not in (g.holder for g in before.gils.values()):
        return
    check_gil_row(before, after, n)


def check_gil_row(before: State, after: State, n: int) -> None:
    """A GIL is taken only while nobody holds it, and let go only by its holder."""
    trace = after.trace
    row = trace.row(n)
    if row.kind is Kind.COMPUTE:
        process = trace.entities[row.subject].process
        if process in after.gils:
            assert after.gils[process].holder == trace.entities[row.subject].thread
    elif row.kind in (Kind.GIL_TAKE, Kind.GIL_RELEASE):
        gil = before.gils[trace.entities[row.subject].process]
        assert gil.holder == (0 if row.kind is Kind.GIL_TAKE else row.subject)
        if row.reason is not Reason.KILLED:  # who is killed may have kept it without a core
            assert before.status[row.subject] is Status.RUNNING
    elif row.kind is Kind.GIL_REQUEST:
        assert before.gils[trace.entities[row.subject].process].holder == row.other


def check_cores(state: State) -> None:
    """Never two threads on a core, nor a thread on two."""
    on_a_core = [thread for thread in state.running if thread]
    assert len(on_a_core) == len(set(on_a_core))
    assert all(state.status[thread] is Status.RUNNING for thread in on_a_core)
    assert all(
        state.core_of[state.running[c]] == c for c in range(len(state.running)) if state.running[c]
    )


def check_places(state: State) -> None:
    """Every thread and task is in exactly the place that its status says."""
    places: Counter[tuple[int, str]] = Counter()
    for thread in state.running:
        places[thread, "core"] += 1
    for thread in state.run_queue:
        places[thread, "run queue"] += 1
    for gil in state.gils.values():
        assert gil.dropper not in gil.waiters
        for thread in (*gil.waiters, gil.dropper):
            places[thread, "gil"] += 1
    for loop in state.loops.values():
        places[loop.current, "hand"] += 1
        for task in loop.ready:
            places[task, "ready queue"] += 1
    where = {
        (Role.THREAD, Status.RUNNING): "core",
        (Role.THREAD, Status.RUNNABLE): "run queue",
        (Role.TASK, Status.RUNNING): "hand",
        (Role.TASK, Status.READY): "ready queue",
    }
    for entity in state.trace.entities[1 : len(state.status)]:
        if entity.role is Role.PROCESS:
            continue
        status = state.status[entity.id]
        place = where.get((entity.role, status))
        if status is Status.BLOCKED and state.why[entity.id] in (Reason.GIL, Reason.FORCED_SWITCH):
            place = "gil"
        expected = {(entity.id, place): 1} if place else {}
        assert {at: n for at, n in places.items() if at[0] == entity.id} == expected


def check_work_is_conserved(state: State, machine: MachineSpec) -> None:
    """At the end of an instant no core is idle while a thread is runnable that it may take."""
    if state.policy.name in ("linux", "work_stealing"):
        return  # a budget may be used up; a slot behind a pinned thread is not stolen
    for thread in state.run_queue:
        cores = list(state.trace.entities[thread].affinity or range(state.online))
        if machine.queue_per_core and not machine.idle_pull:
            cores = [state.queue_of[thread]]
        assert all(state.running[core] for core in cores)


def check_who_computes_holds_the_gil(state: State) -> None:
    """At the end of an instant whoever is on a core, and past the switch, computes."""
    for thread, switching in zip(state.running, state.switching, strict=True):
        process = state.trace.entities[thread].process
        if thread in state.native:
            assert state.gils[process].holder != thread
        elif thread and not switching and process in state.gils:
            assert state.gils[process].holder == thread


def check_times(trace: Trace) -> None:
    """CPU time, and time in a run queue or waiting for the GIL, added up instant by instant."""
    cpu: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    for state in moments(trace):
        until = trace.times[state.rows] if state.rows < len(trace) else trace.end
        length: Time = until - state.time
        if not length:
            continue
        for thread, switching in zip(state.running, state.switching, strict=True):
            (waiting if switching else cpu)[thread] += length
        for thread in state.run_queue:
            waiting[thread] += length
        for gil in state.gils.values():
            for thread in (*gil.waiters, gil.dropper):
                waiting[thread] += length
    for times in measure(trace).of(Role.THREAD):
        assert (times.cpu, times.waiting) == (cpu[times.entity], waiting[times.entity])
