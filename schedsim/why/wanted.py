"""What somebody waits for: a lock, or something to happen to what is shared.

A condition has a lock of its own, a barrier of :mod:`threading` too, and both are one resource of
the trace: which of the two somebody waits for, only what it did before tells.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final, NamedTuple

from schedsim.history import History
from schedsim.state import Resource, State
from schedsim.trace import TAKES_FROM_LOOP, TAKES_OFF_CORE, Kind
from schedsim.why.moment import Words

LACKS: Final[Mapping[str, str]] = {
    "queue": ": it is empty, or full",
    "semaphore": ": none is left",
    "event": " to be set",
    "condition": " to be notified",
    "barrier": ": not all have come",
    "pool": " to have a job for it",
}
"""By its kind, what is still missing of whatever somebody waits for: behind its name."""

_ON_ITS_WAY: Final = frozenset({Kind.GIL_RELEASE, Kind.GIL_TAKE, Kind.GIL_REQUEST})
"""What a thread does between letting go of a lock and leaving its core."""
_QUEUES: Final[Mapping[str, str]] = {
    "get": ": it is empty",
    "get_nowait": ": it is empty",
    "put": ": it is full",
}


class Wanted(NamedTuple):
    """What somebody waits for."""

    says: str
    is_lock: bool
    """It has a holder, if anybody."""


def wanted(history: History, state: State, who: int, left: int) -> Wanted:
    """What ``who`` waits for.

    Args:
        history: of the trace.
        state: at a moment of its wait.
        who: a thread or task that waits for a resource.
        left: the number of the row by which it left its core, or the hand of its loop.
    """
    words = Words(history.trace)
    number = state.waits_for[who]
    kind, what = history.trace.resources[number].kind, words.resource(number)
    if kind == "lock":
        return Wanted(what, is_lock=True)
    held = state.resources.get(number)
    step = words.step_text(who, state.pc[who])
    if kind == "condition" or (kind in {"barrier", "queue"} and held is not None and held.holder):
        let_go = _has_let_go(history, who, number, left)
        if not let_go or step.startswith(("with ", "acquire ")):
            return Wanted(f"the lock of {what}", is_lock=True)
    lacks = LACKS.get(kind, "")
    if kind == "queue":
        lacks = _QUEUES.get(step.partition(" ")[0]) or _empty_or_full(words, who, held)
    return Wanted(f"{what}{lacks}", is_lock=False)


def _empty_or_full(words: Words, who: int, held: Resource | None) -> str:
    """The same by what is in it; a channel of trio can be both."""
    if held is not None and held.value:
        return ": it is full"
    thread = words.entity(who).thread
    return LACKS["queue"] if words.entity(thread).loop == "trio" else ": it is empty"


def left_at(history: History, state: State, who: int) -> int:
    """The row by which ``who``, which waits, left its core or the hand of its loop."""
    own = history.rows_of(who, state.rows)
    n = history.preceding(own, state.rows)
    while n is not None and history.trace.row(n).kind not in TAKES_FROM_LOOP | TAKES_OFF_CORE:
        n = history.preceding(own, n)
    return state.rows if n is None else n


def _has_let_go(history: History, who: int, number: int, left: int) -> bool:
    """Whether the last thing that it did before is to let go of the lock of what it waits for."""
    own = history.rows_of(who, left)
    numbers = map(own.__getitem__, range(bisect_left(own, left) - 1, -1, -1))
    before = (row for row in map(history.trace.row, numbers) if row.kind not in _ON_ITS_WAY)
    last = next(before, None)
    if last is None or last.kind is not Kind.UNLOCK:
        return False
    return last.subject == who and last.arg == number
