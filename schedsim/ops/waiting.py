"""Verbs that use the processor, wait, or give way."""

from __future__ import annotations

from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.ops.grammar import BlockingCall, Duration
from schedsim.traps import COMPUTE, GIVE_WAY, IO, SLEEP, Taking, Trap


def compute(duration: Duration) -> Trap:
    """Use the processor for ``duration``.  A task does not let go of its loop meanwhile."""
    return (COMPUTE, duration)


def sleep(duration: Duration) -> Trap:
    """Do nothing for ``duration``: ``asyncio.sleep`` in a task, ``time.sleep`` in a thread.

    ``sleep 0`` is a yield, as ``asyncio.sleep(0)`` is (SEMANTICS.md A4).
    """
    return (SLEEP, duration) if duration else GIVE_WAY


def io(duration: Duration) -> Trap:
    """Wait for a device: cooperative in a task, a blocking call without the GIL in a thread."""
    return (IO, duration)


def yield_() -> Trap:
    """Let others go first: ``await asyncio.sleep(0)`` in a task, ``time.sleep(0)`` in a thread.

    It yields the task, or the thread's turn on the core; it is not a drop of the GIL on request.
    """
    return GIVE_WAY


def call(name: BlockingCall, duration: Duration) -> Trap:
    """Make the blocking call ``name``, which takes ``duration``.

    A thread blocks in it, or computes in C: with the GIL or without, as the table of calls says.
    In a coroutine it keeps the whole thread, and so the event loop and all its tasks, unless a
    monkey patch has made it cooperative.
    """
    return (BLOCKING_CALLS[name].does, Taking(duration, name))
