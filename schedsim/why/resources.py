"""What is said of locks, queues, events ...: who changes them, and who waits."""

from __future__ import annotations

from schedsim.state import Status
from schedsim.trace import Kind, Reason, Role
from schedsim.why.moment import Explanation, Moment


def lock(m: Moment) -> Explanation:
    """A thread or task takes a lock."""
    row = m.row
    waiters = list(m.after.resources[row.other].waiters)
    waiting = (f"Still waiting for {_it(m, row.other)}: {m.names(waiters)}.",) if waiters else ()
    is_task = m.entity(row.subject).role is Role.TASK
    handed = is_task and m.before.status[row.subject] is not Status.RUNNING
    name, what = m.name(row.subject), _lock_of(m, row.other)
    return Explanation(
        f"{name} is handed {what}." if handed else f"{name} takes {what}, which was free.",
        (*waiting, "Until it lets go, whoever else wants it has to wait."),
    )


def _lock_of(m: Moment, number: int) -> str:
    """A lock, or that of something that has one, as conditions have."""
    what = m.resource(number)
    return what if m.trace.resources[number].kind == "lock" else f"the lock of {what}"


def _it(m: Moment, number: int) -> str:
    """For what those in line wait: of a condition, some for its lock, others for being told."""
    kind = m.trace.resources[number].kind
    if kind == "condition":
        return "it, or to be notified"
    return "it" if kind == "lock" else m.resource(number)


def unlock(m: Moment) -> Explanation:
    """A thread or task lets go of a lock."""
    row = m.row
    head = f"{m.name(row.subject)} lets go of {_lock_of(m, row.arg)}"
    if not row.other:
        known = m.after.resources.get(row.arg)
        waiters = list(known.waiters) if known else []
        waits = f"Waiting for {_it(m, row.arg)}: {m.names(waiters)}."
        return Explanation(f"{head}.", (waits if waiters else "Nobody waits for it.",))
    waiting = m.before.resources[row.arg].waiters
    waited = row.time - waiting[row.other]
    name = m.name(row.other)
    first = "It waited longest." if len(waiting) > 1 else "Nobody else waits for it."
    if m.entity(row.other).role is Role.TASK:
        after = f" after {m.took(waited)}" if waited else ""
        return Explanation(f"{head}: {name} is handed it{after} and is ready.", (first,))
    which = f"which waited {m.took(waited)} for it" if waited else "which wants it"
    return Explanation(
        f"{head}: {name}, {which}, is runnable.",
        (f"{first} It must still take the lock when it runs.",),
    )


def changed(m: Moment) -> Explanation:
    """A queue has one more, a semaphore one less, an event is set ..."""
    row = m.row
    resource = m.trace.resources[row.other]
    name, what = m.name(row.subject), m.resource(row.other)
    before = m.before.resources[row.other].value if row.other in m.before.resources else 0
    # A hub of eventlet hands over first, and tells the waiter then.
    waiters = [each for each in m.after.resources[row.other].waiters if each != row.subject]
    waiting = (f"Waiting for it: {m.names(waiters)}.",) if waiters else ()
    if not row.subject:
        return Explanation(f"{what.capitalize()} begins {_value(resource.kind, row.arg)}.", waiting)
    if resource.kind == "barrier" and waiters and not row.arg:  # as trio's, which is all events
        return Explanation(f"{name} is the last to come to {what}: all go on.", waiting)
    woken = _keeps_for(m) if resource.kind == "semaphore" and row.arg < before else 0
    if woken:
        head = f"{what.capitalize()} keeps that one for {m.name(woken)} ({row.arg} left)."
        return Explanation(head, ("Nobody can take it before that runs.", *waiting))
    return Explanation(f"{name} {_deed(resource.kind, before, row.arg, what)}.", waiting)


def _keeps_for(m: Moment) -> int:
    """For whom asyncio takes one of a semaphore, in the hand of who gives it back; 0 if nobody.

    ``Semaphore._wake_up_next`` counts it down for the waiter that it wakes (A12).
    """
    if m.row.n + 1 >= len(m.trace):
        return 0
    after = m.trace.row(m.row.n + 1)
    woken = after.kind is Kind.TASK_READY and after.reason is Reason.UNLOCKED
    if not woken or after.other != m.row.subject:
        return 0
    return after.subject if m.after.waits_for.get(after.subject) == m.row.other else 0


def _value(kind: str, value: int) -> str:
    if kind == "event":
        return "set" if value else "not set"
    return f"with {value}"


def _deed(kind: str, before: int, after: int, what: str) -> str:
    """What somebody did to it, and how much there is now."""
    if kind == "event":
        return f"{'sets' if after else 'clears'} {what}"
    more, less, now = _DEEDS.get(kind, _OF_A_SEMAPHORE)
    waits = "waits" if after == 1 else "wait"
    return f"{more if after > before else less} {what} ({now.format(n=after, waits=waits)})"


_OF_A_SEMAPHORE = "gives back to", "takes one of", "{n} left"
_DEEDS = {
    "queue": ("puts something into", "takes something out of", "now {n}"),
    "pool": ("gives a job to", "takes a job from", "now {n} {waits}"),
    "barrier": ("has come to", "leaves", "now {n} there"),
    "pipe": ("sends a message through", "has read a message from", "now {n} in it"),
    "socket": ("sends a message through", "has read a message from", "now {n} in it"),
}
"""By its kind: who makes it more, who makes it less, and how much that is."""
