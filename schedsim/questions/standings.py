"""Claims about a thread that gets a core, or keeps it, among others who want it.

Each compares what trace and state tell; what a policy makes of it is in
:mod:`schedsim.questions.policies`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schedsim.durations import Time
from schedsim.questions.base import Claim
from schedsim.state import State
from schedsim.trace import Kind, Reason
from schedsim.why import standing
from schedsim.why.moment import Moment

_LAST: Time = 1 << 62
"""The deadline or period of who has none."""

_MAY_KEEP = ("fifo", "sjf", "priority")
"""Policies of which it is so, always or as they are set: no reason, but not false either."""

FIRST = "It is first in the run queue."
WAITED = "It has waited longer than the others."
LESS_CPU = "It has had less CPU time than the others."
LESS_LEFT = "It has less left to compute than the others."
EARLIER = "Its deadline is earlier than that of the others."
SHORTER = "Its period is shorter than that of the others."
BETTER = "Its priority is better than that of the others."
HIGHER = "It is at a higher level than the others."
MORE_TICKETS = "It has more tickets than the others."


@dataclass(frozen=True, slots=True)
class Contest:
    """Who wants a core, in the order of the run queue, and who has it next."""

    m: Moment
    state: State
    """In which that is decided."""
    core: int
    queue: tuple[int, ...]
    """Those of the run queue who may have it."""
    holder: int
    """Who had the core and still wants it; 0 for nobody."""
    chosen: int

    @property
    def goes_on(self) -> bool:
        """Whoever had the core has it again, or still."""
        return self.holder == self.chosen

    @property
    def keeps(self) -> bool:
        """Nobody takes the core from whoever has it: it was not given up, not even for a moment."""
        return self.goes_on and self.m.row.kind is Kind.WAKE

    @property
    def line(self) -> tuple[int, ...]:
        """All who want the core; whoever had it comes last."""
        return (*self.queue, self.holder) if self.holder else self.queue

    @property
    def rivals(self) -> list[int]:
        """All who want the core, but the chosen one."""
        return [each for each in self.line if each != self.chosen]

    def first_of(self, equals: Sequence[int]) -> bool:
        """The chosen one came first among ``equals``; whoever keeps the core is before all."""
        return self.keeps or next(each for each in self.line if each in equals) == self.chosen

    def since(self, thread: int) -> Time:
        """Since when a thread has waited; whoever has the core has not."""
        return self.m.row.time if thread == self.holder else self.state.since[thread]

    def ran(self, thread: int) -> Time:
        """How much CPU time a thread has had."""
        return standing.computed(self.m.history, thread, self.state.rows, self.m.row.time)[0]

    def left(self, thread: int) -> Time | None:
        """How much is left to compute, where that is known."""
        m, state = self.m, self.state
        whole = m.entity(thread).cpu
        if whole is None or any(state.warm):
            return None
        rest = whole - standing.computed(m.history, thread, state.rows, m.row.time)[1]
        return rest if rest >= 0 else None

    def deadline(self, thread: int) -> Time:
        """Its deadline."""
        found = standing.deadline(self.m.history, self.state, thread)
        return _LAST if found is None else found

    def period(self, thread: int) -> Time:
        """Its period."""
        return self.m.entity(thread).attributes.period or _LAST

    def priority(self, thread: int) -> int:
        """Its priority as it is now."""
        return standing.priority(self.state, self.m.entity(thread))

    def tickets(self, thread: int) -> int:
        """Its tickets."""
        return self.state.attributes(thread).tickets


def smallest(contest: Contest, read: Callable[[int], Time | None]) -> tuple[bool, bool] | None:
    """Whether what is read of it is smaller than of all others, and whether nobody's is smaller.

    None where it cannot be read.
    """
    mine = read(contest.chosen)
    theirs = [read(rival) for rival in contest.rivals]
    known = [each for each in theirs if each is not None]
    if mine is None or len(known) < len(theirs):
        return None
    return mine < min(known), mine <= min(known)


def equals_of(contest: Contest, read: Callable[[int], Time | None]) -> list[int]:
    """Those who stand as well as the chosen one, with it."""
    return [each for each in contest.line if read(each) == read(contest.chosen)] or [contest.chosen]


def facts(contest: Contest) -> dict[str, Claim]:
    """What can be said of the chosen one whatever the policy is."""
    chosen = contest.chosen

    def compared(says: str, read: Callable[[int], Time | None]) -> Claim:
        found = smallest(contest, read)
        return Claim(says, None if found is None else found[0])

    never_here = contest.state.core_of[chosen] == -1
    return {
        "line": Claim(FIRST, contest.queue[:1] == (chosen,)),
        "last": Claim("It came to the run queue last.", chosen in contest.line[-2:]),
        "quantum": Claim("The quantum of the one before is spent.", _quantum(contest)),
        "woken": Claim("It became runnable at this very moment.", _woken(contest)),
        "waited": compared(WAITED, contest.since),
        "cpu": compared(LESS_CPU, contest.ran),
        "short": compared(LESS_LEFT, contest.left),
        "deadline": compared(EARLIER, contest.deadline),
        "period": compared(SHORTER, contest.period),
        "priority": Claim(BETTER, _priority(contest)),
        "level": Claim(HIGHER, _level(contest)),
        "tickets": compared(MORE_TICKETS, lambda t: -contest.tickets(t)),
        "drawn": Claim("Its ticket was drawn.", contest.state.policy.name == "lottery"),
        "cache": Claim(
            "What it works on is still in the cache of this core.", False if never_here else None
        ),
        "keeps": Claim(
            "It keeps the core until it waits or ends.",
            None if contest.goes_on or contest.state.policy.name in _MAY_KEEP else False,
        ),
    }


def _quantum(contest: Contest) -> bool:
    return contest.m.row.reason is Reason.QUANTUM


def _woken(contest: Contest) -> bool:
    m, chosen = contest.m, contest.chosen
    return chosen != contest.holder and contest.since(chosen) == m.row.time


def _priority(contest: Contest) -> bool | None:
    """False if nobody has another priority than the others: which way is better, who knows."""

    def said(thread: int) -> int:
        if contest.state.policy.name == "priority":
            return contest.priority(thread)
        return contest.state.attributes(thread).priority or 0

    mine = said(contest.chosen)
    return False if any(said(each) == mine for each in contest.rivals) else None


def _level(contest: Contest) -> bool | None:
    levels = contest.state.level
    if contest.state.policy.name != "mlfq":
        return None if levels else False
    mine = levels.get(contest.chosen, 0)
    return all(levels.get(rival, 0) < mine for rival in contest.rivals)
