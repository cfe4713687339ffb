"""Questions about a GIL: who takes it when its holder lets go, and who keeps it (A1)."""

from __future__ import annotations

from schedsim.questions.base import Claim, Place, Question, line_up, name, not_so, reasons, so
from schedsim.state import State
from schedsim.trace import Kind, Reason, Row
from schedsim.why.c_calls import keeps_gil
from schedsim.why.moment import Moment

_LOOK_AHEAD = 64
"""Rows after which nobody sees any more that two things belong together."""
_WRONG = ("longest", "last", "priority", "quantum", "random", "again", "asked", "cpu")
_RELEASES = {
    Reason.DROP_REQUEST: "was asked for the GIL, and drops it",
    Reason.TICKS: "has run its number of bytecodes, and lets go of the GIL for a moment",
    Reason.NATIVE: "goes into C code that does without the GIL",
    Reason.EXIT: "has ended, and lets go of the GIL",
    Reason.FAILED: "has ended, and lets go of the GIL",
}
_WAITS = "is about to wait, and lets go of the GIL"


def worth(state: State, row: Row) -> bool:
    """Whether the row may be a decision; ``state`` is before it."""
    if row.kind is Kind.GIL_RELEASE:
        gil = state.gils[state.trace.entities[row.subject].process]
        return len(gil.waiters) + (row.reason is Reason.TICKS) > 1
    return row.kind is Kind.GIL_REQUEST


def question(m: Moment) -> Question | None:
    """The question that the row answers, if it is one."""
    return _passes(m) if m.row.kind is Kind.GIL_RELEASE else _stays(m)


def _passes(m: Moment) -> Question | None:
    """The holder lets go: who takes it?"""
    row = m.row
    process = m.entity(row.subject).process
    waiters = list(m.before.gils[process].waiters)
    taken = _taken(m, process)
    if taken is None:
        return None
    chosen = taken.subject
    again = chosen == row.subject
    if again and row.reason is not Reason.TICKS:
        return None
    claims = _claims(m, waiters, chosen)
    candidates = [*waiters, row.subject]
    right = _why(m, claims, chosen, waiters)
    if right is None or chosen not in candidates:
        return None
    premise = f"{name(m, row.subject)} {_RELEASES.get(row.reason, _WAITS)}."
    return _asked(m, {**claims, "right": right}, candidates, chosen, premise, taken.n + 1)


def _taken(m: Moment, process: int) -> Row | None:
    """The row in which somebody takes the GIL next."""
    for row in m.trace.rows(m.row.n + 1, m.row.n + 1 + _LOOK_AHEAD):
        if row.kind is Kind.GIL_TAKE and m.entity(row.subject).process == process:
            return row
    return None


def _why(m: Moment, claims: dict[str, Claim], chosen: int, waiters: list[int]) -> Claim | None:
    """By what the chosen one has it, if that can be seen (G4)."""
    row = m.row
    if chosen == row.subject:
        says = "It is still on its core; whom it has signalled must be woken first."
        return so(says)
    if waiters[:1] == [chosen]:
        return claims["longest"]
    asked = m.before.gils[m.entity(chosen).process].requested_by
    if chosen == asked and row.other == chosen and row.reason is Reason.DROP_REQUEST:
        return so("It has only just asked, so it need not be woken first.")
    return None


def _claims(m: Moment, waiters: list[int], chosen: int) -> dict[str, Claim]:
    """What can be said of whoever has the GIL next."""
    return {
        "longest": Claim("It has queued longest for the GIL.", waiters[:1] == [chosen]),
        "last": Claim("It has queued for the GIL for the shortest time.", waiters[-1:] == [chosen]),
        "priority": not_so("It has the best priority, which the GIL goes by."),
        "quantum": not_so("The GIL has quanta, and it is next in the run queue."),
        "random": not_so("Any of those who wait is woken, by chance."),
        "again": not_so("The holder keeps the GIL until it ends."),
        "asked": Claim(
            "It has asked for the GIL.",
            m.before.gils[m.entity(chosen).process].requested_by == chosen,
        ),
    }


def _stays(m: Moment) -> Question | None:
    """The holder was asked, and does not let go yet."""
    row = m.row
    process = m.entity(row.subject).process
    gil = m.after.gils[process]
    rows = m.history.rows_at(row.time)
    for later in m.trace.rows(row.n + 1, rows):
        if later.kind in (Kind.GIL_RELEASE, Kind.GIL_REQUEST, Kind.GIL_TAKE):
            return None
    if not gil.holder or (rows == len(m.trace) and not m.trace.complete):
        return None
    if not keeps_gil(m, gil.holder):
        return None
    waiters = list(gil.waiters)
    right = so("It is in a C call that keeps the GIL: there is no check before it returns.")
    claims = {
        "right": right,
        "asked": not_so("Nobody has asked for the GIL."),
        "quantum": not_so("Its quantum is not over: before that it need not let go."),
        "priority": not_so("It has the best priority, which the GIL goes by."),
    }
    premise = f"{name(m, row.subject)} has asked {name(m, gil.holder)} for the GIL."
    return _asked(m, claims, [gil.holder, *waiters], gil.holder, premise, rows)


def _asked(
    m: Moment,
    claims: dict[str, Claim],
    candidates: list[int],
    answer: int,
    premise: str,
    reveals: int,
) -> Question:
    texts, place = reasons(claims, "right", _WRONG, m.row.n)
    shown, more = line_up(candidates, answer)
    process = m.entity(answer).process
    step = m.row.n + (1 if m.row.kind is Kind.GIL_REQUEST else 0)
    return Question(
        step,
        m.row.time,
        Place("gil", process),
        premise,
        f"Who has the GIL of {name(m, process)} next?",
        shown,
        answer,
        tuple(texts),
        place,
        reveals,
        crowd=more,
    )
