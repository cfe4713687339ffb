"""A thread waits for a lock, and its holder cannot go on because of somebody in between.

It counts while all cores run threads that are worse than who waits for the lock and better than
who holds it, and the holder is runnable.  A thread's priority is what the file says, or its
period where no priority is given; which end is better is read off the preemptions in the trace,
so a policy that cares for neither has no inversions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.state import State, Status
from schedsim.trace import KIND_MASK, Kind, Reason, Role, Trace

_BY_PRIORITY = frozenset({"priority", "rate_monotonic"})
"""Policies of which it is known, where no preemption tells, that less is better."""
_CHANGES = frozenset({Kind.SPAWN, Kind.WAKE, Kind.RUN, Kind.SWITCH, Kind.IDLE, Kind.UNLOCK})

_RANKS = 3
"""It takes a better, a worse and one in between."""

_Rank = Callable[[int], float | None]


@dataclass(slots=True)
class _Inversion:
    """What has happened to one waiter because of one holder."""

    start: Time
    end: Time = 0
    time: Time = 0
    middles: dict[int, None] = field(default_factory=dict)


def priority_inversion(measured: Measured) -> Iterator[Finding]:
    """Find the threads that waited for a lock while a worse one than they kept its holder off."""
    if Kind.LOCK not in measured.kinds:
        return
    trace = measured.trace
    rank = _rank(trace)
    if rank is None:
        return
    found: dict[tuple[int, int, int], _Inversion] = {}
    state = State.start(trace)
    for n, time in enumerate(trace.times):
        state.forward(n + 1)
        until = trace.times[n + 1] if n + 1 < len(trace) else trace.end
        if until == time or not state.resources:
            continue
        for number, waiter, holder, middles in _inverted(state, rank):
            one = found.setdefault((number, waiter, holder), _Inversion(time))
            one.end = until
            one.time += until - time
            one.middles.update(dict.fromkeys(middles))
    for (number, waiter, holder), one in found.items():
        yield _finding(trace, number, waiter, holder, one)


def _inverted(state: State, rank: _Rank) -> Iterator[tuple[int, int, int, list[int]]]:
    """Lock, waiter, holder and those in between, wherever it is so at the moment."""
    for number, lock in state.resources.items():
        holder = lock.holder
        if not holder or not lock.waiters or state.status[holder] is not Status.RUNNABLE:
            continue
        low = rank(holder)
        running = [thread for thread in state.running[: state.online] if thread]
        if low is None or len(running) < state.online:
            continue
        ranks = [rank(thread) for thread in running]
        for waiter in lock.waiters:
            high = rank(waiter)
            if high is not None and all(r is not None and high < r < low for r in ranks):
                yield number, waiter, holder, running


def _rank(trace: Trace) -> _Rank | None:
    """How good a thread is, less being better; None if this run does not care."""
    own: dict[int, float] = {}
    threads = [entity for entity in trace.entities[1:] if entity.role is Role.THREAD]
    for name in ("priority", "period"):
        for entity in threads:
            value = getattr(entity.attributes, name)
            if value is not None:
                own[entity.id] = value
        if own:
            break
    if len(set(own.values())) < _RANKS:
        return None
    sign = _sign(trace, own)
    return None if sign == 0 else lambda thread: sign * own[thread] if thread in own else None


def _sign(trace: Trace, own: dict[int, float]) -> int:
    """1 if whoever has less takes cores from whoever has more, -1 the other way round."""
    less = more = 0
    state = State.start(trace)
    for n, code in enumerate(trace.codes):
        if code & KIND_MASK not in _CHANGES:
            continue
        row = trace.row(n)
        if row.reason is Reason.PREEMPTED:
            state.forward(n)
            left, came = own.get(state.running[row.core]), own.get(row.subject)
            if left is not None and came is not None:
                less += came < left
                more += came > left
    if less == more:
        return 1 if trace.policy in _BY_PRIORITY else 0
    return 1 if less > more else -1


def _finding(trace: Trace, number: int, waiter: int, holder: int, one: _Inversion) -> Finding:
    lock = plain(trace.resources[number].name if number < len(trace.resources) else str(number), 32)
    who, low = (plain(trace.entities[each].name, 32) for each in (waiter, holder))
    middles = list(one.middles)
    why = (
        f"{who} waited for lock {lock}, which {low} held, while {names(trace, middles)} kept "
        f"{low} from running for {format_duration(one.time, trace.unit)}: worse than {who}, but "
        f"better than {low}."
    )
    return Finding(
        "priority_inversion",
        one.start,
        one.end,
        middles[0],
        (waiter,),
        why,
        "Let the holder inherit the priority of who waits: inheritance = true under [[lock]].",
    )
