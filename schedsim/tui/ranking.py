"""What matters of a waiting thread under each policy, and the order in which that is compared.

Everything is read from state, trace and what the scenario says of the policy.  Where the order of
the run queue is the policy's secret (a draw, a virtual time), threads stand as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from schedsim.tui.moment import Moment
from schedsim.why import standing

_LAST = 1 << 62


class Ranking(NamedTuple):
    """How the run queue of a policy is shown."""

    mark: Callable[[Moment, int], str]
    """What matters of a thread, in a word or two."""
    key: Callable[[Moment, int], int] | None = None
    """The smaller is served first; None where nobody can tell."""
    by: str = ""
    """What that is, for a person."""


def ordered(moment: Moment, threads: Sequence[int]) -> list[int]:
    """Waiting threads in the order in which the policy compares them; equals as they came."""
    ranking = RANKINGS.get(moment.state.policy.name)
    if ranking is None or ranking.key is None:
        return list(threads)
    key = ranking.key

    def best(thread: int) -> int:
        return min(key(moment, each) for each in (thread, *lenders(moment, thread)))

    return sorted(threads, key=best)


def mark(moment: Moment, thread: int) -> str:
    """What matters of ``thread`` to the policy; empty if nothing does but its place."""
    ranking = RANKINGS.get(moment.state.policy.name)
    return ranking.mark(moment, thread) if ranking else ""


def lent(moment: Moment, thread: int) -> str:
    """What those who wait for its locks lend to ``thread``, and who; empty if that is nothing.

    Sha, Rajkumar, Lehoczky: Priority Inheritance Protocols (1990).
    """
    ranking = RANKINGS.get(moment.run.trace.policy)
    if ranking is None or ranking.key is None:
        return ""
    key = ranking.key
    others = lenders(moment, thread)
    best = min(others, key=lambda each: key(moment, each), default=thread)
    if key(moment, best) >= key(moment, thread):
        return ""
    return f"{ranking.mark(moment, best)} lent by {moment.face(best).letter}"


def lenders(moment: Moment, thread: int) -> list[int]:
    """Those who wait for a lock with inheritance that ``thread`` holds, and who wait for theirs."""
    shared = moment.run.scenario.shared
    if not any(each.inheritance for each in shared.values()):
        return []
    names = moment.run.trace.resources
    lending = [
        resource
        for number, resource in moment.state.resources.items()
        if (declared := shared.get(names[number].name)) and declared.inheritance
    ]
    found, ahead = {thread: None}, [thread]
    while ahead:
        one = ahead.pop()
        fresh = [w for lock in lending if lock.holder == one for w in lock.waiters]
        ahead += [each for each in fresh if each not in found]
        found |= dict.fromkeys(fresh)
    return list(found)[1:]


def order(moment: Moment) -> str:
    """By what the run queue is in order; empty if by arrival."""
    ranking = RANKINGS.get(moment.state.policy.name)
    return ranking.by if ranking else ""


def _due(moment: Moment, thread: int) -> int:
    due = standing.deadline(moment.run.history, moment.state, thread)
    return _LAST if due is None else due


def _due_mark(moment: Moment, thread: int) -> str:
    due = _due(moment, thread)
    return "no deadline" if due == _LAST else f"due {moment.took(due)}"


def _period(moment: Moment, thread: int) -> int:
    return moment.entity(thread).attributes.period or _LAST


def _period_mark(moment: Moment, thread: int) -> str:
    period = _period(moment, thread)
    return "no period" if period == _LAST else f"every {moment.took(period)}"


def _priority(moment: Moment, thread: int) -> int:
    priority = standing.priority(moment.state, moment.entity(thread))
    larger = moment.state.policy.parameters.get("larger_is_higher", False)
    return -priority if larger else priority


def _priority_mark(moment: Moment, thread: int) -> str:
    return f"prio {standing.priority(moment.state, moment.entity(thread))}"


def _left(moment: Moment, thread: int) -> str:
    left = standing.to_compute(moment.run.history, moment.state, thread)
    return "" if left is None else f"{moment.took(left)} left"


def _ran(moment: Moment, thread: int) -> str:
    ran, _ = standing.computed(moment.run.history, thread, moment.state.rows, moment.at)
    return f"ran {moment.took(ran)}"


def _tickets(moment: Moment, thread: int) -> str:
    tickets = moment.state.attributes(thread).tickets
    return f"{tickets} ticket{'' if tickets == 1 else 's'}"


def _level(moment: Moment, thread: int) -> int:
    return -moment.state.level.get(thread, 0)


def _level_mark(moment: Moment, thread: int) -> str:
    level = moment.state.level.get(thread)
    return "" if level is None else f"level {level}"


RANKINGS: Mapping[str, Ranking] = {
    "sjf": Ranking(_left),
    "stcf": Ranking(_left),
    "priority": Ranking(_priority_mark, _priority, "by priority"),
    "mlfq": Ranking(_level_mark, _level, "by level"),
    "lottery": Ranking(_tickets),
    "stride": Ranking(_tickets),
    "cfs": Ranking(_ran),
    "eevdf": Ranking(_ran),
    "edf": Ranking(_due_mark, _due, "by deadline"),
    "rate_monotonic": Ranking(_period_mark, _period, "by period"),
}
"""By the policy's name; of any other it matters only who came first."""
