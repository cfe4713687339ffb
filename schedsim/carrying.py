"""What is carried over to the run of a changed scenario: commands, and the selected lane.

The rows are others, so a command finds its place by its time, and a lane by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schedsim.commands import Command
from schedsim.durations import Time
from schedsim.run import Placed, Run
from schedsim.timeline import LaneId
from schedsim.trace import Trace

_MORE = 1_000
"""Rows executed between two looks at the clock of the run."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that does not fit any more."""

    command: Command
    time: Time
    says: str
    """Why.  It names what the user's files name: not fit for a terminal."""


def carry(commands: Sequence[Placed], run: Run) -> tuple[Run, tuple[Refused, ...]]:
    """``run`` with the same ``commands``, as far as they fit, and those that do not.

    Args:
        commands: in the order in which they were given.
        run: of another scenario; it stays as it is, but for being executed further.
    """
    refused = []
    for placed in commands:
        reach(run, placed.time)
        try:
            run, _ = run.branch(placed.command, run.history.rows_at(placed.time), placed.time)
        except ValueError as error:
            refused.append(Refused(placed.command, placed.time, str(error)))
    return run, tuple(refused)


def reach(run: Run, time: Time, most: int | None = None) -> None:
    """Execute ``run`` until it is past ``time``, or over, or has ``most`` rows."""
    limit = run.rows if most is None else most
    while run.trace.end <= time and not run.finished and len(run.trace) < limit:
        run.extend(min(limit, len(run.trace) + _MORE))


def same_lane(lane: LaneId, before: Trace, after: Trace) -> LaneId | None:
    """The lane of whoever has the same name, in the same process if there are several."""
    if lane.kind == "core":
        return lane
    old = before.entities[lane.number]
    home = before.entities[old.process].name
    found = [
        entity
        for entity in after.entities
        if entity.name == old.name
        and entity.role is old.role
        and bool(entity.loop) == bool(old.loop)
    ]
    found.sort(key=lambda entity: after.entities[entity.process].name != home)
    return lane._replace(number=found[0].id) if found else None
