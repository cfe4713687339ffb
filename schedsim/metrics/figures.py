"""Figures about a whole run (SEMANTICS.md A5): functions of what was measured.

Which there are, and how reports call them, is in :mod:`schedsim.metrics`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable

from schedsim.attributes import Attributes
from schedsim.durations import UNITS, Time
from schedsim.metrics.measured import Measured, Times

NICE_0_WEIGHT = 1024
"""What Linux gives an ordinary thread (``sched_prio_to_weight``)."""

Figure = Callable[[Measured], float | int | None]
"""None is what cannot be said of this run."""


def mean(name: str) -> Figure:
    """The mean of such values of all pieces of work."""

    def figure(measured: Measured) -> float | None:
        values = measured.values(name)
        return round(statistics.fmean(values), 3) if values else None

    return figure


def percentile(name: str, percent: int) -> Figure:
    """The value that so many percent do not exceed."""
    return lambda measured: measured.percentile(name, percent)


def longest(name: str) -> Figure:
    """The greatest of such values."""

    def figure(measured: Measured) -> float | None:
        values = measured.values(name)
        return values[-1] if values else None

    return figure


def total(name: str) -> Figure:
    """The sum over all threads and tasks of a count."""
    return lambda measured: sum(getattr(times, name) for times in measured.times.values())


# -- the machine --------------------------------------------------------------------------


def useful(measured: Measured) -> float:
    """The share of core time in which threads ran."""
    return _of_capacity(measured.useful, measured)


def overhead(measured: Measured) -> float:
    """The share of core time spent on context switches and migrations."""
    return _of_capacity(measured.overhead, measured)


def idle(measured: Measured) -> float:
    """The rest."""
    return _of_capacity(measured.capacity - measured.useful - measured.overhead, measured)


def throughput(measured: Measured) -> float | None:
    """Pieces of work done a second (in tick files: a tick), from first arrival to last end."""
    ends = [piece.finish for piece in measured.pieces if piece.finish is not None]
    if not ends:
        return None
    span = max(ends) - min(piece.begin for piece in measured.pieces)
    second = UNITS["s"] if measured.trace.unit == "ns" else 1
    return round(len(ends) * second / span, 6) if span > 0 else None


def starvation(measured: Measured) -> Time | None:
    """The longest that any work was ready without running."""
    return max((times.longest_wait for times in measured.work), default=None)


def _of_capacity(part: Time, measured: Measured) -> float:
    return round(part / measured.capacity, 6) if measured.capacity else 0.0


# -- fairness -----------------------------------------------------------------------------


def fairness(measured: Measured) -> float | None:
    """Jain's index over the shares that work got of the CPU in the time it wanted it."""
    shares = (times.share for times in measured.work)
    return _jain(share for share in shares if share is not None)


def weighted_fairness(measured: Measured) -> float | None:
    """The same over share by weight; None where all have the same ``weight`` and ``tickets``."""
    rules = measured.rules
    weigh = weighing(said for t in measured.work for _, said in rules.said(t.entity))
    found = [
        (times.share, _mean_weight(measured, times, weigh))
        for times in measured.work
        if times.share is not None
    ]
    if len({weight for _, weight in found}) < 2:  # noqa: PLR2004 - all the same
        return None
    return _jain(share / weight for share, weight in found)


def _mean_weight(measured: Measured, times: Times, weigh: Callable[[Attributes], float]) -> float:
    """What work weighed from its arrival to its end, on average over time."""
    end = measured.trace.end if times.finish is None else times.finish
    pieces = list(measured.rules.said_within(times.entity, times.arrival, end))
    if len(pieces) < 2:  # noqa: PLR2004 - always the same
        said = pieces[0][2] if pieces else measured.rules.said(times.entity)[-1][1]
        return weigh(said)
    total = sum((until - begin) * weigh(said) for begin, until, said in pieces)
    return total / (pieces[-1][1] - pieces[0][0])


def weighing(all_of_them: Iterable[Attributes]) -> Callable[[Attributes], float]:
    """How to weigh work that says ``weight``, or else ``tickets``; a nice value says nothing here.

    Where anybody gives a weight, whoever gives none has that of an ordinary thread.
    """
    if any(each.weight is not None for each in all_of_them):
        return lambda each: NICE_0_WEIGHT if each.weight is None else each.weight
    return lambda each: each.tickets


def _jain(values: Iterable[float]) -> float | None:
    """(sum of x)^2 / (n * sum of x^2): 1 if all are equal, 1/n if one has it all."""
    known = list(values)
    squares = sum(value * value for value in known)
    if not squares:
        return None
    return round(sum(known) ** 2 / (len(known) * squares), 6)


# -- deadlines ----------------------------------------------------------------------------


def deadline_misses(measured: Measured) -> int | None:
    """How many jobs with a deadline missed it."""
    return sum(job.missed for job in measured.jobs) if measured.jobs else None


def miss_ratio(measured: Measured) -> float | None:
    """Misses by the jobs of which one can say already."""
    settled = [job for job in measured.jobs if job.missed or job.finish is not None]
    return round(sum(job.missed for job in settled) / len(settled), 6) if settled else None


def mean_tardiness(measured: Measured) -> float | None:
    """How late jobs were on average; who was in time counts as 0, who was given up does not."""
    late = _tardiness(measured)
    return round(statistics.fmean(late), 3) if late else None


def max_tardiness(measured: Measured) -> Time | None:
    """How late the latest job was, or is when the run ends."""
    return max(_tardiness(measured), default=None)


def _tardiness(measured: Measured) -> list[Time]:
    found = (job.tardiness(measured.trace.end) for job in measured.jobs)
    return [late for late in found if late is not None]
