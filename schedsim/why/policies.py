"""Why this thread: how each scheduling policy chose it among those who waited.

A sentence claims only what trace and state bear out.  Where a rule alone does not account for a
choice (its parameters are not in the trace), it is the rule that is told, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from schedsim.durations import Time
from schedsim.policies.weights import weight_of
from schedsim.state import STAYS_RUNNABLE
from schedsim.trace import InForce
from schedsim.why import standing
from schedsim.why.choice import Choice, lent
from schedsim.why.moment import Moment, count, plural

_CLASSES = {"deadline": 0, "fifo": 1, "rr": 1, "fair": 2, "idle": 2}
"""The scheduling classes of Linux; the smaller goes first."""
_LAST: Time = 1 << 62
"""The period or deadline of who has none."""


Because: TypeAlias = Callable[[Choice], str]
"""A sentence, or nothing where it cannot tell."""


def because(m: Moment) -> str:
    """Why the policy chose the thread that the row gives a core to; empty if nobody else waits."""
    choice = Choice(m)
    if not choice.rivals:
        return ""
    if m.row.reason in STAYS_RUNNABLE and choice.has_room_elsewhere:
        return _neutral(choice)  # whoever is better may have that: this core decides nothing
    says = BECAUSE.get(m.policy)
    return (says(choice) if says else "") or _neutral(choice)


def _neutral(choice: Choice) -> str:
    waiting = len(choice.rivals)
    queue = choice.m.queue_name(choice.m.row.core)
    return (
        f"{count(waiting, 'other thread').capitalize()} still {plural(waiting, 'wait')} in {queue}."
    )


def _in_turn(choice: Choice) -> str:
    m = choice.m
    core = m.row.core
    line = m.contenders(m.before, core)
    if line[:1] != [choice.chosen]:
        return ""
    still = count(len(choice.rivals), "thread")
    return f"It was first in {m.queue_name(core)}; {still} still in it."


def _shortest(choice: Choice) -> str:
    m = choice.m
    if not standing.is_all_one_burst(m.before.policy, [m.entity(t) for t in choice.all]):
        return "Nobody else has less to compute until its next wait, or its end."
    ahead: dict[int, Time] = {}
    begun = False
    for thread in choice.all:
        left = standing.to_compute(m.history, m.before, thread)
        if left is None:
            return "Nobody else has less to compute."
        ahead[thread] = left
        begun = begun or left != m.entity(thread).cpu
    least = min(ahead[rival] for rival in choice.rivals)
    own = ahead[choice.chosen]
    if own > least:
        return ""
    others = choice.told(lambda rival: m.took(ahead[rival]))
    name = m.name(choice.chosen)
    if begun:
        what = "has least left to compute" if own < least else "has no more left than anybody"
        return f"{name} {what}: {m.took(own)}; {others}."
    what = f"{name} has the shortest job" if own < least else f"No job is shorter than {name}'s"
    return f"{what}: {m.took(own)}; {others}."


def _priority(choice: Choice) -> str:
    m = choice.m
    own = {t: standing.priority(m.before, m.entity(t)) for t in choice.all}
    mine, theirs = own[choice.chosen], [own[rival] for rival in choice.rivals]
    aged = mine != (m.before.attributes(choice.chosen).priority or 0)
    aged_by = ", better for having waited" if aged else ""
    if all(each == mine for each in theirs):
        return f"All who wait have priority {mine}; among equals it was first."
    sign = standing.larger_is_worse(m.before)
    if sign * mine > min(sign * each for each in theirs):
        return lent(choice, lambda t: sign * standing.priority(m.before, m.entity(t)))
    others = choice.told(lambda rival: f"has {own[rival]}")
    equal = mine in theirs
    if equal:
        return f"Nobody is before its priority {mine}{aged_by}: {others}."
    return f"Its priority {mine}{aged_by}{',' if aged else ''} is best: {others}."


def _level(choice: Choice) -> str:
    m = choice.m
    levels = m.before.level
    if any(thread not in levels for thread in choice.all):
        return ""
    mine = levels[choice.chosen]
    if mine < max(levels[rival] for rival in choice.rivals):
        return ""
    equals = [rival for rival in choice.rivals if levels[rival] == mine]
    below = [rival for rival in choice.rivals if levels[rival] < mine]
    says = f"Level {mine} is the highest with anybody in it"
    if equals:
        says += f"; {m.names(equals)} {plural(len(equals), 'wait')} there for a turn"
    if below:
        says += f"; {m.names(below)} {plural(len(below), 'wait')} below"
    return f"{says}."


def _lottery(choice: Choice) -> str:
    m = choice.m
    tickets = {t: m.before.attributes(t).tickets for t in choice.all}
    if standing.lends(m.after, choice.all) or len(choice.rivals) < len(
        m.in_queue(m.after, m.row.core)
    ):
        return "Its ticket was drawn."
    total = sum(tickets.values())
    others = choice.told(lambda rival: str(tickets[rival]))
    own = tickets[choice.chosen]
    return f"Its ticket was drawn: it holds {own} of {total} tickets; {others}."


def _share(choice: Choice, share: Callable[[int], int], noun: str, rule: str) -> str:
    """That it has had the least for its share, or the rule."""
    m = choice.m
    if any(thread in m.before.said for thread in choice.all):
        return rule  # what it ran before counted otherwise
    rows, now = m.before.rows, m.row.time
    ran = {t: standing.computed(m.history, t, rows, now)[0] for t in choice.all}
    parts = {t: share(t) for t in choice.all}
    mine, part = ran[choice.chosen], parts[choice.chosen]
    if any(mine * parts[rival] > ran[rival] * part for rival in choice.rivals):
        return rule
    if len(set(parts.values())) == 1:
        others = choice.told(lambda rival: m.took(ran[rival]))
        return f"Nobody has had less CPU time: {m.took(mine)}; {others}."
    others = choice.told(lambda rival: f"{m.took(ran[rival])} with {parts[rival]}")
    if not mine:
        return f"It has had no CPU time yet, with {noun} {part}; {others}."
    return f"Nobody has had less for its {noun}: {m.took(mine)} with {part}; {others}."


def _stride(choice: Choice) -> str:
    m = choice.m
    rule = "Nobody's pass is smaller: what it ran by its tickets, counted from when it joined."
    return _share(choice, lambda t: m.before.attributes(t).tickets, "tickets", rule)


def _cfs(choice: Choice) -> str:
    rule = (
        "CFS takes the lowest virtual runtime: CPU time by weight, with newcomers and sleepers "
        "placed near the others."
    )
    return _share(choice, lambda t: weight_of(choice.m.before.attributes(t)), "weight", rule)


def _eevdf(choice: Choice) -> str:
    m = choice.m
    weights = {t: weight_of(m.before.attributes(t)) for t in choice.all}
    says = "Of those who are not ahead of their share, the request that is due first is served."
    if len(set(weights.values())) > 1:
        others = choice.told(lambda rival: str(weights[rival]))
        says += f" Its weight is {weights[choice.chosen]}; {others}."
    return says


def _earliest(choice: Choice) -> str:
    m = choice.m

    def due(thread: int) -> Time:
        found = standing.deadline(m.history, m.before, thread)
        return _LAST if found is None else found

    return _first_of(choice, due, "deadline", ("earliest", "earlier"), m.moment)


def _shortest_period(choice: Choice) -> str:
    m = choice.m

    def period(thread: int) -> Time:
        return m.entity(thread).attributes.period or _LAST

    return _first_of(choice, period, "period", ("shortest", "shorter"), m.took)


def _first_of(
    choice: Choice,
    read: Callable[[int], Time],
    noun: str,
    words: tuple[str, str],
    said: Callable[[Time], str],
) -> str:
    """That its ``noun``, which ``read`` tells, is the smallest; who has none comes last."""
    best, better = words
    mine = read(choice.chosen)
    least = min(read(rival) for rival in choice.rivals)

    def told(rival: int) -> str:
        its = read(rival)
        return "has none" if its == _LAST else said(its)

    if mine > least:
        return lent(choice, read)
    if mine == _LAST:
        return f"Nobody who waits has a {noun}."
    if mine == least:
        return f"No {noun} is {better} than its own, {said(mine)}: {choice.told(told)}."
    return f"Its {noun}, {said(mine)}, is the {best}: {choice.told(told)}."


def _linux(choice: Choice) -> str:
    m = choice.m
    classes = {t: m.before.attributes(t).scheduling_class for t in choice.all}
    own = _CLASSES[classes[choice.chosen]]
    if standing.lends(m.after, choice.all):
        return ""
    held = [t for t in choice.rivals if standing.is_throttled(m.history, m.before, t)]
    better = [t for t in choice.rivals if _CLASSES[classes[t]] < own or t in held]
    equals = [t for t in choice.rivals if _CLASSES[classes[t]] == own and t not in held]
    worse = [t for t in choice.rivals if _CLASSES[classes[t]] > own]
    they = "it" if len(better) == 1 else "they"
    of_class = " of a higher class" if all(_CLASSES[classes[t]] < own for t in better) else ""
    spent = f"{m.names(better)}{of_class} must wait: what {they} may use is used up."
    if equals:
        inside = _within(m.before.policy, own)
        if better:
            return f"{spent} In its own class {inside}."
        return f"Nobody of a higher class waits; in its own {inside}."
    if not worse:
        return spent
    others = choice.told(lambda rival: classes[rival], worse)
    its = f"Its class, {classes[choice.chosen]}, comes before that of "
    return f"{spent} {its}{others}." if better else f"{its}the others: {others}."


def _within(policy: InForce, of: int) -> str:
    """Who goes first of one class of Linux."""
    if of == _CLASSES["deadline"]:
        return "the earliest deadline goes first"
    if of != _CLASSES["fair"]:
        return "the highest priority goes first"
    if policy.parameters.get("fair") == "cfs":
        return "the lowest virtual runtime goes first"
    return "the earliest virtual deadline goes first, of those not ahead of their share"


def _work_stealing(choice: Choice) -> str:
    m = choice.m
    line = m.contenders(m.before, m.row.core)
    if line[1:] and line[-1] == choice.chosen:
        return (
            "It was made runnable last, so it goes first: what it works on may still be in the "
            "cache."
        )
    return _in_turn(choice)


BECAUSE: Mapping[str, Because] = {
    "fifo": _in_turn,
    "round_robin": _in_turn,
    "sjf": _shortest,
    "stcf": _shortest,
    "priority": _priority,
    "mlfq": _level,
    "lottery": _lottery,
    "stride": _stride,
    "cfs": _cfs,
    "eevdf": _eevdf,
    "edf": _earliest,
    "rate_monotonic": _shortest_period,
    "linux": _linux,
    "work_stealing": _work_stealing,
}
"""By the policy's name.  Of one that is not here it is told how many wait."""
