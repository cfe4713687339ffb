"""Questions about cores: who gets one, and who keeps one although somebody else has woken."""

from __future__ import annotations

from schedsim.questions import policies
from schedsim.questions.base import CHANCE, Place, Question, line_up, name, reasons, words
from schedsim.questions.standings import Contest, facts
from schedsim.state import STAYS_RUNNABLE, State
from schedsim.trace import TAKES_OFF_CORE, Kind, Reason, Row
from schedsim.why.choice import Choice
from schedsim.why.left import thread_left
from schedsim.why.moment import Moment


def worth(state: State, row: Row) -> bool:
    """Whether the row may be a decision between two threads or more; ``state`` is before it."""
    if row.kind in (Kind.RUN, Kind.SWITCH):
        stays = row.reason in STAYS_RUNNABLE
        return len(state.run_queue) + stays > 1
    return row.kind is Kind.WAKE and state.online == 1 and bool(state.running[0])


def question(m: Moment) -> Question | None:
    """The question that the row answers, if it is one."""
    return _keeps(m) if m.row.kind is Kind.WAKE else _gets(m)


def _gets(m: Moment) -> Question | None:
    """Somebody gets a core."""
    row, core = m.row, m.row.core
    leaver = m.before.running[core]
    held = row.reason is Reason.THROTTLED and row.arg > row.time
    stays = leaver and row.reason in STAYS_RUNNABLE and not held and m.may_run(leaver, core)
    if row.reason in STAYS_RUNNABLE and Choice(m).has_room_elsewhere:
        return None  # whoever is better may have that
    queue = tuple(m.contenders(m.before, core))
    contest = Contest(m, m.before, core, queue, leaver if stays else 0, row.subject)
    if len(contest.line) < 2 or row.subject not in contest.line:  # noqa: PLR2004 - a choice
        return None
    return _asked(contest, row.n, row.n + 1, _premise(m, core))


def _premise(m: Moment, core: int) -> str:
    """What has become of whoever had the core."""
    row = m.row
    if row.reason is Reason.PREEMPTED or not m.before.running[core]:
        woken = _woken(m)
        holder = m.before.running[core]
        if holder and woken:
            return f"{name(m, holder)} has the core; {woken}."
        if holder:
            return f"{name(m, holder)} has the core, and others wait."
        return f"Core {core} is free; {woken}." if woken else f"Core {core} is free."
    return words(thread_left(m))


def _woken(m: Moment) -> str:
    """Who has become runnable at this very moment."""
    found = [thread for thread in m.before.run_queue if m.before.since[thread] == m.row.time]
    if not found:
        return ""
    return f"{words(m.names(found))} {'have' if found[1:] else 'has'} become runnable"


def _keeps(m: Moment) -> Question | None:
    """Somebody keeps the core although others have become runnable."""
    row, history = m.row, m.history
    holder = m.after.running[0]
    rows = history.rows_at(row.time)
    if m.after.switching[0] or m.row.subject not in m.after.run_queue:
        return None
    for later in m.trace.rows(row.n + 1, rows):
        if later.kind in TAKES_OFF_CORE or later.kind is Kind.WAKE:
            return None
    if rows == len(m.trace) and not m.trace.complete:
        return None
    contest = Contest(m, m.after, 0, tuple(m.contenders(m.after, 0)), holder, holder)
    if row.subject not in contest.queue:
        return None
    premise = f"{name(m, holder)} has the core; {name(m, row.subject)} has become runnable."
    return _asked(contest, row.n + 1, rows, premise)


def _asked(contest: Contest, step: int, reveals: int, premise: str) -> Question | None:
    m = contest.m
    answer, told, wrong = contest.chosen, "", policies.likely(contest.state.policy.name)
    if contest.state.policy.name == "lottery" and not contest.keeps:
        claims = policies.draw(contest)
        answer = CHANCE
        told = f"This time it was {name(m, contest.chosen)}: nobody could know."
    else:
        claim = policies.right_claim(contest)
        if claim is None:
            return None
        claims = {**facts(contest), "right": claim}
    texts, place = reasons(claims, "right", wrong, m.row.n)
    candidates, more = line_up(contest.line, *dict.fromkeys((contest.chosen, m.row.subject)))
    return Question(
        step,
        m.row.time,
        Place("core", contest.core),
        premise,
        f"Who runs next on core {contest.core}?",
        candidates,
        answer,
        tuple(texts),
        place,
        reveals,
        told,
        more,
    )
