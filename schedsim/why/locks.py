"""What is said of locks: who takes one, lets go of it, and who waits."""

from __future__ import annotations

from schedsim.trace import Role
from schedsim.why.moment import Explanation, Moment


def lock(m: Moment) -> Explanation:
    """A thread or task takes a lock."""
    row = m.row
    waiters = list(m.after.resources[row.other].waiters)
    waiting = (f"Still waiting for it: {m.names(waiters)}.",) if waiters else ()
    return Explanation(
        f"{m.name(row.subject)} takes {m.lock(row.other)}, which was free.",
        (*waiting, "Until it lets go, whoever else wants it has to wait."),
    )


def unlock(m: Moment) -> Explanation:
    """A thread or task lets go of a lock."""
    row = m.row
    head = f"{m.name(row.subject)} lets go of {m.lock(row.arg)}"
    if not row.other:
        return Explanation(f"{head}.", ("Nobody waits for it.",))
    waited = m.took(row.time - m.before.resources[row.arg].waiters[row.other])
    name = m.name(row.other)
    if m.entity(row.other).role is Role.TASK:
        return Explanation(
            f"{head}: {name} is handed it after {waited} and is ready.",
            ("It waited longest.",),
        )
    return Explanation(
        f"{head}: {name}, which waited {waited} for it, is runnable.",
        ("It waited longest. It must still take the lock when it runs.",),
    )
