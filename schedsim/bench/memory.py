"""What suspended tasks need, in bytes a task.

Every task sleeps ten times; memory is counted when all are in their third sleep and again in their
ninth, so that what grows would be seen.  ``flat`` tasks are places in steps, ``live`` ones
generators.  Counting makes it slow; how long a sleep takes is another case.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import Final, NamedTuple

from schedsim.bench import workload
from schedsim.programs.steps import Repeat
from schedsim.scenario import Job, Scenario
from schedsim.simulation import Simulation
from schedsim.trace import Trace
from schedsim.traps import SLEEP, VERB, Op, Trap, Wish

_LENGTH: Final = 1_000
_SLEEPS: Final[dict[str, Trap]] = {
    "flat": (SLEEP, _LENGTH),
    "live": (VERB, Wish("sleep", (_LENGTH,))),
}


class Needed(NamedTuple):
    """Bytes a task."""

    rows: float
    """Of the trace."""
    table: float
    """Of the trace: who takes part, with their names."""
    rest: float
    """All that is neither: the tasks, their timers, the queues."""


def needed(tasks: int, kind: str) -> tuple[Needed, Needed]:
    """In the third sleep of each task, and in the ninth."""
    _sleeping(1, kind).run()  # so that all modules are loaded, which is not counted
    gc.collect()
    tracemalloc.start()
    try:
        simulation = _sleeping(tasks, kind)
        return _in_sleep(3, simulation, tasks), _in_sleep(9, simulation, tasks)
    finally:
        tracemalloc.stop()


def _sleeping(tasks: int, kind: str) -> Simulation:
    job = Job("task", (Repeat((Op(_SLEEPS[kind], "sleep"),), 10),), count=tasks)
    return Simulation(Scenario("many", model="asyncio", jobs=(job,)))


_MANY: Final = 10_000


def suspended(kind: str) -> workload.Measured:
    """Bytes of so many suspended tasks, with all that is neither rows nor names."""
    third, _ = needed(_MANY, kind)
    return _MANY, third.rest * _MANY


def entity() -> workload.Measured:
    """Bytes of the table of the trace, in which each of them has a name."""
    third, _ = needed(_MANY, "flat")
    return _MANY, third.table * _MANY


def _in_sleep(number: int, simulation: Simulation, tasks: int) -> Needed:
    simulation.run(until=number * _LENGTH - _LENGTH // 2)
    gc.collect()
    total = tracemalloc.get_traced_memory()[0]
    rows, table = _rows(simulation.trace), _table(simulation.trace)
    return Needed(rows / tasks, table / tasks, (total - rows - table) / tasks)


def _rows(trace: Trace) -> int:
    return sum(sys.getsizeof(column) for column in (trace.times, trace.codes, trace.args))


def _table(trace: Trace) -> int:
    """Entities, their names, and their numbers, which are objects too: tasks only refer to them."""
    own = sum(map(sys.getsizeof, trace.entities))
    named = sum(sys.getsizeof(each.name) + sys.getsizeof(each.id) for each in trace.entities)
    return own + named + sys.getsizeof(trace.entities)
