"""This engine at the workloads of the study, with the full trace."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable

from schedsim.attributes import Attributes
from schedsim.bench import workload
from schedsim.durations import Time
from schedsim.engine import Engine
from schedsim.programs.steps import Repeat
from schedsim.scenario import Job, MachineSpec, ProcessPlan, PythonSpec, Scenario, ThreadPlan
from schedsim.simulation import Simulation
from schedsim.trace import Entity, Listing, Role, Trace
from schedsim.traps import COMPUTE, EXITED, PERIOD, SLEEP, VERB, YIELD, Op, Trap, Wish

_ROUND_ROBIN = MachineSpec(cores=workload.CORES, parameters={"quantum": workload.QUANTUM})


def _computing(threads: int) -> Op:
    return Op((COMPUTE, workload.SWITCHES // threads * workload.QUANTUM), "compute")


def _switching(threads: int) -> Simulation:
    jobs = (Job("thread", (_computing(threads),), count=threads),)
    python = PythonSpec(gil=False)
    return Simulation(Scenario("W3", machine=_ROUND_ROBIN, python=python, jobs=jobs))


def switches(threads: int = workload.THREADS) -> workload.Measured:
    """W3: round robin without a GIL."""
    return workload.timed(workload.SWITCHES, _switching(threads).run)


def switches_under_gils() -> workload.Measured:
    """W3, with ten processes of ten threads, each process under its GIL.

    The same work; switches because of a GIL come on top and are not counted.  A switch interval
    lasts 500 quanta, and who does not get the GIL sleeps at once.
    """
    job = Job("thread", (_computing(workload.THREADS),), count=workload.THREADS // 10)
    plan = tuple(ProcessPlan(f"process {n}", (ThreadPlan(job),)) for n in range(10))
    python = PythonSpec(switch_interval=500 * workload.QUANTUM, linger=0)
    simulation = Simulation(Scenario("W3", machine=_ROUND_ROBIN, python=python, processes=plan))
    return workload.timed(workload.SWITCHES, simulation.run)


def bytes_of_rows() -> workload.Measured:
    """W3: bytes of the trace's columns for each row."""
    return _columns(lambda column: column.itemsize * len(column))


def allocated_bytes_of_rows() -> workload.Measured:
    """The same with the room that the columns keep to grow, a sixteenth at most."""
    return _columns(sys.getsizeof)


def _columns(size: Callable[[array[int]], int]) -> workload.Measured:
    simulation = _switching(workload.THREADS)
    simulation.run()
    trace = simulation.trace
    return len(trace), sum(map(size, (trace.times, trace.codes, trace.args)))


def yields(tasks: int, sleeps: int = workload.SLEEPS, *, sleep: int = 0) -> workload.Measured:
    """W4: tasks that do nothing but ``sleep(0)``, or longer."""
    step = Op((SLEEP, sleep) if sleep else (YIELD, None), "sleep")
    return _sleeping(tasks, sleeps, step)


def live_sleeps(tasks: int, sleeps: int = workload.SLEEPS) -> workload.Measured:
    """The same with tasks that are generators, and a future and a timer for each sleep."""
    return _sleeping(tasks, sleeps, Op((VERB, Wish("sleep", (1,))), "sleep"))


def _sleeping(tasks: int, sleeps: int, step: Op) -> workload.Measured:
    job = Job("task", (Repeat((step,), sleeps),), count=tasks)

    def measure() -> workload.Measured:
        simulation = Simulation(Scenario("W4", model="asyncio", jobs=(job,)))
        return workload.timed(tasks * sleeps, simulation.run)

    return workload.again(tasks, measure)


# -- W2: M/M/4 ---------------------------------------------------------------------------------


def customers() -> workload.Measured:
    """W2: a thread for each customer on a core for each server, first in first out."""
    engine = shop()
    coming = workload.customers()
    return workload.timed(len(coming), lambda: serve(engine, coming))


class Customer:
    """The program of one: to be served."""

    __slots__ = ("length", "pc")

    def __init__(self, length: Time) -> None:
        self.length = length
        self.pc = 0

    def resume(self) -> Trap:
        """To be served, and then to go."""
        self.pc += 1
        return (COMPUTE, self.length) if self.pc == 1 else EXITED

    def demand(self, *, whole: bool) -> Time:  # noqa: ARG002 - it waits for nothing in between
        """All of it, until it is being served."""
        return 0 if self.pc else self.length

    def abandon(self) -> None:
        """Nobody gives up."""


def shop() -> Engine:
    """The machine on which customers are served."""
    from schedsim.policies.fifo import Fifo  # noqa: PLC0415 - as the catalogue does it

    return Engine(Trace(cores=workload.SERVERS, policy="fifo"), Fifo)


def serve(engine: Engine, coming: list[tuple[int, int]]) -> None:
    """Let a thread come for each of ``coming``."""
    trace = engine.trace
    process = trace.enter(Entity(len(trace.entities), Role.PROCESS, "shop", 0, 0, "shop"))
    listing = Listing(("compute",), (0,))
    customer = Entity(0, Role.THREAD, "customer", process.id, 0, "customer", listing=listing)
    visits = (
        (f"customer-{number}", arrival, Customer(length))
        for number, (arrival, length) in enumerate(coming, 1)
    )
    engine.receive(customer, visits)
    engine.run()


# -- W5: periodic jobs -------------------------------------------------------------------------


def periodic() -> workload.Measured:
    """W5: ten periodic tasks on two processors, earliest deadline first."""
    jobs = tuple(
        Job(
            f"T{number}",
            (
                Repeat(
                    (
                        Op((COMPUTE, round(period * workload.SHARE * 1_000) * 1_000), "compute"),
                        Op((PERIOD, None), "wait"),
                    ),
                    None,
                ),
            ),
            attributes=Attributes(period=period * workload.MILLISECOND),
        )
        for number, period in enumerate(workload.PERIODS)
    )
    machine = MachineSpec(cores=workload.PROCESSORS, policy="edf")
    simulation = Simulation(
        Scenario("W5", machine=machine, python=PythonSpec(gil=False), jobs=jobs)
    )
    until = workload.horizon() * workload.MILLISECOND - 1
    return workload.timed(workload.released(), lambda: simulation.run(until=until))
