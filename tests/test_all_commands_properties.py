"""Random machines of all kinds to which everything is done that can be, in any order."""

from __future__ import annotations

from hypothesis import given, strategies as st

from schedsim.breakpoints import KINDS, Watched, first_stop, known_of, parse
from schedsim.causes import awaits, chain, critical_path, says, told
from schedsim.findings import find
from schedsim.metrics import METRICS, measure
from schedsim.questions import next_question
from schedsim.recording import Recording, Source, loads
from schedsim.report import to_json, to_text
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import Role
from schedsim.why import explain
from tests.invariants import (
    check_moment,
    check_nobody_is_left,
    check_places,
    check_times,
    is_end_of_instant,
    moments,
)
from tests.strategies import MOST_ROWS
from tests.strokes import anything, machines_of_all_kinds, run_of, runs, seldom, struck


@seldom
@given(st.data(), machines_of_all_kinds())
def test_the_state_is_what_the_engine_says_whatever_is_done(
    data: st.DataObject, scenario: Scenario
) -> None:
    simulation, _ = struck(scenario, data.draw(anything(scenario)))
    trace = simulation.trace
    assert list(trace.times) == sorted(trace.times)
    for state in moments(trace):
        check_moment(state, scenario.machine)
        check_places(state)
    if trace.complete:
        check_nobody_is_left(state)


@seldom
@given(st.data(), machines_of_all_kinds(), st.lists(st.integers(1, 7), min_size=1, max_size=4))
def test_however_it_is_cut_and_kept_the_run_is_the_same(
    data: st.DataObject, scenario: Scenario, strides: list[int]
) -> None:
    simulation, places = struck(scenario, data.draw(anything(scenario)))
    whole = run_of(scenario, places)
    assert [(p.step, p.time) for p in whole.commands] == [(p.rows, p.now) for p in places]
    turn = 0
    while not whole.finished:
        whole.extend(len(whole.trace) + strides[turn % len(strides)])
        turn += 1
    rows = min(len(simulation.trace), len(whole.trace))
    assert rows >= min(len(simulation.trace), MOST_ROWS)
    assert whole.trace.digest_of_rows(0, rows) == simulation.trace.digest_of_rows(0, rows)
    written = loads(Recording.of(whole, Source("random", "")).dumps(), "random")
    assert written.commands == whole.commands
    again = Run(scenario, commands=written.commands, rows=MOST_ROWS)
    assert again.finish().digest() == whole.trace.digest()


@seldom
@given(runs())
def test_everything_that_is_told_of_it_can_be_told(run: Run) -> None:
    trace, history = run.finish(), run.history
    entities = [e.id for e in trace.entities[1:] if e.role is not Role.PROCESS]
    for step in range(len(trace) + 1):
        assert explain(history, step).headline
    for step in range(0, len(trace) + 1, 7):
        state = history.state_at(step)
        for entity in entities[:: max(1, len(entities) // 4)]:
            if entity < len(state.status):
                for hop in chain(history, entity, step):
                    assert says(history, hop).headline
                told(history, awaits(history, state, entity))
    for entity in [0, *entities]:
        path = critical_path(history, entity)
        assert sum(path.totals().values()) == path.length
    to_json(run)
    to_text(run)


@seldom
@given(runs())
def test_times_in_a_queue_and_on_a_core_add_up(run: Run) -> None:
    trace = run.finish()
    check_times(trace)
    measured = measure(trace)
    for metric in METRICS.values():
        metric(measured)
    for finding in find(measured):
        assert finding.why
        assert finding.advice
        assert 0 <= finding.start <= finding.end <= trace.end


@seldom
@given(runs())
def test_lanes_show_what_the_state_shows(run: Run) -> None:
    trace = run.finish()
    timeline = Timeline(trace)
    for state in moments(trace):
        if state.rows % 4 or not is_end_of_instant(trace, state.rows):
            continue
        for core, thread in enumerate(state.running):
            shown = timeline.at(LaneId("core", core), state.time)
            if thread in state.loops:
                assert shown.who in (thread, state.loops[thread].current)
            else:
                assert shown.who == thread
        for process, gil in state.gils.items():
            assert timeline.at(LaneId("gil", process), state.time).who == gil.holder


@seldom
@given(runs())
def test_questions_can_be_answered_and_breakpoints_hold(run: Run) -> None:
    trace, history = run.finish(), run.history
    step, asked = 0, 0
    while (question := next_question(history, step)) is not None and asked < 30:
        asked += 1
        assert question.reveals > step
        assert question.answer in question.candidates
        assert 0 <= question.right < len(question.reasons)
        assert len(set(question.reasons)) == len(question.reasons)
        step = question.reveals
    known = known_of(trace, run.scenario)
    watched = Watched(history, Timeline(trace))
    watched.findings = find(measure(trace))
    texts = [kind.example(known) for kind in KINDS.values()]
    for text in filter(None, texts):
        condition = parse(text, known)
        here, count = (0, 0), 0
        while (stop := first_stop([condition], watched, *here)) is not None and count < 10:
            assert (stop.step, stop.time) > here
            assert stop.says
            here, count = (stop.step, stop.time), count + 1
