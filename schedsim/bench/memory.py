"""``python -m schedsim.bench.memory [TASKS] [KIND]``: what suspended tasks need, in bytes a task.

Every task sleeps ten times; memory is counted when all are in their third sleep and again in their
ninth, so that what grows would be seen.  ``flat`` tasks are places in steps, ``live`` ones
generators.  Counting makes it slow; how long a sleep takes is a case of ``schedsim bench``.
"""

from __future__ import annotations

import gc
import json
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
    gc.collect()
    tracemalloc.start()
    try:
        job = Job("task", (Repeat((Op(_SLEEPS[kind], "sleep"),), 10),), count=tasks)
        simulation = Simulation(Scenario("many", model="asyncio", jobs=(job,)))
        return _in_sleep(3, simulation, tasks), _in_sleep(9, simulation, tasks)
    finally:
        tracemalloc.stop()


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
    each = sum(sys.getsizeof(entity) + sys.getsizeof(entity.name) for entity in trace.entities)
    return each + sys.getsizeof(trace.entities)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for kind in sys.argv[2:] or _SLEEPS:
        third, ninth = needed(count, kind)
        json.dump({"tasks": count, "kind": kind, "third": third, "ninth": ninth}, sys.stdout)
        sys.stdout.write("\n")
