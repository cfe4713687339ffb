"""The catalogue of cases: what a process of its own is started for.

A case is a function that does some work and says how many events that were and what they took.
To add one, write the function in a module beside this, give it a line here, and a row of the table
in :mod:`schedsim.bench.rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from schedsim.bench import (
    asyncio_peer,
    decisions,
    looking,
    memory,
    ours,
    simpy_peer,
    simso,
    start_up,
    store,
    workload,
)

FEW: Final = 10
A_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """Some work to be measured."""

    run: Callable[[], workload.Measured]
    unit: workload.Unit = "ns"
    """Of what an event takes."""
    needs: str = ""
    """A package that may be missing."""
    most_rounds: int | None = None
    """It is not measured more often: it takes long, or is the same each time."""
    full: bool = False
    """Only where everything is asked for."""


def of(name: str, many: int, what: str = "tasks") -> str:
    """The name of the case of so many."""
    return f"{name}, {many:,} {what}"


def _large(case: Callable[[], workload.Measured], tasks: int, needs: str = "") -> Case:
    full = tasks >= A_MILLION
    return Case(case, needs=needs, most_rounds=3 if full else None, full=full)


YIELDING: Final = (1_000, 10_000, 100_000, A_MILLION)
SLEEPING: Final = (1_000, 10_000)
"""How many tasks a loop has beside its peers: a virtual asyncio gets no further in good time."""
MANY: Final = (10_000, 100_000)
"""So many threads wait for a core, in the usual table and in the full one."""


_MORE_SLEEPS: Final = 200
"""Few tasks sleep more often, so that a loop is worth timing."""


def _of_loops() -> dict[str, Case]:
    found = {}
    for tasks in (FEW, *YIELDING):
        sleeps = _MORE_SLEEPS if tasks == FEW else workload.SLEEPS
        found[of("sleep(0)", tasks)] = _large(partial(ours.yields, tasks, sleeps), tasks)
        sleeping = partial(ours.yields, tasks, sleeps, sleep=workload.MILLISECOND)
        found[of("sleep(1ms)", tasks)] = _large(sleeping, tasks)
    for tasks in YIELDING:
        found[of("asyncio sleep(0)", tasks)] = _large(partial(asyncio_peer.yields, tasks), tasks)
        found[of("uvloop sleep(0)", tasks)] = _large(
            partial(asyncio_peer.uvloop_yields, tasks), tasks, "uvloop"
        )
    for tasks in SLEEPING:
        found[of("SimPy timeout", tasks)] = Case(partial(simpy_peer.sleeps, tasks), needs="simpy")
        found[of("looptime sleep(1ms)", tasks)] = Case(
            partial(asyncio_peer.virtual_sleeps, tasks), needs="looptime"
        )
    found[of("live sleep(1ms)", 1_000)] = Case(partial(ours.live_sleeps, 1_000))
    return found


def _of_the_store() -> dict[str, Case]:
    return {
        "store: execute": Case(store.executed),
        "store: write": Case(store.written),
        "store: write without states": Case(partial(store.written, states=False)),
        "store: read": Case(store.read),
        "store: bytes of a row": Case(store.bytes_of_rows, "B", most_rounds=1),
        "store: seek in file": Case(store.seek_in_file, "ms", most_rounds=3),
        "store: seek in memory": Case(store.seek_in_memory, "ms", most_rounds=3),
        "store: seek in file, 10 million rows": Case(
            partial(store.seek_in_file, 10_000_000), "ms", most_rounds=1, full=True
        ),
    }


def _of_policies() -> dict[str, Case]:
    found = {}
    for name, growth in decisions.POLICIES.items():
        for threads in (FEW, *MANY):
            run = partial(_decisions, growth, threads)
            full = threads == MANY[-1]
            found[of(name, threads, "threads")] = Case(
                run, full=full, most_rounds=3 if full else None
            )
    return found


def _decisions(growth: decisions.Growth, threads: int) -> workload.Measured:
    return decisions.decisions(growth.policy, growth.jobs(threads))


def _of_looking() -> dict[str, Case]:
    return {
        of(f"looking at {kind}", rows, "rows"): Case(
            partial(looking.looking, kind, rows), most_rounds=3, full=rows > looking.ROWS
        )
        for kind in looking.SCENARIOS
        for rows in (looking.ROWS, looking.ALL_ROWS)
    }


CASES: Mapping[str, Case] = {
    "switches": Case(ours.switches),
    "switches, 10 threads": Case(partial(ours.switches, FEW)),
    "switches, 10,000 threads": Case(partial(ours.switches, 10_000)),
    "switches under GILs": Case(ours.switches_under_gils),
    "bare loop": Case(simpy_peer.bare_loop),
    "SimPy by hand": Case(simpy_peer.by_hand, needs="simpy"),
    "SimPy Resource": Case(simpy_peer.resource, needs="simpy"),
    "SimPy interrupts": Case(simpy_peer.interrupts, needs="simpy"),
    **_of_loops(),
    "customers": Case(ours.customers),
    "SimPy customers": Case(simpy_peer.customers, needs="simpy"),
    "EDF jobs": Case(ours.periodic),
    "SimSo EDF jobs": Case(simso.periodic, needs="simso"),
    "bytes of a live task": Case(partial(memory.suspended, "live"), "B", most_rounds=1),
    "bytes of a task in steps": Case(partial(memory.suspended, "flat"), "B", most_rounds=1),
    "bytes of an entity": Case(memory.entity, "B", most_rounds=1),
    "bytes of a row": Case(ours.bytes_of_rows, "B", most_rounds=1),
    "allocated bytes of a row": Case(ours.allocated_bytes_of_rows, "B", most_rounds=1),
    **_of_the_store(),
    "python -c pass": Case(start_up.nothing, "ms"),
    "schedsim run": Case(start_up.run, "ms"),
    **_of_policies(),
    **_of_looking(),
}
"""By name.  Each runs in a process of its own."""
