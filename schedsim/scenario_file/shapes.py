"""The tables of a scenario file and of its steps: their keys.

Every key has a default here, so that a table with mistakes can still be looked at further;
``required`` names the keys that a file must have.

Not here: the tables of what is shared (``shared_shapes``), and the types and bounds of values
(``values``).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from msgspec import Struct

from schedsim.scenario_file.values import (
    Calls,
    CoreNumbers,
    Cores,
    Count,
    Drawn,
    Duration,
    Flag,
    Items,
    Jobs,
    Name,
    Nice,
    Order,
    Orders,
    Patch,
    Priority,
    Processes,
    Rate,
    SchedulingClass,
    Schema,
    Size,
    Speed,
    Speeds,
    Table,
    Tasks,
    Text,
    Threads,
    Tickets,
    Ticks,
    Times,
    Weight,
)


class Shape(Struct, kw_only=True):
    """A table."""

    required: ClassVar[tuple[str, ...]] = ()


class MachineTable(Shape):
    """``[machine]``."""

    cores: Cores = 1
    policy: Any = None
    quantum: Any = None
    switch_cost: Duration = Duration(0)
    migration_cost: Duration = Duration(0)
    wake_latency: Duration = Duration(0)
    speeds: Speeds | None = None
    queues: Literal["global", "per_core"] | None = None
    placement: Literal["least_loaded", "first_fit", "worst_fit"] = "least_loaded"
    idle_pull: Flag | None = None
    balance: Duration | None = None
    peek_interval: Duration | None = None
    peek_choices: Drawn = []
    core_orders: Orders = []
    cache_size: Size | None = None
    warmup: Duration = Duration(0)
    rate_cold: Rate = 1
    rate_warm: Rate = 2


class PythonTable(Shape):
    """``[python]``."""

    gil: Literal["on", "off", "per_interpreter", "old"] | None = None
    switch_interval: Duration | None = None
    task_switch_cost: Any = 0
    version: Literal["3.11", "3.12", "3.13", "3.14"] = "3.12"
    eager_tasks: Flag = False
    linger: Duration | None = None
    check_every: Duration = Duration(0)
    check_interval: Ticks = 100
    tick: Duration | None = None
    free_threaded_speed: Speed | None = None
    monkey_patch: Patch | None = None
    imported_early: Calls | None = None


class JobTable(Shape, rename={"class_": "class"}):
    """``[[job]]``, and ``[[process.thread.task]]``, which says the same of a task."""

    required: ClassVar[tuple[str, ...]] = ("name",)

    name: Name = ""
    steps: Items = []
    count: Count = 1
    arrival: Duration = Duration(0)
    cpu_heavy: Flag = False
    yielding: Flag = True
    spawned: Flag = False
    period: Duration | None = None
    deadline: Duration | None = None
    wcet: Duration | None = None
    io_every: Duration | None = None
    io_time: Duration | None = None
    nice: Nice = 0
    priority: Priority | None = None
    tickets: Tickets = 100
    weight: Weight | None = None
    request: Duration | None = None
    class_: SchedulingClass = "fair"
    affinity: CoreNumbers = []
    working_set: Size = 0
    check_every: Duration | None = None


FOR_THREADS = (
    "nice",
    "priority",
    "tickets",
    "weight",
    "request",
    "class",
    "affinity",
    "working_set",
    "check_every",
)
"""Keys of a job that say something of a thread: a task has none of its own."""


class ThreadTable(JobTable, rename={"class_": "class"}):
    """``[[process.thread]]``: a job, or an event loop with tasks."""

    loop: Text = ""
    interpreter: Text = ""
    task: Tasks = []


class ProcessTable(Shape):
    """``[[process]]``."""

    required: ClassVar[tuple[str, ...]] = ("name", "thread")

    name: Name = ""
    monkey_patch: Patch | None = None
    imported_early: Calls | None = None
    thread: Threads = []


class RepeatTable(Shape):
    """``{ repeat = 3, do = [...] }`` among steps."""

    required: ClassVar[tuple[str, ...]] = ("repeat", "do")

    repeat: Times | Literal["forever"] = 1
    do: Items = []


class WithTable(Shape, rename={"with_": "with"}):
    """``{ with = "lock", do = [...] }``."""

    required: ClassVar[tuple[str, ...]] = ("with", "do")

    with_: Name = ""
    do: Items = []


class TimeoutTable(Shape):
    """``{ timeout = "5ms", do = [...] }``: an exception if they take longer."""

    required: ClassVar[tuple[str, ...]] = ("timeout", "do")

    timeout: Duration = Duration(0)
    do: Items = []


class MoveOnTable(Shape):
    """``{ move_on = "5ms", do = [...] }``: on with the next step if they take longer."""

    required: ClassVar[tuple[str, ...]] = ("move_on", "do")

    move_on: Duration = Duration(0)
    do: Items = []


class GroupTable(Shape):
    """``{ group = [...] }``: what is spawned in it has ended when it is left."""

    required: ClassVar[tuple[str, ...]] = ("group",)

    group: Items = []


class ShieldTable(Shape):
    """``{ shield = [...] }``: no cancellation from outside reaches them."""

    required: ClassVar[tuple[str, ...]] = ("shield",)

    shield: Items = []


class TryTable(Shape, rename={"try_": "try", "finally_": "finally"}):
    """``{ try = [...], error = [...], finally = [...] }``."""

    required: ClassVar[tuple[str, ...]] = ("try",)

    try_: Items = []
    cancelled: Items | None = None
    timeout: Items | None = None
    error: Items | None = None
    finally_: Items | None = None


BLOCKS: dict[str, type[Shape]] = {
    "try": TryTable,
    "repeat": RepeatTable,
    "with": WithTable,
    "timeout": TimeoutTable,
    "move_on": MoveOnTable,
    "group": GroupTable,
    "shield": ShieldTable,
}
"""Tables among steps, by the key that tells which it is; the first that fits."""


class FileTable(Shape):
    """The whole file."""

    required: ClassVar[tuple[str, ...]] = ("schema", "title")

    schema: Schema = 1
    title: Name = ""
    lesson: Text = ""
    group: Text = ""
    order: Order = 0
    unit: Literal["ns", "tick"] = "ns"
    model: Text = "threads"
    until: Duration | None = None
    machine: Table = {}
    python: Table = {}
    lock: Items = []
    semaphore: Items = []
    event: Items = []
    condition: Items = []
    queue: Items = []
    barrier: Items = []
    pipe: Items = []
    socket: Items = []
    pool: Items = []
    job: Jobs = []
    process: Processes = []


HOMES: dict[str, type[Shape]] = {
    "at the top, before the first [table]": FileTable,
    "in [machine]": MachineTable,
    "in [python]": PythonTable,
    "in [[job]]": JobTable,
}
"""Where to look for a key that stands in the wrong table."""
