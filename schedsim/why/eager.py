"""What is said of eager tasks: the first step of one is a call inside of a step of its starter.

The trace tells it as if the starter awaited that step.  But nothing is suspended, nobody queues,
and no loop resumes anybody (``Task.__eager_start`` of CPython, since 3.12).
"""

from __future__ import annotations

from typing import Final

from schedsim.state import Status
from schedsim.trace import Kind, Reason
from schedsim.why.moment import Explanation, Moment
from schedsim.why.wanted import left_at

_LOOPS: Final = ("asyncio", "uvloop")
"""In which a task that is not eager waits for the next pass."""


def first_step_of(m: Moment, n: int) -> int:
    """The task whose first step begins in row ``n`` at once, or 0."""
    if not 0 < n < len(m.trace):
        return 0
    row = m.trace.row(n)
    if row.kind is not Kind.TASK_RUN:
        return 0
    if m.entity(m.entity(row.subject).thread).loop not in _LOOPS:
        return 0
    before = m.trace.row(n - 1)
    if before.kind is Kind.TASK_LEFT:  # the starter's
        before = m.trace.row(max(0, n - 2))
    begins = before.kind is Kind.SPAWN and before.subject == row.subject and before.other
    return row.subject if begins else 0


def starts(m: Moment) -> bool:
    """Whether the task that is spawned in this row begins at once."""
    return m.row.subject in {first_step_of(m, m.row.n + 1), first_step_of(m, m.row.n + 2)}


def told(m: Moment) -> Explanation | None:
    """What there is to say of a row, if it is about a first step at once."""
    return _SAYS[m.row.kind](m) if m.row.kind in _SAYS else None


def _left(m: Moment) -> Explanation | None:
    task = first_step_of(m, m.row.n + 1)
    starter = m.before.loops[m.row.subject].current
    if not task or m.row.reason is not Reason.AWAIT:
        return None
    return Explanation(f"{m.name(starter)} is in the middle of its step: it calls {m.name(task)}.")


def _begins(m: Moment) -> Explanation | None:
    row = m.row
    if first_step_of(m, row.n):
        details = ("An eager task does not queue, and the loop is not asked.",)
        says = f"The first step of {m.name(row.subject)} begins at once, inside of its starter's."
        return Explanation(says, (*details, *m.cost(m.entity(row.subject).thread)))
    before = m.trace.row(row.n - 1)
    if before.kind is not Kind.TASK_READY or not _is_back(m, before.n):
        return None
    says = f"{m.name(row.subject)} goes on in the middle of its step."
    return Explanation(says, m.cost(m.entity(row.subject).thread))


def _over(m: Moment) -> Explanation | None:
    if not _is_back(m, m.row.n):
        return None
    first = m.name(m.row.other)
    done = m.after.status[m.row.other] is Status.DONE
    over = f"{first} is done in its first step" if done else f"The first step of {first} is over"
    return Explanation(f"{over}: back to {m.name(m.row.subject)}, which called it.")


def _is_back(m: Moment, n: int) -> bool:
    """Whether row ``n`` makes a task ready because the step that it called is over.

    That step began in the row by which it left the hand of its loop, or in the one after.
    """
    row = m.trace.row(n)
    if row.reason is not Reason.JOINED or not row.other:
        return False
    left = left_at(m.history, m.history.state_at(n), row.subject)
    return row.other in {first_step_of(m, left), first_step_of(m, left + 1)}


_SAYS = {Kind.TASK_LEFT: _left, Kind.TASK_RUN: _begins, Kind.TASK_READY: _over}
