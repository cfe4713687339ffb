"""What is said of the jobs of periodic threads: released, done in time or late, given up.

Jobs are counted from 1, as textbooks do; the trace counts from 0.
"""

from __future__ import annotations

from schedsim.trace import NEVER, Kind, Reason
from schedsim.why import standing
from schedsim.why.moment import Explanation, Moment


def nth(m: Moment, thread: int) -> str:
    """``job 3 of A``: the one under way, or released next, before the row."""
    return f"job {m.before.job_number.get(thread, 0) + 1} of {m.name(thread)}"


def given_up(m: Moment, thread: int) -> bool:
    """Whether the job that the row ends was given up before, while it could not leave."""
    number = m.before.job_number.get(thread, 0)
    rows = m.history.rows_of(thread)
    at: int | None = m.row.n
    while at is not None:
        row = m.trace.row(at)
        if row.kind is Kind.ABORT and row.subject == thread:
            return row.other == number and row.arg == NEVER
        if row.subject == thread and row.reason is Reason.RELEASED:
            return False
        at = m.history.preceding(rows, at)
    return False


def how_late(m: Moment, thread: int) -> str:
    """Whether what ``thread`` has just done was in time, as a sentence; empty if it need not be."""
    due = standing.deadline(m.history, m.before, thread)
    if due is None:
        return ""
    if given_up(m, thread):
        return f" It was given up at its deadline, {m.moment(due)}."
    rest = due - m.row.time
    if rest < 0:
        return f" It missed its deadline, {m.moment(due)}, by {m.took(-rest)}."
    if not rest:
        return f" It met its deadline, {m.moment(due)}, just so."
    return f" It met its deadline, {m.moment(due)}, with {m.took(rest)} to spare."


def done(m: Moment, thread: int) -> str:
    """A job is done, and the next is not released yet."""
    text = nth(m, thread)
    over = "over" if given_up(m, thread) else "done"
    return (
        f"{text[0].upper()}{text[1:]} is {over}.{how_late(m, thread)} The next is released "
        f"{m.moment(m.row.arg)}."
    )


def next_job(m: Moment) -> Explanation:
    """A job is done, and the next has been released meanwhile."""
    row = m.row
    text = nth(m, row.subject)
    due = standing.deadline(m.history, m.after, row.subject)
    ahead = f"Job {row.other + 1} was already released, {m.moment(row.arg)}: it is runnable."
    by = f"That one is due {m.moment(due)}." if due is not None else ""
    over = "over" if given_up(m, row.subject) else "done"
    return Explanation(
        f"{text[0].upper()}{text[1:]} is {over}.{how_late(m, row.subject)}",
        (f"{ahead} {by}".rstrip(),),
    )


def released(m: Moment) -> str:
    """The next job of a thread is released: it is runnable."""
    text = nth(m, m.row.subject)
    due = standing.deadline(m.history, m.before, m.row.subject)
    by = f", due {m.moment(due)}" if due is not None else ""
    return f"{text[0].upper()}{text[1:]} is released{by}"


def abort(m: Moment) -> Explanation:
    """A job is given up at its deadline."""
    row = m.row
    periodic = row.subject in m.before.job_number
    text = nth(m, row.subject) if periodic else m.name(row.subject)
    text = f"{text[0].upper()}{text[1:]}" if periodic else text
    head = f"{text} is not done at its deadline, {m.moment(row.time)}, and is given up."
    if not periodic:
        return Explanation(head, ("It ends as soon as it has a core.",))
    if row.arg == NEVER:
        return Explanation(head, ("It waits for its next release as soon as it has a core.",))
    if row.arg > row.time:
        return Explanation(head, (f"Its next job is released {m.moment(row.arg)}.",))
    return Explanation(head, ("Its next job is released already.",))
