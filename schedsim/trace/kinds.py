"""The kinds of rows: what happened.

In the rows that take somebody off a core or out of a loop's hand (:data:`TAKES_OFF_CORE`,
:data:`TAKES_FROM_LOOP`) one row tells both sides: the subject comes in, and *reason*, *other* (the
place in its program) and *arg* (the moment until which it waits) tell how its predecessor left.
Who that was, the state knows.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Kind(IntEnum):
    """What happened."""

    SPAWN = 1
    """*subject* exists from now on; *other* started it; it arrives at *arg*."""
    WAKE = 2
    """Thread *subject* becomes runnable; *other* is whoever caused it."""
    RUN = 3
    """*core* is given to thread *subject*."""
    SWITCH = 4
    """*core* begins the context switch to thread *subject*."""
    STARTED = 5
    """The context switch on *core* is paid: *subject* runs."""
    IDLE = 6
    """*core* has nobody to run."""
    COMPUTE = 7
    """*subject* begins to compute for *arg*; *other* is the place in its program.

    With reason ``CALL`` a task begins a blocking call that takes *arg*: it keeps its loop.
    With ``HOLD`` or ``NATIVE`` it computes in a C call, which keeps the GIL or lets go of it.
    """
    MARK = 8
    """*subject* logs label number *arg*; *other* is the place in its program."""
    GIL_TAKE = 9
    """Thread *subject* takes its GIL; *other* is the dropper that may now go on."""
    GIL_RELEASE = 10
    """Thread *subject* lets go of its GIL; *other* is the waiter this wakes."""
    GIL_REQUEST = 11
    """Waiter *subject* asks holder *other* to drop the GIL, and waits on at the tail."""
    GIL_TIMEOUT = 12
    """Waiter *subject* waited an interval in which the GIL changed hands; waits on at the tail."""
    TASK_RUN = 13
    """The loop of *subject* starts or resumes it."""
    LOOP_PASS = 14
    """The loop in thread *subject* begins its next pass over what is ready."""
    LOOP_WAIT = 15
    """The loop in thread *subject* finds nothing ready."""
    TASK_READY = 16
    """Task *subject* joins its loop's ready queue; *other* is whoever caused it."""
    COMMAND = 17
    """The user did something; *reason* says what, to *subject*, with *arg*."""
    TASK_LEFT = 18
    """The task that the loop in thread *subject* had in hand has left."""
    LEVEL = 19
    """The policy puts thread *subject* at level *arg*; without a subject, everybody."""
    NEXT_JOB = 20
    """Periodic thread *subject* is done with a job and goes on at once with the next, number
    *other*, which has been released meanwhile, at *arg*."""
    ABORT = 21
    """Job number *other* of *subject* is given up at its deadline.

    A thread that was in a run queue then waits for the next release, at *arg*; of any other
    *arg* is ``NEVER``, and it does so as soon as it runs again."""
    MOVE = 22
    """Runnable thread *subject* moves to the run queue of *core*."""
    LOCK = 23
    """*subject* takes lock number *other*."""
    UNLOCK = 24
    """*subject* lets go of lock number *arg*; *other* is the waiter this wakes."""
    WARM = 25
    """What thread *subject* works on is in the cache of *core* from now on."""
    EVICT = 26
    """It is no longer."""
    RESOURCE = 27
    """*subject* changes resource number *other*, whose value is *arg* from now on: how many a
    semaphore has left or a queue holds, 1 for an event that is set, 0 for one that is not."""
    CANCEL = 28
    """*other* asks task *subject* to end; it learns of it when it runs next.

    With reason ``CANCELLED`` it had not begun to run, and never does: that was its end."""
    REVERSED = 29
    """The loop in thread *subject* takes what is ready in reverse order."""
    KILL = 30
    """Thread or task *subject* ends where it is, because its process was killed.

    Of a thread that is on a core, or a task in its loop's hand, the row that takes it from there
    says so, with reason ``KILLED``."""


TAKES_OFF_CORE: Final = frozenset({Kind.RUN, Kind.SWITCH, Kind.IDLE})
"""Rows that say how the thread that was on *core* left it."""
TAKES_FROM_LOOP: Final = frozenset({Kind.TASK_RUN, Kind.TASK_LEFT, Kind.LOOP_PASS, Kind.LOOP_WAIT})
"""Rows that say how the task that a loop had in hand left it."""

KINDS: Final = (Kind.SPAWN, *Kind)
"""By number: a lookup costs a third of ``Kind(number)``.  There is no kind 0."""
