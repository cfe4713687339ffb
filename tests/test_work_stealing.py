"""Work stealing: schedules worked out by hand from the rules of Go and of Tokio.

All times are milliseconds; without a GIL.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schedsim.policies.work_stealing import WorkStealing
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.scenario_file import loads
from schedsim.simulation import Simulation
from schedsim.trace import Kind, Reason, Trace
from schedsim.why import explain
from tests.machines import MS, instants, job, ms, on_core, play, rows


def machine(*jobs: Job, cores: int = 1, **parameters: Any) -> Scenario:
    spec = MachineSpec(cores, "work_stealing", parameters, queue_per_core=True)
    return Scenario("t", machine=spec, python=PythonSpec(gil=False), jobs=jobs)


def run(*jobs: Job, until: str | None = None, **options: Any) -> Trace:
    return play(machine(*jobs, **options), until)


def turns(trace: Trace, core: int = 0) -> str:
    """Who ran on a core, in order: one letter each."""
    return "".join(each.who[0] for each in on_core(trace, core))


def chart(trace: Trace, core: int = 0) -> str:
    """``A 0-2, B 2-5``."""
    return ", ".join(f"{each.who} {each.start:g}-{each.end:g}" for each in on_core(trace, core))


def stolen(trace: Trace) -> list[tuple[float, str, int]]:
    """When (ms) who was taken to which core."""
    return [
        (ms(row.time), trace.entities[row.subject].name, row.core)
        for row in rows(trace, Kind.MOVE)
        if row.reason is Reason.STOLEN
    ]


# -- one worker -------------------------------------------------------------------------------


def test_the_last_that_is_made_runnable_goes_first_then_the_others_in_order() -> None:
    """A to D come in this order: D is in the slot, the others were kicked out of it in turn."""
    jobs = [job(name, "compute 1ms") for name in "ABCD"]
    assert turns(run(*jobs)) == "DABC"


def test_without_a_slot_it_is_first_come_first_served() -> None:
    jobs = [job(name, "compute 1ms") for name in "ABCD"]
    assert turns(run(*jobs, lifo_limit=0)) == "ABCD"


def test_who_wakes_goes_before_those_who_wait_but_takes_nobody_off_the_core() -> None:
    trace = run(
        job("A", "compute 3ms"),
        job("B", "compute 3ms"),
        job("W", "sleep 1ms", "compute 1ms"),
    )
    # W is in the slot at first; A waits behind B, who was kicked out by W after A was by B.
    assert chart(trace) == "A 0-3, W 3-4, B 4-7"


@pytest.mark.parametrize(
    ("limit", "order"),
    [(1, "wabxyz"), (2, "wxabyz"), (3, "wxyabz"), (4, "wxyzab")],
)
def test_the_slot_goes_first_only_so_many_times_in_a_row(limit: int, order: str) -> None:
    """Each of w, x, y, z starts the next, in the slot or behind a and b."""
    chain = [
        job("a", "compute 2ms"),
        job("b", "compute 2ms"),
        job("w", "spawn x", "compute 1ms"),
        job("x", "spawn y", "compute 1ms", spawned=True),
        job("y", "spawn z", "compute 1ms", spawned=True),
        job("z", "compute 1ms", spawned=True),
    ]
    assert turns(run(*chain, lifo_limit=limit)) == order


def test_who_has_had_a_quantum_goes_to_the_tail() -> None:
    trace = run(job("A", "compute 15ms"), job("B", "compute 12ms"))
    assert chart(trace) == "B 0-10, A 10-20, B 20-22, A 22-27"


def test_who_yields_goes_to_the_tail_not_into_the_slot() -> None:
    trace = run(
        job("A", "compute 1ms"),
        job("B", "compute 1ms"),
        job("C", "compute 1ms", "yield", "compute 1ms"),
    )
    assert turns(trace) == "CABC"


# -- several workers --------------------------------------------------------------------------


def test_fork_and_join() -> None:
    """One worker starts 8 threads; the other, which is idle, takes half of those in its queue.

    The slot of core 0 has c8, the queue c1 to c7: so core 1 takes c1 to c4 and runs c4 first.
    """
    names = "12345678"
    children = [job(name, "compute 10ms", spawned=True) for name in names]
    spawns = [f"spawn {name}" for name in names]
    joins = [f"join {name}" for name in names]
    main = job("m", *spawns, "compute 5ms", *joins, "compute 1ms")
    trace = run(main, *children, cores=2)
    assert stolen(trace) == [(0, name, 1) for name in "1234"]
    assert turns(trace, 0) == "m8567m"
    assert turns(trace, 1) == "4123"
    assert ms(trace.end) == 46


def test_thieves_steal_from_thieves_until_nobody_is_idle() -> None:
    children = [job(f"{n}", "compute 10ms", spawned=True) for n in range(1, 9)]
    main = job("m", *(f"spawn {n}" for n in range(1, 9)), "compute 10ms")
    trace = run(main, *children, cores=4)
    assert {core for time, _, core in stolen(trace) if time == 0} == {1, 2, 3}
    assert ms(trace.end) == 30
    assert all(each.start % 10 == 0 for core in range(4) for each in on_core(trace, core))


def test_a_thief_takes_the_slot_only_if_there_is_nothing_else() -> None:
    """B, in the slot behind A, is the only one to be had."""
    jobs = (job("m", "spawn b", "compute 4ms"), job("b", "compute 4ms", spawned=True))
    go = run(*jobs, cores=2)
    assert chart(go, 0) == "m 0-4"
    assert chart(go, 1) == "b 0-4"
    assert stolen(go) == [(0, "b", 1)]
    tokio = run(*jobs, cores=2, steal_slot=False)
    assert chart(tokio, 0) == "m 0-4, b 4-8"
    assert stolen(tokio) == []


def test_a_worker_that_runs_dry_takes_the_first_half() -> None:
    """Threads come to the core with the least to do: those with long work all to core 0."""
    jobs = [job(name, f"compute {30 if n % 2 == 0 else 1}ms") for n, name in enumerate("AbCdEfGh")]
    trace = run(*jobs, cores=2, quantum=100 * MS)
    # Core 0 runs G, of A, C, E, G; core 1 h, b, d, f.  At 4 it takes A and C, and runs C first.
    assert chart(trace, 0) == "G 0-30, E 30-60"
    assert chart(trace, 1) == "h 0-1, b 1-2, d 2-3, f 3-4, C 4-34, A 34-64"
    assert stolen(trace) == [(4, "A", 1), (4, "C", 1)]


def test_who_is_woken_waits_at_the_core_of_who_woke_it() -> None:
    """b ran on core 1; a, after c, lets go of m at 7 on core 0, where b then waits."""
    text = """
    schema = 1
    title = "woken"
    model = "threads"
    unit = "tick"
    machine = { cores = 2, policy = "work_stealing" }
    python = { gil = "off" }
    job = [
        { name = "a", steps = ["acquire m", "compute 6", "release m", "compute 5"] },
        { name = "b", steps = ["compute 2", "acquire m", "compute 2", "release m"] },
        { name = "c", steps = ["compute 20"] },
    ]
    """
    run = Run(loads(text, "woken"))
    moved = [row for row in run.finish().rows() if row.kind is Kind.MOVE and row.time == 7]
    assert [row.core for row in moved] == [0]
    assert explain(run.history, moved[0].n + 1).text == "b joins the run queue of core 0."


def test_a_thread_that_is_tied_to_its_core_is_not_stolen() -> None:
    jobs = [job(name, "compute 4ms", affinity=(0,)) for name in "ABC"]
    trace = run(*jobs, job("d", "compute 1ms"), cores=2)
    assert chart(trace, 1) == "d 0-1"
    assert stolen(trace) == []


def _work(trace: Trace) -> int:
    return sum(length * sum(map(bool, state.running)) for state, length in instants(trace))


@settings(deadline=None, max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 25), min_size=1, max_size=12),
    cores=st.integers(1, 4),
    limit=st.integers(0, 3),
)
def test_no_core_is_idle_while_somebody_waits(lengths: list[int], cores: int, limit: int) -> None:
    """And all work is done, once."""
    children = [job(f"c{n}", f"compute {n}ms", "sleep 2ms", "compute 1ms", spawned=True)
                for n in lengths]  # fmt: skip
    named = {each.name: each for each in children}
    main = job("m", *(f"spawn c{n}" for n in lengths), "compute 3ms")
    trace = run(main, *named.values(), cores=cores, lifo_limit=limit)
    assert _work(trace) == (3 + sum(lengths) + len(lengths)) * MS
    for state, _ in instants(trace):
        assert not (state.run_queue and 0 in state.running)


def test_the_seed_decides_whom_a_thief_visits() -> None:
    children = [job(f"{n}", "compute 3ms", "sleep 1ms", "compute 2ms", spawned=True, count=3)
                for n in range(6)]  # fmt: skip
    main = job("m", *(f"spawn {n}" for n in range(6)))

    def rows_of(seed: int) -> list[tuple[int, ...]]:
        simulation = Simulation(machine(main, *children, cores=4), seed=seed)
        simulation.run()
        trace = simulation.trace
        return list(zip(trace.times, trace.codes, trace.args, strict=True))

    assert rows_of(1) == rows_of(1)
    assert len({tuple(rows_of(seed)) for seed in range(8)}) > 1


def test_what_is_wrong_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="quantum"):
        WorkStealing(quantum=0)
    with pytest.raises(ValueError, match="lifo_limit"):
        WorkStealing(lifo_limit=-1)
