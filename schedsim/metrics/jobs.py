"""The jobs of periodic threads, and of all that have a deadline.

When a job begins and ends is told by rows; which of them there ought to be, by period and end of
the run (conventions: those of the real-time cases in ``tests/cases``).
"""

from __future__ import annotations

from collections.abc import Iterable

from schedsim.durations import Time
from schedsim.metrics.lives import ThreadLife
from schedsim.metrics.measured import JobTimes, Measured
from schedsim.trace import NEVER

MOST_LATE = 10_000
"""So many jobs of a thread that has fallen behind are listed that were released and not begun:
with a period of a nanosecond there would be no end to them."""


class JobBook:
    """Enters jobs as they are released, done and given up."""

    def __init__(self, found: Measured) -> None:
        self.found = found
        self.given_up: set[int] = set()
        """Threads whose one job was given up."""

    def open(self, thread: ThreadLife, time: Time) -> JobTimes:
        """The job whose turn it is can be worked on from now on."""
        thread.job = self._enter(thread, thread.number)
        thread.new = True
        thread.given_up = False
        thread.waited_before = thread.waited_at(time) - max(0, time - thread.job.release)
        thread.cpu_before = thread.cpu_at(time)
        return thread.job

    def close(self, thread: ThreadLife, time: Time, *, aborted: bool = False) -> None:
        """That job is done, or given up."""
        job = thread.job
        if job is None:
            return
        job.aborted = aborted
        job.finish = None if aborted else time
        job.waiting = thread.waited_at(time) - thread.waited_before
        job.cpu = thread.cpu_at(time) - thread.cpu_before
        thread.job = None

    def give_up(self, thread: ThreadLife, time: Time, following: Time) -> None:
        """That job is given up; who waits for a core has its next from ``following`` on."""
        self.close(thread, time, aborted=True)
        if following == NEVER:
            thread.given_up = True
            return
        thread.number += 1
        if following > time:
            thread.end_wait(time)
        else:
            self.open(thread, time)

    def finish(self, threads: Iterable[ThreadLife], end: Time) -> None:
        """The run is over: enter what is left, and say who missed."""
        for thread in threads:
            if thread.period and thread.times.finish is None:
                self._enter_late(thread, end)
        # A job that is released where the run ends has not had its chance.
        begun = [job for job in self.found.jobs if job.release < end or job.finish is not None]
        self.found.jobs[:] = begun
        entities = self.found.trace.entities
        for times in self.found.times.values():
            attributes = entities[times.entity].attributes
            if attributes.deadline is not None and not attributes.period:
                job = JobTimes(times.entity, 0, times.arrival, attributes.deadline)
                job.aborted = times.entity in self.given_up
                job.start = times.first_run
                job.finish = None if job.aborted else times.finish
                job.waiting, job.cpu = times.waiting, times.cpu
                self.found.jobs.append(job)
        for job in self.found.jobs:
            late = job.deadline < (end if job.finish is None else job.finish)
            job.missed = job.aborted or late
        self.found.jobs.sort(key=lambda job: (job.release, job.entity, job.number))

    def _enter_late(self, thread: ThreadLife, end: Time) -> None:
        """Enter jobs that were released but never begun; one released at the end is not."""
        number = thread.number
        if thread.job is not None:
            thread.job.waiting = thread.waited - thread.waited_before
            thread.job.cpu = thread.cpu - thread.cpu_before
        number += thread.job is not None or thread.given_up
        for late in range(number, number + MOST_LATE):
            job = self._enter(thread, late)
            if job.release >= end:
                self.found.jobs.pop()
                return
            job.waiting = end - job.release

    def _enter(self, thread: ThreadLife, number: int) -> JobTimes:
        assert thread.period, "only periodic threads have jobs of their own"
        release = thread.times.arrival + number * thread.period
        deadline = self.found.trace.entities[thread.times.entity].attributes.deadline
        relative = thread.period if deadline is None else deadline
        job = JobTimes(thread.times.entity, number, release, release + relative)
        self.found.jobs.append(job)
        return job
