"""The values of a scenario file: their types and bounds.

A ``description`` says what a message is to say was expected.  Not here: which key has which
(``shapes``, ``shared_shapes``).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

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
