"""Other GILs and none: one for each interpreter, free-threaded, before 3.2; another interval."""

from __future__ import annotations

from fractions import Fraction

import pytest

from schedsim import report
from schedsim.commands import SetSwitchInterval
from schedsim.recording import Recording, Source, loads as load_recording
from schedsim.run import Run
from schedsim.scenario import Job, PythonSpec, ThreadPlan
from schedsim.scenario_file import ScenarioError, loads
from schedsim.simulation import Simulation
from schedsim.timeline import Timeline
from schedsim.trace import Kind, Reason, Role
from schedsim.why import explain
from tests.machines import MS, Slice, ends, holds, job, loop, ms, play, repeat, rows, threads, tree

# -- an interpreter each ----------------------------------------------------------------------


def test_every_thread_of_a_job_file_has_an_interpreter() -> None:
    """G9: four threads of one process on four cores take W."""
    trace = play(threads(job("a", "compute 20ms", count=4), cores=4, kind="per_interpreter"))
    assert ms(trace.end) == 20
    interpreters = [each for each in trace.entities[1:] if each.interpreter]
    assert [each.name for each in interpreters] == ["a-1", "a-2", "a-3", "a-4"]
    assert {trace.entities[each.process].name for each in interpreters} == {"python"}


def test_threads_of_one_interpreter_share_its_gil() -> None:
    """a and b in the main one, c and d in "sub": two at a time."""
    jobs = [job(name, "compute 10ms") for name in "abcd"]
    subs = [ThreadPlan(each, interpreter="sub") for each in jobs[2:]]
    plans: tuple[Job | ThreadPlan, ...] = (*jobs[:2], *subs)
    trace = play(tree(("p", plans), cores=4, kind="per_interpreter"))
    assert ms(trace.end) == 20
    names = [Timeline(trace).name(lane) for lane in Timeline(trace).lanes()]
    assert [name for name in names if name.startswith("GIL")] == ["GIL p", "GIL sub"]
    shared = play(tree(("p", plans), cores=4))
    assert ms(shared.end) == 40


def test_a_loop_may_run_in_an_interpreter() -> None:
    """Its tasks live where its thread does."""
    plan = loop("main", job("t", "compute 10ms"))
    sub = ThreadPlan(plan.job, plan.loop, plan.tasks, "sub")
    trace = play(tree(("p", (job("a", "compute 10ms"), sub)), cores=2, kind="per_interpreter"))
    assert ms(trace.end) == 10
    task = next(each for each in trace.entities if each.role is Role.TASK)
    assert trace.entities[task.process].name == "sub"


TREE = """
schema = 1
title = "two"
[machine]
cores = 2
[python]
gil = "per_interpreter"
[[process]]
name = "p"
[[process.thread]]
name = "a"
steps = ["compute 10ms"]
[[process.thread]]
name = "b"
interpreter = "sub"
check_every = "1ms"
steps = ["compute 10ms"]
"""


def test_a_file_says_which_interpreter_and_how_often_it_checks() -> None:
    scenario = loads(TREE, "two")
    assert [plan.interpreter for plan in scenario.processes[0].threads] == ["", "sub"]
    assert [plan.job.check_every for plan in scenario.processes[0].threads] == [None, MS]
    assert ms(play(scenario).end) == 10


# -- none -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "set_to", "expected"),
    [
        ("3.12", None, Fraction(1)),
        ("3.13", None, Fraction(71, 100)),
        ("3.14", None, Fraction(93, 100)),
        ("3.14", Fraction(1, 2), Fraction(1, 2)),
    ],
)
def test_a_free_threaded_thread_is_slower(
    version: str, set_to: Fraction | None, expected: Fraction
) -> None:
    """G9: 710 us of work at 0.71 take 1 ms, to the nanosecond; with a GIL nothing is slower."""
    python = PythonSpec(gil=False, version=version, free_threaded_speed=set_to)
    assert python.speed == expected
    work = job("a", f"compute {1_000_000 * expected}ns", count=2)
    trace = play(threads(work, cores=2, gil=False, version=version, free_threaded_speed=set_to))
    assert trace.end == MS
    assert play(threads(work, version=version, free_threaded_speed=set_to)).end == 2 * MS * expected


# -- before 3.2 -------------------------------------------------------------------------------


def test_the_old_gil_knows_no_interval() -> None:
    """G10: I/O beside a thread that computes has it after a signal or a few, not after 5 ms."""
    trace = play(
        threads(job("a", "compute 1ms"), job("io", "io 100us", "mark back"), cores=2, kind="old")
    )
    assert not rows(trace, Kind.GIL_REQUEST, Kind.GIL_TIMEOUT)
    assert 0.1 < ms(rows(trace, Kind.MARK)[0].time) < 0.2
    assert rows(trace, Kind.GIL_RELEASE)[1].reason is Reason.TICKS


def test_the_old_gil_costs_nothing_while_nobody_waits() -> None:
    assert play(threads(job("a", "compute 10ms"), kind="old", cores=2)).end == 10 * MS


def test_the_old_gil_signals_every_so_many_ticks() -> None:
    """1,000 ticks of 10 us: a check every 10 ms, and then it pays for the signal."""
    trace = play(
        threads(
            job("a", "compute 20ms"),
            job("b", "compute 1ms"),
            kind="old",
            cores=2,
            check_interval=1_000,
            tick=10_000,
        )
    )
    first = rows(trace, Kind.GIL_RELEASE)[0]
    assert first.reason is Reason.TICKS
    assert ms(first.time) == pytest.approx(10 + 10 * 5 / 3, abs=0.001)


# -- an interval that changes -----------------------------------------------------------------


def pair() -> Run:
    """Two threads that take turns every 5 ms."""
    run = Run(threads(job("a", "compute 30ms"), job("b", "compute 30ms"), cores=2))
    run.finish()
    return run


def test_the_switch_interval_holds_for_waits_that_begin_after_it() -> None:
    """Set to 2 ms at 7 ms: a has waited since 5 ms, and does so to the end, until 10 ms."""
    run = pair()
    run.act(SetSwitchInterval(2 * MS), run.history.rows_at(7 * MS), 7 * MS)
    trace = run.finish()
    assert holds(trace)[:4] == [
        Slice("a", 0, 5),
        Slice("b", 5, 10),
        Slice("a", 10, 12),
        Slice("b", 12, 14),
    ]
    found = rows(trace, Kind.COMMAND)
    assert [(row.time, row.reason, row.arg) for row in found] == [(7 * MS, Reason.INTERVAL, 2 * MS)]
    text = explain(run.history, found[0].n + 1).text
    assert text.startswith("You set the switch interval to 2 ms; it was 5 ms.")
    asked = [row for row in rows(trace, Kind.GIL_REQUEST) if row.time == 12 * MS]
    assert "has waited a switch interval (2 ms)" in explain(run.history, asked[0].n + 1).headline
    assert run.history.state_at_time(6 * MS).switch_interval == 5 * MS
    assert run.history.state_at_time(8 * MS).switch_interval == 2 * MS


def test_processes_that_come_later_have_the_interval_as_it_is_then() -> None:
    """One rule for all GILs of the machine."""
    scenario = threads(job("a", repeat(9, "compute 3ms", "io 1ms")), cores=2)
    simulation = Simulation(scenario)
    SetSwitchInterval(MS).obey(simulation)
    process = simulation.add_process("late")
    assert process.gil is not None
    assert process.gil.rules.interval == MS


def test_there_is_no_interval_without_a_gil() -> None:
    run = Run(threads(job("a", "compute 3ms"), gil=False))
    run.finish()
    with pytest.raises(ValueError, match="this Python has no GIL"):
        run.act(SetSwitchInterval(MS), 2, MS)
    with pytest.raises(ValueError, match="must be longer than 0"):
        SetSwitchInterval(0)


def test_an_interval_in_a_recording_plays_again() -> None:
    text = TREE.replace("per_interpreter", "on")
    source = Source("two", text)
    run = Run(source.load())
    run.finish()
    run.act(SetSwitchInterval(MS), run.history.rows_at(3 * MS), 3 * MS)
    run.finish()
    recorded = load_recording(Recording.of(run, source).dumps(), "two")
    assert [placed.command for placed in recorded.commands] == [SetSwitchInterval(MS)]
    assert recorded.play().trace.digest() == run.trace.digest()


# -- as a file says it ------------------------------------------------------------------------


HEAD = 'schema = 1\ntitle = "test"\n[[job]]\nname = "a"\nsteps = ["compute 1ms"]\n'


def test_a_file_says_what_python_it_is() -> None:
    python = """
[python]
gil = "on"
version = "3.13"
linger = "1us"
check_every = "63us"
free_threaded_speed = 0.93
[machine]
wake_latency = "20us"
"""
    scenario = loads(HEAD + python, "test")
    assert scenario.python == PythonSpec(
        version="3.13", linger=1_000, check_every=63_000, free_threaded_speed=Fraction(93, 100)
    )
    assert scenario.machine.wake_latency == 20_000
    old = loads(HEAD + '[python]\ngil = "old"\ncheck_interval = 50\ntick = "20ns"\n', "test").python
    assert (old.gil, old.kind, old.rules.old_check) == (True, "old", 1_000)


@pytest.mark.parametrize(
    ("python", "says"),
    [
        ('version = "3.10"', "expected '3.11' or '3.12' or '3.13' or '3.14', got '3.10'"),
        ("check_interval = 100", 'it goes with gil = "old"'),
        ('tick = "0ns"\ngil = "old"', "must be longer than 0"),
        ('gil = "old"\nlinger = "1us"', "the old GIL knows nothing of it"),
        ('gil = "per_interpreter"\nversion = "3.11"', "interpreters have a GIL each from 3.12 on"),
        ("free_threaded_speed = 0", "expected a number greater than 0"),
        ('check_evry = "1us"', "did you mean 'check_every'?"),
    ],
)
def test_a_mistake_about_the_gil_is_told(python: str, says: str) -> None:
    with pytest.raises(ScenarioError) as error:
        loads(f"{HEAD}[python]\n{python}\n", "test")
    assert says in str(error.value)


def test_a_task_has_no_checks_of_its_own() -> None:
    text = """
schema = 1
title = "test"
[[process]]
name = "p"
[[process.thread]]
name = "main"
[[process.thread.task]]
name = "t"
check_every = "1ms"
steps = ["compute 1ms"]
"""
    with pytest.raises(ScenarioError):
        loads(text, "test")


def test_a_report_of_interpreters_names_them() -> None:
    run = Run(threads(job("a", "compute 20ms", count=2), cores=2, kind="per_interpreter"))
    run.finish()
    assert {thread["process"] for thread in report.to_json(run)["threads"]} == {"a-1", "a-2"}
    assert ends(run.trace) == {"a-1": 20, "a-2": 20}
