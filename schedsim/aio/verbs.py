"""What code on a simulated machine may ask for besides asyncio: plain calls that take time there.

They work in coroutines, however deep, in plain callbacks, and in functions of the executor.
"""

from __future__ import annotations

from schedsim.aio.clock import Duration, duration
from schedsim.aio.thread import SimThread, required
from schedsim.durations import Time
from schedsim.programs.greenlets import trap
from schedsim.trace import Kind, Reason
from schedsim.traps import CALL, COMPUTE


def compute(length: Duration) -> None:
    """Use the processor for ``length``: seconds, or text such as ``"5ms"``.

    In a coroutine it does not give the loop back, as real computing does not.

    Raises:
        NotSimulated: called outside a simulated thread.
        ValueError: ``length`` is no duration.
    """
    thread = required("compute()")
    spend(thread, COMPUTE, duration(length))


def call(name: str, length: Duration) -> None:
    """Make a blocking call of the standard library that takes ``length``, such as ``time.sleep``.

    The *thread* blocks and lets go of the GIL; in a coroutine the whole loop waits.

    Raises:
        NotSimulated: called outside a simulated thread.
        ValueError: ``length`` is no duration, or ``name`` is empty.
    """
    thread = required("call()")
    if not name:
        raise ValueError("a blocking call has a name, such as time.sleep")
    spend(thread, CALL, duration(length))


def mark(label: str) -> None:
    """Log ``label`` in the trace.  Takes no time.

    Raises:
        NotSimulated: called outside a simulated thread.
    """
    thread = required("mark()")
    subject, place = _who(thread)
    trace = thread.engine.trace
    trace.append(thread.engine.now, Kind.MARK, subject=subject, other=place, arg=trace.label(label))


def spend(thread: SimThread, what: int, time: Time) -> None:
    """Compute, or make a blocking call, for ``time`` nanoseconds."""
    _tell(thread, Reason.CALL if what == CALL else Reason.NONE, time)
    trap(what, time)


def _who(thread: SimThread) -> tuple[int, int]:
    """The task that makes a call, or the thread, and the place in its program."""
    loop = thread.loop
    return (thread.id, 0) if loop is None else loop.rows.subject()


def _tell(thread: SimThread, reason: Reason, time: int) -> None:
    """Write that somebody begins to compute: the engine does so for threads without a loop."""
    if thread.record.loop:
        subject, place = _who(thread)
        if reason is Reason.CALL and subject == thread.id:
            return  # the row with which it leaves its core tells that
        thread.engine.trace.append(
            thread.engine.now, Kind.COMPUTE, reason, subject=subject, other=place, arg=time
        )
