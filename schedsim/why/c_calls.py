"""What is said of C calls that compute, with the GIL or without (SEMANTICS.md G5, G6)."""

from __future__ import annotations

from schedsim.trace import Kind, Reason
from schedsim.why import calls
from schedsim.why.moment import Explanation, Moment


def compute(m: Moment) -> Explanation:
    """Somebody begins to compute in C."""
    row = m.row
    name, length = m.name(row.subject), m.took(row.arg)
    entity = m.entity(row.subject)
    called = calls.called(m.trace, row.subject, row.other)
    where = f"{called}, " if called else ""
    if entity.process not in m.after.gils:
        return Explanation(f"{name} computes for {length} in {where}a C call.")
    others = m.cost(entity.thread) if entity.thread != row.subject else ()
    if row.reason is Reason.NATIVE:
        return Explanation(
            f"{name} computes for {length} in {where}C code that does without the GIL.",
            ("It keeps its core, and others can run Python beside it.", *others),
        )
    return Explanation(
        f"{name} computes for {length} in {where}one C call, which keeps the GIL.",
        ("Nobody can make it drop the GIL before the call returns: there is no check.", *others),
    )


def keeps_gil(m: Moment, thread: int) -> bool:
    """Whether ``thread``, which holds its GIL, computes in a C call that keeps it."""
    rows = m.history.rows_of(thread)
    before: int | None = m.row.n
    while before is not None:
        row = m.trace.row(before)
        if row.kind is Kind.COMPUTE and row.subject == thread:
            return row.reason is Reason.HOLD
        before = m.history.preceding(rows, before)
    return False
