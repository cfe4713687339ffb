"""What is said of locks, queues, events ...: who changes them, and who waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schedsim.state import Status
from schedsim.trace import Role
from schedsim.why.moment import Explanation, Moment

_WANTED: Final[Mapping[str, str]] = {
    "queue": ": it is empty, or full",
    "semaphore": ": none is left",
    "event": " to be set",
    "condition": " to be notified",
    "barrier": ": not all have come",
    "pool": " to have a job for it",
}
"""By its kind, what is still missing of whatever somebody waits for: behind its name."""


def wanted(kind: str, value: int | None = None) -> str:
    """What is still missing of something that somebody waits for: behind its name.

    Args:
        kind: of what it is.
        value: how much there was when the wait began, if that is known.
    """
    if kind == "queue" and value is not None:  # who takes out waits for something, else for room
        return ": it is full" if value else ": it is empty"
    return _WANTED.get(kind, "")


def lock(m: Moment) -> Explanation:
    """A thread or task takes a lock."""
    row = m.row
    waiters = list(m.after.resources[row.other].waiters)
    waiting = (f"Still waiting for it: {m.names(waiters)}.",) if waiters else ()
    is_task = m.entity(row.subject).role is Role.TASK
    handed = is_task and m.before.status[row.subject] is not Status.RUNNING
    name, what = m.name(row.subject), m.resource(row.other)
    return Explanation(
        f"{name} is handed {what}." if handed else f"{name} takes {what}, which was free.",
        (*waiting, "Until it lets go, whoever else wants it has to wait."),
    )


def unlock(m: Moment) -> Explanation:
    """A thread or task lets go of a lock."""
    row = m.row
    head = f"{m.name(row.subject)} lets go of {m.resource(row.arg)}"
    if not row.other:
        known = m.after.resources.get(row.arg)
        waiters = list(known.waiters) if known else []
        waits = f"Waiting for it: {m.names(waiters)}." if waiters else "Nobody waits for it."
        return Explanation(f"{head}.", (waits,))
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
    waiters = list(m.after.resources[row.other].waiters)
    waiting = (f"Waiting for it: {m.names(waiters)}.",) if waiters else ()
    if not row.subject:
        return Explanation(f"{what.capitalize()} begins {_value(resource.kind, row.arg)}.", waiting)
    return Explanation(f"{name} {_deed(resource.kind, before, row.arg, what)}.", waiting)


def _value(kind: str, value: int) -> str:
    if kind == "event":
        return "set" if value else "not set"
    return f"with {value}"


def _deed(kind: str, before: int, after: int, what: str) -> str:
    """What somebody did to it, and how much there is now."""
    if kind == "event":
        return f"{'sets' if after else 'clears'} {what}"
    if kind == "barrier":
        return f"{'comes to' if after > before else 'leaves'} {what} (now {after} there)"
    if kind == "queue":
        verb = "puts something into" if after > before else "takes something out of"
        return f"{verb} {what} (now {after})"
    if kind == "pool":
        verb = "gives a job to" if after > before else "takes a job from"
        return f"{verb} {what} (now {after} wait{'s' if after == 1 else ''})"
    if kind in {"pipe", "socket"}:
        verb = "sends a message through" if after > before else "has read a message from"
        return f"{verb} {what} (now {after} in it)"
    verb = "gives back to" if after > before else "takes one of"  # a semaphore
    return f"{verb} {what} ({after} left)"
