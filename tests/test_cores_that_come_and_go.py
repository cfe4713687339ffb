"""Cores that are added and taken away at awkward moments: what must hold for any machine."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings, strategies as st

from schedsim.commands import SetCores
from schedsim.engine.facts import facts
from schedsim.run import Placed
from schedsim.scenario import Scenario
from schedsim.scenario_file import loads
from schedsim.simulation import Simulation
from schedsim.state import State, Status
from schedsim.trace import Kind, Reason, Role, Trace
from tests import strategies_scheduling as random
from tests.machines import MS, job, processes, threads
from tests.references import Case
from tests.scheduling_cases import scenario_text

ROWS = 400
MARKS = ("mark 1", "mark 2", "mark 3")


def cut(scenario: Scenario, *acts: tuple[int, int]) -> Trace:
    """A run in which, after so many rows each, the machine is given so many cores.

    Engine and state agree at each of these moments and at the end.
    """
    commands: list[Placed] = []
    for step, count in acts:
        trace = _run(scenario, commands).trace
        place = min(step, len(trace) - 1)
        commands.append(Placed(place, trace.times[place - 1] if place else 0, SetCores(count)))
    return _run(scenario, commands).trace


def _run(scenario: Scenario, commands: list[Placed]) -> Simulation:
    simulation = Simulation(scenario)
    for placed in commands:
        simulation.run(scenario.until, placed.step)
        simulation.engine.advance(placed.time, ROWS)
        placed.command.obey(simulation)
        simulation.run(rows=0)
        _agree(simulation)
    simulation.run(scenario.until, ROWS)
    _agree(simulation)
    return simulation


def _agree(simulation: Simulation) -> None:
    trace = simulation.trace
    assert State.start(trace).forward(len(trace)).facts() == facts(simulation.engine)


def check(trace: Trace) -> None:
    """Nobody is where there is no core, and no core idles while somebody could have it."""
    state = State.start(trace)
    for n, time in enumerate(trace.times):
        state.forward(n + 1)
        if n + 1 < len(trace) and trace.times[n + 1] == time:
            continue
        assert not any(state.running[state.online :])
        idle = [core for core in range(state.online) if not state.running[core]]
        for thread in state.run_queue:
            home = state.queue_of.get(thread)
            assert home is None or home < state.online
            allowed = trace.entities[thread].affinity or range(len(state.running))
            assert not [core for core in idle if core in allowed and home in (None, core)]


EDF = """
schema = 1
title = "two periodic threads"
model = "processes"
unit = "tick"
until = 20
[machine]
policy = "edf"
cores = 2
[[job]]
name = "a"
period = 4
steps = ["compute 3"]
[[job]]
name = "b"
period = 4
steps = ["compute 3"]
"""

BALANCED = """
schema = 1
title = "run queues of their own"
model = "processes"
unit = "tick"
[machine]
policy = { name = "round_robin", quantum = 2 }
queues = "per_core"
balance = 4
[[job]]
name = "a"
steps = ["compute 6"]
[[job]]
name = "b"
steps = ["compute 7"]
[[job]]
name = "c"
steps = ["compute 9"]
[[job]]
name = "d"
steps = ["compute 5"]
"""


PEEKS = """
schema = 1
title = "cores that look at others"
model = "processes"
unit = "tick"
[machine]
cores = 3
queues = "per_core"
peek_interval = 1
peek_choices = [2]
[[job]]
name = "a"
steps = ["compute 2"]
"""


def test_a_core_taken_away_in_the_middle_of_its_decision() -> None:
    """The run pauses after the row that gives core 1 to b, before b has begun to compute."""
    four = threads(*(job(name, "compute 30ms") for name in "abcd"), cores=4, gil=False)
    check(cut(four, (7, 1)))


def test_a_core_taken_away_while_those_who_leave_at_that_instant_do_so() -> None:
    """At 3 both jobs are done; the run pauses when the first has left its core."""
    check(cut(loads(EDF, "edf"), (8, 1)))


def test_a_thread_that_was_moved_and_not_yet_run_is_moved_on() -> None:
    """Its old core is not the one in whose queue it waits, so its way there needs a row."""
    scenario = loads(BALANCED, "balanced")
    two = cut(scenario, (0, 2))
    moves = [n for n, row in enumerate(two.rows()) if row.reason is Reason.STOLEN and row.time]
    assert [(two.times[n], two.row(n).core) for n in moves] == [(11, 1)]  # d, which ran on core 0
    trace = cut(scenario, (0, 2), (moves[0] + 1, 1))
    check(trace)
    moved = [row for row in trace.rows() if row.kind is Kind.MOVE and row.n > moves[0]]
    assert [(row.time, row.core) for row in moved] == [(11, 0)]
    assert moved[0].subject == two.row(moves[0]).subject


def test_a_core_that_was_drawn_may_be_gone() -> None:
    """Core 2 is drawn at 1, when there are two cores."""
    check(cut(loads(PEEKS, "peeks"), (0, 2)))


def test_whoever_loses_a_core_in_the_middle_of_its_decision_has_the_idle_one_at_once() -> None:
    """The sleeper leaves its core free: whenever the other goes at 0, the work ends at 3 ms."""
    scenario = processes(job("sleeper", "sleep 5ms"), job("worker", *MARKS, "compute 3ms"), cores=2)
    at_once = [time for time in cut(scenario).times if not time]
    for step in range(2, len(at_once)):
        trace = cut(scenario, (step, 1))
        (worker,) = [e.id for e in trace.entities if e.name == "worker" and e.role is Role.THREAD]
        state = State.start(trace).forward(len(trace))
        assert state.status[worker] is Status.EXITED
        assert state.since[worker] == 3 * MS, f"core 1 goes after row {step}"


ANY = st.one_of(
    random.round_robins(),
    random.shortest(),
    random.priorities(aging=True),
    random.mlfqs(),
    random.strides(),
    random.multicores(),
    random.periodic(),
    random.periodic_on_many_cores(partitioned=False),
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(ANY, st.lists(st.tuples(st.integers(0, 60), st.integers(1, 4)), min_size=1, max_size=3))
def test_whatever_is_done_to_the_cores_nobody_is_lost(
    case: Case, acts: list[tuple[int, int]]
) -> None:
    check(cut(loads(scenario_text(case), "case"), *sorted(acts)))
