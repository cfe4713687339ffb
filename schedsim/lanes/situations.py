"""Situations: what a lane shows.

Not here: which rows bring them about (``lanes``).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from schedsim.state import STAYS_RUNNABLE
from schedsim.trace import ENDS, REASONS, Reason


class Situation(IntEnum):
    """What a lane shows."""

    NEW = 0
    """It has not arrived; a core that comes later."""
    RUNNING = 1
    READY = 2
    """A runnable thread; a task that could go on, in its loop's ready queue or overdue."""
    THREAD_WAITS = 3
    """A task that is ready, or in its loop's hand, while its thread waits for the GIL or a core."""
    SUSPENDED = 4
    """A task or thread that sleeps or waits for a device; a loop's thread without work."""
    CALLING = 5
    """A blocking call: the thread is blocked in it, and with it its loop."""
    WAITS_FOR_GIL = 6
    """A thread that wants the GIL."""
    SWITCHING = 7
    """A context switch is being paid."""
    IDLE = 8
    """A core without a thread; a GIL without a holder."""
    GONE = 9
    """It has ended; a core that was taken away."""
    WAITS_FOR_LOCK = 10
    """A thread or task that wants a lock which somebody else holds."""
    WAITS_FOR_OTHERS = 11
    """It waits for what others will do: fill a queue, set an event, notify a condition, end."""


DEPENDS = frozenset({Situation.READY, Situation.RUNNING})
"""What a task is in only as far as its thread has a core and the GIL."""
_THREAD_IN_QUEUE = frozenset({Situation.READY, Situation.WAITS_FOR_GIL, Situation.SWITCHING})


def together(task: Situation, thread: Situation) -> Situation:
    """What to say of a task whose thread is in such a situation."""
    if task in DEPENDS and thread in _THREAD_IN_QUEUE:
        return Situation.THREAD_WAITS
    if task is Situation.RUNNING and thread is Situation.CALLING:
        return Situation.CALLING
    return task


def _left(reason: Reason) -> Situation:
    """In what a thread is that left its core like this."""
    if reason in STAYS_RUNNABLE:
        return Situation.READY
    if reason in ENDS:
        return Situation.GONE
    if reason in (Reason.JOIN, Reason.AWAIT):
        return Situation.WAITS_FOR_OTHERS
    if reason in (Reason.GIL, Reason.FORCED_SWITCH):
        return Situation.WAITS_FOR_GIL
    return Situation.CALLING if reason is Reason.CALL else Situation.SUSPENDED


def _left_loop(reason: Reason) -> Situation:
    """In what a task is that left its loop's hand like this."""
    if reason in ENDS:
        return Situation.GONE
    if reason in (Reason.JOIN, Reason.AWAIT):
        return Situation.WAITS_FOR_OTHERS
    return Situation.READY if reason is Reason.YIELD else Situation.SUSPENDED


OF_THREAD: Final = bytes(_left(reason) for reason in REASONS)
"""In what a thread is that has left its core, by reason."""
OF_TASK: Final = bytes(_left_loop(reason) for reason in REASONS)
"""The same of a task and its loop's hand."""
_NO_DUE = frozenset({Reason.YIELD, Reason.LOCK, *ENDS})
"""Leaving like this is no wait until a moment."""
HAS_DUE: Final = bytes(reason not in _NO_DUE for reason in REASONS)
"""By reason: whether the argument of its row is the moment until which a task waits."""
IN_HAND: Final = bytes(together(Situation.RUNNING, each) for each in Situation)
"""What a task in its loop's hand shows, by what its thread does."""
