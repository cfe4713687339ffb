"""This engine at work, with the full trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schedsim.attributes import Attributes
from schedsim.bench import workload
from schedsim.programs.steps import Repeat
from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
from schedsim.simulation import Simulation
from schedsim.trace import KIND_MASK, Kind
from schedsim.traps import COMPUTE, PERIOD, SLEEP, VERB, YIELD, Op, Wish


def our_switches(threads: int = workload.THREADS) -> workload.Measured:
    """W3: round robin without a GIL, with the full trace."""
    work = Op((COMPUTE, workload.SWITCHES // threads * workload.QUANTUM), "compute")
    simulation = Simulation(
        Scenario(
            "W3",
            machine=MachineSpec(cores=workload.CORES, parameters={"quantum": workload.QUANTUM}),
            python=PythonSpec(gil=False),
            jobs=(Job("thread", (work,), count=threads),),
        )
    )
    return workload.timed(workload.SWITCHES, simulation.run)


def our_yields(
    tasks: int = workload.TASKS, rounds: int = workload.ROUNDS_OF_YIELDS, *, sleep: int = 0
) -> workload.Measured:
    """W4: tasks that do nothing but ``sleep(0)`` (or longer), with the full trace."""
    step = Op((SLEEP, sleep) if sleep else (YIELD, None), "sleep")
    job = Job("task", (Repeat((step,), rounds),), count=tasks)
    simulation = Simulation(Scenario("W4", model="asyncio", jobs=(job,)))
    return workload.timed(tasks * rounds, simulation.run)


def our_live_sleeps(tasks: int = workload.TASKS, rounds: int = 20) -> workload.Measured:
    """Tasks that are generators, with a future and a timer for each sleep."""
    step = Op((VERB, Wish("sleep", (1,))), "sleep")
    job = Job("task", (Repeat((step,), rounds),), count=tasks)
    simulation = Simulation(Scenario("W4, live", model="asyncio", jobs=(job,)))
    return workload.timed(tasks * rounds, simulation.run)


# -- how the cost of a decision grows ---------------------------------------------------------

_ROWS_BEFORE: Final = 8
"""So many rows a thread are not counted: until then all have started, and have had a turn or more.
(Of MLFQ: three turns and two moves down, after which all are at the lowest level.)"""
_MOST_JOBS: Final = 1_000
_FOR_EVER: Final = Op((COMPUTE, 1 << 60), "compute")
_NICES: Final = range(-20, 20, 4)


def our_decisions(policy: str, jobs: tuple[Job, ...]) -> workload.Measured:
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
    numbers = _scattered()
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


def _scattered() -> Iterator[int]:
    """Numbers in no order, the same in every run."""
    state = 1
    while True:
        state = (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % (1 << 64)
        yield state >> 33
