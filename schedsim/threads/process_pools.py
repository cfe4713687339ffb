"""``ProcessPoolExecutor``: workers that are processes, with interpreters and GILs of their own.

After ``concurrent/futures/process.py``.  A job is pickled in the parent by a thread of the
executor, goes through a pipe and is unpickled by the worker; its result comes back the same way.
So each job costs computing under the parent's GIL, and a worker's start costs computing in the
worker.  Forked workers are all started for the first job; spawned ones as they are needed.

CPython has a second thread for the pickling (``QueueFeederThread``); here one does all.  Nor is
there the limit to how many jobs are pickled ahead: their order is the same without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from schedsim.durations import UNITS, Time
from schedsim.threads.base import Host, Worker
from schedsim.threads.pools import Assignment, Custom, Hiring, Pool
from schedsim.threads.queues import SimpleQueue
from schedsim.trace import NEVER
from schedsim.traps import COMPUTE, RELEASE, SPAWN, Body


@dataclass(frozen=True, slots=True)
class Costs:
    """What it costs to have work done elsewhere."""

    start: Time = 0
    """Computing, before a worker takes its first job."""
    job: Time = 0
    """Computing to pickle a job, and again to unpickle it."""
    result: Time = 0
    """Computing to pickle a result, and again to unpickle it."""


PRESETS: Final = {
    "fork": Costs(4 * UNITS["ms"], 1_700, 1_700),
    "spawn": Costs(UNITS["ms"] * 21 // 2, 1_700, 1_700),
}
"""As measured with Python 3.12 (SEMANTICS.md B6): to fork or spawn, and half of a hop of a pipe."""


class ProcessPool(Pool):
    """A pool of processes.

    Args:
        host: the machine.
        number: of its queue in the trace: what is pickled and waits for a worker.
        hiring: how it comes by its workers.
        clerks: how it comes by the thread in the parent that pickles.
        most: how many workers there are at most.
        custom: its ways: forked workers all start for the first job.
        costs: what each costs.
    """

    def __init__(
        self,
        host: Host,
        number: int,
        hiring: Hiring,
        clerks: Hiring,
        most: int,
        custom: Custom,
        costs: Costs,
    ) -> None:
        super().__init__(host, number, hiring, most, custom)
        self.started = 1  # multiprocessing counts from 1
        self.clerks = clerks
        self.costs = costs
        self.inbox = SimpleQueue(host, NEVER)
        """Of the clerk: jobs to be sent, and jobs that are done."""
        self.clerk: Any = None
        self.under_way = 0
        """Jobs whose results have not come back."""

    def submit(self, by: int, assignment: Assignment) -> Body:
        """Give it a job, on behalf of entity ``by``; never waits."""
        assignment.by = by
        self.under_way += 1
        yield from self.inbox.put(by, assignment)
        yield from self.grow()
        if self.clerk is None:
            yield (SPAWN, _Clerk(self))

    def keep_books(self, me: Worker) -> Body:
        """What the thread in the parent does: send jobs, receive results."""
        while True:
            assignment = yield from self.inbox.get(me)
            if assignment is None:
                break
            if assignment.over:
                yield from _use(self.costs.result)
                self.idle += 1
                self.under_way -= 1
                yield from assignment.tell(me.id)
            else:
                yield from _use(self.costs.job)
                yield from self.queue.put(assignment.by, assignment)
            if self.ending and not self.under_way:
                break
        yield from super().shut_down()

    def work(self, me: Worker) -> Body:
        """What a worker does: jobs, until the pool ends."""
        yield from _use(self.costs.start)
        while True:
            if self.queue.items:
                assignment = self.queue.get_nowait(me)
            elif self.ending and not self.under_way:
                return
            else:
                assignment = yield from self.queue.get(me)
            if assignment is not None:
                yield from _use(self.costs.job)
                yield from assignment.carry_out(me)
                yield from _use(self.costs.result)
                assignment.over = True
                yield from self.inbox.put(me.id, assignment)

    def shut_down(self) -> Body:
        """Let the workers end when there is no job left."""
        self.ending = True
        if self.under_way:
            return
        if self.inbox.getters:
            yield (RELEASE, self.inbox.getters.popleft().lock)
        else:
            yield from super().shut_down()


class _Clerk:
    """The thread in the parent that pickles; what ``SPAWN`` starts."""

    def __init__(self, pool: ProcessPool) -> None:
        self.pool = pool
        self.members: list[Any] = []

    def start(self, by: int) -> None:
        """Start it, on behalf of entity ``by``."""
        pool = self.pool
        pool.clerk = pool.clerks.hire("pickler", by, pool.keep_books)
        self.members.append(pool.clerk)


def _use(time: Time) -> Body:
    if time:
        yield (COMPUTE, time)
