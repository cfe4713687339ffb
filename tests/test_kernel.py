"""The kernel's short ways are ways that the general one takes too; pausing it changes nothing.

Schedules are worked out by hand.  What each policy and the GIL do has tests of its own.
"""

from __future__ import annotations

from schedsim.attributes import Attributes
from schedsim.engine.facts import facts
from schedsim.policies.eevdf import Eevdf
from schedsim.programs.steps import Repeat
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.simulation import Simulation
from schedsim.state import State
from schedsim.trace import Kind
from schedsim.traps import PERIOD, Op
from tests.machines import MS, Slice, job, on_core, play, rows, steps, threads

WAIT = Op((PERIOD, None), "wait")


def scenario(*jobs: Job, policy: str, cores: int = 1, gil: bool = False) -> Scenario:
    """Each job a process; the policy as it is by itself."""
    machine = MachineSpec(cores, policy, queue_per_core=policy == "work_stealing")
    return Scenario("t", model="processes", jobs=jobs, machine=machine, python=PythonSpec(gil))


def due(at: int) -> Attributes:
    return Attributes(deadline=at * MS)


# -- who wakes --------------------------------------------------------------------------------


def test_who_wakes_together_is_compared_before_an_idle_core_chooses() -> None:
    """Both wake at 4; b, due earlier, gets the core, and a has not had it for a moment."""
    trace = play(
        scenario(
            job("a", "sleep 4ms", "compute 2ms", attributes=due(100)),
            job("b", "sleep 3ms", "compute 2ms", arrival="1ms", attributes=due(50)),
            policy="edf",
        )
    )
    assert on_core(trace) == [Slice("b", 4, 6), Slice("a", 6, 8)]
    begun = [row.subject for row in rows(trace, Kind.RUN) if row.time == 4 * MS]
    assert [trace.entities[each].name for each in begun] == ["b"]


def test_who_wakes_alone_starts_where_it_may_run() -> None:
    trace = play(
        scenario(
            job("a", "compute 1ms", arrival="5ms", affinity=(1,), attributes=due(9)),
            policy="edf",
            cores=2,
        )
    )
    assert on_core(trace, 1) == [Slice("a", 5, 6)]
    assert not on_core(trace, 0)


def test_a_sleep_within_a_job_is_no_wait_for_the_next() -> None:
    body = Repeat((*steps("compute 1ms", "sleep 2ms", "compute 1ms"), WAIT), 2)
    a = Job("a", (body,), attributes=Attributes(period=10 * MS))
    trace = play(scenario(a, policy="round_robin"), "19ms")
    assert [each.start for each in on_core(trace)] == [0, 3, 10, 13]


def test_a_timer_is_nobodys_doing_after_somebody_has_ended() -> None:
    """a ends at 1 on the first core; c wakes at 2, when both are busy, and waits for its own."""
    trace = play(
        scenario(
            job("a", "compute 1ms"),
            job("c", "compute 1ms", "sleep 1ms", "compute 1ms"),
            job("x", "compute 20ms", arrival="1ms"),
            job("y", "compute 5ms", arrival="1ms"),
            policy="work_stealing",
            cores=2,
            gil=True,
        )
    )
    assert on_core(trace, 1) == [Slice("c", 0, 1), Slice("y", 1, 6), Slice("c", 6, 7)]
    assert all(row.time < 2 * MS for row in rows(trace, Kind.MOVE))


def test_who_finds_its_lock_taken_again_leaves_the_fair_queue() -> None:
    """At 3 a lets go of the lock and b is woken; until b has a core a has taken it again."""
    made = scenario(
        job(
            "a",
            *("acquire l", "compute 2ms", "sleep 1ms", "release l"),
            *("acquire l", "compute 9ms", "release l"),
        ),
        job("b", "acquire l", "compute 1ms", "release l"),
        policy="eevdf",
        gil=True,
    )
    trace = play(made)
    taken = [(row.time // MS, trace.entities[row.subject].name) for row in rows(trace, Kind.LOCK)]
    assert taken == [(0, "a"), (3, "a"), (12, "b")]
    simulation = Simulation(made)
    simulation.run()
    [queue] = simulation.engine.queues
    assert isinstance(queue, Eevdf)
    assert queue._average.weight == 0


def test_who_woke_and_is_late_while_it_waits_is_given_up_there() -> None:
    """b is released at 10, behind a, which is due at 13 as well and done just then; then c."""
    body = Repeat((*steps("compute 1ms"), WAIT), 4)
    made = Scenario(
        "t",
        model="processes",
        machine=MachineSpec(1, "edf", {"abort_on_miss": True}),
        python=PythonSpec(gil=False),
        jobs=(
            Job("b", (body,), attributes=Attributes(period=10 * MS, deadline=3 * MS)),
            job("a", "compute 4ms", arrival="9ms", attributes=due(13)),
            job("c", "compute 4ms", arrival="19ms", attributes=due(23)),
        ),
    )
    trace = play(made, "35ms")
    assert on_core(trace) == [
        *(Slice("b", 0, 1), Slice("a", 9, 13), Slice("c", 19, 23), Slice("b", 30, 31))
    ]
    aborted = [(row.time // MS, row.other, row.arg // MS) for row in rows(trace, Kind.ABORT)]
    assert aborted == [(13, 1, 20), (23, 2, 30)]


# -- how far it has come ----------------------------------------------------------------------


def test_it_advances_up_to_an_instant_at_which_nothing_happens() -> None:
    simulation = Simulation(threads(job("a", "compute 9ms"), gil=False))
    engine, trace = simulation.engine, simulation.trace
    engine.advance(5 * MS)
    assert (engine.now, trace.end, trace.complete) == (5 * MS, 5 * MS, False)


def test_it_does_not_advance_once_there_are_rows_enough() -> None:
    simulation = Simulation(threads(job("a", "compute 9ms"), gil=False))
    engine, trace = simulation.engine, simulation.trace
    engine.advance(5 * MS)
    engine.advance(7 * MS, len(trace))
    assert engine.now == 5 * MS


def test_whoever_is_held_beyond_the_end_does_not_end_the_run_before() -> None:
    """The one job has used up its runtime at 2 and is held until 10; nothing else is there."""
    body = Repeat((*steps("compute 5ms"), WAIT), 1)
    about = Attributes(scheduling_class="deadline", wcet=2 * MS, period=10 * MS, deadline=10 * MS)
    trace = play(scenario(Job("d", (body,), attributes=about), policy="linux"), "7ms")
    assert on_core(trace) == [Slice("d", 0, 2)]
    assert (trace.end, trace.complete) == (7 * MS, False)


def test_a_pause_that_is_asked_for_twice_is_one() -> None:
    """Also between two spawns: only after both of them the idle core chooses, the shorter one."""
    made = Scenario(
        "t",
        model="threads",
        jobs=(
            job("a", "compute 1ms", "spawn long", "spawn short", "compute 1ms", "join long"),
            job("long", "compute 9ms", spawned=True),
            job("short", "compute 2ms", spawned=True),
        ),
        machine=MachineSpec(2, "sjf"),
        python=PythonSpec(gil=False),
    )
    expected = play(made)
    assert on_core(expected, 1) == [Slice("short", 1, 3)]
    for count in range(1, len(expected)):
        simulation = Simulation(made)
        for _ in range(2):
            simulation.run(rows=count)
        state = State.start(simulation.trace).forward(len(simulation.trace))
        assert state.facts() == facts(simulation.engine)
        simulation.run()
        assert simulation.trace.digest() == expected.digest()


def test_a_run_that_pauses_while_two_leave_is_not_over() -> None:
    """a and b end together at 2; only then somebody chooses, and c has its turn."""
    made = scenario(
        *(job(name, "compute 2ms", attributes=due(9)) for name in "ab"),
        job("c", "compute 2ms", attributes=due(10)),
        policy="edf",
        cores=2,
    )
    expected = play(made)
    assert [each.who for each in on_core(expected)] == ["a", "c"]
    for count in range(1, len(expected)):
        simulation = Simulation(made)
        simulation.run(rows=count)
        assert not simulation.trace.complete
