"""Schedulers of one core by brute force, a tick at a time: what the product is compared with.

Nothing of schedsim is used here, and nothing is fast: each function follows the rules that stand
beside the cases (``tests/cases``), in the order in which they stand there.  A case is a mapping as
in these files; a schedule is who ran when, and when each job was done.  More than one core,
periodic jobs and fair shares have modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Any

Case = Mapping[str, Any]
Segment = tuple[int, str, int, int]
FOREVER = 1 << 40


@dataclass
class Schedule:
    """Who ran on which core when, as longest runs, and when each job was done."""

    segments: list[Segment] = field(default_factory=list)
    finish: dict[str, int] = field(default_factory=dict)

    def run(self, core: int, who: str, start: int, end: int) -> None:
        """``who`` was on ``core`` from ``start`` to ``end``."""
        for at in range(len(self.segments) - 1, -1, -1):
            there, name, begun, until = self.segments[at]
            if there == core:
                if name == who and until == start:
                    self.segments[at] = (core, who, begun, end)
                    return
                break
        self.segments.append((core, who, start, end))

    def tick(self, job: Job, now: int) -> str:
        """``job`` computes for a tick; whether it is done then (``done``) or has I/O (``io``)."""
        self.run(0, job.name, now, now + 1)
        job.left -= 1
        job.ran += 1
        job.slice_left -= 1
        if job.left == 0:
            self.finish[job.name] = now + 1
            return "done"
        return "io" if job.wants_io else ""

    def ordered(self) -> list[Segment]:
        """By start, then core."""
        return sorted(self.segments, key=lambda part: (part[2], part[0]))


@dataclass
class Job:
    """A job of a case and what has become of it."""

    index: int
    name: str
    arrival: int
    left: int
    io_every: int
    io_time: int
    priority: int
    tickets: int
    ran: int = 0
    slice_left: int = 0
    level: int = 0
    allotment: int = 0

    @property
    def wants_io(self) -> bool:
        """It has just computed for so long that it waits now, and is not done."""
        return self.left > 0 and self.io_every > 0 and self.ran % self.io_every == 0


def jobs_of(case: Case) -> list[Job]:
    """The jobs of a case, in the order in which they stand there, which is that of their ids."""
    return [
        Job(
            index=index,
            name=str(job["id"]),
            arrival=job["arrival"],
            left=job["length"],
            io_every=job.get("io_every", 0),
            io_time=job.get("io_time", 0),
            priority=job.get("priority", 0),
            tickets=job.get("tickets", 100),
        )
        for index, job in enumerate(case["jobs"])
    ]


@dataclass
class Core:
    """A core that takes a while to switch to another job than the last."""

    cost: int
    running: Job | None = None
    last: Job | None = None
    to_pay: int = 0

    def take(self, job: Job) -> None:
        """Switch to ``job``; free of charge if it was the last one here."""
        self.running = job
        self.to_pay = self.cost if job is not self.last else 0
        self.last = job


def all_done(jobs: Sequence[Job]) -> bool:
    """Nobody has any work left."""
    return not any(job.left for job in jobs)


def switch_cost(case: Case) -> int:
    """What a switch costs in this case."""
    cost: int = case.get("machine", {}).get("switch_cost", 0)
    return cost


# -- queues: FIFO and round robin --------------------------------------------------------------


def queues(case: Case) -> Schedule:
    """FIFO, and round robin with its three ways to requeue; with I/O."""
    params = case["params"]
    quantum = params.get("quantum", FOREVER)
    requeue = params.get("requeue", "arrivals_first")
    jobs, core, chart = jobs_of(case), Core(switch_cost(case)), Schedule()
    queue: list[Job] = []
    came: list[Job] = []
    returns: list[tuple[int, Job]] = []
    leaver: list[Job] = []
    for job in jobs:
        job.slice_left = quantum
    for now in count():
        came += [job for job in jobs if job.arrival == now]
        came += [job for at, job in returns if at == now]
        if requeue != "slice_end" or core.running is None:
            first, then = (came, leaver) if requeue == "arrivals_first" else (leaver, came)
            queue, came, leaver = queue + first + then, [], []
        if core.running is None and queue:
            core.take(queue.pop(0))
        if core.to_pay:
            core.to_pay -= 1
        elif core.running is not None:
            job = core.running
            leaves = chart.tick(job, now)
            if leaves == "io":
                returns.append((now + 1 + job.io_time, job))
                if requeue != "preempted_first":
                    job.slice_left = quantum
            if job.slice_left == 0:
                leaves = leaves or "slice"
                leaver = [job] if leaves == "slice" else []
                job.slice_left = quantum
            if leaves:
                core.running = None
        elif all_done(jobs):
            return chart
    raise AssertionError


# -- the smallest key: SJF, STCF, priorities ---------------------------------------------------


def smallest(
    case: Case, key: Callable[[Job], tuple[int, ...]], *, preemptive: bool, stays: bool = False
) -> Schedule:
    """Whoever has the smallest key runs, to its end or until somebody has a smaller one.

    Args:
        case: the jobs, without I/O.
        key: of the jobs that are there; the first part is what matters, the others break ties.
        preemptive: decide anew at each tick.
        stays: who runs is not preempted by an equal first part.
    """
    jobs, core, chart = jobs_of(case), Core(switch_cost(case)), Schedule()
    for now in count():
        there = [job for job in jobs if job.arrival <= now and job.left]
        if there and core.to_pay == 0:
            best = min(there, key=key)
            running = core.running
            if running is None or (preemptive and (not stays or key(best)[0] < key(running)[0])):
                core.take(best)
        if core.to_pay:
            core.to_pay -= 1
        elif core.running is not None:
            if chart.tick(core.running, now):
                core.running = None
        elif all_done(jobs):
            return chart
    raise AssertionError


def sjf(case: Case) -> Schedule:
    """Shortest job first."""
    return smallest(case, lambda job: (job.left, job.arrival, job.index), preemptive=False)


def stcf(case: Case) -> Schedule:
    """Shortest time to completion first."""
    if case["params"].get("ties") == "running":
        return smallest(case, lambda job: (job.left, job.index), preemptive=True, stays=True)
    return smallest(case, lambda job: (job.left, job.arrival, job.index), preemptive=True)


def priority(case: Case) -> Schedule:
    """By priority, of which the smaller number is the better unless the case says otherwise."""
    params = case["params"]
    sign = -1 if params.get("larger_is_higher") else 1
    preemptive = params.get("preemptive", False)
    if "aging" in params:
        return _aging(case, sign, params["aging"], preemptive=preemptive)
    return smallest(
        case, lambda job: (sign * job.priority, job.arrival, job.index), preemptive=preemptive
    )


def _aging(case: Case, sign: int, aging: int, *, preemptive: bool) -> Schedule:
    """By priority, better by 1 for each ``aging`` ticks of waiting; kept while it then runs.

    A preempted job is back at its own priority, begins to wait anew, and goes before its equals;
    otherwise equals keep the order in which they arrived.  Who runs is preempted only by a
    strictly better one.
    """
    jobs, chart = jobs_of(case), Schedule()
    waited = {job.name: 0 for job in jobs}
    place = {job.name: (job.arrival, job.index) for job in jobs}

    def key(job: Job) -> tuple[int, ...]:
        return (sign * job.priority - waited[job.name] // aging, *place[job.name])

    running: Job | None = None
    for now in count():
        there = [job for job in jobs if job.arrival <= now and job.left]
        if not there and all_done(jobs):
            return chart
        if there:
            best = min(there, key=key)
            if running is not None and preemptive and key(best)[0] < key(running)[0]:
                waited[running.name] = 0
                place[running.name] = (-now, running.index)
                running = best
            running = running or best
        for job in there:
            if job is not running:
                waited[job.name] += 1
        if running is not None and chart.tick(running, now):
            running = None
    raise AssertionError


# -- levels: MLFQ ------------------------------------------------------------------------------


class Levels:
    """The queues of OSTEP's MLFQ, level 0 being the highest here; the head of one may run."""

    def __init__(self, case: Case) -> None:
        self.params = case["params"]
        self.jobs = jobs_of(case)
        self.queues: list[list[Job]] = [[] for _ in range(self.params["levels"])]
        self.returns: list[tuple[int, Job]] = []
        for job in self.jobs:
            self.refill(job, 0)

    def refill(self, job: Job, level: int) -> None:
        """A fresh quantum and allotment, at ``level``."""
        job.level = level
        job.slice_left = self.params["quantum"][level]
        job.allotment = self.params["allotment"][level]

    def boost(self) -> None:
        """Everybody to the top: the lowest level first, behind those who are there."""
        for queue in self.queues[:0:-1]:
            self.queues[0] += queue
            queue.clear()
        for job in self.jobs:
            self.refill(job, 0)

    def arrive(self, now: int) -> None:
        """Newcomers, then those who are back from I/O."""
        self.queues[0] += [job for job in self.jobs if job.arrival == now]
        for job in [job for at, job in self.returns if at == now]:
            queue = self.queues[job.level]
            queue.insert(0 if self.params.get("iobump") else len(queue), job)

    def leave(self, job: Job, why: str, now: int) -> None:
        """What the end of a tick at ``now`` means for the job that ran, ``why`` as ``tick`` has it.

        Its slice is over if no tick of it was left; with ``stay``, I/O has refilled it by then.
        """
        level, over = job.level, job.slice_left == 0
        if why or over:
            self.queues[level].remove(job)
        if why == "done":
            return
        if why == "io":
            self.returns.append((now + job.io_time, job))
            if self.params.get("stay"):
                self.refill(job, level)
        if over:
            job.slice_left = self.params["quantum"][level]
            job.allotment -= 1
            if job.allotment == 0:
                self.refill(job, min(level + 1, len(self.queues) - 1))
            if why != "io":
                self.queues[job.level].append(job)


def mlfq(case: Case) -> Schedule:
    """The multi-level feedback queue of OSTEP."""
    levels, chart = Levels(case), Schedule()
    boost = case["params"].get("boost", 0)
    for now in count():
        if boost and now and now % boost == 0:
            levels.boost()
        levels.arrive(now)
        head = next((queue[0] for queue in levels.queues if queue), None)
        if head is not None:
            levels.leave(head, chart.tick(head, now), now + 1)
        elif all_done(levels.jobs):
            return chart
    raise AssertionError


# -- shares: lottery and stride ----------------------------------------------------------------


def lottery(case: Case) -> Schedule:
    """Each quantum to the owner of the ticket drawn; a draw for every quantum that begins."""
    params = case["params"]
    draws: Sequence[int] = params["draws"]
    jobs, chart = jobs_of(case), Schedule()
    now = drawn = 0
    while not all_done(jobs):
        there = [job for job in jobs if job.arrival <= now and job.left]
        if not there:
            now += 1
            continue
        ticket = draws[drawn] % sum(job.tickets for job in there)
        drawn += 1
        for winner in there:
            if ticket < winner.tickets:
                break
            ticket -= winner.tickets
        used = min(params["quantum"], winner.left)
        winner.left -= used
        length = params["quantum"] if params.get("full_quantum") else used
        chart.run(0, winner.name, now, now + length)
        now += length
        if winner.left == 0:
            chart.finish[winner.name] = now
    return chart


def stride(case: Case) -> Schedule:
    """Each quantum to the smallest pass, which grows by 1 / tickets.

    A newcomer starts at the smallest pass of those who are there, of which who runs has so far
    advanced by its part of the quantum.  Slices go on in quanta also of those who are alone.
    """
    quantum = case["params"]["quantum"]
    jobs, chart = jobs_of(case), Schedule()
    passes: dict[str, Fraction] = {}
    running: Job | None = None
    for now in range(case.get("until", FOREVER)):
        there = [job for job in jobs if job.arrival < now and job.left]
        if not there and all_done(jobs):
            return chart
        start = min((passes[job.name] for job in there), default=Fraction(0))
        for job in jobs:
            if job.arrival == now:
                passes[job.name] = start
                there.append(job)
        if running is None and there:
            running = min(there, key=lambda job: (passes[job.name], job.index))
            running.slice_left = quantum
        if running is not None:
            passes[running.name] += Fraction(1, running.tickets * quantum)
            if chart.tick(running, now) or running.slice_left == 0:
                running = None
    return chart


REFERENCES: Mapping[str, Callable[[Case], Schedule]] = {
    "fifo": queues,
    "round_robin": queues,
    "sjf": sjf,
    "stcf": stcf,
    "priority": priority,
    "mlfq": mlfq,
    "lottery": lottery,
    "stride": stride,
}
"""By the name of the policy; ``round_robin`` on one core."""
