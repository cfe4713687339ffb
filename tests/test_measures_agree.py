"""The walk over the rows agrees with what state and timeline say, the slow way."""

from __future__ import annotations

from hypothesis import given, strategies as st

from schedsim.durations import Time
from schedsim.metrics import Measured, measure
from schedsim.metrics.gil_walk import GilWaits
from schedsim.metrics.slices import of_gils, on_cores
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.state import State
from schedsim.timeline import LaneId, Situation
from schedsim.trace import Role
from tests.strategies import MOST_ROWS, scenarios

WAITING = {
    Situation.READY,
    Situation.THREAD_WAITS,
    Situation.WAITS_FOR_GIL,
    Situation.SWITCHING,
}


def looked_up(found: Measured) -> dict[int, tuple[Time, Time]]:
    """CPU time and waiting time of everybody, from lanes."""
    trace, timeline = found.trace, found.timeline
    cpu = dict.fromkeys(found.times, 0)
    waiting = dict.fromkeys(found.times, 0)
    for core in range(trace.cores):
        for part in timeline.slices(LaneId("core", core)):
            if part.situation is Situation.RUNNING:
                cpu[part.who] += part.end - part.start
                entity = trace.entities[part.who]
                if entity.role is Role.TASK:
                    cpu[entity.thread] += part.end - part.start
    for who in found.times:
        kind = "task" if trace.entities[who].role is Role.TASK else "thread"
        for part in timeline.slices(LaneId(kind, who)):
            if part.situation in WAITING:
                waiting[who] += part.end - part.start
    return {who: (cpu[who], waiting[who]) for who in found.times}


@given(scenarios(), st.integers(1, 60))
def test_cpu_and_waiting_are_what_lanes_show(scenario: Scenario, until: int) -> None:
    for limit in (None, until):
        found = measure(Run(scenario, rows=MOST_ROWS, until=limit).finish())
        walked = {entity: (t.cpu, t.waiting) for entity, t in found.times.items()}
        assert walked == looked_up(found)
        for times in found.times.values():
            assert times.longest_wait <= times.waiting


@given(scenarios())
def test_slices_are_what_lanes_show(scenario: Scenario) -> None:
    run = Run(scenario, rows=MOST_ROWS)
    timeline = measure(run.finish()).timeline
    trace = run.trace
    for core in range(trace.cores):
        lane = timeline.slices(LaneId("core", core))
        shown = [(s.who, s.start, s.end) for s in lane if s.situation is Situation.RUNNING]
        found: list[tuple[int, int, int]] = []
        for part in (each for each in on_cores(trace) if each.place == core):
            who = part.who.task or part.who.thread
            if found and found[-1][0] == who and found[-1][2] == part.start:
                found[-1] = (who, found[-1][1], part.end)  # another job, or another level
            else:
                found.append((who, part.start, part.end))
        assert found == shown
    for process in (e for e in trace.entities[1:] if e.gil):
        lane = timeline.slices(LaneId("gil", process.id))
        shown = [(s.who, s.start, s.end) for s in lane if s.situation is Situation.RUNNING]
        assert [
            (s.who.thread, s.start, s.end) for s in of_gils(trace) if s.place == process.id
        ] == (shown)


@given(scenarios())
def test_core_time_is_useful_overhead_or_idle_and_cpu_adds_up(scenario: Scenario) -> None:
    trace = Run(scenario, rows=MOST_ROWS).finish()
    found = measure(trace)
    assert found.capacity == trace.cores * trace.end
    assert 0 <= found.useful + found.overhead <= found.capacity
    assert sum(t.cpu for t in found.work) == found.useful
    assert sum(
        end - start for start, end in zip(found.turns.starts, found.turns.ends, strict=True)
    ) == (found.useful)
    for each in found.times.values():
        assert each.waiting >= 0
        if each.turnaround is not None:
            assert each.cpu + each.waiting <= each.turnaround


@given(scenarios(), st.integers(0, 60), st.integers(0, 60))
def test_waits_for_a_gil_are_those_of_the_state(
    scenario: Scenario, start: int, length: int
) -> None:
    trace = Run(scenario, rows=MOST_ROWS).finish()
    end = min(start + length, trace.end)
    state = State.start(trace)
    waited = dict.fromkeys(range(len(trace.entities)), 0)
    for n in range(len(trace)):
        state.forward(n + 1)
        until = trace.times[n + 1] if n + 1 < len(trace) else trace.end
        for gil in state.gils.values():
            for thread in gil.waiters:
                waited[thread] += max(0, min(until, end) - max(trace.times[n], start))
    found = GilWaits(trace)
    assert {thread: found.between(thread, start, end) for thread in waited} == waited
