"""Random machines whose rules change on the way: what is told, measured and kept of them."""

from __future__ import annotations

from hypothesis import given, strategies as st

from schedsim.commands import SetGil, SetPolicy, SetQuantum
from schedsim.findings import find
from schedsim.metrics import measure
from schedsim.recording import Recording, Source, loads
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.timeline import LaneId, Situation, Timeline
from schedsim.trace import Kind
from schedsim.why import explain
from tests.invariants import check_times, moments
from tests.strategies import MOST_ROWS, act, deeds, scenarios

RULES = (SetGil, SetPolicy, SetQuantum)


def changed(data: st.DataObject, scenario: Scenario) -> Run:
    """A run that was acted upon."""
    run = Run(scenario, rows=MOST_ROWS)
    for deed in data.draw(deeds(scenario)):
        act(run, deed)
    run.finish()
    return run


@given(st.data(), scenarios())
def test_every_row_has_a_sentence(data: st.DataObject, scenario: Scenario) -> None:
    run = changed(data, scenario)
    for step in range(1, len(run.trace) + 1, 3):
        assert explain(run.history, step).headline
    for placed in run.commands:
        if isinstance(placed.command, RULES):
            assert explain(run.history, placed.step + 1).headline.startswith("You ")


@given(st.data(), scenarios())
def test_what_is_measured_is_what_the_state_shows(data: st.DataObject, scenario: Scenario) -> None:
    trace = changed(data, scenario).trace
    check_times(trace)
    list(find(measure(trace)))


@given(st.data(), scenarios())
def test_the_lane_of_a_gil_is_who_holds_it(data: st.DataObject, scenario: Scenario) -> None:
    trace = changed(data, scenario).trace
    timeline = Timeline(trace)
    lanes = [lane for lane in timeline.lanes() if lane.kind == "gil"]
    for state in moments(trace):
        until = trace.times[state.rows] if state.rows < len(trace) else trace.end
        if until == state.time:
            continue
        for lane in lanes:
            gil = state.gils.get(lane.number)
            shown = timeline.at(LaneId("gil", lane.number), state.time)
            if gil is None:
                assert shown.situation in (Situation.GONE, Situation.IDLE)
            else:
                assert shown.who == gil.holder


@given(st.data(), scenarios())
def test_a_recording_keeps_every_command(data: st.DataObject, scenario: Scenario) -> None:
    run = changed(data, scenario)
    written = Recording.of(run, Source("random", "")).dumps()
    assert loads(written, "random").commands == run.commands
    again = Run(scenario, commands=loads(written, "random").commands, rows=MOST_ROWS)
    assert again.finish().digest() == run.trace.digest()
    found = [row for row in run.trace.rows() if row.kind is Kind.COMMAND]
    assert len(found) == len(run.commands)
