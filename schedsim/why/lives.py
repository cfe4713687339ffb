"""What is said of lives that the user ends or changes: kills, and renicing."""

from __future__ import annotations

from schedsim.plain import plain
from schedsim.policies.weights import weight_of
from schedsim.state import CHANGES, Status
from schedsim.trace import Kind, Reason, Role
from schedsim.why.moment import Explanation, Moment, count

_CANCELS = {
    "asyncio": "As task.cancel(): it meets CancelledError at its await, when its loop resumes it.",
    "uvloop": "As task.cancel(): it meets CancelledError at its await, when its loop resumes it.",
    "trio": "As scope.cancel(), around all of it: its next checkpoint raises Cancelled.",
    "gevent": "As greenlet.kill(): its hub throws GreenletExit into it, when it comes to that.",
    "eventlet": "As greenthread.kill(): its hub throws GreenletExit into it, as soon as it can.",
}
_BARE = "A bare loop throws Cancelled into it where it is suspended, when it resumes it."
_GONE = (Status.EXITED, Status.NEW)


def kill(m: Moment) -> Explanation:
    """The user killed a process, a thread or a task."""
    entity, name = m.entity(m.row.subject), m.name(m.row.subject)
    if entity.role is Role.TASK:
        says = _CANCELS.get(m.entity(entity.thread).loop, _BARE)
        held = m.before.loops[entity.thread].current == entity.id
        later = ("It has the loop just now, and goes on until it gives that back.",) if held else ()
        return Explanation(f"You cancelled {name}.", (says, *later))
    process = home(m, entity.id)
    threads = [
        e.id
        for e in m.trace.entities[1 : len(m.before.status)]
        if e.role is Role.THREAD and home(m, e.id) == process
        if m.before.status[e.id] not in _GONE
    ]
    details = (
        "They end wherever they are: no finally runs, and nothing is released.",
        *_held(m, threads),
    )
    if entity.role is Role.PROCESS:
        with_it = f", and with it {count(len(threads), 'thread')}" if threads else ""
        return Explanation(f"You killed process {name} with SIGKILL{with_it}.", details)
    more = len(threads) - (entity.id in threads)
    with_it = f", and with it {count(more, 'more thread')}" if more else ""
    did = f"You killed process {m.name(process)} with SIGKILL{with_it}"
    return Explanation(f"{did}: a thread cannot be killed in Python.", details)


def home(m: Moment, number: int) -> int:
    """The process in which a thread lives; its own number if it is one."""
    process = m.entity(number).process or number
    return m.entity(process).process or process


def _held(m: Moment, threads: list[int]) -> tuple[str, ...]:
    """What they hold that others might want."""
    held = [
        m.resource(number)
        for number, each in sorted(m.before.resources.items())
        if each.holder in threads and m.trace.resources[number].kind == "lock"
    ]
    if not held:
        return ()
    return (f"Nobody will let go of {' and '.join(held)} any more.",)


def ended(m: Moment) -> Explanation:
    """A thread or task ends because its process was killed."""
    number = m.row.subject
    process = m.name(home(m, number))
    where = {
        Status.RUNNABLE: " in the run queue",
        Status.BLOCKED: " while it was blocked",
        Status.READY: " in the ready queue of its loop",
        Status.SUSPENDED: " while it was suspended",
        Status.NEW: " before it arrived",
    }.get(m.before.status[number], "")
    return Explanation(f"{m.name(number)} ended{where}: its process {process} was killed.")


def is_asked_by_user(m: Moment) -> bool:
    """Whether the row, which cancels a task, comes of a command just before it."""
    row = m.row
    while row.kind in (Kind.CANCEL, Kind.TASK_READY):  # of those that it cancels too
        row = m.trace.row(row.n - 1)
    return row.kind is Kind.COMMAND and row.reason is Reason.KILLED and row.time == m.row.time


def changed(m: Moment) -> Explanation:
    """The user gave a thread another nice value, priority, or number of tickets."""
    row, name = m.row, m.name(m.row.subject)
    before, after = (state.attributes(row.subject) for state in (m.before, m.after))
    if row.reason is Reason.NICE:
        was, weight = weight_of(before), weight_of(after)
        head = f"You reniced {name} to {row.arg}"
        told = "its weight stays" if was == weight else f"its weight was {was} and is now"
        rest = ("What it is owed, or has had too much, stays as it is.",)
        return Explanation(
            f"{head}: {told} {weight}.", rest if m.after.policy.name != "cfs" else ()
        )
    what = plain(CHANGES[row.reason], 20)
    old = (before.priority or 0) if row.reason is Reason.PRIORITY else before.tickets
    if row.arg == old:
        return Explanation(f"You left {name} its {what}, {old}.")
    if row.reason is Reason.PRIORITY:
        return Explanation(f"You gave {name} {what} {row.arg} instead of {old}.")
    return Explanation(
        f"You gave {name} {count(row.arg, 'ticket')} instead of {old}.",
        ("Its share of the CPU is its part of all tickets.",),
    )
