"""What a job says of itself to the scheduler.  What it gets for that is the policy's business."""

from __future__ import annotations

from dataclasses import dataclass, replace

from schedsim.durations import Time


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a job says of itself to the scheduler (Linux: ``sched_attr``).

    A policy reads those it knows; None is what nobody has said.
    """

    nice: int = 0
    priority: int | None = None
    tickets: int = 100
    weight: int | None = None
    """Instead of the weight of its nice value."""
    request: Time | None = None
    """How long a slice it asks for (``sched_setattr``: the runtime of a fair task)."""
    wcet: Time | None = None
    """Worst-case execution time of a job of a periodic thread."""
    period: Time | None = None
    deadline: Time | None = None
    """Of a periodic thread from the release on; of any other a moment."""
    working_set: int = 0
    """How much of a core's cache it needs."""
    scheduling_class: str = "fair"
    """Of Linux: deadline, fifo, rr, fair or idle."""


ORDINARY = Attributes()


def changed(said: Attributes, name: str, value: int) -> Attributes:
    """``said`` with another nice value, priority or number of tickets.

    A nice value puts an end to a weight that was given instead of one.
    """
    if name == "nice":
        return replace(said, nice=value, weight=None)
    return replace(said, priority=value) if name == "priority" else replace(said, tickets=value)
