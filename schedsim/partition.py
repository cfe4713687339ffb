"""Ties periodic threads to cores beforehand, as a partitioned real-time system does.

*First fit* (decreasing, SimSo's ``P_EDF``): the threads in order of utilisation (worst-case
execution time by period), the greatest first, each to the first core on which the sum stays
within one; where none does, the core with the least takes it, and is overloaded.  *Worst fit*
(SimSo's ``P_RM``): the threads in the order of the file, each to the core with the least.
"""

from __future__ import annotations

from fractions import Fraction

from schedsim.scenario import Job


class Partition:
    """Who goes to which of so many cores."""

    def __init__(self, cores: int, *, first_fit: bool) -> None:
        self.first_fit = first_fit
        self.load = [Fraction(0)] * cores
        self._cores: dict[str, list[int]] = {}

    def plan(self, jobs: list[Job]) -> None:
        """Give a core to every thread that is there from the start."""
        threads = [job for job in jobs if not job.affinity for _ in range(job.count)]
        if self.first_fit:
            threads.sort(key=_utilisation, reverse=True)
        for job in threads:
            self._cores.setdefault(job.name, []).append(self._fit(job))

    def next_core(self, job: Job) -> tuple[int, ...]:
        """The core for another thread of ``job``."""
        planned = self._cores.get(job.name)
        return (planned.pop(0) if planned else self._fit(job),)

    def _fit(self, job: Job) -> int:
        share = _utilisation(job)
        fitting = [core for core, load in enumerate(self.load) if load + share <= 1]
        least = self.load.index(min(self.load))
        core = fitting[0] if self.first_fit and fitting else least
        self.load[core] += share
        return core


def _utilisation(job: Job) -> Fraction:
    attributes = job.attributes
    if not attributes.period:
        return Fraction(0)
    return Fraction(attributes.wcet or 0, attributes.period)
