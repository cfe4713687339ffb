"""Random workloads in the format of the cases: small, and full of moments that coincide.

Where the rules leave something open (which of two equals a global policy preempts, say), the
strategies or the properties stay away from it; each says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

from hypothesis import assume, strategies as st

from tests.references import Case
from tests.references_multicore import multicore
from tests.references_realtime import first_fit, least_loaded, tasks_of

_SMALL = st.integers(1, 5)
_ARRIVALS = st.sampled_from([0, 0, 0, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 20])
_LENGTHS = st.sampled_from([1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 12])


@st.composite
def jobs(
    draw: st.DrawFn,
    /,
    *,
    io: bool = False,
    at_once: bool = False,
    **more: st.SearchStrategy[Any],
) -> list[dict[str, Any]]:
    """A few jobs.

    Args:
        draw: of Hypothesis.
        io: some of them wait now and then.
        at_once: all arrive at 0.
        more: further keys, such as ``priority``.
    """
    found = []
    for number in range(draw(st.integers(1, 6))):
        job: dict[str, Any] = {
            "id": number,
            "arrival": 0 if at_once else draw(_ARRIVALS),
            "length": draw(_LENGTHS),
        }
        if io and draw(st.booleans()):
            job |= {"io_every": draw(_SMALL), "io_time": draw(_SMALL)}
        job |= {key: draw(strategy) for key, strategy in more.items()}
        found.append(job)
    return found


def _case(policy: str, params: dict[str, Any], **more: Any) -> Case:
    return {"id": "random", "policy": policy, "params": params, **more}


def _switch(draw: st.DrawFn) -> dict[str, Any]:
    cost = draw(st.sampled_from([0, 0, 0, 1, 2]))
    return {"switch_cost": cost} if cost else {}


@st.composite
def fifos(draw: st.DrawFn) -> Case:
    """FIFO with I/O and a cost of switching."""
    return _case("fifo", {}, machine=_switch(draw), jobs=draw(jobs(io=True)))


@st.composite
def round_robins(draw: st.DrawFn) -> Case:
    """Round robin; ``slice_end`` without I/O, of which its packages know nothing."""
    requeue = draw(st.sampled_from(["arrivals_first", "preempted_first", "slice_end"]))
    params = {"quantum": draw(st.integers(1, 4)), "requeue": requeue}
    work = draw(jobs(io=requeue != "slice_end"))
    return _case("round_robin", params, machine=_switch(draw), jobs=work)


@st.composite
def shortest(draw: st.DrawFn) -> Case:
    """SJF and STCF, without I/O: what counts as remaining is nobody's rule then."""
    policy = draw(st.sampled_from(["sjf", "stcf"]))
    params = {"ties": draw(st.sampled_from(["arrival", "running"]))} if policy == "stcf" else {}
    return _case(policy, params, machine=_switch(draw), jobs=draw(jobs()))


@st.composite
def priorities(draw: st.DrawFn, *, aging: bool = False) -> Case:
    """Priorities; with aging, no cost of switching (is a thread waiting meanwhile?)."""
    params: dict[str, Any] = {
        "preemptive": draw(st.booleans()),
        "larger_is_higher": draw(st.booleans()),
    }
    if aging:
        params["aging"] = draw(st.integers(1, 6))
    machine = {} if aging else _switch(draw)
    work = draw(jobs(priority=st.integers(0, 4)))
    return _case("priority", params, machine=machine, jobs=work)


@st.composite
def mlfqs(draw: st.DrawFn) -> Case:
    """MLFQ with all its options."""
    levels = draw(st.integers(1, 4))
    each = st.lists(st.integers(1, 4), min_size=levels, max_size=levels)
    params = {
        "levels": levels,
        "quantum": draw(each),
        "allotment": draw(each),
        "boost": draw(st.sampled_from([0, 0, 5, 7, 10, 20])),
        "stay": draw(st.booleans()),
        "iobump": draw(st.booleans()),
    }
    return _case("mlfq", params, jobs=draw(jobs(io=True)))


@st.composite
def lotteries(draw: st.DrawFn) -> Case:
    """Lotteries with given draws; all from the start: whether who is alone draws is open."""
    params = {
        "quantum": draw(st.integers(1, 4)),
        "full_quantum": draw(st.booleans()),
        "draws": draw(st.lists(st.integers(0, 10**6), min_size=80, max_size=80)),
    }
    return _case("lottery", params, jobs=draw(jobs(at_once=True, tickets=st.integers(1, 20))))


@st.composite
def strides(draw: st.DrawFn) -> Case:
    """Stride scheduling, by turns with all jobs from the start."""
    work = draw(jobs(at_once=draw(st.booleans()), tickets=st.integers(1, 20)))
    return _case("stride", {"quantum": draw(st.integers(1, 3))}, jobs=work)


@st.composite
def clients(draw: st.DrawFn) -> Case:
    """Clients of EEVDF, one of them from the start."""
    found = [
        {
            "id": number,
            "weight": draw(st.integers(1, 6)),
            "request": draw(st.integers(1, 4)),
            "arrival": draw(st.integers(0, 9)) if number else 0,
        }
        for number in range(draw(st.integers(1, 5)))
    ]
    return _case("eevdf", {"quantum": 1}, until=40, clients=found)


# -- many cores --------------------------------------------------------------------------------


@st.composite
def multicores(draw: st.DrawFn) -> Case:
    """OSTEP's multi.py; no affinity where work is stolen, as in the cases."""
    cores = draw(st.integers(1, 4))
    machine: dict[str, Any] = {
        "cores": cores,
        "queues": draw(st.sampled_from(["global", "per_core"])),
        "cache_size": draw(st.sampled_from([50, 100, 150, 500])),
        "warmup": draw(st.integers(0, 6)),
        "rate_cold": draw(st.integers(1, 2)),
        "rate_warm": draw(st.integers(1, 4)),
    }
    steals = machine["queues"] == "per_core" and cores > 1 and draw(st.booleans())
    if steals:
        machine["peek_interval"] = draw(st.integers(1, 10))
    elif machine["queues"] == "global" and draw(st.booleans()):
        order = st.permutations(range(cores))
        machine["core_orders"] = draw(st.lists(order, min_size=80, max_size=80))
    work = draw(jobs(at_once=True, working_set=st.sampled_from([0, 20, 50, 80, 120, 200])))
    if not steals:
        for job in work:
            if draw(st.integers(0, 3)) == 0:
                some = st.sets(st.integers(0, cores - 1), min_size=1)
                job["affinity"] = sorted(draw(some))
    params = {"quantum": draw(st.integers(1, 6)), "aligned": True}
    case = _case("round_robin", params, machine=machine, jobs=work)
    if steals:
        others = cycle(draw(st.lists(st.integers(0, cores - 2), min_size=8, max_size=8)))
        machine["peek_choices"] = _choices(case, others)
    return case


def _choices(case: Case, others: Iterator[int]) -> list[int]:
    """As many as the run asks for, each another core than the one that looks."""
    choices: list[int] = []

    def choose(core: int) -> int:
        other = next(others)
        choices.append(other + (other >= core))
        return choices[-1]

    multicore(case, choose)
    return choices


# -- periodic jobs -----------------------------------------------------------------------------


@st.composite
def _tasks(draw: st.DrawFn, most: int) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(1, most))):
        period = draw(st.integers(3, 15))
        deadline = draw(st.one_of(st.just(period), st.integers(2, period)))
        wcet = draw(st.integers(1, max(1, deadline // 2)))
        task = {"id": number, "period": period, "deadline": deadline, "wcet": wcet}
        found.append(task | {"offset": draw(st.sampled_from([0, 0, 1, 2, 3, 5]))})
    return found


@st.composite
def periodic(draw: st.DrawFn) -> Case:
    """EDF and rate monotonic on one core, overloaded at times."""
    policy = draw(st.sampled_from(["edf", "rate_monotonic"]))
    params = {"abort_on_miss": True} if draw(st.booleans()) else {}
    return _case(policy, params, machine={}, until=60, tasks=draw(_tasks(4)))


@st.composite
def periodic_on_many_cores(draw: st.DrawFn, *, partitioned: bool) -> Case:
    """EDF and rate monotonic, global or partitioned."""
    policy = draw(st.sampled_from(["edf", "rate_monotonic"]))
    cores = draw(st.integers(2, 4))
    machine: dict[str, Any] = {"cores": cores}
    case = {**_case(policy, {}, machine=machine, until=60), "tasks": draw(_tasks(7))}
    if partitioned:
        machine["queues"] = "per_core"
        if policy == "edf":
            machine["placement"] = "first_fit"
        tasks = tasks_of(case)
        place = first_fit(tasks, cores) if policy == "edf" else least_loaded(tasks, cores)
        assume(place is not None)
        case["assignment"] = place
    return case
