"""Monkey patches: which blocking calls of a process let other tasks of its loop run.

A patch replaces names in the modules of one process, so it belongs to a process, not to a thread.
It makes calls cooperative for greenlets: for the tasks of a loop of the framework that patched.
What each patch replaces is in :mod:`schedsim.ops.blocking_calls`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from schedsim.durations import UNITS, Time
from schedsim.ops.blocking_calls import BLOCKING_CALLS
from schedsim.ops.calls import PATCHES
from schedsim.traps import CALL, GIVE_WAY, IO, MAY_BLOCK, SLEEP, Taking, Trap

POLL: Final[Time] = 10 * UNITS["ms"]
"""So often eventlet asks whether a process has ended (``green.os.waitpid``, ``Popen.wait``)."""
_SLEEPS: Final = "time.sleep"


class Patching:
    """What is patched in one process.

    Args:
        on: the standard library is patched.
        early: calls whose names were imported before the patch.
        real: times are nanoseconds, and not ticks, whatever those are.
    """

    def __init__(self, *, on: bool, early: Iterable[str] = (), real: bool = True) -> None:
        self.on = on
        self.early = frozenset(early)
        self.poll = POLL if real else 1

    def call(self, trap: Trap, flavour: str) -> Trap:
        """What a blocking call is for a task of a loop of this ``flavour``."""
        what, duration = trap
        if what != CALL or not isinstance(duration, Taking) or flavour not in PATCHES:
            return trap
        name = duration.call
        if name in self.early or not BLOCKING_CALLS[name].patched(flavour).cooperative:
            return trap
        if duration:
            time = int(duration)
            if BLOCKING_CALLS[name].patched(flavour).through == "polling":
                time += -time % self.poll  # it is over when somebody looks
            wait = (SLEEP if name == _SLEEPS else IO, time)
        elif name == _SLEEPS:
            wait = GIVE_WAY  # gevent.sleep(0), eventlet.sleep(0)
        else:
            return trap  # there is nothing to wait for
        return (MAY_BLOCK, PatchableCall(self, trap, wait))


class PatchableCall:
    """A call that a patch makes cooperative, whenever it is on.

    Args:
        patching: of its process.
        blocks: what it is without a patch.
        waits: what it is with one.
    """

    __slots__ = ("blocks", "patching", "waits")

    def __init__(self, patching: Patching, blocks: Trap, waits: Trap) -> None:
        self.patching = patching
        self.blocks = blocks
        self.waits = waits

    def trap(self) -> Trap:
        """What it is at this moment."""
        return self.waits if self.patching.on else self.blocks
