"""The tables of a scenario file: their keys, types and bounds.

Every key has a default here, so that a table with mistakes can still be looked at further;
``required`` names the keys that a file must have.  A ``description`` says what a message is to
say was expected.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from schedsim.trace import MOST_CORES

MOST_COUNT = 1_000_000
"""How many threads and tasks one job, and one scenario, may have."""
MOST_REPEATS = 1_000_000_000
MOST_PRIORITY = 1_000_000
MOST_TICKETS = 1_000_000_000


class Duration(int):
    """A duration, written in the unit of the file."""


Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=10_000,
        pattern=r"\S",
        description="a text of 1 to 10,000 characters, not blank",
    ),
]
Count = Annotated[
    int, Meta(ge=1, le=MOST_COUNT, description=f"a whole number from 1 to {MOST_COUNT:,}")
]
Cores = Annotated[
    int, Meta(ge=1, le=MOST_CORES, description=f"a whole number from 1 to {MOST_CORES}")
]
Times = Annotated[
    int,
    Meta(
        ge=1,
        le=MOST_REPEATS,
        description=f"a whole number from 1 to {MOST_REPEATS:,}, or 'forever'",
    ),
]
Order = Annotated[int, Meta(ge=0, le=1_000_000, description="a whole number from 0 to 1,000,000")]
Text = Annotated[str, Meta(description="text in quotes")]
Flag = Annotated[bool, Meta(description="true or false")]
Items = Annotated[list[Any], Meta(description="a list in [ ]")]
Jobs = Annotated[
    list[Any], Meta(min_length=1, description="one or more tables, each opened by [[job]]")
]
Processes = Annotated[
    list[Any], Meta(min_length=1, description="one or more tables, each opened by [[process]]")
]
Threads = Annotated[
    list[Any],
    Meta(min_length=1, description="one or more tables, each opened by [[process.thread]]"),
]
Tasks = Annotated[
    list[Any],
    Meta(min_length=1, description="one or more tables, each opened by [[process.thread.task]]"),
]
Nice = Annotated[int, Meta(ge=-20, le=19, description="a whole number from -20 to 19")]
Priority = Annotated[
    int, Meta(ge=-MOST_PRIORITY, le=MOST_PRIORITY, description="a whole number such as 1")
]
Tickets = Annotated[
    int, Meta(ge=1, le=MOST_TICKETS, description=f"a whole number from 1 to {MOST_TICKETS:,}")
]
Weight = Annotated[
    int, Meta(ge=1, le=MOST_TICKETS, description=f"a whole number from 1 to {MOST_TICKETS:,}")
]
Size = Annotated[
    int, Meta(ge=0, le=MOST_TICKETS, description=f"a whole number from 0 to {MOST_TICKETS:,}")
]
Rate = Annotated[int, Meta(ge=1, le=1_000, description="a whole number from 1 to 1,000")]
CoreNumber = Annotated[
    int, Meta(ge=0, lt=MOST_CORES, description="the number of a core, the first is 0")
]
CoreNumbers = Annotated[
    list[CoreNumber], Meta(min_length=1, description="core numbers in [ ], the first core is 0")
]
Drawn = Annotated[list[CoreNumber], Meta(description="core numbers in [ ], the first core is 0")]
Orders = Annotated[
    list[list[CoreNumber]],
    Meta(description="a list of core numbers for each tick, as [[0, 1], ...]"),
]
Ticks = Annotated[
    int, Meta(ge=1, le=MOST_TICKETS, description=f"a whole number from 1 to {MOST_TICKETS:,}")
]
Speed = Annotated[float, Meta(gt=0, le=1_000, description="a number greater than 0")]
Speeds = Annotated[
    list[Speed], Meta(min_length=1, description="a speed for each core, such as [1, 0.5]")
]
Patch = Literal["gevent", "eventlet", "none"]
Calls = Annotated[
    list[str], Meta(min_length=1, description='names of blocking calls in [ ], as ["time.sleep"]')
]
SchedulingClass = Literal["deadline", "fifo", "rr", "fair", "idle"]
Table = Annotated[dict[str, Any], Meta(description="a table")]
Schema = Annotated[Literal[1], Meta(description="1")]


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
