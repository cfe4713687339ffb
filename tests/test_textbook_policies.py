"""The textbook policies, each on a bench that calls them as the engine does, a tick at a time.

The bench is small and slow on purpose and uses nothing of the engine: what it shows is what a
policy does when the life of a thread is told to it in the order that ``policies/base.py`` names.
The tables are worked out by hand, or taken from the books named beside them; the large collections
of cases (``tests/cases``) run through the engine elsewhere.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schedsim.attributes import ORDINARY, Attributes
from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Policy
from schedsim.policies.edf import Edf
from schedsim.policies.keyed import SmallestFirst
from schedsim.policies.lottery import Lottery, TicketRow
from schedsim.policies.mlfq import Mlfq
from schedsim.policies.priority import Priority
from schedsim.policies.rate_monotonic import RateMonotonic
from schedsim.policies.sjf import Sjf
from schedsim.policies.stcf import Stcf
from schedsim.policies.stride import Stride

# -- the bench --------------------------------------------------------------------------------


@dataclass(eq=False)
class Job:
    """A thread: so much computing, perhaps with I/O after every so many ticks of it."""

    id: int
    arrival: Time = 0
    length: Time = 1
    io_every: Time = 0
    io_time: Time = 0
    relative_deadline: Time | None = None
    """It is periodic: ``arrival`` is its first release, ``length`` its computing each time."""
    attributes: Attributes = ORDINARY
    cpu: Time = 0
    seat: Any = None
    arrived_at: Time = 0
    deadline: Time | None = None
    lenders: Sequence[Job] = ()
    left: Time = 0
    burst: Time = 0
    slice_end: Time = 0
    core: int | None = None
    level: int | None = None
    released: int = 0
    """How many releases have come; of a thread that is not periodic, at most 1."""
    finishes: list[Time | None] = field(default_factory=list)
    """None is a job that was given up."""

    @property
    def idle(self) -> bool:
        """It has no job under way."""
        return len(self.finishes) == self.released

    def begin(self) -> None:
        """Start the next job that has been released."""
        self.arrived_at = self.arrival
        if self.relative_deadline is not None:
            assert self.attributes.period is not None
            self.arrived_at += len(self.finishes) * self.attributes.period
            self.deadline = self.arrived_at + self.relative_deadline
        self.left = self.length
        self.next_burst()

    def next_burst(self) -> None:
        self.burst = min(self.io_every, self.left) if self.io_every else self.left

    def demand(self, *, whole: bool) -> Time:
        return self.left if whole else self.burst


class Bench:
    """One run queue, a few cores, and a clock that goes tick by tick."""

    def __init__(self, policy: Policy[Job], jobs: Sequence[Job], cores: int = 1) -> None:
        self.policy = policy
        self.jobs = jobs
        self.cores = cores
        self.until: Time = 0
        self.now: Time = 0
        self.on: list[Job | None] = [None] * cores
        self.ticks: list[tuple[int, int, Time, int | None]] = []
        """Core, id, start and level of each tick that somebody computed."""
        self.picked: list[int] = []
        self.levels: list[tuple[Time, int, int, bool]] = []
        self.boosts: list[Time] = []
        self.back: dict[Time, list[Job]] = {}
        self.random = random.Random(0)
        policy.attach(self)

    # what a policy may ask

    def draw(self, below: int) -> int:
        return self.random.randrange(below)

    def set_level(self, thread: Job, level: int, *, aged: bool = False) -> None:
        thread.level = level
        self.levels.append((self.now, thread.id, level, aged))

    def boosted(self, level: int) -> None:
        self.boosts.append(self.now)
        for job in self.jobs:
            job.level = level

    def reconsider(self) -> None:
        """The bench does so at every instant."""

    # the clock

    def play(self, until: Time) -> Bench:
        self.until = until
        while self.now < until and not self._over():
            if self.policy.leavers_first:
                self._stretches_end()
                self._ring()
                self._wakes()
            else:
                self._ring()
                self._wakes()
                self._stretches_end()
                self._wakes()  # of those who have just left and are not away for long
            self._decide()
            self._tick()
        self._stretches_end()
        return self

    def _over(self) -> bool:
        return all(job.idle and self._next_release(job) >= self.until for job in self.jobs)

    def _next_release(self, job: Job) -> Time:
        if not job.released:
            return job.arrival
        period = job.attributes.period
        return job.arrival + job.released * period if period else UNLIMITED

    def _stretches_end(self) -> None:
        for core, job in enumerate(self.on):
            if job is None:
                continue
            if not job.burst:
                self.on[core] = None
                self.policy.leave(job)
                if job.left:
                    self.back.setdefault(self.now + job.io_time, []).append(job)
                    job.next_burst()
                else:
                    self._ends(job, self.now)
            elif job.slice_end <= self.now:
                if self.policy.waiting:
                    self.on[core] = None
                    self.policy.expire(job)
                else:
                    if self.policy.counts_alone:
                        self.policy.renew(job)
                    job.slice_end = self.now + self.policy.time_slice(job)
        if self.policy.abort_on_miss:
            self._give_up()

    def _give_up(self) -> None:
        for job in self.jobs:
            if not job.idle and job.deadline is not None and job.deadline <= self.now:
                if job in self.on:
                    self.on[self.on.index(job)] = None
                    self.policy.leave(job)
                else:
                    self.policy.remove(job)
                self._ends(job, None)

    def _ends(self, job: Job, finish: Time | None) -> None:
        job.finishes.append(finish)
        if not job.idle:  # it is late: the next release has been
            job.begin()
            self.policy.enqueue(job)

    def _ring(self) -> None:
        if self.policy.alarm > self.now or self._over():
            return
        runners = [job for job in self.on if job is not None]
        if self.policy.ring_redecides:
            for job in reversed(runners):
                self.policy.preempt(job)
            self.on = [None] * self.cores
        self.policy.ring(runners)

    def _wakes(self) -> None:
        for job in self.jobs:
            if self._next_release(job) == self.now:
                job.released += 1
                if job.released == len(job.finishes) + 1:
                    job.begin()
                    self.policy.enqueue(job)
        for job in self.back.pop(self.now, ()):
            self.policy.enqueue(job)

    def _decide(self) -> None:
        policy = self.policy
        while policy.waiting:
            # A free core, or that of a loser to whom no other loses; if possible where one was.
            best = policy.best() if self.cores > 1 or policy.preemptive else None
            cores = [core for core, job in enumerate(self.on) if job is None]
            if not cores:
                if not policy.preemptive or best is None:
                    return
                on = [job for job in self.on if job is not None]
                worst = [job for job in on if not any(policy.beats(job, o) for o in on)]
                cores = [self.on.index(job) for job in worst if policy.beats(best, job)]
                if not cores:
                    return
            core = best.core if best is not None and best.core in cores else cores[0]
            loser = self.on[core]
            if loser is not None and best is not None:
                policy.take(best)
                policy.preempt(loser)
                job = best
            else:
                job = policy.pick()
            self.picked.append(job.id)
            self.on[core] = job
            job.core = core
            job.slice_end = self.now + policy.time_slice(job)

    def _tick(self) -> None:
        self.now += 1
        for core, job in enumerate(self.on):
            if job is None:
                continue
            job.cpu += 1
            job.left -= 1
            job.burst -= 1
            self.ticks.append((core, job.id, self.now - 1, job.level))

    # what it saw

    def runs(self) -> list[tuple[int, int, Time, Time]]:
        """Core, id, start and end of each longest run."""
        return [run[:4] for run in self._runs(leveled=False)]

    def leveled_runs(self) -> list[tuple[int, Time, Time, int | None]]:
        """Id, start, end and level of each longest run at one level."""
        return [run[1:] for run in self._runs(leveled=True)]

    def _runs(self, *, leveled: bool) -> list[tuple[int, int, Time, Time, int | None]]:
        done: list[tuple[int, int, Time, Time, int | None]] = []
        last: dict[int, int] = {}
        for core, id, start, level in self.ticks:
            at = last.get(core)
            goes_on = at is not None and done[at][1] == id and done[at][3] == start
            if at is not None and goes_on and (not leveled or done[at][4] == level):
                done[at] = (core, id, done[at][2], start + 1, level)
                continue
            last[core] = len(done)
            done.append((core, id, start, start + 1, level))
        return done


def said(priority: int | None = None, *, tickets: int = 100, period: Time = 0) -> Attributes:
    return Attributes(priority=priority, tickets=tickets, period=period or None)


def on_one_core(policy: Policy[Job], *jobs: Job, until: Time = 1000) -> Bench:
    return Bench(policy, jobs).play(until)


def chart(bench: Bench) -> str:
    """Who ran, as "A 0-3, B 3-5"; thread 0 is A."""
    runs = bench.runs()
    assert all(core == 0 for core, *_ in runs)
    return ", ".join(f"{chr(65 + id)} {start}-{end}" for _, id, start, end in runs)


# -- shortest first ---------------------------------------------------------------------------


def stallings() -> list[Job]:
    """Table 9.4 of Stallings, Operating Systems."""
    return [Job(0, 0, 3), Job(1, 2, 6), Job(2, 4, 4), Job(3, 6, 5), Job(4, 8, 2)]


def silberschatz() -> list[Job]:
    """Section 5.3.2 of Operating System Concepts, tenth edition: shortest remaining time first."""
    return [Job(0, 0, 8), Job(1, 1, 4), Job(2, 2, 9), Job(3, 3, 5)]


def test_sjf_of_the_books() -> None:
    assert chart(on_one_core(Sjf(), *stallings())) == "A 0-3, B 3-9, E 9-11, C 11-15, D 15-20"
    assert chart(on_one_core(Sjf(), *silberschatz())) == "A 0-8, B 8-12, D 12-17, C 17-26"


def test_stcf_of_the_books() -> None:
    assert chart(on_one_core(Stcf(), *stallings())) == (
        "A 0-3, B 3-4, C 4-8, E 8-10, B 10-15, D 15-20"
    )
    assert chart(on_one_core(Stcf(), *silberschatz())) == "A 0-1, B 1-5, D 5-10, A 10-17, C 17-26"


def test_equal_jobs_go_by_arrival_then_by_id() -> None:
    jobs = [Job(0, 2, 3), Job(1, 1, 3), Job(2, 0, 4), Job(3, 1, 3)]
    assert chart(on_one_core(Sjf(), *jobs)) == "C 0-4, B 4-7, D 7-10, A 10-13"


@pytest.mark.parametrize(("by", "expected"), [("burst", "A"), ("job", "B")])
def test_what_is_short_is_the_burst_or_the_job(by: Any, expected: str) -> None:
    bench = on_one_core(Sjf(by=by), Job(0, 0, 5, io_every=1, io_time=9), Job(1, 0, 3))
    assert chart(bench).startswith(expected)


@pytest.mark.parametrize(
    ("ties", "expected"),
    [("arrival", "A 0-2, B 2-4, A 4-6, B 6-8"), ("running", "A 0-2, B 2-6, A 6-8")],
)
def test_stcf_with_as_much_left(ties: Any, expected: str) -> None:
    """A is back from its I/O at 4; both then have 2 left."""
    jobs = Job(0, 0, 4, io_every=2, io_time=2), Job(1, 1, 4)
    assert chart(on_one_core(Stcf(ties=ties), *jobs)) == expected


# -- priorities -------------------------------------------------------------------------------


def test_priorities_of_silberschatz() -> None:
    """Section 5.3.4: the smaller number is better."""
    lengths_and_priorities = [(10, 3), (1, 1), (2, 4), (1, 5), (5, 2)]
    jobs = [Job(i, 0, b, attributes=said(p)) for i, (b, p) in enumerate(lengths_and_priorities)]
    bench = on_one_core(Priority(), *jobs)
    assert chart(bench) == "B 0-1, E 1-6, A 6-16, C 16-18, D 18-19"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "A 0-4, C 4-5, B 5-7"),
        ({"preemptive": True}, "A 0-1, C 1-2, A 2-5, B 5-7"),  # A goes before its equal, B
        ({"preemptive": True, "larger_is_higher": True}, "A 0-4, B 4-6, C 6-7"),
        # A has one tick of its slice left at 2, then B has its turn.
        ({"preemptive": True, "quantum": 2}, "A 0-1, C 1-2, A 2-3, B 3-5, A 5-7"),
    ],
)
def test_a_better_thread_comes(options: Any, expected: str) -> None:
    jobs = [
        Job(0, 0, 4, attributes=said(2)),
        Job(1, 0, 2, attributes=said(2)),
        Job(2, 1, 1, attributes=said(1)),
    ]
    assert chart(on_one_core(Priority(**options), *jobs)) == expected


def test_who_loses_the_core_as_its_slice_ends_goes_behind_its_equals() -> None:
    jobs = [
        Job(0, 0, 4, attributes=said(2)),
        Job(1, 0, 2, attributes=said(2)),
        Job(2, 2, 1, attributes=said(1)),
    ]
    bench = on_one_core(Priority(preemptive=True, quantum=2), *jobs)
    assert chart(bench) == "A 0-2, C 2-3, B 3-5, A 5-7"


@pytest.mark.parametrize("larger", [False, True])
def test_whoever_waits_gets_better(larger: bool) -> None:
    """B is better than A from 9 on, and as bad as ever when it comes back from its I/O at 12."""
    sign = -1 if larger else 1
    policy: Priority[Job] = Priority(preemptive=True, larger_is_higher=larger, aging=3)
    bench = on_one_core(
        policy,
        Job(0, 0, 10, attributes=said(0)),
        Job(1, 0, 2, io_every=1, io_time=2, attributes=said(sign * 2)),
    )
    assert chart(bench) == "A 0-9, B 9-10, A 10-11, B 12-13"
    assert bench.levels == [
        (3, 1, sign * 1, True),
        (6, 1, 0, True),
        (9, 1, sign * -1, True),
        (12, 1, sign * 2, False),
    ]
    assert policy.alarm == UNLIMITED


def test_who_holds_a_lock_stands_as_well_as_those_who_wait_for_it() -> None:
    low, middle, high = (Job(i, attributes=said(3 - i)) for i in range(3))
    policy: Priority[Job] = Priority(preemptive=True)
    Bench(policy, [low, middle, high])
    for job in (low, middle, high):
        policy.enqueue(job)
    assert policy.queue() == [high, middle, low]
    policy.remove(high)
    low.lenders = [high]
    policy.changed(low)
    assert policy.queue() == [low, middle]
    assert policy.pick() is low
    assert not policy.beats(middle, low)
    low.lenders = []
    policy.changed(low)
    assert policy.beats(middle, low)


def test_standing_is_lent_from_hand_to_hand_even_in_a_deadlock() -> None:
    one, two, three = (Job(i, attributes=said(3 - i)) for i in range(3))
    policy: Priority[Job] = Priority()
    one.lenders, two.lenders, three.lenders = [two], [three], [one]
    assert policy.rank(one) == policy.rank(two) == 1


# -- real time --------------------------------------------------------------------------------


def periodic(id: int, period: Time, computing: Time, deadline: Time = 0) -> Job:
    attributes = said(period=period)
    return Job(id, 0, computing, relative_deadline=deadline or period, attributes=attributes)


def test_edf_and_rate_monotonic_of_silberschatz() -> None:
    """Sections 5.6.4 and 5.6.5: rate monotonic misses the deadline at 80, EDF meets all."""
    edf = on_one_core(Edf(), periodic(0, 50, 25), periodic(1, 80, 35), until=150)
    assert chart(edf) == "A 0-25, B 25-60, A 60-85, B 85-100, A 100-125, B 125-145"
    rm = on_one_core(RateMonotonic(), periodic(0, 50, 25), periodic(1, 80, 35), until=85)
    assert chart(rm) == "A 0-25, B 25-50, A 50-75, B 75-85"
    assert rm.jobs[1].finishes == [85]


def test_response_times_of_burns_and_wellings() -> None:
    """Periods 80, 40 and 20: the first responses are 80, 15 and 5."""
    tasks = periodic(0, 80, 40), periodic(1, 40, 10), periodic(2, 20, 5)
    bench = on_one_core(RateMonotonic(), *tasks, until=80)
    assert [task.finishes[0] for task in bench.jobs] == [80, 15, 5]


@pytest.mark.parametrize("abort", [False, True])
def test_two_light_tasks_and_a_heavy_one_on_two_cores(abort: bool) -> None:
    """Dhall and Liu, 1978: the heavy one begins at 2, needs 10, and has only until 11."""
    tasks = periodic(0, 10, 2), periodic(1, 10, 2), periodic(2, 11, 10)
    bench = Bench(Edf(abort_on_miss=abort), tasks, cores=2).play(11)
    assert bench.runs()[:3] == [(0, 0, 0, 2), (1, 1, 0, 2), (0, 2, 2, 11)]
    bench = Bench(
        Edf(abort_on_miss=abort),
        [periodic(0, 10, 2), periodic(1, 10, 2), periodic(2, 11, 10)],
        cores=2,
    ).play(13)
    assert bench.jobs[2].finishes == [None if abort else 12]


def test_nobody_takes_the_core_of_an_equal() -> None:
    policies: list[Policy[Job]] = [Edf(), RateMonotonic()]
    for policy in policies:
        late = Job(0, 2, 2, relative_deadline=8, attributes=said(period=10))
        early = Job(1, 0, 4, relative_deadline=10, attributes=said(period=10))
        assert chart(on_one_core(policy, late, early, until=10)) == "B 0-4, A 4-6"


def test_whoever_has_no_deadline_or_period_comes_last() -> None:
    policies: list[Policy[Job]] = [Edf(), RateMonotonic()]
    for policy in policies:
        assert chart(on_one_core(policy, Job(0, 0, 3), periodic(1, 5, 2), until=8)) == (
            "B 0-2, A 2-5, B 5-7"
        )


@pytest.mark.parametrize(
    ("policy", "cores", "expected"),
    [
        (Edf(), 1, [1, 0, 2]),
        (Edf(), 2, [0, 1, 2]),
        (Edf(ties="id"), 1, [0, 1, 2]),
        (Edf(ties="release"), 2, [1, 0, 2]),
        (RateMonotonic(), 1, [1, 0, 2]),
        (RateMonotonic(), 2, [2, 1, 0]),
    ],
)
def test_equals_that_wait(policy: Policy[Job], cores: int, expected: list[int]) -> None:
    """Queued in the order 2, 1, 0; 1 was released first."""
    Bench(policy, [], cores)
    for id, release in [(2, 5), (1, 0), (0, 5)]:
        policy.enqueue(Job(id, arrived_at=release, deadline=9, attributes=said(period=9)))
    assert [job.id for job in policy.queue()] == expected


# -- the multi-level feedback queue -----------------------------------------------------------


def test_mlfq_moves_down_who_computes_much() -> None:
    """OSTEP, section 8.2; B comes, is served at the top, and A goes on with its slice."""
    bench = on_one_core(Mlfq(quantum=2), Job(0, 0, 9), Job(1, 5, 1))
    assert bench.leveled_runs() == [
        (0, 0, 2, 2),
        (0, 2, 4, 1),
        (0, 4, 5, 0),
        (1, 5, 6, 2),
        (0, 6, 10, 0),
    ]
    assert bench.levels == [(0, 0, 2, False), (2, 0, 1, False), (4, 0, 0, False), (5, 1, 2, False)]


def test_mlfq_quanta_and_allotments_of_each_level() -> None:
    bench = on_one_core(Mlfq(quantum=[1, 2], allotment=[2, 1]), Job(0, 0, 5), Job(1, 0, 4))
    assert bench.leveled_runs() == [
        (0, 0, 1, 1),
        (1, 1, 2, 1),
        (0, 2, 3, 1),
        (1, 3, 4, 1),
        (0, 4, 6, 0),
        (1, 6, 8, 0),
        (0, 8, 9, 0),
    ]


def test_mlfq_boost() -> None:
    """At 6 A is at the bottom, has used one tick of two, and is back at the top with two."""
    bench = on_one_core(Mlfq(levels=2, quantum=2, boost=6), Job(0, 0, 8), Job(1, 3, 2))
    assert bench.leveled_runs() == [
        (0, 0, 2, 1),
        (0, 2, 3, 0),
        (1, 3, 5, 1),
        (0, 5, 6, 0),
        (0, 6, 8, 1),
        (0, 8, 10, 0),
    ]
    assert bench.boosts == [6]


def test_mlfq_boost_appends_the_lowest_level_first() -> None:
    policy: Mlfq[Job] = Mlfq(quantum=1, boost=10)
    bench = Bench(policy, [])
    jobs = [Job(id) for id in range(6)]
    for job, level in zip(jobs, [1, 0, 2, 1, 0, 2], strict=True):
        policy.enqueue(job)
        for _ in range(2 - level):
            job.cpu += 1
            policy.remove(job)
            policy.expire(job)
    assert [job.id for job in policy.queue()] == [2, 5, 0, 3, 1, 4]
    bench.now = 10
    policy.ring([])
    assert [job.id for job in policy.queue()] == [2, 5, 1, 4, 0, 3]
    assert policy.alarm == 20
    assert [policy.time_slice(job) for job in jobs] == [1] * 6


@pytest.mark.parametrize(
    ("quantum", "stay", "levels"),
    [
        (2, False, [1, 1, 0, 0]),  # two ticks spend the quantum, with I/O between them or not
        (2, True, [1, 1, 1, 1]),  # each I/O brings a new one
        (1, True, [1, 0, 0, 0]),  # but not on the last tick
    ],
)
def test_mlfq_io(quantum: Time, stay: bool, levels: list[int]) -> None:
    job = Job(0, 0, 4, io_every=1, io_time=1)
    bench = on_one_core(Mlfq(levels=2, quantum=quantum, stay=stay), job)
    assert [level for *_, level in bench.ticks] == levels


@pytest.mark.parametrize(
    ("bump", "expected"),
    [
        (False, "A 0-1, B 1-5, A 5-6, B 6-7"),
        (True, "A 0-1, B 1-3, A 3-4, B 4-7"),  # 4-7: B goes on with its slice of 4, then alone
    ],
)
def test_mlfq_back_from_io(bump: bool, expected: str) -> None:
    bench = on_one_core(
        Mlfq(levels=1, quantum=4, iobump=bump), Job(0, 0, 2, io_every=1, io_time=2), Job(1, 0, 5)
    )
    assert chart(bench) == expected


def test_mlfq_bumped_threads_go_before_whom_they_disturb() -> None:
    """C runs; A and B come back at 4, B last: B, A, then C with what is left of its slice."""
    jobs = [Job(id, 0, 2, io_every=1, io_time=4 - id) for id in range(2)]
    bench = on_one_core(Mlfq(levels=1, quantum=9, iobump=True), *jobs, Job(2, 0, 5))
    assert chart(bench) == "A 0-1, B 1-2, C 2-5, B 5-6, A 6-7, C 7-9"


# -- lots and strides -------------------------------------------------------------------------


def slices(policy: Policy[Job], jobs: Sequence[Job], count: int, quantum: Time) -> list[int]:
    """Who gets the first slices on one core, if all are there from the beginning."""
    Bench(policy, jobs)
    for job in jobs:
        policy.enqueue(job)
    order = []
    for _ in range(count):
        job = policy.pick()
        order.append(job.id)
        job.cpu += quantum
        policy.expire(job)
    return order


def holders(*tickets: int) -> list[Job]:
    return [Job(id, attributes=said(tickets=number)) for id, number in enumerate(tickets)]


def test_lottery_of_ostep() -> None:
    """Section 9.1: A has the tickets from 0 to 74, B those from 75 to 99."""
    draws = [63, 85, 70, 39, 76, 17, 29, 41, 36, 39, 10, 99, 68, 83, 63]
    order = slices(Lottery(draws=draws), holders(75, 25), 15, 1)
    assert "".join("AB"[id] for id in order) == "ABAABAAAAAABABA"


def test_lottery_takes_the_rest_of_a_large_draw_and_goes_on_by_itself() -> None:
    policy: Lottery[Job] = Lottery(draws=[100, 1_000_003])
    assert slices(policy, holders(1, 1, 2), 2, 1) == [0, 2]
    assert {policy.pick().id for _ in range(3)} == {0, 1, 2}


def test_lottery_tickets_are_lent_and_changed() -> None:
    policy: Lottery[Job] = Lottery(draws=[10, 10])
    a, b, c = holders(10, 10, 80)
    Bench(policy, [a, b])
    a.lenders = [c]
    policy.enqueue(a)
    policy.enqueue(b)
    assert policy.pick() is a
    policy.restore(a)
    a.lenders = []
    policy.changed(a)
    assert policy.pick() is b


def test_stride_of_ostep() -> None:
    """Figure 9.3: passes 0, 0, 0 - 100, 0, 0 - 100, 200, 0 - ..., strides 100, 200, 40."""
    policy: Stride[Job] = Stride(quantum=7)
    jobs = holders(100, 50, 250)
    assert slices(policy, jobs, 8, 7) == [0, 1, 2, 2, 2, 0, 2, 2]
    assert len({job.seat.passed for job in jobs}) == 1


def test_stride_ahead_of_the_global_pass() -> None:
    assert slices(Stride(quantum=7, initial_pass="stride"), holders(100, 50, 250), 8, 7) == [
        2,
        2,
        0,
        2,
        2,
        0,
        1,
        2,
    ]


def test_stride_counts_what_was_run() -> None:
    """A waits, for no time at all, after each half slice; at 20 both passes are 10."""
    a = Job(0, 0, 15, io_every=5, io_time=0, attributes=said(tickets=1))
    bench = on_one_core(Stride(quantum=10), a, Job(1, 0, 30, attributes=said(tickets=1)))
    assert chart(bench) == "A 0-5, B 5-15, A 15-25, B 25-45"


def test_stride_who_comes_later_has_no_claim_on_the_past() -> None:
    first, late = Job(0, 0, 60), Job(1, 40, 20, attributes=said(tickets=300))
    assert chart(on_one_core(Stride(quantum=10), first, late)) == "A 0-50, B 50-70, A 70-80"


def test_stride_more_tickets_shorten_what_one_is_ahead() -> None:
    a, b = holders(1, 2)
    policy: Stride[Job] = Stride(quantum=6)
    assert slices(policy, [a, b], 1, 6) == [0]  # A's pass is 12, B's 0
    a.attributes = said(tickets=3)
    policy.changed(a)
    assert a.seat.passed * 3 == 12 * 3 * 1  # L is 6 now, not 2: 36, and a third of that
    assert policy.queue() == [b, a]


@given(
    tickets=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    quantum=st.integers(1, 7),
    count=st.integers(1, 150),
)
def test_stride_error_between_any_two_is_at_most_one_quantum(
    tickets: list[int], quantum: Time, count: int
) -> None:
    """Waldspurger and Weihl, 1995, section 4.1."""
    jobs = holders(*tickets)
    slices(Stride(quantum=quantum), jobs, count, quantum)
    for one in jobs:
        for other in jobs:
            mine, theirs = one.attributes.tickets, other.attributes.tickets
            due = (one.cpu + other.cpu) * mine
            assert abs(one.cpu * (mine + theirs) - due) <= quantum * (mine + theirs)


# -- what holds of all of them ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Mlfq(levels=0), "levels must be from 1 to 100, got 0"),
        (lambda: Mlfq(levels=101), "levels must be from 1 to 100, got 101"),
        (lambda: Mlfq(quantum=[]), "levels must be from 1 to 100, got 0"),
        (
            lambda: Mlfq(levels=3, quantum=[1, 2]),
            "quantum must have one entry for each of the 3 levels, got 2",
        ),
        (
            lambda: Mlfq(quantum=[1, 2], allotment=[1]),
            "allotment must have one entry for each of the 2 levels, got 1",
        ),
        (lambda: Mlfq(quantum=[1, 0]), "quantum must be longer than 0"),
        (lambda: Mlfq(allotment=0), "allotment must be at least 1, got 0"),
        (lambda: Mlfq(boost=-1), "boost must be 0 (never) or longer"),
        (lambda: Lottery(quantum=0), "quantum must be longer than 0"),
        (lambda: Lottery(draws=[3, -1]), "draws must be 0 or more, got -1"),
        (lambda: slices(Lottery(), holders(0), 1, 1), "tickets must be at least 1, got 0"),
        (lambda: Stride(quantum=0), "quantum must be longer than 0"),
        (lambda: slices(Stride(), holders(0), 1, 1), "tickets must be at least 1, got 0"),
        (lambda: Priority(quantum=-1), "quantum must be 0 (none) or longer"),
        (lambda: Priority(aging=-1), "aging must be 0 (none) or longer"),
    ],
)
def test_what_makes_no_sense(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()


POLICIES: dict[str, Any] = {
    "sjf": Sjf,
    "stcf": Stcf,
    "stcf running": lambda: Stcf(ties="running", by="job"),
    "priority": Priority,
    "priority aging": lambda: Priority(preemptive=True, quantum=2, aging=2),
    "edf": Edf,
    "rate monotonic": RateMonotonic,
    "mlfq": lambda: Mlfq(quantum=2, allotment=2, boost=7, iobump=True),
    "mlfq stay": lambda: Mlfq(quantum=[1, 2], stay=True),
    "stride": lambda: Stride(quantum=3),
    "lottery": lambda: Lottery(quantum=3),
}


@pytest.mark.parametrize("name", POLICIES)
@given(data=st.data())
def test_the_queue_is_what_will_be_picked(name: str, data: st.DataObject) -> None:
    policy: Policy[Job] = POLICIES[name]()
    cores = data.draw(st.integers(1, 3), "cores")
    small = st.integers(1, 6)
    jobs = [
        Job(
            id,
            data.draw(small),
            data.draw(small) * 3,
            io_every=data.draw(small),
            io_time=data.draw(small) - 1,
            attributes=said(data.draw(small), tickets=data.draw(small), period=data.draw(small)),
        )
        for id in range(data.draw(st.integers(1, 7), "jobs"))
    ]
    bench = Bench(policy, jobs, cores)
    bench.play(data.draw(st.integers(1, 40), "until"))
    queue = list(policy.queue())
    assert len(queue) == len(policy.waiting)
    for job in queue[::2]:
        policy.changed(job)
    for job in queue[::3]:
        policy.remove(job)
        policy.enqueue(job)
    queue = list(policy.queue())
    if queue:
        restored = policy.pick()
        policy.restore(restored)
        assert list(policy.queue()) == queue
    if policy.preemptive and queue:
        assert policy.best() is queue[0]
    picked = [policy.pick() for _ in queue]
    assert not policy.waiting
    assert not policy.queue()
    if name == "lottery":
        picked.sort(key=lambda job: job.id)
    assert picked == queue


@pytest.mark.parametrize("name", POLICIES)
@given(data=st.data())
def test_nobody_is_lost(name: str, data: st.DataObject) -> None:
    small = st.integers(1, 5)
    jobs = [
        Job(id, data.draw(small), data.draw(small), data.draw(small), data.draw(small))
        for id in range(6)
    ]
    lengths = [job.length for job in jobs]
    bench = Bench(POLICIES[name](), jobs, data.draw(st.integers(1, 3))).play(500)
    assert [job.cpu for job in jobs] == lengths
    for core in range(bench.cores):
        mine = [run for run in bench.runs() if run[0] == core]
        assert all(a[3] <= b[2] for a, b in pairwise(mine))


@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "take", "drop"]), st.integers(0, 9), st.integers(0, 5))
    )
)
def test_smallest_first_against_a_sorted_list(steps: list[tuple[str, int, int]]) -> None:
    jobs = [Job(id) for id in range(10)]
    line: SmallestFirst[Job] = SmallestFirst()
    naive: dict[int, tuple[int, int]] = {}
    for step, id, key in steps * 3:
        if step == "put":
            line.put(jobs[id], (key, id))
            naive[id] = (key, id)
        elif step == "drop":
            line.drop(jobs[id])
            naive.pop(id, None)
        elif naive:
            best = min(naive, key=naive.__getitem__)
            assert line.first()[2] is jobs[best]
            assert line.take() is jobs[best]
            del naive[best]
        assert [job.id for job in line.in_order()] == sorted(naive, key=naive.__getitem__)
        assert set(line.live) == set(naive)


def test_dead_entries_do_not_pile_up() -> None:
    line: SmallestFirst[Job] = SmallestFirst()
    job = Job(0)
    for key in range(1000, 0, -1):
        line.put(job, key)
    assert len(line.heap) < 20


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), min_size=1))
def test_ticket_row_against_a_walk(gifts: list[tuple[int, int]]) -> None:
    row = TicketRow()
    naive: dict[int, int] = {}
    for number, tickets in gifts:
        row.add(number, tickets - naive.get(number, 0))
        naive[number] = tickets
    tape = [number for number in sorted(naive) for _ in range(naive[number])]
    assert row.total == len(tape)
    assert [row.holder(ticket) for ticket in range(row.total)] == tape
