"""What it costs to look at a long run: all metrics and all findings, a row of the trace each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schedsim.bench import workload
from schedsim.findings import find
from schedsim.metrics import METRICS, measure
from schedsim.programs.steps import Repeat
from schedsim.run import Run
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.traps import COMPUTE, SLEEP, Op

ROWS: Final = 1_000_000
ALL_ROWS: Final = 10_000_000
"""What the goal is about: ten seconds for so many, which is 1,000 ns a row."""
MOST_NS: Final = 1_000
_THREADS: Final = 100
_CROWD: Final = 20
"""Threads that want the GIL."""
_TASKS: Final = 1_000
_MS: Final = workload.MILLISECOND


def _ops(*lengths: tuple[int, int]) -> tuple[Op, ...]:
    return tuple(Op(trap, "compute" if trap[0] == COMPUTE else "sleep") for trap in lengths)


_LONG: Final = (Repeat(_ops((COMPUTE, 1 << 60)), None),)
_TURNS: Final = (Repeat(_ops((COMPUTE, _MS // 10), (SLEEP, _MS)), None),)
_BURSTS: Final = (Repeat(_ops((COMPUTE, 30 * _MS), (SLEEP, _MS)), None),)

SCENARIOS: Final[Mapping[str, Scenario]] = {
    "round robin": Scenario(
        "round robin",
        machine=MachineSpec(cores=workload.CORES, parameters={"quantum": 10 * _MS}),
        python=PythonSpec(gil=False),
        jobs=(Job("thread", _LONG, count=_THREADS),),
    ),
    "event loop": Scenario(
        "event loop", model="asyncio", jobs=(Job("task", _TURNS, count=_TASKS),)
    ),
    "under the GIL": Scenario(
        "under the GIL",
        machine=MachineSpec(cores=workload.CORES),
        jobs=(Job("thread", _BURSTS, count=_CROWD),),
    ),
}
"""Runs without an end, of kinds that differ in which rows they are made of."""


def looking(kind: str, rows: int) -> workload.Measured:
    """Measure a run of one kind, and find everything in it."""
    run = Run(SCENARIOS[kind], rows=rows)
    trace = run.finish()

    def look() -> None:
        measured = measure(trace)
        for metric in METRICS.values():
            _ = metric(measured)
        _ = find(measured)

    return workload.timed(len(trace), look)
