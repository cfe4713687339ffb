"""Deadlines of threads: by when a job is to be done, and which ones were missed so far.

What jobs there were and how they fared is in :mod:`schedsim.metrics.jobs`.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from schedsim.durations import Time
from schedsim.trace import ENDS, NEVER, Entity, Reason, Role


def deadline_of(entity: Entity, arrived: Time, number: int = 0) -> Time | None:
    """By when job ``number`` of a thread that first arrived at ``arrived`` is to be done, if ever.

    Without a period, by when the whole thread is.
    """
    said = entity.attributes
    if not said.period:
        return said.deadline
    return arrived + number * said.period + (said.deadline or said.period)


class _Standing(NamedTuple):
    """How far a thread has come."""

    number: int = 0
    """The first job that is not known to be done."""
    current: int = 0
    """The job under way, or the next."""
    missed: int = 0
    """How many deadlines it has missed."""
    done: bool = False


class _Jobs:
    """A thread with deadlines: the job under way, and the deadlines that were missed."""

    __slots__ = ("arrived", "entity", "missed", "now", "rows", "standings")

    def __init__(self, entity: Entity, arrived: Time) -> None:
        self.entity = entity
        self.arrived = arrived
        self.missed: list[Time] = []
        self.now = _Standing()
        self.rows: list[int] = []
        self.standings: list[_Standing] = []
        """After each of these rows."""

    def until(self, rows: int) -> _Jobs:
        """The same as it was after so many rows."""
        known = bisect_left(self.rows, rows)
        other = _Jobs(self.entity, self.arrived)
        other.rows, other.standings = self.rows[:known], self.standings[:known]
        other.now = other.standings[-1] if known else _Standing()
        other.missed = self.missed[: other.now.missed]
        return other

    def _becomes(self, n: int, standing: _Standing) -> None:
        self.now = standing
        self.rows.append(n)
        self.standings.append(standing)

    def goes_on_with(self, n: int, number: int) -> None:
        """From row ``n`` on another job is under way, or next."""
        self._becomes(n, self.now._replace(current=number))

    def close(self, n: int, time: Time, *, given_up: bool = False, last: bool = False) -> None:
        """By row ``n`` the job under way ends, done or given up."""
        now = self.now
        if now.done:
            return
        due = deadline_of(self.entity, self.arrived, now.number)
        if due is not None and (given_up or time > due):
            self.missed.append(due)
        done = last or not self.entity.attributes.period
        self._becomes(n, _Standing(now.number + 1, now.current, len(self.missed), done))

    def all_missed(self, now: Time) -> list[Time]:
        """All deadlines missed up to ``now``, of jobs that should be done by then too."""
        standing = self.now
        due = None if standing.done else deadline_of(self.entity, self.arrived, standing.number)
        period = self.entity.attributes.period
        if due is None or due >= now:
            return self.missed
        return [*self.missed, *(range(due, now, period) if period else (due,))]


class Deadlines:
    """Those of all threads that have any, in step with the growth of a trace."""

    def __init__(self) -> None:
        self._jobs: dict[int, _Jobs] = {}

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def until(self, rows: int, threads: set[int]) -> Deadlines:
        """The same as they were after so many rows, when there were these threads."""
        other = Deadlines()
        other._jobs = {t: jobs.until(rows) for t, jobs in self._jobs.items() if t in threads}
        return other

    def missed(self, thread: int, end: Time) -> list[Time]:
        """The deadlines that a thread had missed by ``end``."""
        jobs = self._jobs.get(thread)
        return jobs.all_missed(end) if jobs else []

    # -- what rows say ------------------------------------------------------------------------

    def spawn(self, entity: Entity, arrived: Time) -> None:
        """Somebody exists from now on."""
        said = entity.attributes
        if entity.role is Role.THREAD and (said.period or said.deadline is not None):
            self._jobs[entity.id] = _Jobs(entity, arrived)

    def leave(self, n: int, time: Time, thread: int, reason: Reason) -> None:
        """A thread leaves its core."""
        jobs = self._jobs.get(thread)
        if jobs is None:
            return
        if reason in ENDS:
            jobs.close(n, time, last=True)
        elif reason is Reason.PERIOD:
            jobs.goes_on_with(n, jobs.now.current + 1)
            if jobs.now.number < jobs.now.current:  # else it was given up
                jobs.close(n, time)

    def next_job(self, n: int, time: Time, thread: int, number: int) -> None:
        """A periodic thread goes on at once with another job."""
        jobs = self._jobs[thread]
        jobs.goes_on_with(n, number)
        if jobs.now.number < number:
            jobs.close(n, time)

    def abort(self, n: int, time: Time, thread: int, number: int, release: Time) -> None:
        """Job ``number`` is given up at its deadline."""
        jobs = self._jobs[thread]
        if release != NEVER:
            jobs.goes_on_with(n, number + 1)
        jobs.close(n, time, given_up=True)

    def kill(self, n: int, time: Time, thread: int) -> None:
        """A thread is killed where it is."""
        jobs = self._jobs.get(thread)
        if jobs is not None:
            jobs.close(n, time, last=True)
