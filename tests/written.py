"""Traces written by hand, row by row, for what is told by rows alone.

Names stand for threads, times are ticks, and there is no GIL.  That the rows make sense is checked
by the state, which would not let somebody leave a core that he is not on.
"""

from __future__ import annotations

from typing import Any, Self

from schedsim.attributes import Attributes
from schedsim.state import State
from schedsim.trace import (
    NEVER,
    Entity,
    Kind,
    Listing,
    Reason,
    Resource,
    Role,
    Trace,
)


class Written:
    """A trace that is being written; each method adds a row and returns the same again."""

    def __init__(self, cores: int = 1, *, locks: tuple[str, ...] = (), policy: str = "") -> None:
        self.trace = Trace(
            cores=cores,
            unit="tick",
            policy=policy,
            resources=[Resource("lock", name) for name in locks],
        )
        self.trace.enter(Entity(1, Role.PROCESS, "p", 0, 0, "p"))
        self.state = State.start(self.trace)
        self.ids = {"": 0}

    def row(
        self,
        time: int,
        kind: Kind,
        reason: Reason = Reason.NONE,
        who: str = "",
        *,
        core: int = -1,
        other: int = 0,
        arg: int = 0,
    ) -> Self:
        """Any row."""
        subject = self.ids[who]
        self.trace.append(time, kind, reason, core=core, subject=subject, other=other, arg=arg)
        self.state.forward(len(self.trace))
        return self

    def thread(
        self, name: str, arrival: int = 0, *, at: int = 0, program: str = "", **attributes: Any
    ) -> Self:
        """A thread that is entered ``at`` a moment; ``program`` is its steps, line by line."""
        lines = tuple(program.splitlines())
        id = self.ids[name] = len(self.trace.entities)
        self.trace.enter(
            Entity(
                id,
                Role.THREAD,
                name,
                1,
                id,
                name,
                arrival=arrival,
                attributes=Attributes(**attributes),
                listing=Listing(lines, tuple(range(len(lines)))) if lines else None,
            )
        )
        return self.row(at, Kind.SPAWN, Reason.ARRIVED, name, arg=max(arrival, at))

    def run(
        self,
        time: int,
        who: str,
        left: Reason = Reason.NONE,
        *,
        core: int = 0,
        arg: int = NEVER,
        pc: int = 0,
    ) -> Self:
        """``who`` gets a core; ``left`` says how its predecessor left."""
        return self.row(time, Kind.RUN, left, who, core=core, other=pc, arg=arg)

    def idle(
        self, time: int, left: Reason, *, core: int = 0, arg: int = NEVER, pc: int = 0
    ) -> Self:
        """Nobody gets it."""
        return self.row(time, Kind.IDLE, left, core=core, other=pc, arg=arg)

    def wake(self, time: int, who: str, why: Reason = Reason.TIMER) -> Self:
        """``who`` becomes runnable."""
        return self.row(time, Kind.WAKE, why, who)

    def end(self, time: int, *, complete: bool = False) -> Trace:
        """The trace, as far as it goes."""
        self.trace.end = time
        self.trace.complete = complete
        return self.trace
