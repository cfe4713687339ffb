"""How a thread leaves its core by its own will: it blocks, waits for others, or ends.

That its time slice is over, that somebody better takes its core, and how it waits for its GIL or a
lock is not here.  The kernel does the two most frequent ways itself, where there is no GIL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schedsim.durations import Time
from schedsim.engine import periodic
from schedsim.trace import NEVER, REASON_SHIFT, Reason
from schedsim.traps import ACQUIRE, CALL, EXIT, IO, JOIN, PERIOD, SELECT, SLEEP

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine
    from schedsim.engine.records import Group, Thread

_WAITS = {
    SLEEP: Reason.SLEEP,
    IO: Reason.IO,
    CALL: Reason.CALL,
    SELECT: Reason.SELECT,
}


def leave(engine: Engine, thread: Thread, trap: int, argument: Any) -> tuple[int, Time]:
    """Block or end ``thread``; say why (shifted) and until when."""
    gil = thread.gil
    if trap == EXIT:
        reason, due = argument or Reason.EXIT, 0
    elif trap == JOIN:
        reason, due = Reason.JOIN, NEVER
    elif trap == ACQUIRE:
        reason, due = argument.reason, argument.number
    elif trap == PERIOD:
        thread.number += 1
        thread.releasing = True
        reason, due = Reason.PERIOD, periodic.release(thread)
        engine.wake_at(due, thread)
    else:
        reason = _WAITS[trap]
        thread.selecting = trap == SELECT
        thread.prompt = trap == CALL
        due = argument if trap == SELECT else engine.now + argument
        if due is None:
            due = NEVER
        if due != NEVER:
            engine.wake_at(due, thread)
    if gil is not None:
        gil.release(engine, thread, reason)
    if trap == EXIT:
        thread.ended = True
        engine.actor = thread
        tell_joiners(engine, thread)
        engine.actor = None
    return reason << REASON_SHIFT, due


def tell_joiners(engine: Engine, thread: Thread) -> None:
    """Let those go on who waited for the end of ``thread``."""
    if not thread.joiners:
        return
    for waiter in thread.joiners:
        waiter.joining -= 1
        if not waiter.joining:
            engine.wake(waiter, Reason.JOINED, by=thread.id)
    thread.joiners = ()


def joins(thread: Thread, group: Group) -> bool:
    """Let ``thread`` wait for the living members of ``group``; False if there are none."""
    members = group.members
    while group.past < len(members) and members[group.past].ended:
        group.past += 1
    living = [m for m in members[group.past :] if not m.ended and m is not thread]
    for member in living:
        if isinstance(member.joiners, list):
            member.joiners.append(thread)
        else:
            member.joiners = [thread]
    thread.joining = len(living)
    return bool(living)
