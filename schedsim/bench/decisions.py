"""One core that everybody waits for, under each policy whose decisions have to stay cheap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from schedsim.attributes import Attributes
from schedsim.bench import workload
from schedsim.programs.steps import Repeat
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.simulation import Simulation
from schedsim.trace import KIND_MASK, Kind
from schedsim.traps import COMPUTE, PERIOD, Op

_ROWS_BEFORE: Final = 8
"""So many rows a thread are not counted: until then all have started, and have had a turn or more.
(Of MLFQ: three turns and two moves down, after which all are at the lowest level.)"""
_MOST_JOBS: Final = 1_000
_FOR_EVER: Final = Op((COMPUTE, 1 << 60), "compute")
_NICES: Final = range(-20, 20, 4)


@dataclass(frozen=True, slots=True)
class Growth:
    """A policy whose cost of a decision is to be shown for few threads and for many."""

    policy: str
    jobs: Callable[[int], tuple[Job, ...]]
    at_most: float | None = 2
    """How much the cost may grow; None if it is only told."""


def decisions(policy: str, jobs: tuple[Job, ...]) -> workload.Measured:
    """One core, for which all threads of ``jobs`` wait all the time."""
    simulation = Simulation(
        Scenario(
            "decisions",
            machine=MachineSpec(policy=policy),
            python=PythonSpec(gil=False),
            jobs=jobs,
        )
    )
    simulation.run(rows=_ROWS_BEFORE * sum(job.count for job in jobs))
    codes = simulation.trace.codes
    before = len(codes)
    rows, seconds = workload.timed(
        workload.SWITCHES, lambda: simulation.run(rows=before + workload.SWITCHES)
    )
    switches = sum(code & KIND_MASK == Kind.RUN for code in codes[before : before + rows])
    return switches, seconds


def computing(threads: int) -> tuple[Job, ...]:
    """Threads that compute for ever."""
    return (Job("thread", (_FOR_EVER,), count=threads),)


def computing_mixed(threads: int) -> tuple[Job, ...]:
    """The same, with ten nice values between them."""
    return tuple(
        Job(f"nice {nice}", (_FOR_EVER,), threads // len(_NICES), attributes=Attributes(nice=nice))
        for nice in _NICES
    )


def periodic(threads: int, most_jobs: int = _MOST_JOBS) -> tuple[Job, ...]:
    """Periodic threads, released at any time, that ask for three times what there is.

    So before long all are late for ever, and go from one job to the next.
    """
    quantum = workload.QUANTUM
    body = Repeat((Op((COMPUTE, quantum), "compute"), Op((PERIOD, None), "wait")), None)
    shortest = threads * quantum // 4
    numbers = workload.scattered()
    return tuple(
        Job(
            f"job {number}",
            (body,),
            threads // min(threads, most_jobs),
            arrival=next(numbers) % shortest,
            attributes=Attributes(period=shortest + next(numbers) % (shortest // 2)),
        )
        for number in range(min(threads, most_jobs))
    )


def periodic_each(threads: int) -> tuple[Job, ...]:
    """The same, each with a period and a program of its own."""
    return periodic(threads, threads)


POLICIES: Mapping[str, Growth] = {
    "round robin": Growth("round_robin", computing),
    "MLFQ": Growth("mlfq", computing),
    "CFS": Growth("cfs", computing),
    "EEVDF": Growth("eevdf", computing),
    "EDF": Growth("edf", periodic),
    "CFS, mixed nice": Growth("cfs", computing_mixed, at_most=None),
    "EEVDF, mixed nice": Growth("eevdf", computing_mixed, at_most=None),
    "EDF, all different": Growth("edf", periodic_each, at_most=None),
}
"""By the name that the table has for them."""
