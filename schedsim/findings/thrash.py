"""A machine that spends too much of its time on going from one thread to another."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from schedsim.columns import marks
from schedsim.durations import format_duration
from schedsim.findings.base import Finding
from schedsim.metrics import Measured
from schedsim.trace import Kind, Reason, Role

MOST_OVERHEAD = 0.2
"""Of the time in which cores are busy.  Systems aim at less than one per cent (OSTEP ch. 7: a
quantum a hundred times the cost of a switch)."""
FEWEST_SWITCHES = 10
"""With fewer it is a short run, not a habit."""


def thrash(measured: Measured) -> Iterator[Finding]:
    """Find out whether switching took too large a share of the run."""
    busy = measured.useful + measured.overhead
    threads = measured.of(Role.THREAD)
    switches = sum(times.context_switches for times in threads)
    if measured.overhead <= MOST_OVERHEAD * busy or switches < FEWEST_SWITCHES:
        return
    trace, turns = measured.trace, measured.turns
    lengths = [end - start for start, end in zip(turns.starts, turns.ends, strict=True)]
    reasons = zip(lengths, turns.reasons, strict=True)
    cut = [length for length, reason in reasons if reason == Reason.QUANTUM]
    paid = sum(marks(trace.codes, {Kind.SWITCH}))  # the first on each core is none from a thread
    cost = format_duration(round(measured.overhead / paid), trace.unit)
    moved = " and migrations" if any(times.migrations for times in threads) else ""
    why = (
        f"{measured.overhead / busy:.0%} of the busy time went into {switches:,} context switches"
        f"{moved}, about {cost} each"
    )
    if len(cut) * 2 > len(turns):
        quantum = format_duration(round(statistics.median(cut)), trace.unit)
        why += f", with a quantum of {quantum}."
        advice = "Try a longer quantum: many times what a switch costs."
    else:
        usual = statistics.median([length for length in lengths if length] or [0])
        why += f", for turns of {format_duration(round(usual), trace.unit)}."
        advice = "Let threads do more at a time, or use fewer threads; keep each on its core."
    busiest = max(threads, key=lambda times: times.context_switches)
    victims = tuple(times.entity for times in threads if times.context_switches)
    yield Finding("thrash", 0, trace.end, busiest.entity, victims, why, advice)
