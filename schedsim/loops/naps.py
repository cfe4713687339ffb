"""A sleep as one record: a wait, and the timer that ends it, with its callback.

Nothing is waited for as often, and by as many tasks at a time, so it has no frame, no future and no
callback of its own.  What it means to the task is up to its flavour.
"""

from __future__ import annotations

from abc import abstractmethod
from enum import Enum
from typing import Any, Final

from schedsim.durations import Time
from schedsim.loops.entries import CALLBACK
from schedsim.programs.waits import Wait
from schedsim.trace import Reason
from schedsim.traps import PARK, Body, Trap


class Stage(Enum):
    """How far a sleep has come that has begun and is not over."""

    ASLEEP = 1
    WOKEN = 2
    """Its timer was due."""
    CALLED_OFF = 3


# To name a member of an enumeration costs three lookups.
_ASLEEP: Final = Stage.ASLEEP
_WOKEN: Final = Stage.WOKEN


class Nap(list[Time], Wait):
    """A sleep of some time.

    It is its own timer, a list of one, the moment (:class:`schedsim.loops.timers.Timer`).

    Args:
        me: who sleeps: a task of its flavour.
        duration: how long.
        reason: what the trace is to say of the wait.
    """

    __slots__ = ("me", "stage", "waits")
    entry: Final = CALLBACK

    def __init__(self, me: Any, duration: Time, reason: Reason) -> None:
        super().__init__((duration,))
        self.me = me
        self.stage: Reason | Stage | None = reason
        """Before it begins, the reason; None when it is over."""
        self.waits = False
        """It is in the heap still."""

    @abstractmethod
    def wake(self) -> None:
        """Its timer was due: let its task go on."""

    # -- a wait --------------------------------------------------------------------------------

    def __iter__(self) -> Body:  # type: ignore[override]  # it is a list for `heapq` only
        return Wait.__iter__(self)

    def begin(self) -> Trap:
        """Start the timer."""
        reason, self.stage = self.stage, _ASLEEP
        loop = self.me.loop
        return (PARK, (reason, loop.timers.start(self, loop.host.now + self[0])))

    def end(self) -> None:
        """It was long enough."""
        self.leave()

    def leave(self) -> None:
        """Stop the timer, if it has not been due."""
        if self.waits:
            self.me.loop.timers.cancel(self)
        self.stage = None

    # -- a timer -------------------------------------------------------------------------------

    @property
    def cancelled(self) -> bool:
        """Of the timer: nobody is interested in it any more."""
        return self.stage is None

    def stop(self) -> None:
        """Let the timer do nothing."""
        self.stage = None

    def run(self) -> None:
        """What the timer does."""
        if self.stage is _ASLEEP:
            self.stage = _WOKEN
            self.wake()
