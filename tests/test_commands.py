"""What a user may do to a running machine, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from schedsim import python_file
from schedsim.commands import (
    COMMANDS,
    Inject,
    Kill,
    SetCores,
    SetGil,
    SetNice,
    SetPatch,
    SetPolicy,
    SetPriority,
    SetQuantum,
    SetSwitchInterval,
    SetTickets,
    SetYielding,
)
from schedsim.recording import Recording, Source, loads
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.trace import MOST_CORES, Kind, Reason
from tests.acting import acted, agrees
from tests.machines import (
    MS,
    Slice,
    ends,
    in_hand,
    job,
    loop,
    marks,
    ms,
    on_core,
    processes,
    repeat,
    rows,
    tasks,
    threads,
    told,
    tree,
)


def hog(**options: Any) -> Inject:
    """3 ms of computing in chunks of 1 ms."""
    return Inject("hog", 3 * MS, MS, **options)


# -- yielding ---------------------------------------------------------------------------------


def cruncher(*, yielding: bool) -> Scenario:
    """A CPU-heavy task beside another: four chunks of 1 ms."""
    return tasks(
        job("cruncher", repeat(4, "compute 1ms", "yield"), cpu_heavy=True, yielding=yielding),
        job("other", repeat(4, "mark o", "yield")),
    )


def test_yields_switched_off_are_passed_over_from_then_on() -> None:
    """Off at 1.5 ms: the second chunk is under way, and the third and fourth follow at once."""
    run = acted(cruncher(yielding=True), 1.5, SetYielding(on=False))
    assert [when for when, *_ in marks(run.trace)] == [1, 4, 4, 4]


def test_yields_switched_on_are_obeyed_from_then_on() -> None:
    run = acted(cruncher(yielding=False), 1.5, SetYielding(on=True))
    assert [when for when, *_ in marks(run.trace)] == [2, 3, 4, 4]


def test_the_state_shows_who_does_not_yield() -> None:
    run = acted(cruncher(yielding=True), 1.5, SetYielding(on=False))
    assert run.history.state_at_time(1 * MS).unyielding == set()
    assert run.history.state_at_time(2 * MS).unyielding == {3}
    back = acted(cruncher(yielding=False), 1.5, SetYielding(on=True))
    assert back.history.state_at_time(1 * MS).unyielding == {3}
    assert back.history.state_at_time(2 * MS).unyielding == set()


def test_only_cpu_heavy_work_is_concerned() -> None:
    """other's yields go on: it is not CPU-heavy."""
    run = acted(cruncher(yielding=True), 0, SetYielding(on=False))
    assert ends(run.trace)["other"] == ms(run.trace.end) == 4


STEPS = threads(
    job("a", repeat(3, "compute 1ms", "yield"), cpu_heavy=True),
    job("b", repeat(3, "compute 1ms", "yield"), cpu_heavy=True),
    gil=False,
)
FUNCTIONS = """
from schedsim.authoring import *

def scenario():
    def work():
        for _ in range(3):
            yield compute("1ms")
            yield sleep()

    jobs = [job(name, work, cpu_heavy=True) for name in "ab"]
    return Scenario(jobs, model="threads", python={"gil": "off"})
"""


@pytest.mark.parametrize(
    "scenario", [STEPS, python_file.loads(FUNCTIONS, "x.py")], ids=["steps", "functions"]
)
def test_threads_obey_too(scenario: Scenario) -> None:
    """a has yielded at 1 ms and b has the core; from then on neither gives it up."""
    run = acted(scenario, 1.5, SetYielding(on=False))
    assert on_core(run.trace) == [Slice("a", 0, 1), Slice("b", 1, 4), Slice("a", 4, 6)]


def test_a_command_is_a_row() -> None:
    run = acted(cruncher(yielding=True), 1.5, SetYielding(on=False), hog())
    commands = [row for row in run.trace.rows() if row.kind is Kind.COMMAND]
    assert [(row.time, row.reason, row.arg) for row in commands] == [
        (1_500_000, Reason.YIELDING, 0),
        (1_500_000, Reason.INJECT, 3 * MS),
    ]


# -- injecting --------------------------------------------------------------------------------


def test_work_injected_without_a_place_is_a_process_of_its_own() -> None:
    """Two processes on one core, in turn every 10 ms: a 0-10, hog 10-13, a 13-23."""
    run = acted(threads(job("a", "compute 20ms")), 1, hog())
    assert on_core(run.trace) == [Slice("a", 0, 10), Slice("hog", 10, 13), Slice("a", 13, 23)]
    assert not [row for row in run.trace.rows() if row.kind is Kind.GIL_REQUEST]


def test_work_injected_into_a_process_shares_its_gil() -> None:
    """It wants the GIL at 1 ms on the second core, and gets it at 6."""
    run = acted(threads(job("a", "compute 20ms"), cores=2), 1, hog(process="python"))
    assert told(run.trace, Kind.GIL_REQUEST) == [(6, "GIL_REQUEST", "DROP_REQUEST", "hog", "a")]
    assert ends(run.trace) == {"hog": 9, "a": 23}


def test_work_injected_into_a_loop_is_a_task() -> None:
    """It starts when the task in hand awaits, and without yielding keeps the loop for 3 ms."""
    scenario = tasks(job("a", "compute 2ms", "yield", "compute 1ms"))
    run = acted(scenario, 1, hog(process="python", loop="main"))
    assert in_hand(run.trace) == [Slice("a", 0, 2), Slice("hog", 2, 5), Slice("a", 5, 6)]
    polite = acted(scenario, 1, hog(process="python", loop="main", yielding=True))
    assert [each.who for each in in_hand(polite.trace)] == ["a", "hog", "a", "hog"]


def test_a_loop_that_waits_in_its_selector_is_woken() -> None:
    """As ``call_soon_threadsafe`` does; its timer is not lost."""
    run = acted(tasks(job("a", "sleep 10ms", "mark a")), 4, hog(process="python", loop="main"))
    assert in_hand(run.trace) == [Slice("hog", 4, 7)]
    assert told(run.trace, Kind.WAKE)[0] == (4, "WAKE", "POKED", "main", "")
    assert marks(run.trace) == [(10, "a", "a")]


def test_a_timer_that_was_waited_for_twice_goes_off_once() -> None:
    """Poked at 4 ms, the loop waits for the same timer again: one wake-up at 10 ms."""
    run = acted(
        tasks(job("a", "sleep 10ms", "mark a")), 4, hog(process="python", loop="main"), hog()
    )
    assert [row[0] for row in told(run.trace, Kind.WAKE) if row[3] == "main"] == [4, 10]


def test_what_is_injected_after_the_end_is_done() -> None:
    """The machine was complete; it is no longer."""
    run = acted(threads(job("a", "compute 5ms")), 7, hog())
    assert on_core(run.trace) == [Slice("a", 0, 5), Slice("hog", 7, 10)]
    assert run.trace.complete


def test_work_in_chunks_says_so() -> None:
    """7 ms in chunks of 3: two whole ones and a rest, with a yield after each."""
    run = acted(tasks(job("a", "sleep 1ms")), 0, Inject("hog", 7 * MS, 3 * MS))
    listing = run.trace.entities[-1].listing
    assert listing is not None
    assert listing.lines == (
        "repeat 2 times:",
        "  compute 3 ms",
        "  yield",
        "repeat 1 times:",
        "  compute 1 ms",
        "  yield",
    )


def test_injected_work_can_be_toggled() -> None:
    run = acted(
        tasks(job("a", "compute 1ms")),
        0,
        hog(process="python", loop="main", yielding=True),
        SetYielding(on=False),
    )
    entity = run.trace.entities[-1]
    assert (entity.name, entity.cpu_heavy, entity.yielding) == ("hog", True, True)
    assert run.history.state_at(len(run.trace)).unyielding == {entity.id}


# -- cores ------------------------------------------------------------------------------------


def pair(**options: Any) -> Scenario:
    """Two threads that compute 9 ms each."""
    return threads(job("a", "compute 9ms"), job("b", "compute 9ms"), gil=False, **options)


def test_who_ran_on_a_core_that_is_taken_away_waits_for_another() -> None:
    """b loses its core at 3 ms and has the other one when a's quantum is spent or a has ended."""
    run = acted(pair(cores=2, quantum="5ms"), 3, SetCores(1))
    assert on_core(run.trace) == [
        Slice("a", 0, 5),
        Slice("b", 5, 10),
        Slice("a", 10, 14),
        Slice("b", 14, 15),
    ]
    assert on_core(run.trace, 1) == [Slice("b", 0, 3)]
    assert agrees(run)


def test_a_core_that_is_added_serves_who_waits() -> None:
    """Both run from 3 ms on."""
    run = Run(pair(quantum="20ms"))
    run.extend(10_000)
    run.act(SetCores(2), 4, 3 * MS)
    run.extend(10_000)
    started = [(ms(row.time), row.core) for row in rows(run.trace, Kind.RUN)]
    assert started == [(0, 0), (3, 1)]
    assert ends(run.trace) == {"a": 9, "b": 12}
    assert agrees(run)


def test_a_core_that_was_taken_away_may_come_back() -> None:
    run = acted(pair(cores=2, quantum="20ms"), 3, SetCores(1))
    run.act(SetCores(2), run.history.rows_at(5 * MS), 5 * MS)
    run.finish()
    assert on_core(run.trace, 1) == [Slice("b", 0, 3), Slice("b", 5, 11)]
    assert agrees(run)


def test_setting_the_cores_is_a_row() -> None:
    run = acted(pair(cores=2), 3, SetCores(1))
    found = [row for row in run.trace.rows() if row.kind is Kind.COMMAND]
    assert [(row.time, row.reason, row.arg) for row in found] == [(3 * MS, Reason.CORES, 1)]


@pytest.mark.parametrize("count", [-1, 0, MOST_CORES + 1])
def test_a_machine_has_at_least_one_core_and_not_too_many(count: int) -> None:
    with pytest.raises(ValueError, match=f"at least 1 core, and at most {MOST_CORES}"):
        SetCores(count)


def test_cores_in_a_recording_play_again() -> None:
    text = """
schema = 1
title = "two"
[machine]
cores = 2
[[job]]
name = "a"
count = 3
steps = ["compute 9ms"]
"""
    source = Source("two", text)
    run = Run(source.load())
    run.finish()
    run.act(SetCores(1), run.history.rows_at(3 * MS), 3 * MS)
    run.finish()
    run.act(SetCores(2), run.history.rows_at(7 * MS), 7 * MS)
    run.finish()
    recorded = loads(Recording.of(run, source).dumps(), "two")
    assert [placed.command for placed in recorded.commands] == [SetCores(1), SetCores(2)]
    assert recorded.first_difference(recorded.play().trace) is None


# -- what makes no sense ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": " "}, "name: a task needs a name"),
        ({"duration": 0}, "duration: must be longer than 0"),
        ({"chunk": 0}, "chunk: must be longer than 0"),
        ({"chunk": 11}, "no longer than the duration"),
        ({"loop": "main"}, "process: a loop is in a process"),
    ],
)
def test_nonsense_is_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    fine: dict[str, Any] = {"name": "hog", "duration": 10, "chunk": 5}
    with pytest.raises(ValueError, match=message):
        Inject(**(fine | arguments))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"process": "pyton"}, "there is no process 'pyton', only p, q"),
        ({"process": "p", "loop": "main"}, "'p' has no event loop 'main', only none"),
        ({"process": "q", "loop": "mian"}, "'q' has no event loop 'mian', only main"),
        ({"process": "q", "loop": "main"}, "the event loop 'main' has ended"),
    ],
)
def test_what_does_not_fit_the_machine_is_refused_and_changes_nothing(
    place: dict[str, str], message: str
) -> None:
    scenario = tree(("p", (job("a", "compute 9ms"),)), ("q", (loop("main", job("b")),)))
    run = Run(scenario)
    run.finish()
    trace, digest = run.trace, run.trace.digest()
    with pytest.raises(ValueError, match=message):
        run.act(hog(**place), len(trace), trace.end)
    assert run.trace is trace
    assert run.trace.digest() == digest
    assert run.commands == ()


def test_commands_are_kept_under_a_name_each() -> None:
    assert {
        "yielding": SetYielding,
        "inject": Inject,
        "cores": SetCores,
        "switch_interval": SetSwitchInterval,
        "patch": SetPatch,
        "gil": SetGil,
        "policy": SetPolicy,
        "quantum": SetQuantum,
        "kill": Kill,
        "nice": SetNice,
        "priority": SetPriority,
        "tickets": SetTickets,
    } == COMMANDS


def test_processes_are_found_by_the_names_of_their_instances() -> None:
    run = acted(processes(job("a", "compute 2ms", count=2), cores=3), 1, hog(process="a-2"))
    assert ends(run.trace)["hog"] == 5  # a-2 has the GIL until 2 ms


def test_work_that_is_spawned_after_the_toggle_obeys_it() -> None:
    """Spawned at 20 ms, after yielding was switched off at once: two chunks in one turn."""
    scenario = tasks(
        job("parent", "sleep 20ms", "spawn child", "sleep 1ms"),
        job("child", repeat(2, "compute 5ms", "yield"), cpu_heavy=True, spawned=True),
    )
    run = Run(scenario)
    run.extend(3)
    run.act(SetYielding(on=False), 3, 0)
    trace = run.finish()
    child = next(entity for entity in trace.entities if entity.name == "child")
    turns = [row for row in rows(trace, Kind.TASK_RUN) if row.subject == child.id]
    assert len(turns) == 1
    assert child.id in run.history.state_at(len(trace)).unyielding


def test_what_is_injected_gets_a_name_of_its_own() -> None:
    run = Run(processes(job("a", "compute 5ms")))
    run.finish()
    run.act(Inject("a", MS, MS), 2, 0)
    run.act(Inject("a", MS, MS), len(run.trace), 0)
    trace = run.finish()
    assert sorted(ends(trace)) == ["a", "a-2", "a-3"]
