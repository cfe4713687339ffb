"""What must hold in every run of every scenario, and how a run may be cut without a difference."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, given, settings, strategies as st

from schedsim.durations import Time
from schedsim.engine.facts import facts
from schedsim.history import History
from schedsim.programs.steps import Repeat, Step
from schedsim.run import Run
from schedsim.scenario import Job, Scenario
from schedsim.simulation import Simulation
from schedsim.state import State, Status
from schedsim.trace import NEVER, Kind, Reason, Role, Trace
from schedsim.traps import COMPUTING, Op
from tests.invariants import (
    check_gil_row,
    check_gil_row_if_it_needs_one,
    check_moment,
    check_nobody_is_left,
    check_places,
    is_end_of_instant,
    moments,
)
from tests.strategies import MOST_ROWS, act, deeds, scenarios

ROOT = Path(__file__).parents[1]

often = settings(max_examples=max(100, settings().max_examples))
"""More examples than usual, for what is cheap or has found most."""


def played(scenario: Scenario) -> Simulation:
    """A run to the end, or to the limit of rows."""
    simulation = Simulation(scenario)
    simulation.run(rows=MOST_ROWS)
    return simulation


# -- one truth --------------------------------------------------------------------------------


@often
@given(scenarios(), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_wherever_the_engine_pauses_the_state_is_what_it_says(
    scenario: Scenario, strides: list[int]
) -> None:
    """The state is the fold of the trace, and the engine's own account agrees."""
    simulation = Simulation(scenario)
    trace = simulation.trace
    state = State.start(trace)
    assert state.forward(len(trace)).facts() == facts(simulation.engine)
    for stride in itertools.cycle(strides):
        before = len(trace)
        simulation.run(rows=before + stride)
        assert state.forward(len(trace)).facts() == facts(simulation.engine)
        if len(trace) == before or before > MOST_ROWS:
            break
    assert trace.complete or len(trace) > before


@often
@given(scenarios(), st.integers(1, 50))
def test_a_queue_of_turns_is_shown_in_the_order_of_the_turns(scenario: Scenario, rows: int) -> None:
    """First come first served, the order in which threads became runnable is that of the queue."""
    machine = scenario.machine
    assume(machine.policy in ("fifo", "round_robin") and not machine.queue_per_core)
    assume(machine.parameters.get("requeue") != "slice_end")
    assume(not any(job.affinity for job in all_jobs(scenario).values()))
    simulation = Simulation(scenario)
    simulation.run(rows=rows)
    state = State.start(simulation.trace).forward(len(simulation.trace))
    assert [thread.id for thread in simulation.engine.run_queue()] == list(state.run_queue)


# -- what a machine cannot do -----------------------------------------------------------------


@often
@given(scenarios())
def test_a_machine_never_does_what_no_machine_can(scenario: Scenario) -> None:
    """Issue 2: cores, GILs and places are held by one at a time, and nobody is lost."""
    trace = played(scenario).trace
    rows = trace.rows()
    assert list(trace.times) == sorted(trace.times)
    before = State.start(trace)
    for after in moments(trace):
        check_gil_row(before, after, next(rows).n)
        check_moment(after, scenario.machine)
        check_places(after)
        before = after.copy()


@often
@given(scenarios())
def test_when_all_is_over_only_those_are_left_who_wait_for_each_other(scenario: Scenario) -> None:
    """Nobody is forgotten: no wake-up is lost, no timer, no turn at the GIL."""
    trace = played(scenario).trace
    if not trace.complete:
        return
    state = State.start(trace).forward(len(trace))
    check_nobody_is_left(state)
    assert all((loop.current, loop.ready) == (0, {}) for loop in state.loops.values())
    for entity in trace.entities[1 : len(state.status)]:
        status, why = state.status[entity.id], state.why[entity.id]
        if entity.role is Role.PROCESS or status in (Status.EXITED, Status.DONE):
            continue
        assert why in ((Reason.SELECT,) if entity.loop else (Reason.JOIN, Reason.LOCK))
        assert state.due[entity.id] == NEVER


# -- work -------------------------------------------------------------------------------------


def asked(steps: Sequence[Step]) -> Time:
    """How much computing some steps ask for, all in all; they must end."""
    total = 0
    for step in steps:
        if isinstance(step, Repeat):
            assert step.times is not None
            total += step.times * asked(step.do)
        elif isinstance(step, Op) and step.trap[0] in COMPUTING:
            total += step.trap[1]
    return total


def all_jobs(scenario: Scenario) -> dict[tuple[Role, str, str, str], Job]:
    """Every job, by what it becomes and where: role, process, thread, name."""
    jobs = {}
    for plan in scenario.plan():
        for thread in plan.threads:
            jobs[Role.THREAD, plan.name, "", thread.job.name] = thread.job
            for task in thread.tasks:
                jobs[Role.TASK, plan.name, thread.job.name, task.name] = task
    return jobs


def computed(trace: Trace) -> dict[int, Time]:
    """How long each thread and task has computed, found by looking at every instant."""
    total: dict[int, Time] = Counter()
    for state in moments(trace):
        if not is_end_of_instant(trace, state.rows):
            continue
        until = trace.times[state.rows] if state.rows < len(trace) else trace.end
        for thread, switching in zip(state.running, state.switching, strict=True):
            if thread and not switching:
                total[thread] += until - state.time
                if thread in state.loops:
                    total[state.loops[thread].current] += until - state.time
    return total


@often
@given(scenarios())
def test_computed_time_is_conserved(scenario: Scenario) -> None:
    """Who has ended has computed for exactly as long as its steps asked, however often cut."""
    machine = scenario.machine
    assume(not machine.speeds and machine.cache is None)  # then time is not work
    assume(scenario.python.speed == 1 and scenario.python.kind != "old")  # its signals cost
    assume(not {"full_quantum", "abort_on_miss"} & {k for k, v in machine.parameters.items() if v})
    trace = played(scenario).trace
    state = State.start(trace).forward(len(trace))
    jobs = all_jobs(scenario)
    total = computed(trace)
    loops: dict[int, Time] = Counter()
    for entity in trace.entities[1:]:
        if entity.role is Role.TASK:
            loops[entity.thread] += total[entity.id]
        if entity.role is Role.PROCESS or entity.loop:
            continue
        if state.status[entity.id] in (Status.EXITED, Status.DONE):
            process = trace.entities[entity.process].name
            home = "" if entity.role is Role.THREAD else trace.entities[entity.thread].job
            if trace.entities[entity.process].interpreter:
                process = trace.entities[trace.entities[entity.process].process].name
            place = "" if scenario.model == "processes" and not scenario.is_tree else process
            job = jobs[entity.role, place, home, entity.job]
            assert total[entity.id] == asked(job.steps), entity.name
    for thread, time in loops.items():
        assert total[thread] == time


# -- cutting a run ----------------------------------------------------------------------------


def outcome(trace: Trace) -> tuple[str, Time, bool]:
    """All that a trace tells."""
    return trace.digest(), trace.end, trace.complete


@often
@given(scenarios(), st.lists(st.integers(0, 6), min_size=1, max_size=6), st.integers(1, 60))
def test_a_run_cut_into_pieces_of_rows_is_the_same_run(
    scenario: Scenario, strides: list[int], limit: int
) -> None:
    """``Engine.run``: where it pauses depends on ``rows`` alone, and going on changes nothing."""
    limit *= 10
    whole = Simulation(scenario)
    whole.run(rows=limit)
    cut = Simulation(scenario)
    for stride in itertools.cycle([*strides, 1]):
        rows = min(limit, len(cut.trace) + stride)
        before = len(cut.trace)
        cut.run(rows=rows)
        if rows == limit or (stride and len(cut.trace) == before):
            break
    assert outcome(cut.trace) == outcome(whole.trace)


@often
@given(scenarios(), st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_a_run_cut_into_pieces_of_time_is_the_same_run(
    scenario: Scenario, strides: list[int]
) -> None:
    """``until`` pauses at the end of an instant, and only there."""
    whole = played(scenario)
    last = whole.trace.end
    cut = Simulation(scenario)
    state = State.start(cut.trace)
    now = 0
    for stride in itertools.cycle([*strides, 1]):
        now = min(last, now + stride)
        cut.run(until=now, rows=MOST_ROWS)
        assert state.forward(len(cut.trace)).facts() == facts(cut.engine)
        if now == last or len(cut.trace) >= MOST_ROWS:
            break
    assert outcome(cut.trace) == outcome(whole.trace)


@often
@given(scenarios())
def test_running_ahead_changes_nothing(scenario: Scenario) -> None:
    """Held to one instant at a time the engine can never run ahead (kernel.py)."""
    whole = played(scenario)
    held = Simulation(scenario)
    held.run(until=0, rows=MOST_ROWS)
    while held.engine.agenda.heap and len(held.trace) < MOST_ROWS:
        held.run(until=held.engine.agenda.heap[0], rows=MOST_ROWS)
    assert held.trace.digest() == whole.trace.digest()


@given(scenarios(), st.integers(1, 40))
def test_until_stops_at_the_end_of_that_instant(scenario: Scenario, until: int) -> None:
    trace = played(scenario).trace
    run = Simulation(scenario)
    run.run(until=until, rows=MOST_ROWS)
    expected = sum(time <= until for time in trace.times)
    assert len(run.trace) == expected
    assert run.trace.digest_of_rows(0, expected) == trace.digest_of_rows(0, expected)
    if not run.trace.complete and expected < MOST_ROWS:
        assert run.trace.end == until


# -- looking back -----------------------------------------------------------------------------


@given(scenarios(), st.integers(1, 40), st.randoms(use_true_random=False))
def test_any_moment_is_the_plain_fold_up_to_it(
    scenario: Scenario, spacing: int, chance: random.Random
) -> None:
    """Back and forth in any order, as somebody steps: the same state each time."""
    trace = played(scenario).trace
    folds = [State.start(trace), *(state.copy() for state in moments(trace))]
    history = History(trace, spacing=spacing)
    order = list(range(len(trace) + 1))
    chance.shuffle(order)
    for n in order[:120]:
        assert history.state_at(n) == folds[n]
    for n in order[:20]:
        there = history.state_at(n).copy()
        history.state_at(max(0, n - 1))
        assert history.state_at(n) == there


@given(scenarios(), st.integers(1, 30))
def test_a_history_keeps_up_with_a_growing_trace(scenario: Scenario, stride: int) -> None:
    simulation = Simulation(scenario)
    history = History(simulation.trace, spacing=16)
    while not simulation.trace.complete and len(simulation.trace) < MOST_ROWS:
        simulation.run(rows=len(simulation.trace) + stride)
        rows = len(simulation.trace)
        assert history.state_at(rows).facts() == facts(simulation.engine)
    fresh = History(simulation.trace)
    for entity in range(1, len(simulation.trace.entities)):
        assert history.rows_of(entity) == fresh.rows_of(entity)


def concerned_by(trace: Trace, n: int, before: State) -> tuple[set[int], set[int]]:
    """The entities and the cores that row ``n`` is about, as its kind's description says."""
    row = trace.row(n)
    entities, cores = {row.subject}, set()
    if row.kind in (Kind.RUN, Kind.SWITCH, Kind.IDLE, Kind.STARTED):
        cores.add(row.core)
        entities.add(before.running[row.core])
    if row.kind in (Kind.MOVE, Kind.WARM, Kind.EVICT):
        cores.add(row.core)
    if row.kind in (Kind.LOOP_PASS, Kind.LOOP_WAIT, Kind.TASK_LEFT):
        entities.add(before.loops[row.subject].current)
    if row.kind is Kind.TASK_RUN:
        entities.add(before.loops[trace.entities[row.subject].thread].current)
    if row.kind not in (
        *(Kind.RUN, Kind.SWITCH, Kind.IDLE, Kind.TASK_RUN, Kind.TASK_LEFT),
        *(Kind.LOOP_PASS, Kind.LOOP_WAIT, Kind.COMPUTE, Kind.MARK),
        *(Kind.NEXT_JOB, Kind.ABORT, Kind.LOCK),  # there it is a number
    ):
        entities.add(row.other)
    return entities - {0}, cores


@given(scenarios())
def test_lanes_hold_exactly_the_rows_that_concern_them(scenario: Scenario) -> None:
    """Against a scan of all rows, and against what really changed from row to row."""
    trace = played(scenario).trace
    history = History(trace, spacing=32)
    of: dict[int, list[int]] = {e.id: [] for e in trace.entities if e.role is not Role.PROCESS}
    on: list[list[int]] = [[] for _ in range(trace.cores)]
    before = State.start(trace)
    for n, after in enumerate(moments(trace)):
        entities, cores = concerned_by(trace, n, before)
        for entity in entities:
            of[entity].append(n)
        for core in cores:
            on[core].append(n)
        for entity in range(1, len(before.status)):
            if before.status[entity] is not after.status[entity]:
                assert entity in entities
        for core in range(trace.cores):
            if before.running[core] != after.running[core]:
                assert core in cores
        before = after.copy()
    for entity, lane in of.items():
        assert list(history.rows_of(entity)) == lane
    for core, lane in enumerate(on):
        assert list(history.rows_on(core)) == lane
    for lane in [*of.values(), *on]:
        column = history.rows_of(0)
        column.extend(lane)
        for n in range(-1, len(trace) + 1, max(1, len(trace) // 40)):
            assert history.following(column, n) == next((m for m in lane if m > n), None)
            assert history.preceding(column, n) == next((m for m in reversed(lane) if m < n), None)


@given(scenarios(), st.lists(st.integers(-1, 200), max_size=8))
def test_a_moment_is_found_by_its_time(scenario: Scenario, times: list[int]) -> None:
    trace = played(scenario).trace
    history = History(trace, spacing=16)
    for time in times:
        rows = sum(each <= time for each in trace.times)
        assert history.rows_at(time) == rows
        assert history.state_at_time(time) == State.start(trace).forward(rows)


# -- acting -----------------------------------------------------------------------------------


@often
@given(st.data(), scenarios())
def test_acting_keeps_what_was_before_and_replays_exactly(
    data: st.DataObject, scenario: Scenario
) -> None:
    """Issue 2: inject and toggle at any step; scenario, seed and commands give the same trace."""
    run = Run(scenario, rows=MOST_ROWS)
    for deed in data.draw(deeds(scenario)):
        run.finish()
        old = run.trace
        step = round(deed.place * len(old))
        new_step = act(run, deed)
        if new_step is None:
            assert run.trace is old
            continue
        assert run.trace.digest_of_rows(0, step) == old.digest_of_rows(0, step)
        assert new_step == len(run.trace) > step
        commands = [row.n for row in old.rows(0, step) if row.kind is Kind.COMMAND]
        kept = [row.n for row in run.trace.rows() if row.kind is Kind.COMMAND]
        assert kept[: len(commands)] == commands  # one act may be several rows
        assert len(kept) > len(commands)
        simulation = run._simulation
        state = State.start(run.trace).forward(new_step)
        assert state.facts() == facts(simulation.engine)
    run.finish()
    again = Run(scenario, commands=run.commands, rows=MOST_ROWS)
    again.finish()
    assert outcome(again.trace) == outcome(run.trace)
    slowly = Run(scenario, commands=run.commands, rows=MOST_ROWS)
    while not slowly.finished:
        slowly.extend(len(slowly.trace) + 3)
        assert slowly.history.state_at(len(slowly.trace)).facts() == facts(
            slowly._simulation.engine
        )
    assert outcome(slowly.trace) == outcome(run.trace)


@often
@given(st.data(), scenarios())
def test_a_machine_that_is_acted_upon_never_does_what_no_machine_can(
    data: st.DataObject, scenario: Scenario
) -> None:
    """The same as of one that is left alone, but for the moments of the commands themselves."""
    run = Run(scenario, rows=MOST_ROWS)
    for deed in data.draw(deeds(scenario)):
        act(run, deed)
    trace = run.finish()
    before = State.start(trace)
    for row, after in zip(trace.rows(), moments(trace), strict=True):
        check_gil_row_if_it_needs_one(before, after, row.n)
        check_moment(after, scenario.machine)
        check_places(after)
        before = after.copy()
    assert list(trace.times) == sorted(trace.times)


# -- many more --------------------------------------------------------------------------------

PROPERTIES = [
    each for each in list(globals().values()) if getattr(each, "is_hypothesis_test", False)
]


@pytest.mark.fuzz
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_again_with_new_examples(holds: Callable[[], None]) -> None:
    """Each property once more; with ``--hypothesis-profile=fuzz`` on thousands of new scenarios."""
    holds()
