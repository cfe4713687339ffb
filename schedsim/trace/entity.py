"""An entity: who takes part in a run, with its program as a person reads it.

Not here: the table that holds many at little cost (:mod:`schedsim.entities`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from schedsim.attributes import ORDINARY, Attributes
from schedsim.durations import Time


class Role(IntEnum):
    """What an entity is."""

    PROCESS = 0
    """A process, or one of its interpreters if each has a GIL."""
    THREAD = 1
    TASK = 2


@dataclass(frozen=True, slots=True)
class Listing:
    """A program as a person reads it: indented lines, and which of them each operation is on."""

    lines: tuple[str, ...]
    line_of: tuple[int, ...]
    """``line_of[pc - 1]`` is the line of the operation that is under way at ``pc``."""

    def line(self, pc: int) -> int | None:
        """The line under way at ``pc``; None before the first operation."""
        return self.line_of[pc - 1] if 0 < pc <= len(self.line_of) else None


@dataclass(frozen=True, slots=True)
class Entity:
    """Who takes part in a run: what never changes about a process, thread or task."""

    id: int
    role: Role
    name: str
    process: int
    """Where it lives; of an interpreter with a GIL of its own, the process; of a process, 0."""
    thread: int
    """The thread itself, or the thread whose loop runs this task; 0 for a process."""
    job: str
    arrival: Time = 0
    listing: Listing | None = None
    cpu_heavy: bool = False
    yielding: bool = True
    gil: bool = False
    """For a process: its threads share one GIL."""
    interpreter: bool = False
    """For a process: it is one of the interpreters of another, which have a GIL each."""
    monkey_patch: str = ""
    """For a process: who has patched its standard library, if anybody has."""
    imported_early: tuple[str, ...] = ()
    """For a process: the calls that no patch reaches, as their names were imported before it."""
    loop: str = ""
    """For a thread: the flavour of the event loop that it runs, if any."""
    attributes: Attributes = ORDINARY
    """What it says of itself to the scheduler."""
    affinity: tuple[int, ...] = ()
    """For a thread: the cores it may run on; all if empty."""
    cpu: Time | None = None
    """How long it will compute in all, where the program tells, and each core does as much."""
    style: str = "steps"
    """How its program is written: ``callback``, ``generator``, ``coroutine`` or ``greenlet``."""
