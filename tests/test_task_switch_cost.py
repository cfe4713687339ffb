"""What a loop pays to start or resume a task, and what suspended work keeps in memory."""

from __future__ import annotations

import pytest

from schedsim.engine.facts import facts
from schedsim.loops import LOOPS
from schedsim.metrics import METRICS, measure
from schedsim.metrics.memory import format_bytes
from schedsim.presets import PRESETS, preset_of
from schedsim.scenario import Scenario
from schedsim.scenario_file import ScenarioError, loads
from schedsim.simulation import Simulation
from schedsim.state import State
from schedsim.trace import Kind, Role, Trace
from tests.machines import MS, Slice, ends, in_hand, play

JOBS = """
schema = 1
title = "Two that yield"
model = "MODEL"
python = { task_switch_cost = COST }
job = [
    { name = "a", steps = ["compute 2ms", "yield", "compute 2ms"] },
    { name = "b", steps = ["compute 1ms", "io 10ms", "compute 1ms"] },
]
"""


def scenario(model: str, cost: str) -> Scenario:
    return loads(JOBS.replace("MODEL", model).replace("COST", cost), "two.toml")


@pytest.mark.parametrize("model", ["asyncio", "generators"])
def test_each_start_and_each_resume_costs(model: str) -> None:
    """1 ms each, in its own turn: a 0-3, b 3-5 until 15, a 5-8; b is due at 15: 15-17."""
    trace = play(scenario(model, '"1ms"'))
    assert in_hand(trace) == [
        Slice("a", 0.0, 3.0),
        Slice("b", 3.0, 5.0),
        Slice("a", 5.0, 8.0),
        Slice("b", 15.0, 17.0),
    ]
    assert ends(trace) == {"a": 8.0, "b": 17.0, "main": 17.0}


@pytest.mark.parametrize("model", ["asyncio", "callbacks", "greenlets"])
def test_the_state_is_that_of_the_engine_while_the_loop_pays(model: str) -> None:
    simulation = Simulation(scenario(model, '"1ms"'))
    while not simulation.trace.complete:
        simulation.run(rows=len(simulation.trace) + 1)
        state = State.start(simulation.trace).forward(len(simulation.trace))
        assert state.facts() == facts(simulation.engine)
    assert simulation.trace.digest() == play(scenario(model, '"1ms"')).digest()


def test_without_a_cost_tasks_are_flat_and_nothing_is_paid() -> None:
    """Not even a row."""
    trace = play(scenario("asyncio", '"0us"'))
    assert ends(trace)["a"] == 5.0
    loops = {entity.id for entity in trace.entities if entity.loop}
    assert not [row for row in trace.rows() if row.kind is Kind.COMPUTE and row.subject in loops]


@pytest.mark.parametrize(
    ("model", "ns"),
    # SEMANTICS B6, CPython 3.12: suspend and resume.
    [
        ("callbacks", 67),
        ("generators", 32),
        ("coroutines", 101),
        ("greenlets", 192),
        ("asyncio", 966),
    ],
)
def test_a_preset_is_what_was_measured(model: str, ns: int) -> None:
    """Four times somebody is started or resumed; 6 ms are computed."""
    trace = play(scenario(model, '"preset"'))
    (main,) = measure(trace).of(Role.THREAD)
    assert main.cpu == 6 * MS + 4 * ns


@pytest.mark.parametrize("model", ["threads", "processes"])
def test_threads_do_not_pay_it(model: str) -> None:
    assert play(scenario(model, '"preset"')).digest() == play(scenario(model, "0")).digest()


def test_every_event_loop_has_been_measured() -> None:
    assert all(preset_of(name, flavour.style) for name, flavour in LOOPS.items())
    assert all(preset.source for preset in PRESETS.values())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('"5"', "'5' has no unit: write \"5ms\", or another of"),
        ("5", 'expected a duration such as "1us", or "preset", got 5'),
        ("true", 'expected a duration such as "1us", or "preset", got true'),
        ('"presets"', "expected a duration such as \"5ms\", got 'presets'"),
    ],
)
def test_a_cost_is_a_duration_or_the_preset(line: str, says: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        scenario("asyncio", line)
    assert f"two.toml:5: python.task_switch_cost: {says}" in str(raised.value)


def test_a_file_in_ticks_has_no_preset() -> None:
    text = JOBS.replace("MODEL", "generators").replace("COST", '"preset"')
    for old, new in (("ms", ""), ("schema = 1", 'schema = 1\nunit = "tick"')):
        text = text.replace(old, new)
    with pytest.raises(ScenarioError) as raised:
        loads(text, "two.toml")
    assert "what was measured is in nanoseconds" in str(raised.value)


# -- memory -------------------------------------------------------------------------------------


def suspended(trace: Trace) -> tuple[float | None, float | None]:
    measured = measure(trace)
    return METRICS["peak_suspended"](measured), METRICS["peak_memory"](measured)


def test_those_who_are_suspended_at_once_are_counted() -> None:
    """Five that sleep 1 ms longer each; the sixth comes when all but one are back."""
    text = """
schema = 1
title = "Sleepers"
model = "MODEL"
job = [
    { name = "a", count = 5, steps = ["sleep 10ms"] },
    { name = "b", arrival = "20ms", steps = ["sleep 10ms"] },
]
"""
    assert suspended(play(loads(text.replace("MODEL", "asyncio"), "x"))) == (5, 5 * 1_510)
    assert suspended(play(loads(text.replace("MODEL", "generators"), "x"))) == (5, 5 * 221)
    assert suspended(play(loads(text.replace("MODEL", "threads"), "x"))) == (5, 5 * 16_425)


def test_who_waits_for_the_gil_or_a_core_is_not_suspended() -> None:
    text = """
schema = 1
title = "Two that compute"
model = "threads"
machine = { cores = 2 }
job = [{ name = "a", count = 2, steps = ["compute 30ms"] }]
"""
    assert suspended(play(loads(text, "x"))) == (None, None)


@pytest.mark.parametrize(
    ("value", "says"),
    [(221, "221 B"), (18_111, "18.1 KB"), (3_170_304, "3.2 MB"), (1_032_000_000_000, "1,032.0 GB")],
)
def test_bytes_are_written_in_thousands(value: int, says: str) -> None:
    assert format_bytes(value) == says
