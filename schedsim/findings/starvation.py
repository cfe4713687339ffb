"""A thread that is passed over: others are served again and again while it waits.

That a wait is long says little: in a round of a thousand threads everybody waits for long.  So a
wait counts here by two things.  *Overtaken*: turns of others who began to want a core after it
did; in a queue there are none.  *Owed*: the core time that equal sharing, by weight, would have
given it meanwhile (generalised processor sharing), in turns as long as those of the others were.
In a healthy lottery a wait in which one is owed so many turns has a chance of e to the minus that.

Tasks are not looked at: a loop serves them in turn, and one that keeps it is a ``blocked_loop``.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, compress, islice
from operator import sub

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.findings.shares import FairShares
from schedsim.metrics import Measured, Times
from schedsim.metrics.gil_walk import GilWaits, needs_no_gil
from schedsim.plain import plain
from schedsim.trace import Reason, Role

FEWEST_OWED = 10
"""Turns.  In ten thousand turns of a lottery one expects less than half a wait as long as that;
and with fewer, a priority that is meant would look like starvation."""
FEWEST_OVERTAKING = 10
"""Turns of others who came later.  Queues of different cores differ by one or two."""
_OF_POLICY = (
    "Let priority grow with waiting (aging, MLFQ's boost), or share in proportion "
    "(stride, CFS, EEVDF)."
)
_OF_GIL = (
    "Who waits for the GIL for longer than a switch interval queues anew, behind those who came "
    "later: try a longer switch_interval, fewer threads, or processes."
)
_LOOKED_AT = 20
"""The longest waits, one a thread: in a healthy run of many threads they are all alike."""


def starvation(measured: Measured) -> Iterator[Finding]:
    """Find the threads that were passed over, each at its longest wait."""
    turns = measured.turns
    if len(turns) < FEWEST_OVERTAKING:
        return
    mean_turn = measured.useful / len(turns)
    threads = [t for t in measured.of(Role.THREAD) if t.longest_wait > FEWEST_OWED * mean_turn]
    suspects = heapq.nlargest(_LOOKED_AT, threads, key=lambda times: times.longest_wait)
    if not suspects:
        return
    order, starts = measured.by_start
    began: _Began | None = None
    shares: FairShares | None = None
    gil: GilWaits | None = None
    for times in suspects:
        start, end = times.longest_wait_start, times.longest_wait_start + times.longest_wait
        passed = order[bisect_right(starts, start) : bisect_left(starts, end)]
        later = (n for n in passed if turns.readies[n] > start and turns.ends[n] > turns.starts[n])
        if len(list(islice(later, FEWEST_OVERTAKING))) < FEWEST_OVERTAKING:
            continue
        if _is_throttled(measured, times.entity, start):
            continue
        began, shares = began or _Began(measured), shares or FairShares(measured)
        owed = shares.of(times.entity, start, end)
        passed_over, ran = began.between(start, end)
        if owed * passed_over >= FEWEST_OWED * ran > 0:
            if gil is None and not needs_no_gil(measured):
                gil = GilWaits(measured.trace)
            for_gil = gil is not None and 2 * gil.between(times.entity, start, end) > end - start
            advice = _OF_GIL if for_gil else _OF_POLICY
            overtakers = began.overtakers(start, end)
            yield _finding(measured, times, overtakers, round(owed), advice)


class _Began:
    """The turns that took any time, in the order in which they began.

    For one wait a look at each turn would do; there may be many, each as long as the run.
    """

    def __init__(self, measured: Measured) -> None:
        turns, (order, starts) = measured.turns, measured.by_start
        ends = map(turns.ends.__getitem__, order)
        took = array("q", map(sub, ends, starts))
        order = array("q", compress(order, took))
        self.starts = array("q", compress(starts, took))
        self.sums = array("q", accumulate(compress(took, took), initial=0))
        """How long all before each took together."""
        self.readies = array("q", map(turns.readies.__getitem__, order))
        self.threads = array("q", map(turns.threads.__getitem__, order))

        self._overtakers: dict[tuple[Time, Time], Counter[int]] = {}

    def between(self, start: Time, end: Time) -> tuple[int, Time]:
        """How many began between two moments, and how long they took together."""
        first, last = bisect_right(self.starts, start), bisect_left(self.starts, end)
        return last - first, self.sums[last] - self.sums[first]

    def overtakers(self, start: Time, end: Time) -> Counter[int]:
        """By thread: how many of these were of somebody who had come after ``start``."""
        known = self._overtakers.get((start, end))
        if known is None:  # many wait from the beginning to the end
            passed = slice(bisect_right(self.starts, start), bisect_left(self.starts, end))
            came_later = map(start.__lt__, self.readies[passed])
            known = Counter(compress(self.threads[passed], came_later))
            self._overtakers[start, end] = known
        return known


def _is_throttled(measured: Measured, thread: int, start: Time) -> bool:
    """Whether a wait began because its budget was spent (SCHED_DEADLINE): nobody overtakes it."""
    turns = measured.turns
    of_class = measured.trace.entities[thread].attributes.scheduling_class
    return of_class == "deadline" and any(
        who == thread and left == start and reason == Reason.THROTTLED
        for who, left, reason in zip(turns.threads, turns.ends, turns.reasons, strict=True)
    )


def _finding(
    measured: Measured, times: Times, overtakers: Counter[int], owed: Time, advice: str
) -> Finding:
    trace = measured.trace
    most = [thread for thread, _ in overtakers.most_common()]
    waited = format_duration(times.longest_wait, trace.unit)
    due = format_duration(owed, trace.unit)
    end = times.longest_wait_start + times.longest_wait
    still = " and still does" if times.entity in measured.waiting and end == trace.end else ""
    others = "turn" if overtakers.total() == 1 else "turns"
    why = (
        f"{plain(trace.entities[times.entity].name, 32)} waited for {waited}{still}, while "
        f"{names(trace, most)}, who came later, had {overtakers.total():,} {others}. "
        f"Equal shares would have given it {due}."
    )
    start = times.longest_wait_start
    return Finding("starvation", start, end, most[0], (times.entity,), why, advice)
