"""What is said of levels: who starts where, moves down, is lifted, and grows better by waiting."""

from __future__ import annotations

from schedsim.state import Status
from schedsim.trace import Reason
from schedsim.why.moment import Explanation, Moment

_ADDS_UP = "What it uses at a level adds up, in however short bursts."
_FORGOTTEN = "Had it waited by itself before, it would have had all of it anew."


def level(m: Moment) -> Explanation:
    """A thread, or everybody, is at another level from now on."""
    row = m.row
    if row.reason is Reason.BOOST or not row.subject:
        return Explanation(
            f"Everybody is lifted to level {row.arg}, as every so often.",
            ("So nobody starves at the bottom, and who has changed gets another chance.",),
        )
    if m.policy == "priority":
        return _priority(m)
    name = m.name(row.subject)
    was = m.before.level.get(row.subject)
    if row.reason is Reason.ARRIVED or was is None:
        top = ("Whoever is new starts at the top.",) if m.policy == "mlfq" else ()
        return Explanation(f"{name} starts at level {row.arg}.", top)
    return Explanation(
        f"{name} has used up its allotment at level {was}: it moves down to level {row.arg}.",
        (_ADDS_UP if not m.after.policy.parameters.get("stay") else _FORGOTTEN,),
    )


def _priority(m: Moment) -> Explanation:
    """Of the policy whose levels are priorities that get better by waiting."""
    row = m.row
    name = m.name(row.subject)
    own = m.before.attributes(row.subject).priority or 0
    waits = m.before.status[row.subject] is Status.RUNNABLE
    waited = row.time - m.before.since[row.subject]
    if row.arg == own:
        return Explanation(
            f"{name} has had a core: its priority is its own again, {own}.",
            ("What one gains by waiting is lost then.",),
        )
    if waits and waited:
        return Explanation(
            f"{name} has waited for {m.took(waited)}: its priority is better now, {row.arg}.",
            (f"Its own is {own}. Whoever waits long enough gets better, so nobody starves.",),
        )
    return Explanation(f"{name} has priority {row.arg} now; its own is {own}.")
