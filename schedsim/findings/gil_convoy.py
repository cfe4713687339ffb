"""A thread that waits a lot queues for the GIL after each wait, behind one that computes.

The convoy effect of the GIL (SEMANTICS.md G6; bpo-7946): whoever blocks lets go of it, and has to
wait for a switch interval to get it back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding
from schedsim.metrics import Measured
from schedsim.metrics.gil_walk import GilWalk, needs_no_gil
from schedsim.plain import plain
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    REASON_SHIFT,
    SUBJECT_SHIFT,
    TAKES_OFF_CORE,
    Kind,
    Reason,
    Role,
    Trace,
)

FEWEST = 3
"""Times: once or twice is chance."""
_WAITED = frozenset({Reason.SLEEP, Reason.IO, Reason.CALL, Reason.SELECT, Reason.LOCK})
"""Ways to leave a core after which somebody comes back for the GIL."""


@dataclass(slots=True)
class _Queueing:
    """What one thread has waited for the GIL, each time after a wait of its own."""

    waits: list[Time] = field(default_factory=list)
    behind: Counter[int] = field(default_factory=Counter)
    """Who had it when the wait began."""
    start: Time = 0
    end: Time = 0
    held: Time = 0
    """For how long it has had the GIL, in all: it may compute without."""


@dataclass(slots=True)
class _Held:
    """For how long threads have had a GIL."""

    since: dict[int, Time] = field(default_factory=dict)
    sums: Counter[int] = field(default_factory=Counter)

    def let_go(self, thread: int, time: Time) -> None:
        """It has one no more, if it had."""
        self.sums[thread] += time - self.since.pop(thread, time)

    def all_let_go(self, time: Time) -> None:
        """Nobody has any more."""
        for thread in list(self.since):
            self.let_go(thread, time)


def gil_convoy(measured: Measured) -> Iterator[Finding]:
    """Find the threads whose waits for the GIL are longer than what they want it for."""
    trace = measured.trace
    if needs_no_gil(measured):
        return
    cpu = {times.entity: times.cpu for times in measured.of(Role.THREAD)}
    for thread, queueing in _queueings(trace).items():
        count = len(queueing.waits)
        if count < FEWEST:
            continue
        wait, burst = fmean(queueing.waits), min(queueing.held, cpu[thread]) / count
        culprit, times = queueing.behind.most_common(1)[0]
        computes = cpu[culprit] > cpu[thread] and times * 2 > count
        if wait > burst and wait * 2 > trace.switch_interval and computes:
            yield _finding(trace, thread, culprit, queueing, burst)


def _queueings(trace: Trace) -> dict[int, _Queueing]:
    """By thread."""
    found: dict[int, _Queueing] = {}
    came_back: set[int] = set()
    begun: dict[int, tuple[Time, int]] = {}
    held = _Held()
    walk = GilWalk(trace)
    for n in walk.rows():
        code, time = trace.codes[n], trace.times[n]
        kind, reason = code & KIND_MASK, code >> REASON_SHIFT & KIND_MASK
        if kind in TAKES_OFF_CORE:
            if reason in _WAITED:
                came_back.add(walk.running[(code >> CORE_SHIFT & CORE_MASK) - 1])
            elif reason == Reason.GIL:
                leaver = walk.running[(code >> CORE_SHIFT & CORE_MASK) - 1]
                if leaver in came_back:
                    holder = walk.holders.get(trace.entities[leaver].process, 0)
                    begun[leaver] = (time, holder)
        elif reason == Reason.GIL_SWITCHED:
            begun.clear()
            held.all_let_go(time)
        elif kind == Kind.GIL_RELEASE:
            held.let_go(code >> SUBJECT_SHIFT & ENTITY_MASK, time)
        elif kind == Kind.GIL_TAKE:
            subject = code >> SUBJECT_SHIFT & ENTITY_MASK
            came_back.discard(subject)
            held.since[subject] = time
            if subject in begun:
                since, holder = begun.pop(subject)
                queueing = found.setdefault(subject, _Queueing(start=since))
                queueing.waits.append(time - since)
                queueing.end = time
                if holder:
                    queueing.behind[holder] += 1
    held.all_let_go(trace.end)
    for thread, queueing in found.items():
        queueing.held = held.sums[thread]
    return {thread: queueing for thread, queueing in found.items() if queueing.behind}


def _finding(trace: Trace, thread: int, culprit: int, queueing: _Queueing, burst: float) -> Finding:
    def took(time: float) -> str:
        return format_duration(round(time), trace.unit)

    name, other = (plain(trace.entities[each].name, 32) for each in (thread, culprit))
    why = (
        f"{name} came back from a wait {len(queueing.waits):,} times and then waited "
        f"{took(fmean(queueing.waits))} on average for the GIL, mostly behind {other}, "
        f"to use it {f'for {took(burst)}' if round(burst) else 'for next to nothing'}."
    )
    advice = (
        f"Move what {other} computes into a process, or into C code that lets go of the GIL; "
        "a shorter sys.setswitchinterval() costs more switches and makes each wait shorter."
    )
    return Finding("gil_convoy", queueing.start, queueing.end, culprit, (thread,), why, advice)
