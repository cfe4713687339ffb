"""What the body of a task is called, and how it gives way, in the words of its style and loop.

A coroutine awaits; a greenlet never does, it switches; a callback returns.  What a task calls is
in :mod:`schedsim.why.calls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from schedsim.loops import LOOPS
from schedsim.trace import Entity, Trace


class Body(NamedTuple):
    """Words for one kind of body."""

    noun: str
    gives_back: str
    """Where it gives the CPU back, and nowhere else."""
    has_not: str
    """What it has not done since it has the loop, in front of how long."""
    briefly: str
    """The same, where there is little room."""
    give_way: str
    """How it lets the others of its loop run."""
    all_at_once: str
    """How it waits for several things at once."""

    @property
    def has_not_waited(self) -> str:
        """The same of one that has awaited something, which was there."""
        return f"{self.has_not} unfinished" if self.has_not == "awaited anything" else self.has_not


_COROUTINE: Final = Body(
    "coroutine",
    "where it awaits something unfinished",
    "awaited anything",
    "awaited",
    "await asyncio.sleep(0)",
    "asyncio.gather, or a TaskGroup",
)
_GREENLET: Final = Body(
    "greenlet",
    "where it switches to the hub",
    "switched to the hub",
    "switched",
    # sleep(0) would let no timers in (SEMANTICS.md V2): 50 callbacks may come before the next.
    "gevent.idle() or gevent.sleep(0.001)",
    "gevent.joinall",
)
_BY_LOOP: Final[Mapping[str, Body]] = {
    "trio": _COROUTINE._replace(
        # Each is one, also where there is nothing to wait for (T2).
        gives_back="at a checkpoint",
        has_not="reached a checkpoint",
        briefly="checkpointed",
        give_way="await trio.lowlevel.checkpoint()",
        all_at_once="a nursery",
    ),
    "gevent": _GREENLET,
    "eventlet": _GREENLET._replace(
        noun="green thread", give_way="eventlet.sleep(0)", all_at_once="a GreenPile"
    ),
}
_TASKS: Final = "one task for each wait"
_BY_STYLE: Final[Mapping[str, Body]] = {
    "callback": Body(
        "callback",
        "where it returns",
        "returned",
        "returned",
        "call_soon the rest of the work",
        _TASKS,
    ),
    "generator": Body("generator", "where it yields", "yielded", "yielded", "yield", _TASKS),
    "coroutine": _COROUTINE._replace(give_way="await sleep(0)", all_at_once=_TASKS),
    "greenlet": _GREENLET._replace(
        gives_back="where it switches to the loop",
        has_not="switched to the loop",
        give_way="sleep(0)",
        all_at_once=_TASKS,
    ),
}
"""In a bare loop, which has little more than that."""


def body(trace: Trace, task: Entity) -> Body:
    """Words for the body of ``task``, which may be of another style than is usual in its loop."""
    flavour = trace.entities[task.thread].loop
    usual = LOOPS[flavour].style
    own = _BY_STYLE.get(task.style if task.style in _BY_STYLE else usual)
    of_loop = _BY_LOOP.get(flavour, _COROUTINE)
    if own is None or own.noun == of_loop.noun:
        return of_loop if not usual else own or of_loop
    if usual:
        return own
    return own._replace(give_way=of_loop.give_way, all_at_once=of_loop.all_at_once)


def is_bare(trace: Trace, task: Entity) -> bool:
    """Whether its loop is a bare one, which replaces no call of the standard library."""
    return bool(LOOPS[trace.entities[task.thread].loop].style)


def awaits(trace: Trace, task: Entity) -> bool:
    """Whether ``task`` has an ``await`` to wait with."""
    return body(trace, task).noun == _COROUTINE.noun
