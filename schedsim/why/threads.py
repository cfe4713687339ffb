"""What is said of threads and cores: who starts, wakes, runs and leaves."""

from __future__ import annotations

from schedsim.trace import Kind, Reason, Role
from schedsim.why.moment import Explanation, Moment, count, sentences


def spawn(m: Moment) -> Explanation:
    """Somebody exists from now on."""
    row = m.row
    entity = m.entity(row.subject)
    what = "task" if entity.role is Role.TASK else "thread"
    by = f"{m.name(row.other)} starts the" if row.other else "There is a"
    kind = f"{by} {what} {m.name(row.subject)}"
    if row.arg > row.time:
        return Explanation(f"{kind} in {m.home(row.subject)}; it arrives {m.moment(row.arg)}.")
    queue = "the ready queue of its loop" if entity.role is Role.TASK else "the run queue"
    return Explanation(f"{kind} in {m.home(row.subject)}: it joins {queue}.")


def wake(m: Moment) -> Explanation:
    """A thread becomes runnable."""
    row = m.row
    name = m.name(row.subject)
    was = m.before.why[row.subject]
    over = {
        Reason.SLEEP: f"{name}'s sleep is over",
        Reason.IO: f"The device {name} waited for is done",
        Reason.CALL: f"The blocking call of {name} returns",
        Reason.SELECT: f"The next timer of the loop in {name} is due",
    }
    why = {
        Reason.ARRIVED: f"{name} arrives",
        Reason.TIMER: over.get(was, f"What {name} waited for is there"),
        Reason.JOINED: f"{m.name(row.other)} has ended, and {name} waited for that"
        if row.other
        else "",
        Reason.POKED: f"The loop in {name} is given work from outside",
    }.get(row.reason, name)
    details = []
    if 0 in m.before.running:
        details.append("A core is idle, so it can run at once.")
    else:
        ahead = len(m.before.run_queue)
        details.append(f"Every core is busy: {count(ahead, 'thread')} before it in the run queue.")
    gil = m.after.gils.get(m.entity(row.subject).process)
    if gil is not None and gil.holder:
        details.append(
            f"To run Python it will also need the GIL, which {m.name(gil.holder)} holds."
        )
    return Explanation(f"{why}: it is runnable.", tuple(details))


def core(m: Moment) -> Explanation:
    """A core goes on with another thread, or with none."""
    row = m.row
    left = m.thread_left()
    core = f"core {row.core}"
    was_there = m.before.running[row.core]
    if row.kind is Kind.IDLE:
        rest = f"{core.capitalize()} is idle: nobody is runnable."
        if m.after.run_queue:
            rest = f"{core.capitalize()} is idle: who is runnable starts on another core."
        details: tuple[str, ...] = ()
        if row.reason is Reason.GIL:
            interval = m.took(m.trace.switch_interval)
            details = (f"It waits one switch interval ({interval}) before it asks for the GIL.",)
        elif row.reason is Reason.CALL:
            details = _blocked_loop(m, was_there)
        return Explanation(sentences(left, rest), details)
    name = m.name(row.subject)
    if row.subject == was_there:
        return Explanation(sentences(left, f"Nobody else is runnable: {name} goes on."))
    waited = row.time - m.before.since[row.subject]
    first = "" if was_there or not waited else f"{core.capitalize()} was idle."
    how = f"after waiting {m.took(waited)}" if waited else "without waiting"
    behind = len(m.after.run_queue)
    queue = (
        f"It was first in the run queue; {count(behind, 'thread')} still in it." if behind else ""
    )
    verb = "begins the context switch to" if row.kind is Kind.SWITCH else "runs"
    extra = _blocked_loop(m, was_there) if row.reason is Reason.CALL else ()
    return Explanation(
        sentences(left, first, f"{core.capitalize()} {verb} {name}, {how}."),
        (*((queue,) if queue else ()), *extra),
    )


def _blocked_loop(m: Moment, thread: int) -> tuple[str, ...]:
    loop = m.before.loops.get(thread)
    if loop is None or not loop.current:
        return ("Other threads can have the GIL meanwhile.",) if m.before.gils else ()
    who = m.name(loop.current)
    return (f"{who} called it in a coroutine: its whole loop is blocked.",)


def started(m: Moment) -> Explanation:
    """A context switch is paid."""
    paid = m.took(m.row.time - m.before.core_since[m.row.core])
    return Explanation(
        f"The context switch on core {m.row.core} is paid ({paid}): {m.name(m.row.subject)} runs."
    )
