"""Benchmarks as ratios: this engine beside SimPy, asyncio and a bare loop, all in one run.

A figure in nanoseconds says more about a machine than about a program, so the goals are ratios.
Each case runs in a fresh process and counts the processor time of that process alone; the rounds
go through all cases in turn, and the medians are compared.  What is built beforehand is not
counted, for anybody.

The workloads are W3 (round robin on four cores) and W4 (cooperative tasks in a loop) of the
performance study.  Nothing here is imported by the engine, and the peers only by the cases.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

QUANTUM: Final = 10
CORES: Final = 4
SWITCHES: Final = 100_000
THREADS: Final = 100
"""W3: so many threads share the cores until there have been so many switches."""
TASKS: Final = 1_000
ROUNDS_OF_YIELDS: Final = 100
"""W4: so many tasks yield so often."""

Measured = tuple[int, float]
"""Events, and the seconds of processor time they took."""


def timed(events: int, run: Callable[[], object]) -> Measured:
    """Run with everything that is there already out of the garbage collector's sight."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    run()
    return events, time.process_time() - began


# -- ours -------------------------------------------------------------------------------------


def our_switches(threads: int = THREADS) -> Measured:
    """W3: round robin without a GIL, with the full trace."""
    from schedsim.scenario import Job, MachineSpec, PythonSpec, Scenario
    from schedsim.simulation import Simulation
    from schedsim.traps import COMPUTE, Op

    work = Op((COMPUTE, SWITCHES // threads * QUANTUM), "compute")
    simulation = Simulation(
        Scenario(
            "W3",
            machine=MachineSpec(cores=CORES, parameters={"quantum": QUANTUM}),
            python=PythonSpec(gil=False),
            jobs=(Job("thread", (work,), count=threads),),
        )
    )
    return timed(SWITCHES, simulation.run)


def our_yields(tasks: int = TASKS, rounds: int = ROUNDS_OF_YIELDS, *, sleep: int = 0) -> Measured:
    """W4: tasks that do nothing but ``sleep(0)`` (or longer), with the full trace."""
    from schedsim.programs.steps import Repeat
    from schedsim.scenario import Job, Scenario
    from schedsim.simulation import Simulation
    from schedsim.traps import SLEEP, YIELD, Op

    step = Op((SLEEP, sleep) if sleep else (YIELD, None), "sleep")
    job = Job("task", (Repeat((step,), rounds),), count=tasks)
    return timed(tasks * rounds, Simulation(Scenario("W4", model="asyncio", jobs=(job,))).run)


# -- SimPy ------------------------------------------------------------------------------------


def simpy_resource() -> Measured:
    """W3 as the textbook writes it: each thread asks for a core, for one quantum at a time."""
    import simpy

    env = simpy.Environment()
    cpu = simpy.Resource(env, CORES)
    trace: list[tuple[Any, ...]] = []

    def thread(number: int) -> Generator[Any, Any, None]:
        left = SWITCHES // THREADS * QUANTUM
        while left:
            with cpu.request() as core:
                yield core
                length = min(QUANTUM, left)
                trace.append((env.now, number, length, 0))
                yield env.timeout(length)
                left -= length

    for number in range(THREADS):
        env.process(thread(number))
    return timed(SWITCHES, env.run)


def simpy_by_hand() -> Measured:
    """W3 as fast as SimPy can: cores are processes, threads are entries of a deque."""
    import simpy

    env = simpy.Environment()
    queue = deque([SWITCHES // THREADS * QUANTUM, number] for number in range(THREADS))
    trace: list[tuple[Any, ...]] = []

    def core(index: int) -> Generator[Any, Any, None]:
        while queue:
            thread = queue.popleft()
            length = min(QUANTUM, thread[0])
            trace.append((env.now, index, thread[1], 0))
            yield env.timeout(length)
            thread[0] -= length
            if thread[0]:
                queue.append(thread)

    for index in range(CORES):
        env.process(core(index))
    return timed(SWITCHES, env.run)


def simpy_interrupt() -> Measured:
    """W3 with preemption proper: a scheduler interrupts the computing thread."""
    import simpy

    env = simpy.Environment()
    queue: Any = simpy.Store(env)
    trace: list[tuple[Any, ...]] = []

    def thread(number: int) -> Generator[Any, Any, None]:
        left: float = SWITCHES // THREADS * QUANTUM
        while left:
            turn, gone = env.event(), env.event()
            yield queue.put((env.active_process, turn, gone, number))
            yield turn
            began = env.now
            try:
                yield env.timeout(left)
                left = 0
            except simpy.Interrupt:
                left -= env.now - began
            gone.succeed()

    def core(index: int) -> Generator[Any, Any, None]:
        while True:
            process, turn, gone, number = yield queue.get()
            trace.append((env.now, index, number, 0))
            turn.succeed()
            yield env.timeout(QUANTUM) | gone
            if not gone.triggered:
                process.interrupt()
                yield gone

    for number in range(THREADS):
        env.process(thread(number))
    for index in range(CORES):
        env.process(core(index))
    return timed(SWITCHES, env.run)


def simpy_timeouts() -> Measured:
    """W4 with sleeps: processes that do nothing but wait for timeouts."""
    import simpy

    env = simpy.Environment()

    def task() -> Generator[Any, Any, None]:
        for _ in range(ROUNDS_OF_YIELDS):
            yield env.timeout(1)

    for _ in range(TASKS):
        env.process(task())
    return timed(TASKS * ROUNDS_OF_YIELDS, env.run)


# -- the interpreter itself -------------------------------------------------------------------


def bare_loop() -> Measured:
    """W3 with nothing but a heap, a deque and a list of rows: no programs, no policy."""
    from heapq import heappop, heappush

    queue = deque([SWITCHES // THREADS * QUANTUM, number] for number in range(THREADS))
    trace: list[tuple[int, ...]] = []

    def run() -> None:
        heap: list[tuple[int, int, int, list[int]]] = []
        sequence = 0
        for index in range(CORES):
            heappush(heap, (QUANTUM, sequence, index, queue.popleft()))
            sequence += 1
        while heap:
            now, _, index, thread = heappop(heap)
            thread[0] -= QUANTUM
            if thread[0] > 0:
                queue.append(thread)
            if queue:
                thread = queue.popleft()
                trace.append((now, index, thread[1], 0))
                heappush(heap, (now + min(QUANTUM, thread[0]), sequence, index, thread))
                sequence += 1

    return timed(SWITCHES, run)


def asyncio_yields() -> Measured:
    """W4 on the interpreter's own asyncio."""
    import asyncio

    return _asyncio_yields(asyncio.new_event_loop())


def uvloop_yields() -> Measured:
    """W4 on uvloop."""
    from importlib import import_module

    return _asyncio_yields(import_module("uvloop").new_event_loop())


def _asyncio_yields(loop: Any) -> Measured:
    import asyncio

    async def task() -> None:
        for _ in range(ROUNDS_OF_YIELDS):
            await asyncio.sleep(0)

    async def all_of(tasks: list[asyncio.Task[None]]) -> None:
        for each in tasks:
            await each

    tasks = [loop.create_task(task()) for _ in range(TASKS)]
    measured = timed(TASKS * ROUNDS_OF_YIELDS, lambda: loop.run_until_complete(all_of(tasks)))
    loop.close()
    return measured


CASES: Mapping[str, Callable[[], Measured]] = {
    "our switches": our_switches,
    "our switches, 10 threads": lambda: our_switches(10),
    "our switches, 10,000 threads": lambda: our_switches(10_000),
    "our yields": our_yields,
    "our yields, 10 tasks": lambda: our_yields(10, 20_000),
    "our yields, 100,000 tasks": lambda: our_yields(100_000, 10),
    "our sleeps": lambda: our_yields(sleep=1),
    "SimPy by hand": simpy_by_hand,
    "SimPy Resource": simpy_resource,
    "SimPy interrupt": simpy_interrupt,
    "SimPy timeouts": simpy_timeouts,
    "bare loop": bare_loop,
    "asyncio": asyncio_yields,
    "uvloop": uvloop_yields,
}
"""By name.  Each runs in a process of its own."""

NEEDS: Mapping[str, str] = {"uvloop": "uvloop"}
"""Cases that are left out where a package is missing."""


# -- what is compared -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long one case takes as another."""

    name: str
    slower: str
    faster: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def goal(self) -> str:
        """The goal in words; nothing for a figure that is only told."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return "" if self.at_most is None else f"<= {self.at_most:g}"

    def met(self, value: float) -> bool | None:
        """Whether ``value`` meets the goal; None where there is none."""
        if self.at_least is not None:
            return value >= self.at_least
        return None if self.at_most is None else value <= self.at_most


RATIOS: tuple[Ratio, ...] = (
    Ratio("round robin: speed against SimPy with Resource", "SimPy Resource", "our switches", 4),
    Ratio("round robin: speed against SimPy's best, by hand", "SimPy by hand", "our switches", 1),
    Ratio("round robin: speed against SimPy with interrupts", "SimPy interrupt", "our switches"),
    Ratio("round robin: speed against a bare heap and deque", "bare loop", "our switches"),
    Ratio("sleep(0), 1,000 tasks: speed against asyncio", "asyncio", "our yields", 2),
    Ratio("sleep(0), 1,000 tasks: speed against uvloop", "uvloop", "our yields"),
    Ratio("sleep(1), 1,000 tasks: speed against SimPy", "SimPy timeouts", "our sleeps"),
    Ratio(
        "cost of a switch: 10,000 threads to 10",
        "our switches, 10,000 threads",
        "our switches, 10 threads",
        at_most=2,
    ),
    Ratio(
        "cost of a step: 100,000 tasks to 10",
        "our yields, 100,000 tasks",
        "our yields, 10 tasks",
        at_most=2,
    ),
)


def available() -> list[str]:
    """The cases whose packages are here."""
    from importlib.util import find_spec

    if find_spec("simpy") is None:
        raise click.ClickException(
            "the benchmarks compare with SimPy, which is not installed: pip install simpy==4.1.2"
        )
    return [name for name in CASES if name not in NEEDS or find_spec(NEEDS[name]) is not None]


def in_fresh_process(case: str) -> float:
    """Nanoseconds per event of one case."""
    import subprocess

    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "schedsim.bench", case],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise click.ClickException(f"{case} failed:\n{done.stderr.strip()}")
    events, seconds = json.loads(done.stdout)
    return float(seconds) / int(events) * 1e9


def measure(cases: list[str], rounds: int) -> Iterator[tuple[str, float]]:
    """Every case in every round: its name and nanoseconds per event."""
    for _ in range(rounds):
        for case in cases:
            yield case, in_fresh_process(case)


@click.command()
@click.option(
    "--rounds", type=click.IntRange(1, 1_000), default=5, show_default=True, help="How often each."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench(rounds: int, as_json: bool) -> None:  # noqa: FBT001 - click passes options by keyword
    """Measure this engine against others, as ratios.  Exit code 1 when a goal is missed."""
    from statistics import median

    cases = available()
    for name in CASES.keys() - cases:
        click.echo(f"{NEEDS[name]} is not installed: left out", err=True)
    found: dict[str, list[float]] = {case: [] for case in cases}
    told = sys.stderr.isatty()
    for done, (case, cost) in enumerate(measure(cases, rounds), 1):
        found[case].append(cost)
        if told:
            click.echo(f"\r{done} of {rounds * len(cases)} ", nl=False, err=True)
    if told:
        click.echo("\r", nl=False, err=True)

    costs = {case: median(values) for case, values in found.items()}
    rows = []
    for ratio in RATIOS:
        if ratio.slower in costs:
            value = costs[ratio.slower] / costs[ratio.faster]
            rows.append(
                {
                    "name": ratio.name,
                    "goal": ratio.goal or None,
                    "value": round(value, 2),
                    "met": ratio.met(value),
                }
            )
    if as_json:
        version = sys.version.partition(" ")[0]
        click.echo(json.dumps({"python": version, "rounds": rounds, "rows": rows, "ns": costs}))
    else:
        click.echo(table(rows, costs))
    if any(row["met"] is False for row in rows):
        sys.exit(1)


def table(rows: list[dict[str, Any]], costs: Mapping[str, float]) -> str:
    """Ratios with their goals, then what they are made of."""
    lines = [f"{'':52}{'measured':>9}{'goal':>8}"]
    for row in rows:
        verdict = {True: "  met", False: "  MISSED", None: ""}[row["met"]]
        lines.append(f"{row['name']:52}{row['value']:9.2f}{row['goal'] or '':>8}{verdict}")
    lines += ["", "nanoseconds of processor time per event (median)"]
    lines += [f"  {name:50}{cost:9.0f}" for name, cost in costs.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    json.dump(CASES[sys.argv[1]](), sys.stdout)
