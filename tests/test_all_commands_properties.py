"""Random machines of all kinds to which everything is done that can be, in any order."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings, strategies as st

from schedsim.breakpoints import KINDS, Watched, first_stop, known_of, parse
from schedsim.causes import awaits, chain, critical_path, says, told
from schedsim.commands import Command, SetPatch
from schedsim.findings import find
from schedsim.metrics import METRICS, measure
from schedsim.questions import next_question
from schedsim.recording import Recording, Source, loads
from schedsim.report import to_json, to_text
from schedsim.run import Placed, Run
from schedsim.scenario import Scenario
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import Role, Trace
from schedsim.why import explain
from tests.strategies import MOST_ROWS, Deed, deeds
from tests.test_lives_properties import Blow, Place, blows, machines_of_all_kinds, struck
from tests.test_properties import (
    check_cores,
    check_places,
    check_who_computes_holds_the_gil,
    check_work_is_conserved,
    is_end_of_instant,
    moments,
)

seldom = settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""Each takes long: machines with everything that is done to them."""


@dataclass(frozen=True)
class Given:
    """A command, and after how many more rows and how much later it is given."""

    rows: int
    wait: int
    given: Command

    def command(self, _: Trace) -> Command:
        """It means the same wherever it is given."""
        return self.given


@st.composite
def anything(draw: st.DrawFn, scenario: Scenario, most: int = 6) -> list[Blow | Given]:
    """What is done to a machine, one after the other."""
    found: list[Blow | Given] = []
    for _ in range(draw(st.integers(1, most))):
        if draw(st.booleans()):
            found.append(draw(blows))
            continue
        deed: Deed = draw(deeds(scenario, most=1))[0]
        command: Command = deed.command
        if draw(st.sampled_from([False] * 9 + [True])):
            command = SetPatch(draw(st.booleans()))
        found.append(Given(draw(st.integers(0, 25)), deed.wait, command))
    return found


def run_of(scenario: Scenario, places: list[Place]) -> Run:
    """The same commands as a run keeps them."""
    commands = tuple(Placed(each.rows, each.now, each.command) for each in places)
    return Run(scenario, commands=commands, rows=MOST_ROWS)


@seldom
@given(st.data(), machines_of_all_kinds())
def test_the_state_is_what_the_engine_says_whatever_is_done(
    data: st.DataObject, scenario: Scenario
) -> None:
    simulation, _ = struck(scenario, data.draw(anything(scenario)))
    trace = simulation.trace
    assert list(trace.times) == sorted(trace.times)
    for state in moments(trace):
        check_cores(state)
        check_places(state, trace)
        if is_end_of_instant(trace, state.rows):
            check_work_is_conserved(state, scenario.machine)
            check_who_computes_holds_the_gil(state, trace)
    if trace.complete:
        assert state.run_queue == {}
        assert set(state.running) <= {0}
        assert all((g.holder, g.waiters, g.dropper) == (0, {}, 0) for g in state.gils.values())


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
@given(st.data(), machines_of_all_kinds())
def test_everything_that_is_told_of_it_can_be_told(data: st.DataObject, scenario: Scenario) -> None:
    run = run_of(scenario, struck(scenario, data.draw(anything(scenario)))[1])
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
@given(st.data(), machines_of_all_kinds())
def test_times_in_a_queue_and_on_a_core_add_up(data: st.DataObject, scenario: Scenario) -> None:
    trace = run_of(scenario, struck(scenario, data.draw(anything(scenario)))[1]).finish()
    cpu: dict[int, int] = {}
    waiting: dict[int, int] = {}
    for state in moments(trace):
        until = trace.times[state.rows] if state.rows < len(trace) else trace.end
        length = until - state.time
        if not length:
            continue
        for thread, switching in zip(state.running, state.switching, strict=True):
            into = waiting if switching else cpu
            into[thread] = into.get(thread, 0) + length
        for thread in state.run_queue:
            waiting[thread] = waiting.get(thread, 0) + length
        for gil in state.gils.values():
            for thread in (*gil.waiters, gil.dropper):
                waiting[thread] = waiting.get(thread, 0) + length
    measured = measure(trace)
    for times in measured.of(Role.THREAD):
        assert times.cpu == cpu.get(times.entity, 0)
        assert times.waiting == waiting.get(times.entity, 0)
    for metric in METRICS.values():
        metric(measured)
    for finding in find(measured):
        assert finding.why
        assert finding.advice
        assert 0 <= finding.start <= finding.end <= trace.end


@seldom
@given(st.data(), machines_of_all_kinds())
def test_lanes_show_what_the_state_shows(data: st.DataObject, scenario: Scenario) -> None:
    trace = run_of(scenario, struck(scenario, data.draw(anything(scenario)))[1]).finish()
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
@given(st.data(), machines_of_all_kinds())
def test_questions_can_be_answered_and_breakpoints_hold(
    data: st.DataObject, scenario: Scenario
) -> None:
    run = run_of(scenario, struck(scenario, data.draw(anything(scenario)))[1])
    trace, history = run.finish(), run.history
    step, asked = 0, 0
    while (question := next_question(history, step)) is not None and asked < 30:
        asked += 1
        assert question.reveals > step
        assert question.answer in question.candidates
        assert 0 <= question.right < len(question.reasons)
        assert len(set(question.reasons)) == len(question.reasons)
        step = question.reveals
    known = known_of(trace, scenario)
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
