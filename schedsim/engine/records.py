"""The engine's records of what it schedules: slotted, bare, and only as rich as the kernel needs.

What a person may see of them is in :mod:`schedsim.state`; names and origins are in the trace's
entities.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from schedsim.durations import Time
from schedsim.trace import CORE_SHIFT, NEVER, SUBJECT_SHIFT
from schedsim.traps import Program, Trap

if TYPE_CHECKING:
    from schedsim.engine.gil import Gil


class Thread:
    """What the engine schedules."""

    __slots__ = (
        "arrived",
        "as_subject",
        "core",
        "due",
        "ended",
        "gil",
        "id",
        "joiners",
        "joining",
        "left",
        "loop",
        "pc_bits",
        "program",
        "resume",
        "selecting",
        "window",
    )

    def __init__(self, id: int, program: Program, gil: Gil | None, *, loop: bool) -> None:
        self.id = id
        self.as_subject = id << SUBJECT_SHIFT
        self.program = program
        self.resume: Callable[[], Trap] = program.resume
        self.gil = gil
        self.loop = loop
        """It runs an event loop, which writes its own rows about computing."""
        self.left: Time = 0
        """How much of the present compute is left."""
        self.due: Time = NEVER
        """When it wakes, if a timer is to wake it."""
        self.core: Core | None = None
        """Where it runs or ran last."""
        self.pc_bits = 0
        self.window = 0
        """Number of its present wait for the GIL: an older window is void."""
        self.joining = 0
        self.joiners: list[Thread] = []
        self.arrived = False
        self.ended = False
        self.selecting = False


class Core:
    """A virtual CPU."""

    __slots__ = (
        "bits",
        "end",
        "index",
        "last",
        "mask",
        "next",
        "slice_end",
        "start",
        "switching",
        "thread",
    )

    def __init__(self, index: int) -> None:
        self.index = index
        self.bits = (index + 1) << CORE_SHIFT
        self.mask = 1 << index
        self.thread: Thread | None = None
        self.next: Thread | None = None
        """A woken thread that found this core idle and is to start here."""
        self.last: Thread | None = None
        """Whose registers it holds: coming back costs no context switch."""
        self.start: Time = 0
        self.end: Time = NEVER
        """When the present stretch of computing (or context switch) ends."""
        self.slice_end: Time = 0
        self.switching = False


class Group(Protocol):
    """All threads that were started under one name: the argument of ``SPAWN`` and ``JOIN``."""

    members: list[Thread]
    past: int
    """So many of the first members are known to have ended."""

    def start(self, by: int) -> None:
        """Start another one, on behalf of entity ``by``."""
