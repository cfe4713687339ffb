"""A run that is over although somebody still waits: nothing will ever wake them.

Who waits for whom follows from the last state: a lock has a holder, and a ``join`` stands in the
program.  Where that leads in a circle, the circle is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schedsim.findings.base import Finding, names
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.state import State, Status
from schedsim.trace import Reason, Role, Trace

_MOST_NAMES = 6
_ENDED = (Status.EXITED, Status.DONE)


class _Wait(NamedTuple):
    """Somebody waits for ``whom``."""

    who: int
    whom: int
    lock: str
    """The name of the lock that they hold; empty: who waits has joined them."""


def deadlock(measured: Measured) -> Iterator[Finding]:
    """Find those who wait for ever."""
    trace = measured.trace
    if not trace.complete:
        return
    stuck = _stuck(measured)
    if not stuck:
        return
    waits = _waits(trace, stuck)
    circle = _circle(waits)
    told = _of_circle(trace, circle, waits) if circle else _of_others(trace, stuck, waits)
    yield Finding("deadlock", trace.end, trace.end, told.who, tuple(stuck), told.why, told.advice)


def _stuck(measured: Measured) -> list[int]:
    """Those who have not ended; but for idle workers of pools, who wait for others to need them."""
    trace = measured.trace
    stuck = [times.entity for times in measured.times.values() if times.finish is None]
    pools = {n for n, resource in enumerate(trace.resources) if resource.kind == "pool"}
    if not pools or not stuck:
        return stuck
    waits_for = State.start(trace).forward(len(trace)).waits_for
    return [entity for entity in stuck if waits_for.get(entity) not in pools]


class _Told(NamedTuple):
    """What to say of it."""

    who: int
    why: str
    advice: str


def _of_circle(trace: Trace, circle: list[_Wait], waits: dict[int, list[_Wait]]) -> _Told:
    who = [wait.who for wait in circle]
    why = f"{_all(trace, who)}: {', '.join(_tell(trace, wait) for wait in circle)}."
    others = [entity for entity in waits if entity not in who]
    if others:
        why += f" {names(trace, sorted(others))} can never go on either."
    locks = [bool(wait.lock) for wait in circle]
    if all(locks):
        advice = "Take the locks in the same order everywhere."
        if len(circle) == 1:
            advice = "It takes a lock twice: let go of it in between, or take it once."
    elif any(locks):
        advice = "Let go of the lock before the join."
    else:
        advice = "Let one of them not join while the other waits for it."
    return _Told(who[0], why, advice)


def _of_others(trace: Trace, stuck: list[int], waits: dict[int, list[_Wait]]) -> _Told:
    who = [e for e in stuck if trace.entities[e].role is Role.TASK] or stuck
    why = f"{_all(trace, who)}: waiting for something that can no longer happen."
    all_waits = [wait for several in waits.values() for wait in several]
    ended = [_tell(trace, w, held=True) for w in all_waits if w.lock and w.whom not in stuck]
    if ended:
        why += f" {', '.join(ended[:_MOST_NAMES])}."
    asked = _asked(trace, who)
    if asked:
        why += f" {', '.join(asked[:_MOST_NAMES])}."
        advice = "Look at who should have set, put, taken or released that, and why they did not."
    else:
        advice = "Look at what each of them joins, and at who should have let go of what."
    return _Told(who[0], why, advice)


def _asked(trace: Trace, who: Sequence[int]) -> list[str]:
    """Who waits for what nobody holds: an event, a queue, a condition."""
    state = State.start(trace).forward(len(trace))
    found = []
    for entity in who:
        number = state.waits_for.get(entity)
        if number is None or number >= len(trace.resources) or state.resources[number].holder:
            continue
        kind, name = trace.resources[number].kind, plain(trace.resources[number].name, 32)
        found.append(f"{plain(trace.entities[entity].name, 32)} waits for {kind} {name}")
    return found


def _waits(trace: Trace, stuck: Sequence[int]) -> dict[int, list[_Wait]]:
    """For whom each of them waits, as far as can be told."""
    state = State.start(trace).forward(len(trace))
    waits: dict[int, list[_Wait]] = {}
    for number, lock in state.resources.items():
        name = trace.resources[number].name if number < len(trace.resources) else str(number)
        for waiter in lock.waiters:
            if lock.holder:
                waits.setdefault(waiter, []).append(_Wait(waiter, lock.holder, name))
    jobs: dict[str, list[int]] = {}
    for entity in stuck:
        jobs.setdefault(trace.entities[entity].job, []).append(entity)
    for entity in stuck:
        if state.why[entity] is Reason.JOIN:
            joined = _joined(trace, entity, state.pc[entity], jobs)
            waits.setdefault(entity, []).extend(_Wait(entity, other, "") for other in joined)
    return waits


def _joined(trace: Trace, entity: int, pc: int, jobs: dict[str, list[int]]) -> list[int]:
    """Whom its present step joins, of those who have not ended."""
    me = trace.entities[entity]
    line = me.listing.line(pc) if me.listing else None
    if me.listing is None or line is None:
        return []
    verb, _, name = me.listing.lines[line].strip().partition(" ")
    if verb != "join":
        return []
    named = [trace.entities[other] for other in jobs.get(name.strip(), ())]
    if me.role is Role.TASK:
        return [e.id for e in named if e.role is Role.TASK and e.thread == me.thread]
    threads = [e for e in named if e.role is Role.THREAD]
    near = [e.id for e in threads if e.process == me.process]
    return near or [e.id for e in threads]  # as processes, each has one of its own


def _circle(waits: dict[int, list[_Wait]]) -> list[_Wait]:
    """The first circle, beginning with whoever comes first; empty if there is none."""
    done: set[int] = set()
    for first in sorted(waits):
        path: list[_Wait] = []
        on_path: dict[int, int] = {}
        branches = [(first, iter(waits[first]))] if first not in done else []
        while branches:
            who, rest = branches[-1]
            on_path.setdefault(who, len(path))
            wait = next(rest, None)
            if wait is None:
                done.add(who)
                del on_path[who]
                branches.pop()
                if path:
                    path.pop()
            elif wait.whom in on_path:
                return [*path[on_path[wait.whom] :], wait]
            elif wait.whom in waits and wait.whom not in done:
                path.append(wait)
                branches.append((wait.whom, iter(waits[wait.whom])))
    return []


def _tell(trace: Trace, wait: _Wait, *, held: bool = False) -> str:
    who, whom = (plain(trace.entities[each].name, 32) for each in (wait.who, wait.whom))
    if held:
        return f"{who} waits for lock {plain(wait.lock, 32)}, which {whom} held when it ended"
    if wait.lock:
        return f"{who} waits for lock {plain(wait.lock, 32)}, which {whom} holds"
    return f"{who} waits for {whom} to end"


def _all(trace: Trace, who: Sequence[int]) -> str:
    shown = ", ".join(plain(trace.entities[entity].name, 32) for entity in who[:_MOST_NAMES])
    return shown + (f" and {len(who) - _MOST_NAMES} more" if len(who) > _MOST_NAMES else "")
