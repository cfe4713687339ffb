"""A hop in words: who became able to run, and who or what was the cause.

Nobody is named who was not the cause; where nobody was, that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schedsim.causes.hops import Hop, injected
from schedsim.causes.lives import Doing, Lives
from schedsim.history import History
from schedsim.trace import NEVER, Kind, Reason, Role
from schedsim.why.moment import Explanation, Words


def says(history: History, hop: Hop, *, when: bool = True) -> Explanation:
    """What happened at ``hop``: a headline, and what follows from it for who looks further back.

    Args:
        history: of the trace.
        hop: which.
        when: say at which moment it was.
    """
    told = _Hop(history, hop)
    late = ""
    if hop.due not in (NEVER, hop.time) and hop.time > hop.due and not hop.by:
        late = f", {told.took(hop.time - hop.due)} after that was due"
    who = told.name(hop.entity)
    if hop.thread:
        who += f", or rather its thread {told.name(hop.thread)},"
    at = f" {told.moment(hop.time)}" if when else ""
    if hop.reason is Reason.ARRIVED and not hop.by and not injected(history.trace, hop):
        head = f"{who} arrived{at}{late}."
    elif told.goes_on:
        due = told.moment(hop.due)
        head = (
            f"{who} could begin its next job{at}: it was released {due}, before the last was over."
        )
    else:
        head = f"{who} could run{at}: {_cause(told)}{late}."
    return Explanation(head, _besides(told)).finished()


class _Hop(Words):
    """A hop, and words for what it names."""

    def __init__(self, history: History, hop: Hop) -> None:
        super().__init__(history.trace)
        self.history = history
        self.hop = hop

    @property
    def by(self) -> str:
        """Who was the cause."""
        return self.name(self.hop.by)

    @property
    def goes_on(self) -> bool:
        """It has a core all the time, and goes on from one job to the next."""
        return self.hop.reason is Reason.RELEASED and self.hop.waited is Reason.NONE

    def waited(self) -> str:
        """``, for which it had waited 3 ms``."""
        took = self.hop.time - self.hop.since
        return f", for which it had waited {self.took(took)}" if took else ""


def _cause(told: _Hop) -> str:
    return _SAYS.get(told.hop.reason, _unlocked)(told)


def _besides(told: _Hop) -> tuple[str, ...]:
    """That nobody woke it, where nobody did; and how the chain goes on from there."""
    hop = told.hop
    if hop.by:
        return ()
    if hop.reason is Reason.ARRIVED:
        if injected(told.trace, hop):
            return ("The chain begins here, with you.",)
        if hop.follow is not None:
            return (f"{told.name(hop.follow[0])} had started it, to arrive then.",)
        return ("Nobody woke it: the scenario begins its work then. The chain begins here.",)
    if hop.reason is Reason.TIMER and hop.waited in _SET_BY_ITSELF:
        began = told.moment(hop.since)
        return (f"Nobody woke it: {_SET_BY_ITSELF[hop.waited]} {began}.",)
    kept = told.goes_on
    since = (
        ": it had a core, and kept it" if kept else f". It had waited since {told.took(hop.since)}"
    )
    return (f"Nobody woke it{since}.",)


_SET_BY_ITSELF: Mapping[Reason, str] = {
    Reason.SLEEP: "a timer did, which it had set when it went to sleep,",
    Reason.IO: "a device did, which it had asked",
    Reason.CALL: "the call returned, which it had made",
    Reason.SELECT: "a timer did, for which its loop had begun to wait",
}
_TIMERS: Mapping[Reason, str] = {
    Reason.SLEEP: "its sleep was over",
    Reason.IO: "its device had answered",
    Reason.CALL: "its blocking call had returned",
    Reason.SELECT: "the next timer of its loop was due",
}


def _timer(told: _Hop) -> str:
    return _TIMERS.get(told.hop.waited, "the time for which it waited had come")


def _joined(told: _Hop) -> str:
    hop = told.hop
    assert hop.by, "whoever has ended is somebody"
    life = Lives.of(told.history)[hop.by]
    ended = f"{told.by} had ended{told.waited()}"
    if told.entity(hop.by).role is Role.TASK:  # at its end its row may still be to come
        over = life[life.before(hop.step)].doing in (Doing.GONE, Doing.RUNS)
        return ended if over else f"the first step of {told.by} was over"
    gone = life.last.doing is Doing.GONE and told.trace.times[life.last.row] <= hop.time
    return ended if gone else f"{told.by} had done the job{told.waited()}"


def _unlocked(told: _Hop) -> str:
    hop = told.hop
    if not hop.by:
        return "what it waited for was there"
    if hop.resource < 0:
        return f"{told.by} let it go on, which had waited {told.took(hop.time - hop.since)}"
    kind, what = told.trace.resources[hop.resource].kind, told.resource(hop.resource)
    verb = _FILLED[kind][_more(told)] if kind in _FILLED else _DEEDS.get(kind)
    if verb is None:
        return f"{told.by} let it go on, which waited for {what}"
    return f"{told.by} {verb} {what}{told.waited()}"


_DEEDS: Mapping[str, str] = {
    "lock": "let go of",
    "semaphore": "gave back to",
    "event": "set",
    "condition": "notified",
    "barrier": "came to",
}
_FILLED: Mapping[str, tuple[str | None, str, str]] = {
    "queue": (None, "put something into", "took something out of"),
    "pool": ("woke it, idle till then, in", "gave a job to", "took a job from"),
    "pipe": (None, "sent a message through", "read a message from"),
    "socket": (None, "sent a message through", "read a message from"),
}
"""What somebody did to it: as far as is known, if it then held more, if it held less."""


def _more(told: _Hop) -> int:
    """Whether the cause made more of what was waited for, 1, or less, 2; 0 if nothing tells."""
    hop, trace = told.hop, told.trace
    makers = (hop.by, told.entity(hop.by).thread)
    first = told.history.rows_at(hop.time - 1)
    for n in range(hop.step - 1, first - 1, -1):
        row = trace.row(n)
        if row.kind is Kind.RESOURCE and row.other == hop.resource and row.subject in makers:
            known = told.history.state_at(n).resources.get(hop.resource)
            before = known.value if known is not None else 0
            return 1 if row.arg > before else 2
    return 0


def _gil_free(told: _Hop) -> str:
    hop = told.hop
    if not hop.by:
        return "it had waited a switch interval, and found the GIL free"
    row = told.trace.row(hop.step - 1)
    asked = ", as it was asked to" if row.reason is Reason.DROP_REQUEST else ""
    waited = told.waited() if not asked else ""
    return f"{told.by} let go of the GIL{asked or waited}"


def _arrived(told: _Hop) -> str:
    if told.hop.by:
        return f"{told.by} started it"
    return "you injected it"


def _poked(told: _Hop) -> str:
    hop = told.hop
    if not hop.by:
        return "its loop was given work from outside"
    if told.entity(hop.entity).role is Role.TASK:
        return f"{told.by}, in another thread, had what it awaited"
    return f"{told.by} gave its loop something to do"


_SAYS: Mapping[Reason, Callable[[_Hop], str]] = {
    Reason.ARRIVED: _arrived,
    Reason.TIMER: _timer,
    Reason.JOINED: _joined,
    Reason.UNLOCKED: _unlocked,
    Reason.GIL_FREE: _gil_free,
    Reason.GIL_TAKEN: lambda told: (
        f"{told.by} took the GIL, so its forced switch was over"
        if told.hop.by
        else "its forced switch was over"
    ),
    Reason.POKED: _poked,
    Reason.RELEASED: lambda _: "its next job was released",
    Reason.CANCELLED: lambda told: f"{told.by} cancelled it" if told.hop.by else "it was cancelled",
    Reason.TIMEOUT: lambda _: "its timeout was over",
}
