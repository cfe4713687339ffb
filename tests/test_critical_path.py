"""The critical path: by hand for small machines, and what holds for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given

from schedsim import causes, library
from schedsim.aio import Executor, call, compute
from schedsim.aio.program import close
from schedsim.causes import Deed
from schedsim.history import History
from schedsim.recording import Source
from schedsim.run import Run
from schedsim.scenario import Scenario
from schedsim.scenario_file import loads
from schedsim.trace import Entity, Role, Trace
from tests.machines import MS, job, processes, repeat, tasks, threads
from tests.simulated import go, machine
from tests.strategies import scenarios

Told = tuple[float, float, str, Deed, str]


def path(scenario: Scenario, who: str = "") -> list[Told]:
    """From when to when, who, what, and beside whom or for whom (after ``>``)."""
    run = Run(scenario)
    run.finish()
    return told(run.history, who)


def told(history: History, who: str = "") -> list[Told]:
    """The same of what has happened."""
    entities = history.trace.entities
    names = [each.name for each in entities]
    entity = names.index(who) if who else 0
    if who and entities[entity].role is Role.PROCESS:
        entity = len(names) - 1 - names[::-1].index(who)
    return [
        (
            each.start / MS,
            each.end / MS,
            names[each.who],
            each.doing,
            " ".join(
                [
                    *(names[rival] for rival in each.rivals),
                    *(f">{names[waker]}" for waker in each.wakes),
                ]
            ),
        )
        for each in causes.critical_path(history, entity).stretches
    ]


def test_a_fork_and_join_goes_through_the_slow_worker() -> None:
    scenario = threads(
        job("boss", "compute 1ms", "spawn quick", "spawn slow", "join quick", "join slow",
            "compute 1ms"),
        job("quick", "compute 3ms", spawned=True),
        job("slow", "compute 10ms", spawned=True),
        cores=3,
        gil=False,
    )  # fmt: skip
    assert path(scenario) == [
        (0, 1, "boss", Deed.COMPUTES, ">slow"),
        (1, 11, "slow", Deed.COMPUTES, ">boss"),
        (11, 12, "boss", Deed.COMPUTES, ""),
    ]


def test_a_pipeline_goes_from_stage_to_stage() -> None:
    scenario = threads(
        job("first", "compute 5ms", "release a", "compute 9ms"),
        job("second", "compute 1ms", "acquire a", "compute 2ms"),
        cores=2,
        gil=False,
    )
    scenario = threads(
        job("second", "compute 1ms", "join first", "compute 2ms", "io 3ms"),
        job("first", "compute 5ms"),
        job("third", "join second", "compute 4ms"),
        cores=3,
        gil=False,
    )
    assert path(scenario) == [
        (0, 5, "first", Deed.COMPUTES, ">second"),
        (5, 7, "second", Deed.COMPUTES, ""),
        (7, 10, "second", Deed.DEVICE, ">third"),
        (10, 14, "third", Deed.COMPUTES, ""),
    ]


def test_a_convoy_at_a_lock_is_one_holder_after_the_other() -> None:
    body = ("acquire m", "compute 4ms", "release m")
    scenario = threads(*(job(name, *body) for name in "ABC"), cores=3, gil=False)
    assert path(scenario) == [
        (0, 4, "A", Deed.COMPUTES, ">B"),
        (4, 8, "B", Deed.COMPUTES, ">C"),
        (8, 12, "C", Deed.COMPUTES, ""),
    ]


def test_waiting_for_the_gil_names_who_held_it() -> None:
    scenario = threads(job("A", "compute 10ms"), job("B", "compute 10ms"), cores=2)
    assert path(scenario) == [
        (0, 5, "B", Deed.GIL, "A"),
        (5, 10, "B", Deed.COMPUTES, ""),
        (10, 15, "B", Deed.GIL, "A"),
        (15, 20, "B", Deed.COMPUTES, ""),
    ]


def test_waiting_for_a_core_names_who_had_it() -> None:
    scenario = processes(job("A", "compute 3ms"), job("B", "compute 4ms"), policy="fifo")
    assert path(scenario) == [
        (0, 3, "B", Deed.CORE, "A"),
        (3, 7, "B", Deed.COMPUTES, ""),
    ]


def budgets(*more: str) -> Run:
    """a has 2 of each 10 ticks and wants 3; b is ordinary, and always there."""
    jobs = (
        '{ name = "a", class = "deadline", period = 10, wcet = 2, steps = ["compute 3"] }',
        '{ name = "b", steps = ["compute 20"] }',
        *more,
    )
    text = (
        'schema = 1\ntitle = "t"\nunit = "tick"\nmodel = "processes"\nuntil = 20\n'
        f'machine = {{ policy = "linux" }}\njob = [{", ".join(jobs)}]'
    )
    run = Run(loads(text, "test"))
    run.finish()
    return run


def test_who_waits_for_its_budget_does_not_wait_for_who_has_the_core() -> None:
    """From 2 to 10 nobody keeps the core from it, nor from 12 on."""
    run = budgets()
    who = next(row.subject for row in run.trace.rows() if row.core == 0)
    found = causes.critical_path(run.history, who).stretches
    assert [(each.start, each.end, each.doing, each.rivals) for each in found] == [
        (0, 2, Deed.COMPUTES, ()),
        (2, 10, Deed.BUDGET, ()),
        (10, 12, Deed.COMPUTES, ()),
        (12, 20, Deed.BUDGET, ()),
    ]


def test_once_its_budget_is_filled_it_waits_for_the_core_like_others() -> None:
    """c, due at 20, arrives at 9 and takes the core till 15; a's budget is filled at 10, for 20.

    Of equal deadlines nobody takes the core from who has it.
    """
    run = budgets('{ name = "c", arrival = 9, class = "deadline", period = 11, wcet = 6 }')
    who, other = (next(e.id for e in run.trace.entities[::-1] if e.name == name) for name in "ac")
    found = causes.critical_path(run.history, who).stretches
    assert [(each.start, each.end, each.doing, each.rivals) for each in found][1:3] == [
        (2, 10, Deed.BUDGET, ()),
        (10, 15, Deed.CORE, (other,)),
    ]


def test_a_timer_that_the_loop_noticed_late_is_sleep_and_then_a_wait_for_a_turn() -> None:
    """The sleep is over at 11 ms, but crunch has the loop up to 51 ms."""
    scenario = tasks(
        job("tick", repeat(2, "compute 1ms", "sleep 10ms")), job("crunch", "compute 50ms")
    )
    assert path(scenario) == [
        (0, 1, "tick", Deed.COMPUTES, ""),
        (1, 11, "tick", Deed.SLEEP, ""),
        (11, 51, "tick", Deed.TURN, "crunch"),
        (51, 52, "tick", Deed.COMPUTES, ""),
        (52, 62, "tick", Deed.SLEEP, ""),
    ]


def test_the_path_of_one_thread_ends_where_that_does() -> None:
    scenario = processes(job("A", "compute 3ms"), job("B", "compute 4ms"), policy="fifo")
    assert path(scenario, "A") == [(0, 3, "A", Deed.COMPUTES, "")]


def test_it_begins_with_the_arrival() -> None:
    scenario = threads(job("A", "compute 3ms", arrival="2ms"), gil=False)
    assert path(scenario) == [(2, 5, "A", Deed.COMPUTES, "")]


def test_two_that_wait_for_each_other_for_ever_have_a_path_up_to_there() -> None:
    scenario = threads(
        job("A", "acquire m", "compute 2ms", "acquire n"),
        job("B", "acquire n", "compute 3ms", "acquire m"),
        cores=2,
        gil=False,
    )
    assert path(scenario, "A") == [
        (0, 2, "A", Deed.COMPUTES, ""),
        (2, 3, "A", Deed.RESOURCE, "B"),
    ]


def test_a_task_awaits_a_worker_of_a_pool() -> None:
    """The third job computes 40 ms in C, from 80 ms on; only then the server is done."""
    run = Run(Source.of(library.path("to-thread")).load())
    trace = run.finish()
    (server,) = [e.id for e in trace.entities if e.name == "server" and e.role is Role.TASK]
    found = causes.critical_path(run.history, server)
    workers = {trace.entities[each.who].name for each in found.stretches}
    assert "asyncio_0" in workers
    assert found.length == found.stretches[-1].end


@pytest.mark.parametrize("model", [tasks, threads])
def test_who_was_started_to_arrive_later_is_waited_for(model: Callable[..., Scenario]) -> None:
    scenario = model(
        job("a", "compute 1ms", "spawn late", "compute 1ms"),
        job("late", "compute 2ms", arrival="5ms", spawned=True),
    )
    assert path(scenario) == [
        (0, 1, "a", Deed.COMPUTES, ">late"),
        (1, 5, "late", Deed.OTHER, ""),
        (5, 7, "late", Deed.COMPUTES, ""),
    ]


async def waits_in_a_call() -> None:
    compute("1ms")
    Executor(1).submit(call, "file.read", 0.005).result()  # the thread waits, not the task
    compute("1ms")


def test_a_task_whose_thread_waits_for_another_has_its_path_there() -> None:
    trace = go(machine({"loop": {"main": waits_in_a_call}})[0])
    assert told(History(trace), "main") == [
        (0, 1, "main", Deed.COMPUTES, ">pool_0"),
        (1, 6, "pool_0", Deed.CALL, ">main"),
        (6, 7, "main", Deed.COMPUTES, ""),
    ]


def test_while_it_waits_that_is_the_end_of_its_path() -> None:
    engine, _ = machine({"loop": {"main": waits_in_a_call}})
    engine.run(3 * MS)
    assert told(History(engine.trace), "main") == [
        (0, 1, "main", Deed.COMPUTES, ""),
        (1, 3, "main", Deed.RESOURCE, ""),
    ]
    close(engine)


def test_what_was_done_before_somebody_awaits_it_is_a_wait_for_a_turn() -> None:
    """The worker is done at 1, main asks at 5, and its loop has the other task in hand until 8."""

    async def other() -> None:
        compute("3ms")

    async def main() -> None:
        done = asyncio.get_running_loop().run_in_executor(None, compute, "1ms")
        task = asyncio.create_task(other(), name="other")
        compute("5ms")
        await done
        compute("1ms")
        await task

    trace = go(machine({"loop": {"main": main}}, cores=2, gil=False)[0])
    assert told(History(trace), "main") == [
        (0, 5, "main", Deed.COMPUTES, ""),
        (5, 8, "main", Deed.TURN, "other"),
        (8, 9, "main", Deed.COMPUTES, ""),
    ]


def test_of_several_that_join_one_each_has_its_path_there() -> None:
    scenario = threads(
        job("a", "compute 3ms"),
        job("b", "join a", "compute 1ms"),
        job("c", "join a", "compute 2ms"),
        cores=3,
        gil=False,
    )
    for name, end in (("b", 4), ("c", 5)):
        assert path(scenario, name) == [
            (0, 3, "a", Deed.COMPUTES, f">{name}"),
            (3, end, name, Deed.COMPUTES, ""),
        ]


def test_where_nothing_has_happened_there_is_no_path() -> None:
    """A run that was killed before its first row leaves such a trace."""
    trace = Trace(policy="fifo")
    trace.enter(Entity(1, Role.PROCESS, "python", 0, 0, "python"))
    trace.enter(Entity(2, Role.THREAD, "a", 1, 2, "a"))
    history = History(trace)
    assert told(history) == told(history, "a") == []
    assert causes.critical_path(history).length == 0


@pytest.mark.parametrize("name", library.names())
def test_every_path_in_the_library_is_without_gaps(name: str) -> None:
    run = Run(Source.of(library.path(name)).load(), rows=6_000)
    run.finish()
    check(run)


@given(scenarios())
def test_every_path_is_without_gaps(scenario: Scenario) -> None:
    run = Run(scenario, rows=300)
    run.finish()
    check(run)


def check(run: Run) -> None:
    trace = run.trace
    starts = {e.arrival for e in trace.entities} | {0}
    for who in [0, *(e.id for e in trace.entities[1:] if e.role is not Role.PROCESS)]:
        found = causes.critical_path(run.history, who)
        stretches = found.stretches
        assert all(one.end == other.start for one, other in pairwise(stretches))
        assert all(each.start < each.end for each in stretches)
        assert sum(found.totals().values()) == found.length
        if not stretches:
            continue
        assert stretches[0].start in starts
        assert stretches[-1].end <= trace.end
        if who:
            assert stretches[-1].who == who or who in stretches[-1].wakes
        elif trace.complete:
            ends = [run.history.state_at(len(trace)).since[stretches[-1].who], trace.end]
            assert stretches[-1].end in ends or stretches[-1].wakes
        for each in stretches:
            assert each.who not in each.rivals or each.doing is Deed.RESOURCE  # it holds it itself
            assert each.who not in each.wakes
            if each.doing is Deed.COMPUTES:
                state = run.history.state_at(each.step)
                thread = trace.entities[each.who].thread
                assert state.core_of[thread] >= 0
