"""What an instant brings about, in its order: alarms, deadlines, timers, ends, GIL windows.

The kernel does the usual ones itself, in its loop: those at which only timers are due, or only
stretches end.  Where a policy has leavers first, cores whose stretch ends come before all the rest.

Not here: what is to happen when (:mod:`schedsim.engine.agenda`).
"""

from __future__ import annotations

from heapq import heappop
from operator import attrgetter
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.engine import alarms, periodic
from schedsim.engine.agenda import FOREVER

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Core

_NUMBER = attrgetter("index")


def next_instant(engine: Engine, *, rings: bool) -> None:
    """Let the clock jump to the next instant at which something does happen."""
    agenda = engine.agenda
    now = agenda.heap[0] if agenda.heap else FOREVER
    rung = False
    if rings:
        alarm = alarms.next_alarm(engine)
        if alarm < now and not (agenda.heap and agenda.is_void(now)):
            engine.now = max(engine.now, alarm)
            alarms.ring(engine)
            return
        rung = alarm == now
    heappop(agenda.heap)
    ended = agenda.ends.pop(now, None)
    if (
        engine.policy.leavers_first
        and ended
        and (len(ended) > 1 or rung or engine.policy.aligned or agenda.is_due(now))
    ):
        engine.now = now
        let_leave(engine, ended)
        return
    if rung:
        engine.now = now
        alarms.ring(engine)
    if now in agenda.wakes or now in agenda.deadlines:
        _happen(engine, now)
        if engine.unsettled:
            engine.settle()  # idle cores come before those that are busy until now
    if ended:
        engine.now = now
        engine.pending.extend(ended)
    if now in agenda.windows:
        _expire_windows(engine, now)


def let_leave(engine: Engine, cores: list[Core]) -> None:
    """Let those whose stretch ends on ``cores`` leave them, before anything else happens."""
    cores.sort(key=_NUMBER)
    engine.pending.extend(cores)
    engine.leaving = []


def have_left(engine: Engine) -> None:
    """All who leave at this instant have left: now the rest of it, and then cores choose."""
    assert engine.leaving is not None, "somebody began it"
    left, engine.leaving = engine.leaving, None
    now, agenda = engine.now, engine.agenda
    if (engine.policy.rings or engine.balance.rings) and alarms.next_alarm(engine) == now:
        alarms.ring(engine)
    if now in agenda.wakes or now in agenda.deadlines:
        _happen(engine, now)
    if now in agenda.windows:
        _expire_windows(engine, now)
    for core in left:
        engine.idle |= core.mask
    engine.unsettled = True


def _happen(engine: Engine, now: Time) -> None:
    """Deadlines and timers that are due."""
    agenda = engine.agenda
    if now in agenda.deadlines:
        for thread, number in agenda.deadlines.pop(now):
            if periodic.is_late(thread, number):
                engine.now = now
                periodic.abort(engine, thread)
    # A timer that was cut short by a poke left an entry.
    if now in agenda.wakes:
        for thread in agenda.wakes.pop(now):
            if thread.due == now:
                engine.now = now
                engine.wake_up(thread)


def _expire_windows(engine: Engine, now: Time) -> None:
    # A wait for the GIL that is over left an entry.
    for wait in engine.agenda.windows.pop(now):
        if wait[0].window == wait[1]:
            engine.now = now
            engine.expired.append(wait)


def note_end(engine: Engine, until: Time) -> None:
    """Tell the trace how far the run has come: the last row, or ``until`` if there is more."""
    trace, agenda = engine.trace, engine.agenda
    agenda.drop_void()
    now = bool(
        engine.pending
        or engine.expired
        or engine.leaving is not None
        or (engine.unsettled and engine.idle and any(queue.waiting for queue in engine.queues))
    )
    held = alarms.held(engine)
    trace.complete = not (agenda.heap or now or held)
    halted = (
        now
        or bool(agenda.heap and agenda.heap[0] <= until)
        or (held and alarms.next_alarm(engine) <= until)
    )
    trace.end = max(trace.end, engine.now if trace.complete or halted else until)
