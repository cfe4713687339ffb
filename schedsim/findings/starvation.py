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
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import itemgetter

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.findings.shares import FairShares
from schedsim.metrics import Measured, Times
from schedsim.plain import plain
from schedsim.trace import Role

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
    shares: FairShares | None = None
    for times in suspects:
        start, end = times.longest_wait_start, times.longest_wait_start + times.longest_wait
        passed = [
            n
            for n in order[bisect_right(starts, start) : bisect_left(starts, end)]
            if turns.ends[n] > turns.starts[n]
        ]
        overtaking = [n for n in passed if turns.readies[n] > start]
        if len(overtaking) < FEWEST_OVERTAKING:
            continue
        shares = shares or FairShares(measured)
        ran = sum(turns.ends[n] - turns.starts[n] for n in passed)
        owed = shares.of(times.entity, start, end)
        if owed * len(passed) >= FEWEST_OWED * ran > 0:
            overtakers = [turns.threads[n] for n in overtaking]
            yield _finding(measured, times, overtakers, round(owed))


def _finding(measured: Measured, times: Times, overtakers: list[int], owed: Time) -> Finding:
    trace = measured.trace
    counts: dict[int, int] = {}
    for thread in overtakers:
        counts[thread] = counts.get(thread, 0) + 1
    most = [thread for thread, _ in sorted(counts.items(), key=itemgetter(1), reverse=True)]
    waited = format_duration(times.longest_wait, trace.unit)
    due = format_duration(owed, trace.unit)
    end = times.longest_wait_start + times.longest_wait
    still = " and still does" if times.entity in measured.waiting and end == trace.end else ""
    others = "turn" if len(overtakers) == 1 else "turns"
    why = (
        f"{plain(trace.entities[times.entity].name, 32)} waited for {waited}{still}, while "
        f"{names(trace, most)}, who came later, had {len(overtakers):,} {others}. "
        f"Equal shares would have given it {due}."
    )
    start = times.longest_wait_start
    gil = measured.rules.needs_gil(trace.entities[times.entity].process, start)
    advice = _OF_GIL if gil else _OF_POLICY
    return Finding("starvation", start, end, most[0], (times.entity,), why, advice)
