"""What is said of those who work in pools: workers, and the thread that pickles for processes."""

from __future__ import annotations

from typing import Final

from schedsim.trace import TAKES_OFF_CORE, Kind, Reason, Role, Trace
from schedsim.why.moment import Moment

_PICKLER: Final = "pickler"


def works_in_a_pool(trace: Trace, thread: int) -> bool:
    """Whether a thread belongs to a pool."""
    entity = trace.entities[thread]
    if entity.role is not Role.THREAD:
        return False
    return any(each.kind == "pool" and each.name == entity.job for each in trace.resources)


def pickles(trace: Trace, thread: int) -> bool:
    """Whether it sends the jobs of a pool to its processes, and receives what becomes of them."""
    return trace.entities[thread].name == _PICKLER and works_in_a_pool(trace, thread)


def begins_a_job(m: Moment) -> bool:
    """Whether the label that a worker logs is the job that it has just taken from its pool."""
    worker = m.row.subject
    if not works_in_a_pool(m.trace, worker):
        return False
    own = m.history.rows_of(worker, m.row.n)
    n = m.history.preceding(own, m.row.n)
    while n is not None:
        row = m.trace.row(n)
        if row.kind is Kind.MARK:
            return False
        if row.kind is Kind.RESOURCE:
            return m.trace.resources[row.other].kind == "pool"
        if row.kind in TAKES_OFF_CORE and row.subject != worker and row.reason is Reason.LOCK:
            return m.trace.resources[row.arg].kind == "pool"  # it was idle, and was handed the job
        n = m.history.preceding(own, n)
    return False
