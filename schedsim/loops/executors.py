"""Work that a task gives to a pool of threads or processes, and waits for.

Giving it never waits: the loop's thread puts it into the pool's queue.  Whoever finds it done
calls ``call_soon_threadsafe``: a callback joins the loop's ready queue, and the selector is poked
(SEMANTICS.md A13).  What the callback does is up to the flavour.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from schedsim.loops.base import Loop
from schedsim.loops.live_tasks import LiveTask
from schedsim.threads.pools import Assignment, Pool, PoolChoice, Work
from schedsim.trace import NEVER, Reason
from schedsim.traps import PARK, Body


def call_soon_threadsafe(loop: Loop, run: Callable[[int], None], by: int) -> None:
    """Let ``run`` be called in the loop's next pass, with ``by``, the thread that wants it."""
    loop.call_soon(partial(run, by))
    loop.host.poke_loop(loop.thread, by)


def submit(me: LiveTask, pool: Pool, work: Work, told: Callable[[Assignment, int], None]) -> Body:
    """Give ``work`` to ``pool``; once it is done ``told`` is called in the loop of ``me``."""
    assignment = Assignment(work)
    call = partial(call_soon_threadsafe, me.loop, partial(told, assignment))
    assignment.callbacks.append(call)
    yield from pool.submit(me.id, assignment)
    return assignment


def run_in(me: LiveTask, pool: PoolChoice, work: Work) -> Body:
    """Let a worker of ``pool`` do ``work``, and wait for its result.

    As in trio it cannot be cancelled: whoever asks for that has to wait.
    """

    def done(_: Assignment, by: int) -> None:
        me.loop.make_ready(me, Reason.JOINED, by=by)

    assignment = yield from submit(me, pool.of(me.id), work, done)
    yield (PARK, (Reason.AWAIT, NEVER))
    return assignment.outcome()


class Usual:
    """The pool that ``to_thread`` means, for one piece of work.

    Args:
        work: who knows.
    """

    def __init__(self, work: Work) -> None:
        self.work = work

    def of(self, entity: int) -> Pool:
        """That of the process of ``entity``."""
        return self.work.usual_pool(entity)


def to_thread(me: LiveTask, work: Work) -> Body:
    """The same in the usual pool."""
    return (yield from run_in(me, Usual(work), work))
