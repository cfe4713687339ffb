"""What is said of an event loop itself: its passes, its waits, and whom it has in hand no more."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.state import Status
from schedsim.trace import NEVER, TAKES_OFF_CORE, Entity, Reason, Role
from schedsim.why.left import task_left
from schedsim.why.moment import Explanation, Moment, count, sentences

_LOOK_AHEAD = 64
"""Rows that may lie between finding nothing ready and leaving the core for that."""
_WAITS_FOR_THE_NEXT = "What becomes ready during a pass waits for the next one."
_WHAT_COMES = {
    "gevent": "Callbacks come first, with those that they add; then timers that are due."
}


def begins(m: Moment) -> Explanation:
    """A pass begins."""
    row, thread = m.row, m.row.subject
    loop = m.after.loops[thread]
    ready = len(loop.ready)
    due = [
        m.after.why[each.id]
        for each in _tasks(m, thread)
        if each.id not in loop.ready and NEVER != m.after.due[each.id] <= row.time
    ]
    answers = due.count(Reason.IO)
    timers = len(due) - answers
    has = f"{count(ready, 'task')} ready"
    if timers:
        whose = "timer is" if timers == 1 else "timers are"
        has += f" and {count(timers, 'task')} whose {whose} due"
    if answers:
        has += f" and {count(answers, 'answer')} to read"
    if not due and not ready:  # as those that end a timeout, or bring what a worker has done
        has += ", only callbacks"
    return Explanation(
        sentences(task_left(m, thread), f"The loop begins pass {loop.passes}: {has}."),
        (_WHAT_COMES.get(m.entity(thread).loop, _WAITS_FOR_THE_NEXT), *m.cost(thread)),
    )


def waits(m: Moment) -> Explanation:
    """Nothing is ready."""
    thread = m.row.subject
    left = task_left(m, thread)
    tasks = _tasks(m, thread)
    if all(m.after.status[each.id] is Status.DONE for each in tasks):
        says = "Nothing is ready, and no task is left, so the loop ends."
        return Explanation(sentences(left, says))
    dues = [(m.after.due[each.id], each.id) for each in tasks if m.after.due[each.id] != NEVER]
    until = _waits_until(m, thread)
    due, task = min(dues, default=(NEVER, 0))
    waits = sentences(left, "Nothing is ready: the loop goes to wait in its selector.")
    if until not in (None, NEVER) and (not task or until < due):
        timer = f"The next timer is a timeout's or a callback's, {m.moment(until)}."
        return Explanation(waits, (timer,))
    if task:
        what = "device to answer" if m.after.why[task] is Reason.IO else "timer"
        return Explanation(waits, (f"The next {what} is {m.name(task)}'s, {m.moment(due)}.",))
    if until is None:  # it may be that of a timeout: its rows end here
        return Explanation(waits)
    return Explanation(sentences(left, "Nothing is ready, and no timer is set either."))


def comes(m: Moment, thread: int) -> str:
    """For what a loop wakes that has waited until now."""
    loop = m.name(thread)
    why = [
        m.before.why[each.id]
        for each in _tasks(m, thread)
        if m.before.due[each.id] == m.row.time and m.before.status[each.id] is Status.SUSPENDED
    ]
    if why and all(each is Reason.IO for each in why):
        return f"A device has answered, for which the loop in {loop} waits"
    return f"The next timer of the loop in {loop} is due"


def has_left(m: Moment) -> Explanation:
    """The loop has nobody in hand."""
    thread = m.row.subject
    return Explanation(task_left(m, thread), _kept(m, m.before.loops[thread].current))


def _tasks(m: Moment, thread: int) -> list[Entity]:
    """Those of the loop in ``thread`` that there are by now."""
    known = m.trace.entities[1 : len(m.after.status)]
    return [each for each in known if each.role is Role.TASK and each.thread == thread]


def _waits_until(m: Moment, thread: int) -> Time | None:
    """Until when the loop will wait; None if that is not known (yet).

    Timeouts have timers too, which no row tells of before they fire: but the thread leaves its
    core until the first of all timers.
    """
    core = m.after.core_of[thread]
    for row in m.trace.rows(m.row.n + 1, min(m.row.n + 1 + _LOOK_AHEAD, len(m.trace))):
        if row.kind in TAKES_OFF_CORE and row.core == core:
            if row.reason is not Reason.SELECT:
                return None
            return row.arg if row.arg > 0 else NEVER
    return None


def _kept(m: Moment, task: int) -> tuple[str, ...]:
    """What is kept of a task that has just been suspended, where its program tells."""
    if not task or m.after.status[task] not in (Status.SUSPENDED, Status.READY):
        return ()
    kept = m.trace.kept.get(task, {}).get(m.after.pc[task])
    return (f"Meanwhile {plain(kept, 200)}.",) if kept else ()
