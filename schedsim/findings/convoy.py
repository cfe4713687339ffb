"""A long burst of computing that keeps short ones queueing behind it.

First come, first served does that.  Where turns are cut short a burst cannot do so: only bursts
count that ended by themselves and are longer than every turn that was cut short in the run.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress
from operator import sub

from schedsim.columns import numbers
from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.metrics import Measured
from schedsim.metrics.measured import Turns
from schedsim.plain import plain
from schedsim.trace import Reason, Role

FEWEST = 3
"""Threads behind it: two behind one is a queue, not a convoy."""
SHORT = 10
"""So many times shorter than the long burst theirs are."""
_CUT_SHORT = (Reason.QUANTUM, Reason.FORCED_SWITCH, Reason.PREEMPTED, Reason.THROTTLED)
_IS_CUT_SHORT = bytes(reason in _CUT_SHORT for reason in range(256))
_IS_NOT_CUT_SHORT = bytes(reason not in _CUT_SHORT for reason in range(256))
_LONGEST = 1_000
"""How many bursts are looked at, the longest first."""
_BEHIND = 64
"""How many turns after a burst are looked at."""


@dataclass(slots=True)
class _Convoy:
    """What one thread did to others."""

    thread: int
    times: int = 0
    start: Time = 0
    end: Time = 0
    victims: tuple[int, ...] = ()
    longest: Time = 0
    """The longest burst of a victim."""


def convoy(measured: Measured) -> Iterator[Finding]:
    """Find the threads that have kept others queueing, each at its worst."""
    turns = measured.turns
    cuts = _cuts(measured)
    cut = min(cuts)
    waits = [t.longest_wait for t in measured.of(Role.THREAD)]
    if len(waits) <= FEWEST or heapq.nlargest(FEWEST, waits)[-1] <= cut // 2:
        return
    long = heapq.nlargest(_LONGEST, _longer(measured, cuts))
    if not long:
        return
    order, starts = measured.by_start
    found: dict[int, _Convoy] = {}
    for _, n in long:
        first = bisect_left(starts, turns.ends[n])
        _look(measured, n, found, order[first : first + _BEHIND])
    for each in found.values():
        yield _finding(measured, each)


def _cuts(measured: Measured) -> list[Time]:
    """The longest turn that was cut short, of each policy that was in force."""
    turns, period = measured.turns, measured.rules.period
    longest = [0] * len(measured.rules.policies)
    marks = turns.reasons.translate(_IS_CUT_SHORT)
    if len(longest) == 1:
        return [max(_lengths(turns, marks), default=0)]
    for start, length in zip(compress(turns.starts, marks), _lengths(turns, marks), strict=True):
        number = period(start)
        longest[number] = max(longest[number], length)
    return longest


def _longer(measured: Measured, cuts: list[Time]) -> Iterator[tuple[Time, int]]:
    """The turns that are longer than all that were cut short under their policy, with lengths.

    They come the last first: where many are as long, the last are wanted, and whoever keeps the
    greatest then need not let go of one for each that comes.
    """
    turns, period = measured.turns, measured.rules.period
    # Who was cut short is not longer than that, so whoever is has left by itself.
    marks = turns.reasons.translate(_IS_NOT_CUT_SHORT)
    lengths = array("q", _lengths(turns, marks))[::-1]
    left = array("q", numbers(marks))[::-1]
    longer = compress(zip(lengths, left, strict=True), map(min(cuts).__lt__, lengths))
    if len(cuts) == 1:
        return longer
    return (each for each in longer if each[0] > cuts[period(turns.starts[each[1]])])


def _lengths(turns: Turns, marks: bytearray) -> Iterator[Time]:
    """How long each turn took that is marked."""
    return map(sub, compress(turns.ends, marks), compress(turns.starts, marks))


def _look(measured: Measured, n: int, found: dict[int, _Convoy], behind: array[int]) -> None:
    """Was turn ``n`` the head of a convoy, of those whose turns came next?"""
    turns = measured.turns
    long = turns[n]
    length = long.end - long.start
    if long.reason in _CUT_SHORT or long.reason is Reason.NONE:
        return
    victims: dict[int, Time] = {}
    for m in behind:
        turn = turns[m]
        burst = turn.end - turn.start
        queued = long.end - max(turn.ready, long.start)
        if burst * SHORT <= length <= queued * 2 and turn.reason not in _CUT_SHORT:
            victims.setdefault(turn.thread, burst)
    if len(victims) < FEWEST:
        return
    convoy = found.setdefault(long.thread, _Convoy(long.thread))
    convoy.times += 1
    if (len(victims), -long.start) > (len(convoy.victims), -convoy.start):
        convoy.start, convoy.end = long.start, long.end
        convoy.victims = tuple(victims)
        convoy.longest = max(victims.values())


def _finding(measured: Measured, convoy: _Convoy) -> Finding:
    trace = measured.trace
    length = format_duration(convoy.end - convoy.start, trace.unit)
    short = f"{format_duration(convoy.longest, trace.unit)} at most"
    if not convoy.longest:
        short = "next to nothing"
    why = (
        f"{plain(trace.entities[convoy.thread].name, 32)} computed for {length} in one go: "
        f"{names(trace, convoy.victims)}, who wanted {short}, queued behind it."
    )
    if convoy.times > 1:
        why += f" It did so {convoy.times:,} times."
    return Finding(
        "convoy",
        convoy.start,
        convoy.end,
        convoy.thread,
        convoy.victims,
        why,
        "Take the core away after a quantum (round_robin, mlfq), or "
        + (
            "when somebody shorter comes (stcf)."
            if measured.rules.policy(convoy.start).name == "sjf"
            else "serve short bursts first (sjf, stcf)."
        ),
    )
