"""Cores, run queue, policies, context switches, spawn and join: by hand.

Without the GIL, so that nothing but cores keeps anybody waiting.
"""

from __future__ import annotations

from typing import Any

import pytest

from schedsim.commands import SetCores
from schedsim.run import Run
from schedsim.scenario import Job, Scenario
from schedsim.scenario_file import loads
from schedsim.trace import Kind, Reason, Trace
from tests.acting import agrees
from tests.machines import (
    Slice,
    ends,
    job,
    marks,
    ms,
    on_core,
    play,
    processes,
    repeat,
    rows,
    threads,
    told,
    tree,
)


def free(*jobs: Job, **options: Any) -> Scenario:
    """Threads of one process without a GIL."""
    return threads(*jobs, gil=False, **options)


def turns(trace: Trace, core: int = 0) -> str:
    """Who ran on a core, in order: one letter each."""
    return "".join(each.who for each in on_core(trace, core))


# -- who runs next ----------------------------------------------------------------------------


def test_fifo_serves_in_order_of_arrival_to_the_end() -> None:
    """Silberschatz, FCFS: bursts of 24, 3 and 3 end at 24, 27 and 30."""
    jobs = (job("1", "compute 24ms"), job("2", "compute 3ms"), job("3", "compute 3ms"))
    assert ends(play(free(*jobs, policy="fifo"))) == {"1": 24, "2": 27, "3": 30}


def test_round_robin_gives_everybody_one_quantum_in_turn() -> None:
    """Silberschatz, RR with quantum 4: the same bursts end at 30, 7 and 10."""
    jobs = (job("1", "compute 24ms"), job("2", "compute 3ms"), job("3", "compute 3ms"))
    trace = play(free(*jobs, quantum="4ms"))
    assert ends(trace) == {"1": 30, "2": 7, "3": 10}
    assert on_core(trace)[:4] == [
        Slice("1", 0, 4),
        Slice("2", 4, 7),
        Slice("3", 7, 10),
        Slice("1", 10, 30),
    ]


def test_who_arrives_as_a_quantum_ends_queues_first() -> None:
    """SEMANTICS.md A5: arrival first, then the one that is taken off."""
    trace = play(
        free(
            job("a", "compute 6ms"),
            job("c", "compute 6ms"),
            job("b", "compute 2ms", arrival="4ms"),
            quantum="4ms",
        )
    )
    assert turns(trace) == "acbac"


def test_who_wakes_as_a_quantum_ends_queues_first() -> None:
    trace = play(free(job("b", "sleep 4ms", "compute 2ms"), job("a", "compute 6ms"), quantum="4ms"))
    assert on_core(trace) == [Slice("a", 0, 4), Slice("b", 4, 6), Slice("a", 6, 8)]


def test_a_quantum_is_counted_from_the_dispatch_also_while_alone() -> None:
    """a has slices 0-4 and 4-8; b, who arrives at 5, waits for the end of the second."""
    trace = play(
        free(job("a", "compute 20ms"), job("b", "compute 1ms", arrival="5ms"), quantum="4ms")
    )
    assert on_core(trace)[:3] == [Slice("a", 0, 8), Slice("b", 8, 9), Slice("a", 9, 21)]


def test_a_second_slice_lasts_beyond_the_end_of_an_operation() -> None:
    """a's slice 4-8 began while it was alone; that b waits from 5 on does not shorten it."""
    trace = play(
        free(
            job("a", "compute 5ms", "compute 6ms"),
            job("b", "compute 1ms", arrival="5ms"),
            quantum="4ms",
        )
    )
    assert on_core(trace) == [Slice("a", 0, 8), Slice("b", 8, 9), Slice("a", 9, 12)]


def test_a_wait_does_not_use_up_the_quantum_of_the_next_dispatch() -> None:
    trace = play(
        free(
            job("a", "compute 3ms", "sleep 1ms", "compute 4ms"),
            job("b", "compute 8ms"),
            quantum="4ms",
        )
    )
    assert on_core(trace) == [
        Slice("a", 0, 3),
        Slice("b", 3, 7),
        Slice("a", 7, 11),
        Slice("b", 11, 15),
    ]


def test_one_quantum_covers_several_operations() -> None:
    """Marks and the bounds of operations are no reason to leave."""
    trace = play(
        free(job("a", repeat(4, "compute 1ms", "mark x")), job("b", "compute 4ms"), quantum="3ms")
    )
    assert on_core(trace) == [
        Slice("a", 0, 3),
        Slice("b", 3, 6),
        Slice("a", 6, 7),
        Slice("b", 7, 8),
    ]


def test_a_yield_goes_to_the_tail() -> None:
    trace = play(
        free(
            job("a", "compute 1ms", "yield", "compute 1ms"),
            job("b", "compute 1ms"),
            job("c", "compute 1ms"),
        )
    )
    assert turns(trace) == "abca"


def test_a_yield_with_nobody_else_runnable_goes_straight_on() -> None:
    trace = play(free(job("a", "compute 1ms", "yield", "compute 1ms"), job("b", "sleep 5ms")))
    assert on_core(trace)[0] == Slice("a", 0, 2)


# -- several cores ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "cores", "total"), [(2, 2, 10), (4, 2, 20), (5, 2, 30), (3, 4, 10)]
)
def test_equal_work_on_several_cores_takes_its_share_rounded_up(
    count: int, cores: int, total: int
) -> None:
    """D2: k of W on M cores take ceil(k / M) W."""
    jobs = [job(name, "compute 10ms") for name in "abcde"[:count]]
    assert ms(play(processes(*jobs, cores=cores, policy="fifo")).end) == total


def test_a_woken_thread_goes_back_to_its_old_core_if_that_is_idle() -> None:
    """kernel.py: as ``select_task_rq_fair`` prefers the previous CPU."""
    trace = play(
        free(job("a", "compute 1ms"), job("b", "compute 2ms", "sleep 1ms", "compute 1ms"), cores=2)
    )
    assert on_core(trace, 1) == [Slice("b", 0, 2), Slice("b", 3, 4)]


def test_a_woken_thread_takes_the_first_idle_core_if_its_own_is_busy() -> None:
    """c takes core 1 at 2 ms; b wakes at 4 and finds core 0 idle."""
    trace = play(
        free(
            job("a", "compute 3ms"),
            job("b", "compute 1ms", "sleep 3ms", "compute 1ms"),
            job("c", "compute 5ms", arrival="2ms"),
            cores=2,
        )
    )
    assert on_core(trace, 0) == [Slice("a", 0, 3), Slice("b", 4, 5)]
    assert on_core(trace, 1) == [Slice("b", 0, 1), Slice("c", 2, 7)]


def test_a_core_that_becomes_free_takes_from_the_one_run_queue() -> None:
    trace = play(
        free(job("a", "compute 5ms"), job("b", "compute 1ms"), job("c", "compute 1ms"), cores=2)
    )
    assert turns(trace, 1) == "bc"


def test_who_yields_to_somebody_pinned_goes_on_on_an_idle_core_at_once() -> None:
    """Nobody but the pinned one waits, and core 1, where that may not run, has nothing to do."""
    trace = play(
        free(
            job("a", "compute 2ms", "yield", "compute 3ms"),
            job("b", "compute 5ms", arrival="1ms", affinity=(0,)),
            cores=2,
        )
    )
    assert on_core(trace, 0) == [Slice("a", 0, 2), Slice("b", 2, 7)]
    assert on_core(trace, 1) == [Slice("a", 2, 5)]


# -- context switches -------------------------------------------------------------------------


def test_a_context_switch_is_paid_before_the_time_slice_begins() -> None:
    """Quantum 4, cost 1: overhead 0-1, 5-6, 10-11, 15-16 around slices of four."""
    trace = play(
        free(job("a", "compute 8ms"), job("b", "compute 8ms"), quantum="4ms", switch_cost="1ms")
    )
    assert on_core(trace) == [
        Slice("...", 0, 1),
        Slice("a", 1, 5),
        Slice("...", 5, 6),
        Slice("b", 6, 10),
        Slice("...", 10, 11),
        Slice("a", 11, 15),
        Slice("...", 15, 16),
        Slice("b", 16, 20),
    ]
    switches = [row[:4] for row in told(trace, Kind.SWITCH)]
    assert switches[:2] == [(0, "SWITCH", "NONE", "a"), (5, "SWITCH", "QUANTUM", "b")]
    assert [ms(row.time) for row in rows(trace, Kind.STARTED)] == [1, 6, 11, 16]


def test_coming_back_to_the_thread_that_ran_last_costs_nothing() -> None:
    trace = play(free(job("a", "compute 1ms", "sleep 5ms", "compute 1ms"), switch_cost="1ms"))
    assert on_core(trace) == [Slice("...", 0, 1), Slice("a", 1, 2), Slice("a", 7, 8)]


def test_a_quantum_that_ends_while_alone_costs_nothing() -> None:
    trace = play(free(job("a", "compute 30ms"), quantum="4ms", switch_cost="1ms"))
    assert on_core(trace) == [Slice("...", 0, 1), Slice("a", 1, 31)]


def test_a_drop_request_does_not_cut_a_context_switch_short() -> None:
    """The holder looks when the switch is paid, and lets go before it computes.

    One core, quantum 4, cost 1.  a takes the GIL at 1 and is taken off at 5; b wants it at 6, and
    will ask at 11; x has the core until 11, and from there it is switched to a, until 12.
    """
    trace = play(
        tree(
            ("p", (job("a", "compute 20ms"), job("b", "compute 4ms"))),
            ("q", (job("x", "compute 12ms"),)),
            quantum="4ms",
            switch_cost="1ms",
        )
    )
    assert told(trace, Kind.GIL_REQUEST)[0] == (11, "GIL_REQUEST", "DROP_REQUEST", "b", "a")
    started = [when for when, _, _, who, _ in told(trace, Kind.STARTED) if who == "a"]
    assert started[:2] == [1, 12]
    assert told(trace, Kind.GIL_RELEASE)[0] == (12, "GIL_RELEASE", "DROP_REQUEST", "a", "b")


def test_a_better_one_who_came_during_a_context_switch_takes_the_core_when_it_is_paid() -> None:
    """The short one arrives at 1; the switch to the long one is over at 2, and nothing was done."""
    trace = play(
        free(
            job("long", "compute 9ms"),
            job("short", "compute 3ms", arrival="1ms"),
            policy="stcf",
            switch_cost="2ms",
        )
    )
    assert on_core(trace) == [
        Slice("...", 0, 4),
        Slice("short", 4, 7),
        Slice("...", 7, 9),
        Slice("long", 9, 18),
    ]


# -- spawn and join ---------------------------------------------------------------------------


def test_a_spawned_thread_queues_behind_its_spawner() -> None:
    trace = play(
        free(job("a", "compute 1ms", "spawn b", "compute 1ms"), job("b", "mark b", spawned=True))
    )
    assert marks(trace) == [(2, "b", "b")]
    assert told(trace, Kind.SPAWN)[-1] == (1, "SPAWN", "ARRIVED", "b", "a")


def test_a_spawned_thread_starts_on_an_idle_core_at_once() -> None:
    trace = play(
        free(
            job("a", "compute 1ms", "spawn b", "compute 1ms"),
            job("b", "mark b", spawned=True),
            cores=2,
        )
    )
    assert marks(trace) == [(1, "b", "b")]


def test_instances_of_a_job_are_numbered() -> None:
    trace = play(free(job("a", count=2), job("b", spawned=True), job("c", "spawn b", "spawn b")))
    assert set(ends(trace)) == {"a-1", "a-2", "b", "b-2", "c"}


def test_join_waits_for_all_that_live_now() -> None:
    """Two of 2 ms and 5 ms on cores of their own: joined at 5, woken by the last."""
    trace = play(
        free(
            job("main", "spawn a", "spawn b", "join a", "mark a", "join b", "mark b"),
            job("a", "compute 2ms", spawned=True),
            job("b", "compute 5ms", spawned=True),
            cores=3,
        )
    )
    assert marks(trace) == [(2, "main", "a"), (5, "main", "b")]
    woken = [row for row in told(trace, Kind.WAKE) if row[3] == "main"]
    assert woken == [(2, "WAKE", "JOINED", "main", "a"), (5, "WAKE", "JOINED", "main", "b")]


@pytest.mark.parametrize("model", ["threads", "asyncio"])
def test_join_waits_for_the_last(model: str) -> None:
    """Both children live when the parent joins, at 1 ms; the second lives until 3 ms."""
    parent = job("a", "spawn b", "sleep 1ms", "spawn b", "join b", "mark joined")
    child = job("b", "sleep 2ms", spawned=True)
    assert marks(play(free(parent, child, model=model))) == [(3, "a", "joined")]


@pytest.mark.parametrize("model", ["threads", "asyncio"])
def test_join_finds_the_one_that_is_left(model: str) -> None:
    """The first child lives until 2 ms, the second until 3."""
    parent = job("a", "spawn b", "sleep 1ms", "spawn b", "sleep 1500us", "join b", "mark joined")
    child = job("b", "sleep 2ms", spawned=True)
    assert marks(play(free(parent, child, model=model))) == [(3, "a", "joined")]


def test_joining_what_has_ended_does_not_wait() -> None:
    trace = play(free(job("b"), job("a", "compute 1ms", "join b", "mark a")))
    assert marks(trace) == [(1, "a", "a")]


def test_joining_what_was_never_started_does_not_wait() -> None:
    assert marks(play(free(job("a", "join b", "mark a"), job("b", spawned=True)))) == [
        (0, "a", "a")
    ]


def test_an_exit_wakes_all_who_joined_in_order() -> None:
    trace = play(
        free(job("x", "join b", "mark x"), job("y", "join b", "mark y"), job("b", "compute 1ms"))
    )
    assert marks(trace) == [(1, "x", "x"), (1, "y", "y")]


def test_threads_that_join_each_other_never_end() -> None:
    trace = play(free(job("a", "join b"), job("b", "join a"), job("c", "compute 1ms")))
    assert (ends(trace), trace.complete, ms(trace.end)) == ({"c": 1}, True, 1)


def test_spawning_and_joining_again_and_again_stays_cheap() -> None:
    """A join looks only at those that may live, not at all there ever were."""
    looked = 0

    class Counted(list[Any]):
        def __getitem__(self, index: Any) -> Any:
            nonlocal looked
            found = super().__getitem__(index)
            looked += len(found) if isinstance(index, slice) else 1
            return found

    from schedsim.simulation import Simulation

    for model in ("threads", "asyncio"):
        looked = 0
        simulation = Simulation(
            threads(
                job("a", repeat(500, "spawn b", "join b")),
                job("b", "compute 1ms", spawned=True),
                model=model,
            )
        )
        process = simulation.processes["python"]
        group = (process.loops["main"].groups if model == "asyncio" else process.groups)["b"]
        group.members = Counted()
        simulation.run()
        assert simulation.trace.complete
        assert looked < 500 * 6


# -- time -------------------------------------------------------------------------------------


def test_operations_that_take_no_time_take_none() -> None:
    trace = play(
        free(job("a", "compute 0ms", "io 0ms", "call time.sleep 0ms", "sleep 0ms", "mark end"))
    )
    assert marks(trace) == [(0, "a", "end")]


def test_a_thread_with_nothing_to_do_starts_and_ends_at_its_arrival() -> None:
    trace = play(free(job("a", arrival="3ms")))
    assert ends(trace) == {"a": 3}
    assert [row.reason for row in rows(trace, Kind.WAKE)] == [Reason.ARRIVED]


def test_a_machine_has_cores() -> None:
    with pytest.raises(ValueError, match="1 to 510 cores, not 0"):
        play(free(job("a"), cores=0))
    assert ms(play(free(job("a", "compute 1ms"), cores=510)).end) == 1
    with pytest.raises(ValueError, match="1 to 510 cores, not 511"):
        play(free(job("a"), cores=511))


def test_a_thread_that_ran_alone_is_taken_off_where_its_present_slice_ends() -> None:
    """Alone since 0 with a quantum of 10: the third slice ends at 30, five after b has come."""
    trace = play(
        threads(job("a", "compute 40ms"), job("b", "compute 1ms", arrival="25ms"), gil=False)
    )
    assert on_core(trace) == [Slice("a", 0, 30), Slice("b", 30, 31), Slice("a", 31, 41)]


def test_slices_that_nobody_waits_for_are_not_counted_one_by_one() -> None:
    """Years of computing in slices of a nanosecond, on as many cores as threads: a few rows."""
    trace = play(threads(job("a", "compute 8760h", count=4), cores=4, quantum="1ns", gil=False))
    assert len(trace) < 20
    assert set(ends(trace).values()) == {8760 * 3_600_000.0}


# -- run queues of their own ------------------------------------------------------------------

TIED = """
schema = 1
title = "threads that are tied to core 0"
model = "processes"
unit = "tick"
until = 9
[machine]
cores = CORES
policy = { name = "round_robin", quantum = 2 }
queues = "per_core"
balance = 5
[[job]]
name = "tied"
count = 4
affinity = [0]
steps = ["compute 20"]
"""
REST = """
[[job]]
name = "long"
affinity = [2]
steps = ["compute 20"]
[[job]]
name = "short"
count = 2
affinity = [2]
steps = ["compute 1"]
[[job]]
name = "free"
count = 3
affinity = [1, 2]
steps = ["compute 20"]
"""


def balanced(text: str) -> list[tuple[int, str, int]]:
    """Who was moved, when and where to."""
    trace = Run(loads(text, "tied")).finish()
    return [
        (row.time, trace.entities[row.subject].name, row.core)
        for row in trace.rows()
        if row.reason is Reason.BALANCED
    ]


def test_where_those_of_the_longest_queue_are_tied_the_next_longest_is_evened_out() -> None:
    """At 5 there are 4, 3 and 1; of core 1's free-3 runs, and of those who wait the last goes."""
    assert balanced(TIED.replace("CORES", "3") + REST) == [(5, "free-2", 2)]


def test_who_waits_at_a_core_that_goes_goes_back_to_the_one_it_ran_on() -> None:
    """free-2 was moved at 5, and has not run on core 2: it follows free-3 and free-1 on core 1."""
    run = Run(loads(TIED.replace("CORES", "3") + REST, "tied"))
    run.finish()
    (moved,) = (row for row in run.trace.rows() if row.reason is Reason.BALANCED)
    run.act(SetCores(2), moved.n + 1, 5)
    run.finish()
    assert agrees(run)
    after = [
        (row.time, row.kind.name, row.core)
        for row in run.trace.rows()
        if row.n > moved.n and row.subject == moved.subject
    ]
    assert after == [(5, "MOVE", 1), (8, "RUN", 1)]


def test_queues_are_balanced_at_their_time_though_turns_follow_each_other() -> None:
    """d, of core 1, is done at 3.  At 6 the turn of e ends, and a and c wait for core 0."""
    jobs = "".join(
        f'[[job]]\nname = "{name}"\nsteps = ["compute {length}"]\n'
        for name, length in {"a": 20, "b": 20, "c": 20, "d": 1, "e": 20}.items()
    )
    machine = 'policy = { name = "round_robin", quantum = 2 }\nqueues = "per_core"\nbalance = 3'
    head = 'schema = 1\ntitle = "turns"\nmodel = "processes"\nunit = "tick"\nuntil = 20'
    assert balanced(f"{head}\n[machine]\ncores = 2\n{machine}\n{jobs}") == [(6, "c", 1)]


def test_where_all_are_tied_nobody_is_moved() -> None:
    assert balanced(TIED.replace("CORES", "2")) == []
