"""The catalogue of cases: what a process of its own is started for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from schedsim.bench import ours, peers
from schedsim.bench.workload import Measured
from schedsim.scenario import Job

FEW: Final = 10
MANY: Final = 100_000


@dataclass(frozen=True, slots=True)
class Growth:
    """A policy whose cost of a decision is to be shown for few threads and for many."""

    policy: str
    jobs: Callable[[int], tuple[Job, ...]] = ours.computing
    at_most: float | None = 2
    """How much the cost may grow; None if it is only told."""


POLICIES: Mapping[str, Growth] = {
    "round robin": Growth("round_robin"),
    "MLFQ": Growth("mlfq"),
    "CFS": Growth("cfs"),
    "EEVDF": Growth("eevdf"),
    "EDF": Growth("edf", ours.periodic),
    "CFS, mixed nice": Growth("cfs", ours.computing_mixed, at_most=None),
    "EEVDF, mixed nice": Growth("eevdf", ours.computing_mixed, at_most=None),
    "EDF, all different": Growth("edf", ours.periodic_each, at_most=None),
}
"""By the name that the table has for them."""


def among(name: str, threads: int) -> str:
    """The name of the case of so many threads."""
    return f"{name}, {threads:,} threads"


def _decisions(growth: Growth, threads: int) -> Callable[[], Measured]:
    return lambda: ours.our_decisions(growth.policy, growth.jobs(threads))


CASES: Mapping[str, Callable[[], Measured]] = {
    "our switches": ours.our_switches,
    "our switches, 10 threads": lambda: ours.our_switches(10),
    "our switches, 10,000 threads": lambda: ours.our_switches(10_000),
    "our yields": ours.our_yields,
    "our yields, 10 tasks": lambda: ours.our_yields(10, 20_000),
    "our yields, 100,000 tasks": lambda: ours.our_yields(100_000, 10),
    "our sleeps": lambda: ours.our_yields(sleep=1),
    "our sleeps, 10 tasks": lambda: ours.our_yields(10, 20_000, sleep=1),
    "our sleeps, 100,000 tasks": lambda: ours.our_yields(100_000, 10, sleep=1),
    "our live sleeps": ours.our_live_sleeps,
    **{
        among(name, threads): _decisions(growth, threads)
        for name, growth in POLICIES.items()
        for threads in (FEW, MANY)
    },
    "SimPy by hand": peers.simpy_by_hand,
    "SimPy Resource": peers.simpy_resource,
    "SimPy interrupt": peers.simpy_interrupt,
    "SimPy timeouts": peers.simpy_timeouts,
    "bare loop": peers.bare_loop,
    "asyncio": peers.asyncio_yields,
    "uvloop": peers.uvloop_yields,
}
"""By name.  Each runs in a process of its own."""

NEEDS: Mapping[str, str] = {"uvloop": "uvloop"}
"""Cases that are left out where a package is missing."""
