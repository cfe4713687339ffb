"""Verbs for locks: ``threading.Lock`` between threads, ``asyncio.Lock`` between tasks of a loop."""

from __future__ import annotations

from schedsim.ops.grammar import LockName
from schedsim.traps import ACQUIRE, RELEASE, Trap


def acquire(lock: LockName) -> Trap:
    """Take ``lock``, or wait until it is free."""
    return (ACQUIRE, lock)


def release(lock: LockName) -> Trap:
    """Let go of ``lock``: whoever waited longest for it goes on."""
    return (RELEASE, lock)
