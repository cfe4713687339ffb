"""Jobs of periodic threads: when each is released, begun, and given up.

Job number k is released at the thread's arrival plus k periods.  A job that is late goes on, and
the next one waits behind it; or it is given up at its deadline, where the policy says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.engine import c_calls
from schedsim.engine.records import Thread
from schedsim.trace import NEVER, Kind

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine


def release(thread: Thread, later: int = 0) -> Time:
    """When the job of its present number, or so many later, is released."""
    return thread.offset + (thread.number + later) * (thread.attributes.period or 0)


def begin_job(engine: Engine, thread: Thread, released: Time) -> None:
    """The present job of ``thread`` was ``released`` and may run."""
    thread.arrived_at = released
    relative = thread.attributes.deadline or thread.attributes.period
    assert relative is not None, "it is periodic"
    thread.deadline = released + relative
    if engine.policy.abort_on_miss and thread.deadline > engine.now:
        engine.give_up_at(thread.deadline, thread)


def next_job(engine: Engine, thread: Thread) -> bool:
    """Begin the next job of ``thread``, which has done one; False if it is not released yet.

    A job that is to be given up at its deadline, and was late before it could begin, is skipped.
    """
    period = thread.attributes.period or 0
    while (released := thread.offset + (thread.number + 1) * period) <= engine.now:
        thread.number += 1
        begin_job(engine, thread, released)
        engine.trace.append(
            engine.now, Kind.NEXT_JOB, subject=thread.id, other=thread.number, arg=released
        )
        assert thread.deadline is not None, "it has begun a job"
        if not engine.policy.abort_on_miss or thread.deadline > engine.now:
            return True
        engine.trace.append(
            engine.now, Kind.ABORT, subject=thread.id, other=thread.number, arg=NEVER
        )
    return False


def is_late(thread: Thread, number: int) -> bool:
    """Whether job ``number`` of ``thread`` is not done."""
    return thread.number == number and not (thread.releasing or thread.ended)


def abort(engine: Engine, thread: Thread) -> None:
    """Give up the present job of ``thread``: its deadline is past."""
    periodic = bool(thread.attributes.period)
    following = release(thread, 1) if periodic else NEVER
    core = thread.core
    running = core is not None and core.thread is thread
    if running and core is not None and core.end != NEVER and not core.switching:
        engine.pace.account(core, engine.now)
        core.start = engine.now
        engine.cut_short(core)
    c_calls.abandon(thread)
    thread.program.abandon()
    thread.left = 0
    queue = thread.queue
    waits = not running and queue is not None and thread in queue.queue()
    engine.trace.append(
        engine.now,
        Kind.ABORT,
        subject=thread.id,
        other=thread.number,
        arg=following if waits else NEVER,
    )
    if not (periodic and waits) or queue is None:
        return  # it ends, or waits for its next release, as soon as it runs again
    queue.remove(thread)
    thread.resume()  # past the wait for the next release
    thread.number += 1
    if following > engine.now:
        thread.releasing = True
        engine.wake_at(following, thread)
    else:
        begin_job(engine, thread, following)
        queue.enqueue(thread)
