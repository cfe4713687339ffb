"""Round robin on many cores by brute force: OSTEP's multi.py, with caches that warm up, stealing.

All jobs are there from the start, and the quantum is wall time.  Nothing of schedsim is used here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.references import Case, Schedule

Choose = Callable[[int], int]
"""Which other core a core looks at."""


@dataclass
class Worker:
    """A job, with as much work left as there are ticks at a rate of 1."""

    name: str
    left: int
    working_set: int
    affinity: list[int]

    def may_run(self, core: int) -> bool:
        """No affinity is any core."""
        return not self.affinity or core in self.affinity


@dataclass
class Cache:
    """Of one core: which jobs are warm, the last warmed first, and how far the others are."""

    size: int
    warmup: int
    warm: list[Worker] = field(default_factory=list)
    to_go: dict[str, int] = field(default_factory=dict)

    def dispatched(self, job: Worker) -> None:
        """A job that is new here starts cold."""
        self.to_go.setdefault(job.name, self.warmup)
        if self.warmup == 0 and job not in self.warm:
            self._warmed(job)

    def ticked(self, job: Worker) -> None:
        """The job ran here for a tick."""
        if job not in self.warm:
            self.to_go[job.name] -= 1
            if self.to_go[job.name] <= 0:
                self._warmed(job)

    def _warmed(self, job: Worker) -> None:
        self.warm.insert(0, job)
        while sum(each.working_set for each in self.warm) > self.size:
            self.to_go[self.warm.pop().name] = self.warmup


@dataclass
class Machine:
    """Cores and their queues; with one central queue, all cores have the same list."""

    running: list[Worker | None]
    queues: list[list[Worker]]

    def deschedule(self) -> None:
        """Everybody off the cores, in their order, to the tail."""
        for core, job in enumerate(self.running):
            if job is not None:
                self.queues[core].append(job)
                self.running[core] = None

    def steal(self, choose: Choose) -> None:
        """Each core with nothing in its queue takes the first job of one other core's."""
        for core, mine in enumerate(self.queues):
            if not mine:
                theirs = self.queues[choose(core)]
                if theirs and not theirs[0].affinity:
                    mine.append(theirs.pop(0))

    def dispatch(self, core: int) -> Worker | None:
        """An idle core takes the first job that may run there."""
        if self.running[core] is not None:
            return None
        for job in self.queues[core]:
            if job.may_run(core):
                self.queues[core].remove(job)
                self.running[core] = job
                return job
        return None


def _start(jobs: list[Worker], cores: int, *, per_core: bool) -> Machine:
    central = list(jobs)
    if not per_core:
        return Machine([None] * cores, [central] * cores)
    queues: list[list[Worker]] = [[] for _ in range(cores)]
    while central:
        for core, queue in enumerate(queues):
            first = next((job for job in central if job.may_run(core)), None)
            if first is not None:
                central.remove(first)
                queue.append(first)
    return Machine([None] * cores, queues)


@dataclass
class WarmSchedule(Schedule):
    """Who ran when, and when the caches changed."""

    changes: list[tuple[int, int, list[str]]] = field(default_factory=list)
    """In which tick, of which core, and the jobs that are warm then, in the order of the case."""


def multicore(case: Case, choose: Choose | None = None) -> WarmSchedule:
    """Round robin with a global quantum; see the conventions of the cases.

    Args:
        case: with ``peek_choices`` if work is stolen,
        choose: or else who chooses.
    """
    keys: dict[str, Any] = case["machine"]
    cores, quantum = keys["cores"], case["params"]["quantum"]
    peek, orders = keys.get("peek_interval", 0), keys.get("core_orders", [])
    rates = keys.get("rate_cold", 1), keys.get("rate_warm", 1)
    jobs = [
        Worker(
            str(job["id"]), job["length"], job.get("working_set", 0), list(job.get("affinity", ()))
        )
        for job in case["jobs"]
    ]
    machine = _start(jobs, cores, per_core=keys["queues"] == "per_core")
    caches: dict[int, Cache] = defaultdict(
        lambda: Cache(keys.get("cache_size", 0), keys.get("warmup", 0))
    )
    choices = iter(keys.get("peek_choices", ()))
    chart = WarmSchedule()
    shown: dict[int, list[str]] = {}
    for now in count():
        if all(job.left <= 0 for job in jobs):
            return chart
        if now and now % quantum == 0:
            machine.deschedule()
        if peek and now and now % peek == 0:
            machine.steal(choose or (lambda _: next(choices)))
        for core in orders[now] if orders else range(cores):
            taken = machine.dispatch(core)
            if taken is not None:
                caches[core].dispatched(taken)
        for core, job in enumerate(machine.running):
            if job is None:
                continue
            chart.run(core, job.name, now, now + 1)
            job.left -= rates[job in caches[core].warm]
            caches[core].ticked(job)
            if job.left <= 0:
                chart.finish[job.name] = now + 1
                machine.running[core] = None
        for core in range(cores):
            warm = [job.name for job in jobs if job in caches[core].warm]
            if warm != shown.get(core, []):
                shown[core] = warm
                chart.changes.append((now, core, warm))
    raise AssertionError
