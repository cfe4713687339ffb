"""Who has just moved, and from where: one row of the trace as a change of places.

Why it happened is told by :func:`schedsim.why.explain`; here it is only where everybody went.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from schedsim.history import History
from schedsim.trace import TAKES_FROM_LOOP, TAKES_OFF_CORE, Kind, Reason, Role, Row

_LOOK_BACK = 500
"""Rows in which the task that a loop has in hand was taken up, usually."""
_WOKEN = {
    Reason.ARRIVED: "arrived",
    Reason.RELEASED: "released",
    Reason.GIL_FREE: "from the GIL's queue",
}
_READIED = {Reason.ARRIVED: "arrived", Reason.TIMER: "from timers"}
_COMES = {
    Kind.RUN: "from run queue",
    Kind.SWITCH: "from run queue",
    Kind.TASK_RUN: "from ready",
    Kind.MOVE: "from another queue",
}
_TAKES = frozenset({Kind.GIL_TAKE, Kind.LOCK})
_LETS_GO = frozenset({Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.UNLOCK})


class Moves(NamedTuple):
    """What one row has moved."""

    who: Mapping[int, str]
    """The threads and tasks that are in another place now, each with where it comes from."""
    took: int = 0
    """Who has just taken a GIL or a lock; 0 for nobody."""


NONE = Moves({})


def moves(history: History, step: int) -> Moves:
    """Who was moved by the last of ``step`` rows."""
    if not step:
        return NONE
    row = history.trace.row(step - 1)
    who: dict[int, str] = {}
    left = _leaver(history, row)
    if left:
        on_core = row.kind in TAKES_OFF_CORE
        who[left] = f"from core {row.core}" if on_core else "had its turn"
    came = _comer(row)
    if came:
        who[row.subject] = came
    if row.kind in _LETS_GO and row.other:
        of_task = history.trace.entities[row.other].role is Role.TASK
        who[row.other] = "from suspended" if of_task else "woke up"
    return Moves(who, row.subject if row.kind in _TAKES else 0)


def _comer(row: Row) -> str:
    """Where the subject of a row comes from; empty if it has not moved."""
    if not row.subject:
        return ""
    if row.kind is Kind.WAKE:
        return _WOKEN.get(row.reason, "woke up")
    if row.kind is Kind.TASK_READY:
        return _READIED.get(row.reason, "from suspended")
    if row.kind is Kind.SPAWN:
        return "arrived" if row.arg <= row.time else ""
    return _COMES.get(row.kind, "")


def _leaver(history: History, row: Row) -> int:
    """Who left a core or a loop's hand by this row; 0 for nobody."""
    trace = history.trace
    if row.reason is Reason.NONE:
        return 0
    if row.kind in TAKES_OFF_CORE:
        rows = history.rows_on(row.core)
        before = history.preceding(rows, row.n)
        while True:
            assert before is not None, "nobody leaves a core that nobody was given"
            earlier = trace.row(before)
            if earlier.kind in TAKES_OFF_CORE:
                return earlier.subject if earlier.subject != row.subject else 0
            before = history.preceding(rows, before)
    if row.kind in TAKES_FROM_LOOP:
        loop = trace.entities[row.subject].thread
        for n in range(row.n - 1, max(-1, row.n - 1 - _LOOK_BACK), -1):
            earlier = trace.row(n)
            if earlier.kind in TAKES_FROM_LOOP and trace.entities[earlier.subject].thread == loop:
                return earlier.subject if earlier.kind is Kind.TASK_RUN else 0
    return 0
