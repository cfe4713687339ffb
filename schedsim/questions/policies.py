"""By what each policy chooses: the reason that is right, and those that might be taken for it.

A rule is asked about only where trace and state bear it out, with the way equals are told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from schedsim.durations import Time
from schedsim.questions.base import Claim, name, not_so, so
from schedsim.questions.standings import (
    BETTER,
    EARLIER,
    FIRST,
    HIGHER,
    LESS_LEFT,
    SHORTER,
    Contest,
    equals_of,
    smallest,
)
from schedsim.why import standing

Rule: TypeAlias = Callable[[Contest], str]
"""Why the chosen one has the core; empty where nobody can tell."""

_CLASSES = {"deadline": 0, "fifo": 1, "rr": 1, "fair": 2, "idle": 2}
"""The scheduling classes of Linux; the smaller goes first (kernel/sched/core.c)."""

_QUANTUM_LEFT = "Its quantum is not over, and nobody else can take the core."
_KEEPS = "Whoever has the core keeps it until it waits or ends."
_LIKELY: Mapping[str, tuple[str, ...]] = {
    "sjf": ("line", "waited", "cpu", "priority"),
    "stcf": ("line", "waited", "woken", "cpu"),
    "edf": ("period", "short", "line", "priority"),
    "rate_monotonic": ("deadline", "short", "line", "waited"),
    "priority": ("line", "short", "waited", "cpu"),
    "mlfq": ("line", "short", "waited", "cpu"),
    "cfs": ("line", "waited", "short", "last"),
    "eevdf": ("line", "waited", "cpu", "short"),
    "lottery": ("first", "most", "least"),
    "stride": ("line", "tickets", "waited", "drawn"),
}
"""By policy, what might be taken for the reason, the likeliest first."""
_USUAL = (
    *("short", "priority", "quantum", "woken", "cpu", "last", "line", "waited", "deadline"),
    *("level", "drawn", "cache", "keeps", "tickets", "period"),
)
"""What else might be."""


def likely(policy: str) -> tuple[str, ...]:
    """By what one may think that a policy has chosen: words for claims, the likeliest first."""
    return (*_LIKELY.get(policy, ()), *_USUAL)


def _in_turn(contest: Contest) -> str:
    """The first in line; nobody's core is taken away but at the end of a quantum."""
    if contest.keeps:
        fifo = contest.state.policy.name != "round_robin"
        return _KEEPS if fifo else _QUANTUM_LEFT
    return FIRST if contest.queue[:1] == (contest.chosen,) else ""


def _by(
    contest: Contest,
    read: Callable[[int], Time | None],
    best: str,
    equal: str,
    none: Time = 1 << 62,
) -> str:
    """That what is read of it is smallest; of equals, that it was first."""
    found = smallest(contest, read)
    if found is None or not found[1] or read(contest.chosen) == none:
        return ""
    if found[0]:
        return best
    return equal if contest.first_of(equals_of(contest, read)) else ""


def _lends(contest: Contest) -> bool:
    """A lock is about whose holder may stand better than by itself."""
    return standing.lends(contest.state, contest.line)


def _shortest(contest: Contest) -> str:
    entities = [contest.m.entity(thread) for thread in contest.line]
    if not standing.is_all_one_burst(contest.state.policy, entities):
        return ""
    return _by(
        contest,
        contest.left,
        LESS_LEFT,
        "Nobody has less left to compute; of equals, it was first.",
    )


def _sjf(contest: Contest) -> str:
    if contest.keeps:
        return "Nobody takes the core away here, however short a job is."
    return _shortest(contest)


def _earliest(contest: Contest) -> str:
    if _lends(contest):
        return ""
    return _by(
        contest,
        contest.deadline,
        EARLIER,
        "No deadline is earlier than its own; of equals, it was first.",
    )


def _shortest_period(contest: Contest) -> str:
    if _lends(contest):
        return ""
    return _by(
        contest,
        contest.period,
        SHORTER,
        "No period is shorter than its own; of equals, it was first.",
    )


def _priority(contest: Contest) -> str:
    said = contest.state.policy.parameters
    if contest.keeps and not said.get("preemptive"):
        return _QUANTUM_LEFT if said.get("quantum") else _KEEPS
    if _lends(contest):
        return ""
    sign = standing.larger_is_worse(contest.state)
    return _by(
        contest,
        lambda thread: sign * contest.priority(thread),
        BETTER,
        "No priority is better than its own; of equals, it was first.",
    )


def _level(contest: Contest) -> str:
    levels = contest.state.level
    return _by(
        contest,
        lambda thread: -levels.get(thread, 0),
        HIGHER,
        "Nobody is at a higher level; of equals, it was first.",
    )


def _only_chosen(says: str) -> Rule:
    """A rule whose numbers are not in the trace: it holds for whoever is picked."""
    return lambda contest: "" if contest.keeps else says


def _linux(contest: Contest) -> str:
    if _lends(contest) or contest.keeps:
        return ""
    kind = {t: contest.m.entity(t).attributes.scheduling_class for t in contest.line}
    own = _CLASSES[kind[contest.chosen]]
    others = [_CLASSES[kind[rival]] for rival in contest.rivals]
    if own < min(others):
        return "Its scheduling class goes before that of the others."
    if own == _CLASSES["fair"] and set(others) == {own}:
        if contest.state.policy.parameters.get("fair") == "cfs":
            return "Of the fair threads, nobody's virtual runtime is lower."
        return "Of the fair threads not ahead of their share, no request is due before its own."
    return ""


def _work_stealing(contest: Contest) -> str:
    if contest.queue[1:] and contest.queue[-1] == contest.chosen:
        return "It was made runnable last: what it works on may still be in the cache."
    return FIRST if contest.queue[:1] == (contest.chosen,) else ""


RULES: Mapping[str, Rule] = {
    "fifo": _in_turn,
    "round_robin": _in_turn,
    "sjf": _sjf,
    "stcf": _shortest,
    "priority": _priority,
    "mlfq": _level,
    "stride": _only_chosen(
        "Nobody's pass is smaller: what it ran by its tickets, counted from when it joined."
    ),
    "cfs": _only_chosen("Nobody's virtual runtime is lower."),
    "eevdf": _only_chosen("Of those not ahead of their share, no request is due before its own."),
    "edf": _earliest,
    "rate_monotonic": _shortest_period,
    "linux": _linux,
    "lottery": lambda contest: _QUANTUM_LEFT if contest.keeps else "",
    "work_stealing": _work_stealing,
}
"""By the policy's name.  Of one that is not here nobody is asked."""


def right_claim(contest: Contest) -> Claim | None:
    """The reason that is right, if the policy's rule accounts for the choice."""
    rule = RULES.get(contest.state.policy.name)
    says = rule(contest) if rule else ""
    return so(says) if says else None


def draw(contest: Contest) -> dict[str, Claim]:
    """What one may believe of a lottery."""
    m = contest.m
    total = sum(map(contest.tickets, contest.line))
    shares = [(each, contest.tickets(each)) for each in contest.line[:3]]
    told = ", ".join(f"{name(m, each)} with {round(100 * own / total)} %" for each, own in shares)
    return {
        "right": so(f"A ticket is drawn: {told}{', and others' if contest.line[3:] else ''}."),
        "first": not_so("Whoever is first in the run queue goes first."),
        "most": not_so("Whoever has the most tickets goes first."),
        "least": not_so("Whoever has had the least CPU time goes first."),
    }
