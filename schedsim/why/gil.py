"""What is said of the GIL: who takes it, asks for it, and lets go of it (SEMANTICS.md A1)."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.state import Gil
from schedsim.trace import Kind, Reason
from schedsim.why.c_calls import keeps_gil
from schedsim.why.moment import Explanation, Moment
from schedsim.why.workers import pickles


def take(m: Moment) -> Explanation:
    """A thread takes the GIL."""
    row = m.row
    gil = m.before.gils[m.entity(row.subject).process]
    where = "interpreter" if m.entity(m.entity(row.subject).process).interpreter else "process"
    details = [f"Only its holder runs Python code in this {where}."]
    if row.other:
        details.insert(0, f"So the forced switch is over: {m.name(row.other)} may queue again.")
    if gil.waiters:
        details.append(f"Still waiting for it: {m.names(list(gil.waiters))}.")
    return Explanation(f"{m.name(row.subject)} takes the GIL, which was free.", tuple(details))


def release(m: Moment) -> Explanation:
    """The holder lets go, of itself or on request."""
    row = m.row
    gil = m.before.gils[m.entity(row.subject).process]
    if row.reason is Reason.NATIVE and gil.holder != row.subject:
        return Explanation(
            f"{m.name(row.subject)} is in C code that does without the GIL: it goes on.",
            ("It will ask for the GIL when that code returns.",),
        )
    held = m.took(row.time - gil.since)
    details: tuple[str, ...] = ()
    name = m.name(row.subject)
    if row.reason is Reason.KILLED:
        return Explanation(f"{name} held the GIL, which goes away with its process.")
    if row.reason is Reason.DROP_REQUEST:
        head = f"{name} honours the drop request and releases the GIL after {held}."
        details = _late(m, row.subject)
    elif row.reason is Reason.TICKS:
        head = f"{name} has run its number of bytecodes: it releases the GIL, to take it again."
        details = ("Before Python 3.2 the holder did so all the time, and signalled a waiter.",)
    elif row.reason is Reason.NATIVE:
        head = f"{name} releases the GIL: its C code does without it, and stays on the core."
    else:
        because = {
            Reason.SLEEP: "it is about to sleep",
            Reason.IO: "it is about to wait for a device",
            Reason.CALL: "its blocking call releases it while it waits",
            Reason.JOIN: "it is about to wait for others",
            Reason.SELECT: "its event loop is about to wait in its selector",
            Reason.YIELD: "it gives up its turn",
            Reason.LOCK: "it is about to wait for something shared",
            Reason.AWAIT: "it has nothing to do just now"
            if pickles(m.trace, row.subject)
            else "it is about to wait for a job that it gave to a pool",
            Reason.FAILED: "it has ended with an exception",
            Reason.PERIOD: "its job is done",
            Reason.EXIT: "it has ended",
        }.get(row.reason, "it blocks")
        head = f"{name} releases the GIL: {because}."
    if not row.other:
        return Explanation(head, ("Nobody waits for it.",))
    return Explanation(head, (*details, *_winner(m, gil, row.other)))


def _winner(m: Moment, gil: Gil, winner: int) -> tuple[str, ...]:
    """Why it is ``winner`` who is to have it (G4)."""
    oldest = next(iter(gil.waiters))
    name, waited = m.name(winner), m.took(m.row.time - gil.waiters[oldest])
    if winner == oldest:
        return (f"{name} has queued longest (its present wait: {waited}) and is woken.",)
    return (
        f"{name} has asked so shortly before that it is still on its core: it takes the GIL.",
        f"{m.name(oldest)} has queued longest ({waited}), but would have to be woken first.",
    )


def _late(m: Moment, holder: int) -> tuple[str, ...]:
    """What was between the request and the drop, if anything (G3, G5)."""
    asked = _asked(m, holder)
    if asked == m.row.time:
        return ()
    after = m.took(m.row.time - asked)
    if keeps_gil(m, holder):
        return (f"It was asked {after} ago, but was in a C call, which nothing can interrupt.",)
    return (f"It was asked {after} ago; only now it has come to a check.",)


def _asked(m: Moment, holder: int) -> Time:
    """When ``holder``, who drops the GIL on request, was asked to."""
    rows, row = m.history.rows_of(holder), m.row
    while row.kind is not Kind.GIL_REQUEST or row.other != holder:
        before = m.history.preceding(rows, row.n)
        assert before is not None, "nobody drops on request without one"
        row = m.trace.row(before)
    return row.time


def request(m: Moment) -> Explanation:
    """A waiter asks the holder to drop it."""
    row = m.row
    interval = m.took(row.time - m.before.gils[m.entity(row.subject).process].waiters[row.subject])
    notices = "The holder notices at its next check"
    if keeps_gil(m, row.other):
        notices = f"{m.name(row.other)} is in a C call, and notices only when that returns"
    return Explanation(
        f"{m.name(row.subject)} has waited a switch interval ({interval}) in which the GIL did "
        f"not change hands: it asks {m.name(row.other)} to drop it.",
        (f"{notices}; the one who asked queues again at the tail.",),
    )


def timeout(m: Moment) -> Explanation:
    """A waiter waited in vain, and may not ask."""
    name = m.name(m.row.subject)
    return Explanation(
        f"{name} has waited a switch interval for the GIL, but it changed hands meanwhile, "
        "or somebody has asked already.",
        (f"So {name} does not ask: it queues again at the tail, for another interval.",),
    )


def command(m: Moment) -> Explanation:
    """The user changed the switch interval."""
    was, now = m.took(m.before.switch_interval), m.took(m.row.arg)
    return Explanation(
        f"You set the switch interval to {now}; it was {was}.",
        ("It holds for waits that begin from now on.",),
    )


_ON_CORES = (
    "The world stops: of those who run, the one on the lowest core takes it, and the others leave "
    "their cores and queue for it, in the order of the cores."
)
_ELSEWHERE = (
    "Who waits for something else, or is in C code that does without it, asks for it when that is "
    "over."
)


def switched(m: Moment) -> Explanation:
    """The user switched the GIL on or off."""
    speed = "How fast a thread computes stays as it was: that is up to the build, not to the lock."
    if m.row.arg:
        return Explanation(
            "You switched the GIL on: from now on only its holder runs Python code.",
            (_ON_CORES, _ELSEWHERE, speed),
        )
    gils = m.before.gils.values()
    holders = [gil.holder for gil in gils if gil.holder]
    waiters = [thread for gil in gils for thread in gil.waiters]
    waiters += [gil.dropper for gil in gils if gil.dropper]
    details = []
    if holders:
        they = "it goes" if len(holders) == 1 else "they go"
        held = "it" if len(holders) == 1 else "one"
        details.append(f"{m.names(holders)} held {held}: {they} on without.")
    if waiters:
        are = "is" if len(waiters) == 1 else "are"
        details.append(f"{m.names(waiters)} waited for it, and {are} runnable at once.")
    return Explanation(
        "You switched the GIL off: from now on threads run Python code side by side.",
        (*details, speed),
    )
