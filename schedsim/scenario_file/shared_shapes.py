"""The tables of what threads and tasks share: locks, queues, pools, channels.

Not here: how they are read (``shared``).
"""

from __future__ import annotations

from typing import ClassVar, Literal

from schedsim.scenario_file.shapes import Shape
from schedsim.scenario_file.values import Count, Duration, Flag, Name, Size


class LockTable(Shape):
    """``[[lock]]``: what is special about a lock."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""
    inheritance: Flag = False
    reentrant: Flag = False


class SemaphoreTable(Shape):
    """``[[semaphore]]``."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""
    value: Size = 1


class EventTable(Shape):
    """``[[event]]``."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""
    set: Flag = False


class ConditionTable(Shape):
    """``[[condition]]``, with a lock of its own."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""


class QueueTable(Shape):
    """``[[queue]]``: how many it holds at most; 0: no limit."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""
    size: Size = 0


class BarrierTable(Shape):
    """``[[barrier]]``: how many must have come."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""
    parties: Count = 2


class PoolTable(Shape):
    """``[[pool]]``: workers that do jobs for others."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""
    workers: Count | None = None
    kind: Literal["thread", "process"] = "thread"
    start_method: Literal["fork", "spawn"] = "fork"
    start_cost: Duration | None = None
    pickle_cost: Duration | None = None
    result_cost: Duration | None = None


class ChannelTable(Shape):
    """``[[pipe]]``, ``[[socket]]``: how long what is sent is on its way."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""
    latency: Duration = Duration(0)
    bandwidth: Size = 0
