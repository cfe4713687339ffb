"""A pool with too few workers: jobs wait in its queue although there are cores to spare.

Jobs that wait because the cores are busy, or the GIL, would not be done sooner by more workers.
So a wait counts only if whoever ended it came straight from another job, and if, for half of it
at least, a core was idle and no worker wanted one, or the GIL.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.state import State, Status
from schedsim.trace import NEVER, Kind, Reason, Row, Trace


@dataclass(slots=True)
class _Wait:
    """A job in the queue of a pool."""

    who: int
    """Who gave it to the pool."""
    start: Time
    spare: Time
    """How much spare time there had been when it came."""
    end: Time = NEVER


@dataclass(slots=True)
class _Pool:
    """What is known of one pool."""

    number: int
    value: int = 0
    queue: deque[_Wait] = field(default_factory=deque)
    workers: dict[int, bool] = field(default_factory=dict)
    """Each with whether it has had a job."""
    spare: Time = 0
    """For how long more workers could have done something."""
    waits: list[_Wait] = field(default_factory=list)
    """Those that more workers would have spared."""


def pool_exhaustion(measured: Measured) -> Iterator[Finding]:
    """Find the pools whose jobs waited for nothing but a worker."""
    trace = measured.trace
    pools = {
        number: _Pool(number)
        for number, resource in enumerate(trace.resources)
        if resource.kind == "pool"
    }
    if not pools:
        return
    state = State.start(trace)
    for row in trace.rows():
        for pool in pools.values():
            if row.time > state.time and _has_room(trace, state, pool):
                pool.spare += row.time - state.time
        if row.kind is Kind.RESOURCE and row.other in pools:
            _queue_changed(pools[row.other], row)
        elif row.reason is Reason.LOCK and row.core >= 0 and row.arg in pools:
            pools[row.arg].workers.setdefault(state.running[row.core], False)
        state.forward(row.n + 1)
    for pool in pools.values():
        if _has_room(trace, state, pool):
            pool.spare += trace.end - state.time
        for wait in pool.queue:
            if pool.workers and all(pool.workers.values()):
                _over(pool, wait, trace.end)
        if pool.waits:
            yield _finding(trace, pool)


def _has_room(trace: Trace, state: State, pool: _Pool) -> bool:
    """Whether another worker could have gone on with something."""
    if all(state.running[: state.online]):
        return False
    for worker in pool.workers:
        gil = state.gils.get(trace.entities[worker].process)
        wants = gil is not None and (worker in gil.waiters or worker == gil.dropper)
        if wants or state.status[worker] is Status.RUNNABLE:
            return False
    return True


def _queue_changed(pool: _Pool, row: Row) -> None:
    more, pool.value = row.arg > pool.value, row.arg
    if more:
        pool.queue.append(_Wait(row.subject, row.time, pool.spare))
        return
    wait = pool.queue.popleft()
    if pool.workers.get(row.subject):
        _over(pool, wait, row.time)
    pool.workers[row.subject] = True


def _over(pool: _Pool, wait: _Wait, end: Time) -> None:
    wait.end = end
    if 0 < end - wait.start <= 2 * (pool.spare - wait.spare):
        pool.waits.append(wait)


def _finding(trace: Trace, pool: _Pool) -> Finding:
    worst = max(pool.waits, key=lambda wait: wait.end - wait.start)
    name = plain(trace.resources[pool.number].name, 32)
    longest = format_duration(worst.end - worst.start, trace.unit)
    victims = tuple(dict.fromkeys(wait.who for wait in pool.waits))
    size = len(pool.workers)
    jobs, have = ("A job", "it") if len(pool.waits) == 1 else (f"{len(pool.waits):,} jobs", "they")
    why = (
        f"{jobs} of {names(trace, victims)} waited for a worker of pool {name}, up to {longest}: "
        f"all {size} were busy, and cores were idle."
        if size > 1
        else f"{jobs} of {names(trace, victims)} waited for the only worker of pool {name}, up to "
        f"{longest}, while cores were idle."
    )
    stuck = any(wait.end == trace.end for wait in pool.waits) and trace.complete
    advice = (
        f"Let no job wait for a job of its own pool: {have} may wait for ever."
        if stuck
        else "Give the pool more workers, or let its jobs wait elsewhere: in tasks that await."
    )
    return Finding(
        "pool_exhaustion", worst.start, worst.end, next(iter(pool.workers)), victims, why, advice
    )
