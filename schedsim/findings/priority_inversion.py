"""A thread waits for a lock, and its holder cannot go on because of somebody in between.

It counts while all cores run threads that are worse than who waits for the lock and better than
who holds it, and the holder is runnable.  A thread's priority is what the file says, or its
period where no priority is given; which end is better is read off the preemptions in the trace,
so a policy that cares for neither has no inversions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from schedsim.attributes import Attributes
from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.policies import POLICIES
from schedsim.state import State, Status
from schedsim.trace import KIND_MASK, InForce, Kind, Reason, Role, Trace

_BY_PRIORITY = frozenset({"priority", "rate_monotonic"})
"""Policies of which it is known, where no preemption tells, which end is better."""
_HEEDS = {"priority": ("priority", "linux"), "period": ("rate_monotonic",)}
"""Who cares for it, of the policies that are known: others may seem to by chance."""
_CHANGES = frozenset({Kind.SPAWN, Kind.WAKE, Kind.RUN, Kind.SWITCH, Kind.IDLE, Kind.UNLOCK})

_RANKS = 3
"""It takes a better, a worse and one in between."""

_Rank = Callable[[State, int], float | None]
_Own = Callable[[Attributes], int | None]


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
    rank = _rank(measured)
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
        low = rank(state, holder)
        running = [thread for thread in state.running[: state.online] if thread]
        if low is None or len(running) < state.online:
            continue
        ranks = [rank(state, thread) for thread in running]
        for waiter in lock.waiters:
            high = rank(state, waiter)
            if high is not None and all(r is not None and high < r < low for r in ranks):
                yield number, waiter, holder, running


def _rank(measured: Measured) -> _Rank | None:
    """How good a thread is, less being better; None if this run does not care."""
    trace, rules = measured.trace, measured.rules
    threads = [entity.id for entity in trace.entities[1:] if entity.role is Role.THREAD]
    for name in ("priority", "period"):
        known = {getattr(said, name) for thread in threads for _, said in rules.said(thread)}
        known.discard(None)
        if known:
            break
    if len(known) < _RANKS:
        return None
    own: _Own = attrgetter(name)
    signs = _signs(trace, own)
    signs = {order: _cares(order[0], name) * sign for order, sign in signs.items()}
    if not any(signs.values()):
        return None

    def rank(state: State, thread: int) -> float | None:
        sign = signs[_order(state.policy)]
        value = own(state.attributes(thread))
        return None if value is None or not sign else sign * value

    return rank


def _order(policy: InForce) -> tuple[str, bool]:
    """By what it orders threads."""
    return policy.name, bool(policy.parameters.get("larger_is_higher"))


def _signs(trace: Trace, own: _Own) -> dict[tuple[str, bool], int]:
    """1 if whoever has less takes cores from whoever has more, -1 the other way round.

    By policy; 0 if it does not care.
    """
    less, more = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    state = State.start(trace)
    for n, code in enumerate(trace.codes):
        if code & KIND_MASK not in _CHANGES:
            continue
        row = trace.row(n)
        if row.reason is Reason.PREEMPTED:
            state.forward(n)
            left, came = state.running[row.core], row.subject
            had, has = own(state.attributes(left)), own(state.attributes(came))
            if had is not None and has is not None:
                less[_order(state.policy)] += has < had
                more[_order(state.policy)] += has > had
    return {
        order: (less[order] > more[order]) - (less[order] < more[order]) or _by_itself(order)
        for order in map(_order, trace.policies)
    }


def _cares(policy: str, name: str) -> bool:
    """Whether a policy may go by what threads say of themselves under ``name``."""
    return policy not in POLICIES or policy in _HEEDS[name]


def _by_itself(order: tuple[str, bool]) -> int:
    """What is known of a policy where no preemption tells."""
    name, larger_is_higher = order
    if name not in _BY_PRIORITY:
        return 0
    return -1 if larger_is_higher else 1


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
