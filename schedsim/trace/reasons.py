"""The reasons of rows: why it happened, or why the one before left."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Reason(IntEnum):
    """Why it happened, or, in a row with two sides, why the one before left."""

    NONE = 0
    """Nobody left: the core or the loop had nobody in hand."""
    QUANTUM = 1
    """Its quantum was spent and somebody else was runnable."""
    YIELD = 2
    """It gave up its turn: ``sleep(0)`` in a task, ``sched_yield`` in a thread."""
    SLEEP = 3
    """It sleeps until *arg*."""
    IO = 4
    """It waits for a device until *arg*."""
    CALL = 5
    """It is in a blocking call until *arg*."""
    JOIN = 6
    """It waits for others to end."""
    GIL = 7
    """It wants the GIL, which somebody else holds."""
    FORCED_SWITCH = 8
    """It honoured a drop request, and waits until somebody else has taken the GIL."""
    SELECT = 9
    """Its event loop waits for the next timer, at *arg*."""
    EXIT = 10
    """It ended."""
    ARRIVED = 11
    """Its time had come, or the scenario began with it."""
    TIMER = 12
    """What it waited for was due: the sleep was over, the device done, the call returned."""
    JOINED = 13
    """The last one it waited for has ended."""
    GIL_FREE = 14
    """The GIL was let go, and it had waited longest."""
    GIL_TAKEN = 15
    """Somebody else has taken the GIL, so the forced switch is over."""
    DROP_REQUEST = 16
    """A waiter had asked for it, a switch interval after the last change of hands."""
    POKED = 17
    """Its loop was given something from outside (``call_soon_threadsafe``)."""
    YIELDING = 18
    """Command: CPU-heavy work yields from now on (*arg* 1) or no longer (*arg* 0)."""
    INJECT = 19
    """Command: work was injected."""
    PREEMPTED = 20
    """Somebody whom the policy prefers took its core."""
    LOCK = 21
    """It waits for resource number *arg*: a lock, a queue, an event ..."""
    UNLOCKED = 22
    """What it waited for is there: the lock was let go, the event set, the queue filled ..."""
    PERIOD = 23
    """Its job is done: it waits for the next release, at *arg*."""
    RELEASED = 24
    """The next job of a periodic thread was released."""
    ALLOTMENT = 25
    """It had used up its allotment at the level above."""
    BOOST = 26
    """Everybody goes to the top, as every so often."""
    AGED = 27
    """It had waited long enough for a better level."""
    CORES = 28
    """Command: the machine has *arg* cores from now on."""
    OFFLINE = 29
    """Its core was taken away."""
    STOLEN = 30
    """A core that had nothing to run took it over."""
    BALANCED = 31
    """The run queues had become too unequal."""
    THROTTLED = 32
    """It had used up its budget, which is filled again at *arg*."""
    AWAIT = 33
    """It waits for something unfinished that has no name: a future, a group of tasks."""
    CANCELLED = 34
    """It was cancelled."""
    FAILED = 35
    """It ended with an exception."""
    TIMEOUT = 36
    """It had waited as long as it was willing to."""
    NATIVE = 37
    """It computes in C code that has let go of the GIL."""
    HOLD = 38
    """It computes in a C call that keeps the GIL: there is no check before it returns."""
    TICKS = 39
    """The GIL before 3.2: so many bytecodes were over."""
    INTERVAL = 40
    """Command: the switch interval is *arg* from now on."""
    PATCHING = 41
    """Command: the standard library is monkey patched from now on (*arg* 1) or no longer (0)."""
    GIL_SWITCHED = 42
    """Command: threads need the GIL from now on (*arg* 1) or no longer (0); a thread that waited
    for it then is runnable."""
    POLICY = 43
    """Command: policy number *arg* (see :attr:`Trace.policies`) schedules from now on."""
    SLICES = 44
    """Command: the same policy does, with slices as policy number *arg* has them."""
    KILLED = 45
    """Its process was killed.  Command: *subject*, a task or a process, is killed."""
    NICE = 46
    """Command: the nice value of thread *subject* is *arg* from now on."""
    PRIORITY = 47
    """Command: the priority of thread *subject* is *arg* from now on."""
    TICKETS = 48
    """Command: thread *subject* has *arg* tickets from now on."""


ENDS: Final = frozenset({Reason.EXIT, Reason.CANCELLED, Reason.FAILED, Reason.KILLED})
"""How a thread leaves its core, or a task its loop, for good."""

REASONS: Final = tuple(Reason)
"""By number: a lookup costs a third of ``Reason(number)``."""
