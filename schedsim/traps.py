"""The vocabulary between a suspended program and whoever schedules it.

A program runs until it needs something that only its scheduler can give: processor time, a
wait, another thread.  It then *traps*: it hands over a tuple ``(TRAP, argument...)`` and is
suspended until it is resumed.  Traps are cached tuples of ints because the scheduler reads
millions of them: a tuple and an if-chain cost half of a class and a match.

What does not belong here: what a lock or a sleep *means* (``ops/``), how a body is suspended
(``programs/``), who serves the trap (``engine/``, ``loops/``).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, NamedTuple, Protocol, Self, TypeAlias

from schedsim.durations import Time

BOUNDLESS: Final[Time] = 1 << 62
"""The demand of a program that never ends, or of which nobody knows."""

Trap: TypeAlias = tuple[int, Any]
"""``(which, argument)``; each constant below says what the argument is."""

COMPUTE: Final = 1
"""Use the processor for ``argument`` (a duration).  Resumed when it is used up."""
SLEEP: Final = 2
"""Do nothing for ``argument``: cooperative in a task, a blocking call in a thread."""
IO: Final = 3
"""Wait ``argument`` for a device.  Scheduled as ``SLEEP`` is; said differently."""
YIELD: Final = 4
"""Give up the turn but stay ready.  Argument: none."""
CALL: Final = 5
"""A blocking standard-library call that takes ``argument``: the *thread* blocks, GIL released."""
SPAWN: Final = 6
"""Start what the scenario calls ``argument`` (a name).  Costs nothing."""
JOIN: Final = 7
"""Wait until everything started under the name ``argument`` has ended."""
MARK: Final = 8
"""Log ``argument`` (the number of a label in the trace).  Costs nothing."""
SELECT: Final = 9
"""An event loop has nothing ready: block until ``argument`` (a moment, or None) or a poke."""
PAUSE: Final = 10
"""The trace has reached the row it was to stop at; ask again later.  Argument: none."""
EXIT: Final = 11
"""The program has ended.  Argument: the reason, if it is not that it came to its end."""
PERIOD: Final = 12
"""The job of a periodic program is done: wait until the next is released.  Argument: none."""
ACQUIRE: Final = 13
"""Take the lock ``argument`` (a name), or wait for it."""
RELEASE: Final = 14
"""Let go of the lock ``argument``.  Costs nothing."""

HOLD: Final = 15
"""Compute for ``argument`` in one C call, which keeps the GIL and looks at no drop request."""
NATIVE: Final = 16
"""Compute for ``argument`` in C code that has let go of the GIL: on a core, beside Python."""
PARK: Final = 17
"""A task is suspended until somebody makes it ready.  Argument: ``(reason, arg)`` of the row that
tells so.  Served by event loops; what it waits for has been arranged before."""

VERB: Final = 18
"""What the flavour calls so: a :class:`Wish`.  Bodies that are generators go through it; flat ones
have none."""

MAY_BLOCK: Final = 19
"""A blocking call that a monkey patch may have made cooperative: a :class:`Patchable`.  Served by
event loops."""

COMPUTING: Final = frozenset({COMPUTE, HOLD, NATIVE})
"""Traps that use the processor for their argument."""
WAITING: Final = frozenset({SLEEP, IO, CALL, JOIN, SELECT, PERIOD, ACQUIRE, MAY_BLOCK})
"""Traps at which a stretch of computing ends, because the program waits there."""

PAUSED: Final[Trap] = (PAUSE, None)
EXITED: Final[Trap] = (EXIT, None)
GIVE_WAY: Final[Trap] = (YIELD, None)


Body: TypeAlias = Generator[Trap, Any, Any]
"""A body of work, or a part of one, as a generator of traps."""


class Stop(BaseException):
    """What ends a body from outside, in the words of its flavour; so not an ``Exception``."""


class Wish(NamedTuple):
    """The argument of ``VERB``."""

    name: str
    """Of the verb, in the catalogue of the flavour."""
    arguments: tuple[Any, ...] = ()


class Named(NamedTuple):
    """A name in a scenario, before it is known whose it is."""

    kind: str
    """``job``, or the kind of a resource."""
    name: str


class Taking(int):
    """The argument of ``CALL``, ``HOLD`` and ``NATIVE`` for a call that has a name.

    It is the duration, and remembers what takes so long.
    """

    call: str

    def __new__(cls, duration: Time, call: str = "") -> Self:
        """Let ``call`` take ``duration``."""
        self = super().__new__(cls, duration)
        self.call = call
        return self


class Patchable(Protocol):
    """A blocking call in a process whose standard library can be patched."""

    def trap(self) -> Trap:
        """What it is at this moment: ``CALL``, or a wait of its task alone."""


class Op(NamedTuple):
    """One operation of a program: what it asks for, and how its author wrote it."""

    trap: Trap
    text: str


class Program(Protocol):
    """A body of work that runs from trap to trap."""

    pc: int
    """How many operations of the source have been started in the present place: 1 while the
    first is under way.  0 for a program without numbered operations."""

    def resume(self) -> Trap:
        """Run to the next trap.  After ``EXIT`` it is not called again."""

    def demand(self, *, whole: bool) -> Time:
        """How much computing is ahead: until it next waits, or in all (``whole``)."""

    def abandon(self) -> None:
        """Give up the present job: go on where it waits for the next, or ends."""
