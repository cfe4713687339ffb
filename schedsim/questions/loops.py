"""Questions about event loops: whose turn is next, and who goes on as it gives nothing back."""

from __future__ import annotations

from collections.abc import Sequence

from schedsim.questions.base import (
    CHANCE,
    Claim,
    Place,
    Question,
    line_up,
    name,
    not_so,
    reasons,
    so,
    words,
)
from schedsim.state import State, Status
from schedsim.trace import NEVER, Kind, Reason, Role, Row
from schedsim.why.left import task_left
from schedsim.why.moment import Moment

_HUBS = ("gevent", "eventlet")
"""Loops that resume a task at once when its timer is due."""
_FOR_A_TURN = ("timer", "last", "quantum", "priority", "cpu", "chance", "keeps")
_FOR_GOING_ON = ("first", "quantum", "priority", "chance", "timer")


def worth(state: State, row: Row) -> bool:
    """Whether the row may be a decision; ``state`` is before it."""
    if row.kind is Kind.TASK_RUN:
        return True
    if row.kind is not Kind.COMPUTE or row.subject not in state.unyielding:
        return False
    return state.trace.entities[row.subject].role is Role.TASK


def question(m: Moment) -> Question | None:
    """The question that the row answers, if it is one."""
    return _goes_on(m) if m.row.kind is Kind.COMPUTE else _turn(m)


def overdue(state: State, thread: int, now: int) -> list[int]:
    """Tasks of a loop whose timers are due and were not looked at, the earliest first."""
    found = [
        (state.due[e.id], e.id)
        for e in state.trace.entities[1 : len(state.status)]
        if e.thread == thread
        and e.role is Role.TASK
        and state.status[e.id] is Status.SUSPENDED
        and NEVER != state.due[e.id] <= now
    ]
    return [task for _, task in sorted(found)]


def _turn(m: Moment) -> Question | None:
    """A task has its turn."""
    row = m.row
    thread = m.entity(row.subject).thread
    flavour = m.entity(thread).loop
    step, state = row.n, m.before
    if flavour in _HUBS and row.n and _fired(m.trace.row(row.n - 1), row):
        step, state = row.n - 1, m.history.state_at(row.n - 1)
    batch = _tossed(m, thread) if flavour == "trio" else None
    if batch is not None:
        step, state = batch, m.history.state_at(batch)
    ready = list(state.loops[thread].ready)
    late = overdue(state, thread, row.time)
    leaver = state.loops[thread].current
    again = [leaver] if leaver and row.reason is Reason.YIELD else []
    line = [*ready, *again, *late]
    if len(line) < 2 or row.subject not in line:  # noqa: PLR2004 - a choice
        return None
    if batch is not None:
        return _toss(m, step, thread, line)
    right = _why(state, row.subject, ready, late)
    if not right:
        return None
    left = words(task_left(m, thread)) if step == row.n else ""
    premise = left or f"The loop in {name(m, thread)} comes to its next task."
    claims = _claims(state, row.subject, ready, flavour)
    claims["right"] = so(right)
    return _asked(m, step, claims, _FOR_A_TURN, line, row.subject, premise, row.n + 1)


def _fired(before: Row, row: Row) -> bool:
    """A hub has seen a timer, and switches to its task."""
    return (
        before.kind is Kind.TASK_READY
        and before.subject == row.subject
        and before.reason is Reason.TIMER
    )


def _tossed(m: Moment, thread: int) -> int | None:
    """After how many rows trio tosses its coin for the batch that begins here.

    None if it does not: the batch is one task, or has begun already.
    """
    n = m.row.n - 1
    row = m.trace.row(n)
    if row.kind is Kind.REVERSED and row.subject == thread:
        return n
    began = row.kind is Kind.LOOP_PASS and row.subject == thread
    return m.row.n if began and len(m.before.loops[thread].ready) > 1 else None


def _toss(m: Moment, step: int, thread: int, line: Sequence[int]) -> Question | None:
    claims = {
        "right": so("trio tosses a coin for every batch: from the front, or from the back."),
        "first": not_so("Whoever became ready first goes first."),
        "last": not_so("Whoever became ready last goes first."),
        "priority": not_so("Whoever has the best priority goes first."),
    }
    premise = f"The loop in {name(m, thread)} begins a batch of {len(line)} tasks."
    told = f"This time it was {name(m, m.row.subject)}: nobody could know."
    wrong = ("first", "last", "priority")
    return _asked(m, step, claims, wrong, line, CHANCE, premise, m.row.n + 1, told)


def _why(state: State, chosen: int, ready: Sequence[int], late: Sequence[int]) -> str:
    """By what the loop chooses, if that can be seen."""
    if ready[:1] == [chosen]:
        return "It is first in the ready queue."
    if not ready and late[:1] == [chosen]:
        one = len(late) > 1 and state.due[late[1]] == state.due[chosen]
        return "" if one else "Its timer was due first, and nobody is ready."
    return ""


def _claims(state: State, chosen: int, ready: Sequence[int], flavour: str) -> dict[str, Claim]:
    """What can be said of the task whose turn is next."""
    timer = state.why[chosen] is Reason.TIMER or state.due[chosen] != NEVER
    return {
        "timer": Claim("Its timer has fired, and timers go first.", None if timer else False),
        "last": Claim("It became ready last.", list(ready[-1:]) == [chosen]),
        "first": Claim("It is first in the ready queue.", list(ready[:1]) == [chosen]),
        "quantum": not_so("The quantum of the task before is spent."),
        "priority": not_so("It has the best priority of those that are ready."),
        "chance": Claim("The loop tosses a coin.", False if flavour != "trio" else None),
        "keeps": Claim(
            "It has not given the loop back, so it goes on.",
            False if state.loops[state.trace.entities[chosen].thread].current != chosen else None,
        ),
    }


def _goes_on(m: Moment) -> Question | None:
    """A task comes to a ``yield`` that is switched off, while others could go on."""
    row = m.row
    task, thread = row.subject, m.entity(row.subject).thread
    loop = m.before.loops.get(thread)
    if loop is None or loop.current != task or not _past_its_yield(m):
        return None
    line = [task, *loop.ready, *overdue(m.before, thread, row.time)]
    if len(line) < 2:  # noqa: PLR2004 - a choice
        return None
    claims = {
        "right": so("Its yield is off, and nobody can take the loop from it."),
        "first": not_so("It is first in the ready queue."),
        "quantum": not_so("Its quantum is not over."),
        "priority": not_so("It has the best priority of those that are ready."),
        "chance": not_so("The loop tosses a coin."),
    }
    premise = f"{name(m, task)} has computed, and comes to its yield."
    return _asked(m, row.n, claims, _FOR_GOING_ON, line, task, premise, row.n + 1)


def _past_its_yield(m: Moment) -> bool:
    """Between this computing and the one before, in the same turn, there is a ``yield``."""
    task = m.row.subject
    listing = m.entity(task).listing
    before = m.before.pc[task]
    if listing is None or not before or before > len(listing.line_of):
        return False
    began = m.history.preceding(m.history.rows_of(task), m.row.n)
    if began is None or m.trace.row(began).kind is not Kind.COMPUTE:
        return False
    line = listing.line_of[before - 1] + 1
    return line < len(listing.lines) and listing.lines[line].strip() == "yield"


def _asked(  # noqa: PLR0913, PLR0917 - what a question consists of
    m: Moment,
    step: int,
    claims: dict[str, Claim],
    wrong: Sequence[str],
    line: Sequence[int],
    answer: int,
    premise: str,
    reveals: int,
    told: str = "",
) -> Question:
    texts, place = reasons(claims, "right", wrong, m.row.n)
    candidates, more = line_up(line, m.row.subject)
    thread = m.entity(m.row.subject).thread
    return Question(
        step,
        m.row.time,
        Place("loop", thread),
        premise,
        f"Whose turn is next in the loop of {name(m, thread)}?",
        candidates,
        answer,
        tuple(texts),
        place,
        reveals,
        told,
        more,
    )
