"""``loop.run_in_executor`` and ``asyncio.to_thread``.

After ``Lib/asyncio/futures.py``, ``wrap_future``: the callback copies what became of the work into
a future, and the task that awaits it goes on in the pass after (SEMANTICS.md A13).  Cancelled, it
waits no longer; the work goes on, or waits on for its turn.
"""

from __future__ import annotations

from schedsim.loops.asyncio.futures import Future, Task
from schedsim.loops.executors import Usual, submit
from schedsim.threads.pools import Assignment, PoolChoice, Work
from schedsim.trace import Reason
from schedsim.traps import Body


def run_in(me: Task, pool: PoolChoice, work: Work) -> Body:
    """``await loop.run_in_executor(pool, work)``."""
    future = Future(me.loop, Reason.JOINED)

    def copy(assignment: Assignment, by: int) -> None:
        """``_copy_future_state``."""
        if future.over:
            return
        future.by = by
        if assignment.error is None:
            future.set_result(assignment.result)
        else:
            future.set_error(assignment.error)

    yield from submit(me, pool.of(me.id), work, copy)
    return (yield from future.wait(me))


def to_thread(me: Task, work: Work) -> Body:
    """``await asyncio.to_thread(work)``."""
    return (yield from run_in(me, Usual(work), work))
