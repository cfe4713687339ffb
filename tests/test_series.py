"""Numbers over time, worked out by hand."""

import pytest

from schedsim.engine import FOREVER
from schedsim.metrics import Measured, measure
from schedsim.metrics.part import part
from schedsim.metrics.series import SERIES, merged, series, share
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.timeline import LaneId

MS = 1_000_000


def steps(*texts: str) -> tuple[object, ...]:
    return tuple(parse_op(text, VERBS) for text in texts)


def measured(*jobs: Job, model: str = "threads", cores: int = 1, gil: bool = False) -> Measured:
    machine = MachineSpec(cores=cores, policy="fifo")
    run = Run(Scenario("x", model=model, jobs=jobs, machine=machine, python=PythonSpec(gil=gil)))
    return measure(run.finish(steps=FOREVER))


def job(name: str, *texts: str, arrival: int = 0) -> Job:
    return Job(name, steps(*texts), arrival=arrival)  # type: ignore[arg-type]


def test_the_run_queue_is_as_long_as_there_are_threads_in_it() -> None:
    # p runs from 0 to 9, q waits from 2 to 9 and runs to 13.
    found = measured(job("p", "compute 9ms"), job("q", "compute 4ms", arrival=2 * MS))
    assert series(found, "run_queue", 13) == [0] * 2 + [1] * 7 + [0] * 4
    assert series(found, "run_queue", 2) == pytest.approx([4.5 / 6.5, 2.5 / 6.5])
    assert series(found, "utilisation", 13) == [1] * 13


def test_utilisation_is_of_the_cores_that_there_are() -> None:
    found = measured(job("p", "compute 20ms"), job("q", "compute 10ms"), cores=2)
    assert series(found, "utilisation", 2) == [1, 0.5]
    assert share(found.timeline, LaneId("core", 1), 20 * MS) == 0.5
    assert share(found.timeline, LaneId("core", 1), 0) == 0


def test_a_sleeper_beside_a_hog_is_ready_and_its_timer_is_late() -> None:
    # It sleeps until 10; the hog keeps the loop until 50; then it computes until 51.
    found = measured(job("s", "sleep 10ms", "compute 1ms"), job("hog", "compute 50ms"),
                     model="asyncio", gil=True)  # fmt: skip
    assert series(found, "ready_tasks", 51) == [0] * 10 + [1] * 40 + [0]
    assert series(found, "loop_lag", 51) == [0] * 50 + [40 * MS]
    assert series(found, "gil_wait", 51) is None, "one thread is in nobody's way"


def test_threads_take_turns_at_waiting_for_the_gil() -> None:
    # a: 0 to 5 and 10 to 15; b: 5 to 10 and 15 to 20, when a is done.
    found = measured(job("a", "compute 10ms"), job("b", "compute 10ms"), cores=2, gil=True)
    assert series(found, "gil_wait", 4) == [1, 1, 1, 0]
    assert series(found, "run_queue", 4) == [0] * 4
    assert series(found, "ready_tasks", 4) is None
    assert series(found, "loop_lag", 4) is None


def test_a_run_that_has_not_begun_has_no_numbers() -> None:
    found = measure(Run(Scenario("x", jobs=(job("p", "compute 1ms"),))).trace)
    assert {series(found, name, 5) for name in SERIES} == {None}


def test_stretches_are_put_together() -> None:
    assert merged([1, 3, 5, 7], 2, peaks=False) == [2, 6]
    assert merged([1, 3, 5, 7], 2, peaks=True) == [3, 7]
    assert merged([1, 3, 5], 2, peaks=False) == [1, 4]
    assert merged([1, 3], 5, peaks=False) == [1, 3], "not more than there are"


def test_the_beginning_of_a_run_is_measured_as_if_it_had_ended_there() -> None:
    whole = Run(Scenario("x", machine=MachineSpec(policy="fifo"), python=PythonSpec(gil=False),
                         jobs=(job("p", "compute 9ms"), job("q", "compute 4ms"))))  # fmt: skip
    trace = whole.finish()
    rows = whole.history.rows_at(9 * MS)
    half = part(trace, rows, 10 * MS, len(trace.entities))
    assert (len(half), half.end, half.complete) == (rows, 10 * MS, False)
    times = {trace.entities[n].name: t.cpu for n, t in measure(half).times.items()}
    assert times == {"p": 9 * MS, "q": 1 * MS}
    assert part(trace, len(trace), trace.end, len(trace.entities)).complete
    assert trace.end == 13 * MS, "the whole is as it was"
