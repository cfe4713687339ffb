"""What is said of cores: who moves between their run queues, their caches, and their number."""

from __future__ import annotations

from schedsim.trace import Reason
from schedsim.why.moment import Explanation, Moment, count, plural


def command(m: Moment) -> Explanation:
    """The user gave the machine more cores, or took some away."""
    before, after = m.before.online, m.row.arg
    now = f"the machine has {count(after, 'core')} from now on"
    if after > before:
        return Explanation(f"You added {count(after - before, 'core')}: {now}.")
    if after == before:
        return Explanation(f"You left the cores as they are: {now}.")
    gone = [thread for thread in m.before.running[after:before] if thread]
    details = (f"{m.names(gone)} ran there, and must wait for another core.",) if gone else ()
    return Explanation(f"You took away {count(before - after, 'core')}: {now}.", details)


def move(m: Moment) -> Explanation:
    """A runnable thread is put into the run queue of a core."""
    row = m.row
    name = m.name(row.subject)
    queue = m.queue_name(row.core)
    was = m.before.queue_of.get(row.subject, -1)
    queued = len(m.in_queue(m.before, row.core))
    busy = bool(m.before.running[row.core])
    if row.reason is Reason.STOLEN:
        left = len(m.in_queue(m.after, was))
        still = f"{count(left, 'thread')} still {plural(left, 'wait')}"
        return Explanation(
            f"Core {row.core} has nobody in its run queue: it takes {name} from that of "
            f"core {was}.",
            (f"There {still if left else 'nobody is left'}.",),
        )
    if row.reason is Reason.BALANCED:
        there = count(len(m.in_queue(m.before, was)), "thread")
        return Explanation(
            f"The cores have become too unequal: {name} moves from {m.queue_name(was)} to that of "
            f"core {row.core}.",
            (f"Before that, {there} waited there and {queued} here.",),
        )
    last = m.before.core_of[row.subject]
    if last < 0 and m.policy == "work_stealing" and busy:
        return Explanation(f"{name} is new and joins {queue}.")
    if last < 0:
        return Explanation(
            f"{name} is new and joins {queue}.", (_least(m, busy=busy or queued > 0),)
        )
    if last >= m.before.online:
        why = f"Core {last}, where it ran last, is gone."
    elif not busy and not queued:
        why = f"Core {last}, where it ran last, is not idle, but core {row.core} is."
    else:
        return Explanation(f"{name} joins {queue}.")
    return Explanation(f"{name} moves to {queue}.", (why,))


def _least(m: Moment, *, busy: bool) -> str:
    """Why a new thread waits for this core and for no other."""
    core, thread = m.row.core, m.row.subject
    online = m.before.online
    allowed = [each for each in range(online) if m.may_run(thread, each)]
    if not busy:
        return f"Core {core} is idle."
    if len(allowed) == 1 < online:
        return "It may run on no other core."
    which = " that it may run on" if 0 < len(allowed) < online else ""
    return f"No other core{which} has less to do."


def warm(m: Moment) -> Explanation:
    """The cache of a core has what a thread needs."""
    row = m.row
    size = m.entity(row.subject).attributes.working_set
    room = f"It takes {size} of the room there. " if size else ""
    return Explanation(
        f"What {m.name(row.subject)} works on is in the cache of core {row.core} from now on.",
        (f"{room}On another core it would have to warm up again.",),
    )


def evict(m: Moment) -> Explanation:
    """The cache of a core no longer has it."""
    row = m.row
    first = next(iter(m.before.warm[row.core]))
    others = len(m.before.warm[row.core]) > 1
    why = "The cache is too small for it."
    if others and first == row.subject:
        why = "There was not room for all, and it had come into the cache first."
    return Explanation(
        f"What {m.name(row.subject)} works on is no longer in the cache of core {row.core}.",
        (why,),
    )
