"""A run: how far it goes, and going back to act differently."""

from __future__ import annotations

import pytest

from schedsim.commands import Inject, SetCores, SetYielding
from schedsim.run import CHUNK, Placed, Run
from schedsim.scenario import Scenario
from schedsim.simulation import Simulation
from schedsim.trace import Kind, Trace
from tests.machines import MS, job, ms, repeat, tasks, threads


def endless() -> Scenario:
    """Two rows a millisecond, for ever."""
    return threads(job("a", repeat(None, "compute 1ms")))


def commands(trace: Trace) -> list[int]:
    """The numbers of the rows that are commands."""
    return [row.n for row in trace.rows() if row.kind is Kind.COMMAND]


# -- how far ----------------------------------------------------------------------------------


def test_a_run_that_ends_is_complete() -> None:
    run = Run(threads(job("a", "compute 5ms")))
    assert not run.finished
    trace = run.finish()
    assert trace is run.trace
    assert (trace.complete, run.finished, run.cut_short, ms(trace.end)) == (True, True, False, 5)


def test_a_run_stops_at_its_limit_of_rows_and_says_so() -> None:
    run = Run(endless(), rows=50)
    run.finish()
    assert (run.finished, run.cut_short, run.trace.complete) == (True, True, False)
    assert len(run.trace) == 50


def test_a_run_that_ends_at_its_limit_of_rows_is_not_cut_short() -> None:
    scenario = threads(job("a", "compute 5ms"))
    rows = len(Run(scenario).finish())
    run = Run(scenario, rows=rows)
    run.finish()
    assert (run.trace.complete, run.cut_short) == (True, False)


def test_what_is_done_late_in_a_long_run_is_executed_a_part_at_a_time() -> None:
    """7,000 rows before it: three parts of 2,000 between which others have a turn, and the rest."""
    run = Run(endless(), rows=8_000)
    run.finish()
    step = 7_000
    time = run.trace.times[step - 1]
    turns = list(run.acting(SetCores(2), step, time))
    assert len(turns) == 3
    run.finish()
    at_once = Run(endless(), rows=8_000)
    at_once.finish()
    at_once.act(SetCores(2), step, time)
    assert at_once.finish().digest() == run.trace.digest()
    assert commands(run.trace) == [step]


def test_a_machine_that_is_over_stays_so_when_it_is_given_cores() -> None:
    """The new core looks for work, but there is none."""
    run = Run(threads(job("a", "compute 5ms")))
    run.finish()
    run.act(SetCores(2), len(run.trace), 5 * MS)
    assert (run.trace.complete, run.finished, ms(run.trace.end)) == (True, True, 5)


def test_elsewhere_the_same_holds_and_nothing_is_shared() -> None:
    run = Run(threads(job("a", "compute 5ms")), 7, until=3 * MS, rows=500)
    other = run.elsewhere(threads(job("b", "compute 5ms")))
    run.finish()
    trace = other.finish()
    assert (other.seed, other.rows, trace.end) == (7, 500, 3 * MS)
    assert run.shares(other) == 0
    assert run.shares(run) == len(run.trace)


def test_a_run_stops_after_an_instant() -> None:
    """Everything at 10 ms still happens; the trace ends there, though nothing is over."""
    run = Run(endless(), until=10 * MS)
    run.finish()
    assert (run.finished, run.cut_short, run.trace.complete) == (True, False, False)
    assert run.trace.times[-1] == run.trace.end == 10 * MS


def test_a_run_stops_between_two_instants() -> None:
    run = Run(endless(), until=10 * MS + 7)
    run.finish()
    assert run.trace.times[-1] == 10 * MS
    assert run.trace.end == 10 * MS + 7


def test_the_scenario_may_say_when_to_stop() -> None:
    scenario = Scenario("test", jobs=endless().jobs, until=3 * MS)
    assert Run(scenario).finish().end == 3 * MS
    assert Run(scenario, until=5 * MS).finish().end == 5 * MS


def test_a_run_that_is_over_ends_when_it_is_over() -> None:
    run = Run(threads(job("a", "compute 5ms")), until=10 * MS)
    run.finish()
    assert (run.trace.complete, ms(run.trace.end)) == (True, 5)


def test_what_is_left_of_waits_that_are_over_is_not_to_come() -> None:
    """b's wait for the GIL would have timed out at 5 ms, but all is over at 2."""
    scenario = threads(job("a", "compute 1ms"), job("b", "compute 1ms"), cores=2)
    for until in (2 * MS, 3 * MS):
        simulation = Simulation(scenario)
        simulation.run(until=until)
        assert (simulation.trace.complete, ms(simulation.trace.end)) == (True, 2)


def test_an_end_in_a_deadlock_is_complete() -> None:
    run = Run(threads(job("a", "join b"), job("b", "join a")))
    run.finish()
    assert run.trace.complete


def test_rows_come_as_far_as_they_are_asked_for() -> None:
    run = Run(endless())
    run.extend(10)
    assert len(run.trace) == 10
    assert not run.finished
    run.extend(5)
    assert len(run.trace) == 10
    run.extend(12)
    assert len(run.trace) == 12


def test_who_waits_for_a_long_run_is_told() -> None:
    seen: list[int] = []
    run = Run(endless(), rows=2 * CHUNK + 1)
    run.finish(lambda trace: seen.append(len(trace)))
    assert seen == [CHUNK + 1, 2 * CHUNK + 1]  # one row was there at once


def test_the_same_run_twice() -> None:
    assert Run(endless(), rows=99).finish().digest() == Run(endless(), rows=99).finish().digest()


# -- going back -------------------------------------------------------------------------------


def session() -> Run:
    """Ten ticks of a ticker."""
    run = Run(tasks(job("ticker", repeat(10, "compute 1ms", "sleep 1ms"))))
    run.finish()
    return run


def hog(name: str) -> Inject:
    """5 ms in one piece."""
    return Inject(name, 5 * MS, 5 * MS, process="python", loop="main")


def test_acting_replaces_the_future_and_keeps_the_past() -> None:
    run = session()
    old = run.trace
    step = 20
    after = run.act(hog("x"), step, old.times[step - 1])
    run.finish()
    assert after > step
    assert run.trace.digest_of_rows(0, step) == old.digest_of_rows(0, step)
    assert run.trace.end > old.end
    assert commands(run.trace)[0] >= step


def test_acting_again_later_keeps_what_was_done_before() -> None:
    run = session()
    step = run.act(hog("x"), 20, run.trace.times[19])
    run.extend(step + 10)
    run.act(SetYielding(on=False), step, run.trace.times[step - 1])
    assert [type(placed.command) for placed in run.commands] == [Inject, SetYielding]


def test_acting_before_something_done_earlier_forgets_it() -> None:
    """What came later is gone, the command included; it is after the moment one went back to."""
    run = session()
    run.act(hog("x"), 20, run.trace.times[19])
    run.finish()
    at = commands(run.trace)[0]
    run.act(hog("y"), at, run.trace.times[at - 1])
    assert [placed.command for placed in run.commands] == [hog("y")]
    run.finish()
    assert "x" not in {entity.name for entity in run.trace.entities}


def test_a_command_stands_where_it_took_effect() -> None:
    """A decision is not cut in two: asked for in its middle, the place is at its end."""
    run = Run(threads(job("a", "compute 5ms")))
    run.finish()
    run.act(SetYielding(on=False), 2, 0)
    (placed,) = run.commands
    assert placed.step == commands(run.trace)[0] == 3
    assert Run(run.scenario, commands=run.commands).trace.digest() == run.trace.digest()


def test_a_command_between_two_instants_is_given_in_between() -> None:
    run = Run(threads(job("a", "compute 5ms")))
    run.finish()
    step = run.history.rows_at(0)
    run.act(SetYielding(on=False), step, 2 * MS)
    assert run.trace.row(step).time == 2 * MS
    assert run.finish().end == 5 * MS


def test_at_an_instant_the_command_comes_before_what_has_not_happened_yet() -> None:
    """Given at the very time of the next row, but before it."""
    run = Run(threads(job("a", "compute 5ms", "mark x")))
    run.finish()
    step = run.history.rows_at(4 * MS)
    run.act(SetYielding(on=False), step, 5 * MS)
    kinds = [row.kind for row in run.finish().rows() if row.time == 5 * MS]
    assert kinds[:2] == [Kind.COMMAND, Kind.MARK]


def test_a_recorded_session_replays_exactly() -> None:
    run = session()
    step = run.act(hog("x"), 12, run.trace.times[11])
    run.act(SetYielding(on=False), step, run.trace.times[step - 1])
    run.finish()
    again = Run(run.scenario, run.seed, run.commands)
    assert again.finish().digest() == run.trace.digest()


def test_a_command_beyond_the_limit_of_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="step 60 is beyond the limit of 50 steps"):
        Run(endless(), commands=(Placed(60, 60 * MS, SetYielding(on=False)),), rows=50)


def test_after_a_refused_command_the_run_goes_on_as_before() -> None:
    run = session()
    before = run.trace.digest()
    with pytest.raises(ValueError, match="no process"):
        run.act(Inject("x", 1, 1, process="nowhere"), 10, run.trace.times[9])
    assert (run.trace.digest(), run.commands) == (before, ())
    run.act(hog("x"), 10, run.trace.times[9])
    assert len(run.commands) == 1
