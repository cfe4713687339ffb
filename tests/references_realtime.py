"""EDF and rate monotonic by brute force, a tick at a time: one core, partitioned or global.

The rules are SimSo's, as they stand beside the cases.  Nothing of schedsim is used here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count

from tests.references import Case, Schedule


@dataclass
class Task:
    """A periodic task; its jobs wait for each other."""

    index: int
    name: str
    period: int
    deadline: int
    wcet: int
    offset: int
    core: int = 0
    """Where it ran last; at first core 0, or where it belongs."""
    jobs: list[RealtimeJob] = field(default_factory=list)
    """Those that are not done."""


@dataclass
class RealtimeJob:
    """One job of a periodic task."""

    task: Task
    number: int
    release: int
    deadline: int
    left: int
    finish: int | None = None
    aborted: bool = False
    entered: int = 0
    """When it became ready or was preempted last, as a running number."""


@dataclass
class RealtimeSchedule(Schedule):
    """Who ran when, and what became of each job that was released before the end."""

    jobs: list[RealtimeJob] = field(default_factory=list)
    end: int = 0
    tied: bool = False
    """Somebody waited with the deadline or period of somebody who ran: who runs is not forced."""

    def missed(self, job: RealtimeJob) -> bool:
        """It was late, is late at the end, or was given up; at its deadline is in time."""
        if job.aborted:
            return True
        if job.finish is not None:
            return job.finish > job.deadline
        return job.deadline < self.end

    def rows(self) -> list[tuple[str, int, int, int | None, bool, bool]]:
        """As in the cases: task, number, release, finish, missed, aborted; by release, task."""
        return [
            (job.task.name, job.number, job.release, job.finish, self.missed(job), job.aborted)
            for job in sorted(self.jobs, key=lambda job: (job.release, job.task.index))
        ]


def tasks_of(case: Case) -> list[Task]:
    """The tasks of a case, in the order in which they stand there."""
    return [
        Task(i, str(t["id"]), t["period"], t["deadline"], t["wcet"], t["offset"])
        for i, t in enumerate(case["tasks"])
    ]


def first_fit(tasks: list[Task], cores: int) -> list[int] | None:
    """The core of each task: the most demanding first, each to the first core with room (p-EDF).

    None: there is no room.
    """
    load = [Fraction(0)] * cores
    place = [0] * len(tasks)
    for task in sorted(tasks, key=lambda task: -Fraction(task.wcet, task.period)):
        share = Fraction(task.wcet, task.period)
        core = next((core for core in range(cores) if load[core] + share <= 1), None)
        if core is None:
            return None
        load[core] += share
        place[task.index] = core
    return place


def least_loaded(tasks: list[Task], cores: int) -> list[int]:
    """The core of each task: in their order, each to the core with the least load (p-RM)."""
    load = [Fraction(0)] * cores
    place = []
    for task in tasks:
        core = load.index(min(load))
        load[core] += Fraction(task.wcet, task.period)
        place.append(core)
    return place


def realtime(case: Case) -> RealtimeSchedule:
    """EDF or rate monotonic on one core, on cores of their own, or on all cores together."""
    cores = case["machine"].get("cores", 1)
    tasks = tasks_of(case)
    chart = RealtimeSchedule(end=case["until"])
    if cores == 1 or case["machine"].get("queues") != "per_core":
        Cores(chart, case, tasks, range(cores)).play()
        return chart
    place = case["assignment"]
    for core in range(cores):
        mine = [task for task in tasks if place[task.index] == core]
        for task in mine:
            task.core = core
        Cores(chart, case, mine, [core]).play()
    return chart


class Cores:
    """Cores that serve the same tasks."""

    def __init__(
        self, chart: RealtimeSchedule, case: Case, tasks: list[Task], cores: Sequence[int]
    ) -> None:
        self.chart = chart
        self.tasks = tasks
        self.cores = cores
        self.together = len(cores) > 1
        self.by_deadline = case["policy"] == "edf"
        self.abort_on_miss = case["params"].get("abort_on_miss", False)
        self.running: dict[int, RealtimeJob] = {}
        self.ready: list[RealtimeJob] = []
        self.entries = count()

    def matters(self, job: RealtimeJob) -> int:
        """Its deadline or its period; the smaller is the better."""
        return job.deadline if self.by_deadline else job.task.period

    def key(self, job: RealtimeJob) -> tuple[int, ...]:
        """What matters, and what settles ties."""
        if not self.together:
            return (self.matters(job), job.release, job.task.index)
        return (self.matters(job), job.task.index if self.by_deadline else job.entered)

    def play(self) -> None:
        """To the end."""
        for now in range(self.chart.end + 1):
            self.finish(now)
            if now == self.chart.end:
                return
            self.release(now)
            self.dispatch()
            waiting = {self.matters(job) for job in self.ready}
            self.chart.tied |= bool(waiting & {self.matters(j) for j in self.running.values()})
            for core, job in self.running.items():
                self.chart.run(core, job.task.name, now, now + 1)
                job.left -= 1

    def finish(self, now: int) -> None:
        """Those who are done leave, then those who are given up."""
        for job in [job for job in self.running.values() if job.left == 0]:
            job.finish = now
            self.gone(job)
        if self.abort_on_miss:
            for job in [job for task in self.tasks for job in task.jobs if job.deadline == now]:
                job.aborted = True
                self.gone(job)

    def gone(self, job: RealtimeJob) -> None:
        """The next job of the task has its turn."""
        if job in self.ready:
            self.ready.remove(job)
        for core in [core for core, other in self.running.items() if other is job]:
            del self.running[core]
        job.task.jobs.remove(job)
        if job.task.jobs:
            self.make_ready(job.task.jobs[0])

    def make_ready(self, job: RealtimeJob) -> None:
        """It waits for a core."""
        job.entered = next(self.entries)
        self.ready.append(job)

    def release(self, now: int) -> None:
        """The jobs that are due."""
        for task in self.tasks:
            number, rest = divmod(now - task.offset, task.period)
            if now >= task.offset and rest == 0:
                job = RealtimeJob(task, number, now, now + task.deadline, task.wcet)
                self.chart.jobs.append(job)
                task.jobs.append(job)
                if len(task.jobs) == 1:
                    self.make_ready(job)

    def dispatch(self) -> None:
        """The best who wait take free cores, and those of worse jobs."""
        while self.ready:
            job = min(self.ready, key=self.key)
            core = self.place(job)
            other = self.running.get(core)
            if other is not None:
                mine, theirs = self.key(job), self.key(other)
                if not (mine[:1] < theirs[:1] if self.together else mine < theirs):
                    return
                self.make_ready(other)
            self.ready.remove(job)
            self.running[core] = job
            job.task.core = core

    def place(self, job: RealtimeJob) -> int:
        """A free core, else that of the worst; its own last core if that is one of them."""
        free = [core for core in self.cores if core not in self.running]
        if not free:
            worst = max(self.matters(other) for other in self.running.values())
            free = [core for core in self.cores if self.matters(self.running[core]) == worst]
        return job.task.core if job.task.core in free else free[0]
