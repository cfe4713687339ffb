"""What is said of the GIL: who takes it, asks for it, and lets go of it (SEMANTICS.md A1)."""

from __future__ import annotations

from schedsim.trace import Reason
from schedsim.why.moment import Explanation, Moment


def take(m: Moment) -> Explanation:
    """A thread takes the GIL."""
    row = m.row
    gil = m.before.gils[m.entity(row.subject).process]
    details = ["Only its holder runs Python code in this process."]
    if row.other:
        details.insert(0, f"So the forced switch is over: {m.name(row.other)} may queue again.")
    if gil.waiters:
        details.append(f"Still waiting for it: {m.names(list(gil.waiters))}.")
    return Explanation(f"{m.name(row.subject)} takes the GIL, which was free.", tuple(details))


def release(m: Moment) -> Explanation:
    """The holder lets go, of itself or on request."""
    row = m.row
    held = m.took(row.time - m.before.gils[m.entity(row.subject).process].since)
    name = m.name(row.subject)
    if row.reason is Reason.DROP_REQUEST:
        head = f"{name} honours the drop request and releases the GIL after {held}."
    else:
        because = {
            Reason.SLEEP: "it is about to sleep",
            Reason.IO: "it is about to wait for a device",
            Reason.CALL: "its blocking call releases it while it waits",
            Reason.JOIN: "it is about to wait for others",
            Reason.SELECT: "its event loop is about to wait in its selector",
            Reason.YIELD: "it gives up its turn",
            Reason.LOCK: "it is about to wait for a lock",
            Reason.PERIOD: "its job is done",
            Reason.EXIT: "it has ended",
        }.get(row.reason, "it blocks")
        head = f"{name} releases the GIL: {because}."
    if not row.other:
        return Explanation(head, ("Nobody waits for it.",))
    waited = m.took(row.time - m.before.gils[m.entity(row.subject).process].waiters[row.other])
    return Explanation(
        head,
        (f"{m.name(row.other)} has queued longest (its present wait: {waited}) and is woken.",),
    )


def request(m: Moment) -> Explanation:
    """A waiter asks the holder to drop it."""
    row = m.row
    interval = m.took(m.trace.switch_interval)
    return Explanation(
        f"{m.name(row.subject)} has waited a switch interval ({interval}) in which the GIL did "
        f"not change hands: it asks {m.name(row.other)} to drop it.",
        ("The holder notices at its next check; the one who asked queues again at the tail.",),
    )


def timeout(m: Moment) -> Explanation:
    """A waiter waited in vain, and may not ask."""
    name = m.name(m.row.subject)
    return Explanation(
        f"{name} has waited a switch interval for the GIL, but it changed hands meanwhile, "
        "or somebody has asked already.",
        (f"So {name} does not ask: it queues again at the tail, for another interval.",),
    )
