"""For whom somebody waits, for whom that one waits, and so on: as it is at one moment.

A lock has a holder, a GIL too; whom a ``join`` means stands in the program.  For other futures only
what comes later tells who will be the one; that is told only to who may know it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from schedsim.causes.lives import Doing, Lives
from schedsim.durations import Time
from schedsim.history import History
from schedsim.state import State, Status
from schedsim.trace import NEVER, Reason, Role
from schedsim.why.moment import Explanation, Words
from schedsim.why.resources import wanted

_MOST = 8
_JOINS = re.compile(r"(?:join|await|gather)\s+(.+)")
_ENDED = (Status.EXITED, Status.DONE)


class Link(NamedTuple):
    """Somebody, and for what and whom it waits."""

    who: int
    status: Status
    reason: Reason
    """Why it waits; of who does not wait, why it can run."""
    until: Time
    """When it will go on by itself, or NEVER."""
    resource: int
    """What it waits for, or -1."""
    whom: tuple[int, ...]
    """Who has that, or has to end; of a ready task, who has the hand of its loop."""
    foreseen: bool = False
    """It is known from what comes later."""
    overdue: bool = False
    """It could go on since ``until``, but its loop has not come round to it."""


def awaits(
    history: History, state: State, entity: int, now: Time | None = None, *, foresee: bool = False
) -> list[Link]:
    """Who waits for whom, from ``entity`` on; the last one does not wait, or closes a circle.

    Args:
        history: of the trace.
        state: at the moment that is meant.
        entity: a thread or task.
        now: the time, if it is later than the last row.
        foresee: what comes later may be told.
    """
    links: list[Link] = []
    seen: set[int] = set()
    now = state.time if now is None else now
    while entity and entity not in seen and len(links) < _MOST:
        seen.add(entity)
        links.append(_link(history, state, entity, now, foresee=foresee))
        entity = links[-1].whom[0] if links[-1].whom else 0
    return links


def circle(links: list[Link]) -> list[int]:
    """Who waits for each other for ever, or until one gives up; empty if nobody does."""
    members = [link.who for link in links]
    if not links or not links[-1].whom or links[-1].whom[0] not in members:
        return []
    first = members.index(links[-1].whom[0])
    binding = all(
        link.reason in (Reason.LOCK, Reason.JOIN) and not link.foreseen for link in links[first:]
    )
    return members[first:] if binding else []


def told(history: History, links: list[Link]) -> Explanation:
    """The same in sentences, one for each; a circle is told first."""
    words = Words(history.trace)
    over = {link.who for link in links if link.status in _ENDED}
    lines = [
        f"{words.name(link.who)} awaited {words.name(link.whom[0])}, which has ended."
        if over.intersection(link.whom)
        else _says(words, link)
        for link in links
    ]
    members = circle(links)
    if members:
        who = words.names(members)
        verb = "waits for itself" if len(members) == 1 else "wait for each other"
        lines.insert(0, f"{who} {verb}: a deadlock, unless something else ends one of the waits.")
    return Explanation(lines[0] if lines else "", tuple(lines[1:])).finished()


# -- for whom ----------------------------------------------------------------------------------


def _link(history: History, state: State, entity: int, now: Time, *, foresee: bool) -> Link:
    status, reason = state.status[entity], state.why[entity]
    resource, whom, foreseen = -1, 0, False
    joined: tuple[int, ...] = ()
    if status is Status.SUSPENDED and NEVER != state.due[entity] < now:
        late = _in_the_way(history, state, entity)
        whom_late = (late,) if late else ()
        return Link(entity, status, reason, state.due[entity], -1, whom_late, overdue=True)
    if status in (Status.BLOCKED, Status.SUSPENDED):
        if reason is Reason.LOCK:
            resource = state.waits_for[entity]
            held = state.resources.get(resource)
            whom = held.holder if held is not None else 0
        elif reason is Reason.GIL:
            whom = state.gils[history.trace.entities[entity].process].holder
        elif reason in (Reason.JOIN, Reason.AWAIT):
            joined = tuple(_joined(history, state, entity))
            if not joined and foresee:
                whom = _foreseen(history, state, entity)
                foreseen = bool(whom)
    elif status in (Status.READY, Status.RUNNING):
        whom = _in_the_way(history, state, entity)
    waits_for = joined or ((whom,) if whom else ())
    return Link(entity, status, reason, state.due[entity], resource, waits_for, foreseen)


def _in_the_way(history: History, state: State, entity: int) -> int:
    """Because of whom a task cannot run that could: who has its loop's hand, or its thread."""
    known = history.trace.entities[entity]
    if known.role is not Role.TASK:
        return 0
    hand = state.loops[known.thread].current
    if hand and hand != entity:
        return hand
    return 0 if state.status[known.thread] is Status.RUNNING else known.thread


def _joined(history: History, state: State, entity: int) -> Iterator[int]:
    """Those whom its present step names and who have not ended."""
    entities = history.trace.entities
    me = entities[entity]
    line = me.listing.line(state.pc[entity]) if me.listing else None
    found = (
        _JOINS.fullmatch(me.listing.lines[line].strip())
        if me.listing and line is not None
        else None
    )
    names = re.split(r"[\s,]+", found[1]) if found else []
    alive = [
        each
        for each in entities[1 : len(state.status)]
        if each.job in names and each.role is me.role and state.status[each.id] not in _ENDED
    ]
    if me.role is Role.TASK:
        near = [each for each in alive if each.thread == me.thread]
    else:
        near = [each for each in alive if each.process == me.process] or alive
    yield from (each.id for each in near)


def _foreseen(history: History, state: State, entity: int) -> int:
    """Who will wake it, 0 if nobody does, or nobody knows yet."""
    lives = Lives.of(history)
    life = lives[entity]
    index = life.before(state.rows) + 1
    if not 0 < index < len(life) or life[index].doing is not Doing.ABLE:
        return 0
    by = lives.cause(entity, life[index])
    return by if by < len(state.status) else 0


# -- in words ----------------------------------------------------------------------------------


def _says(words: Words, link: Link) -> str:
    name = words.name(link.who)
    until = f" until {words.took(link.until)}" if link.until != NEVER else ""
    if link.overdue:
        return f"{name} waited{until}, and {_goes(words, link._replace(status=Status.READY))}."
    if link.status in (Status.BLOCKED, Status.SUSPENDED):
        says = _WAITS.get(link.reason)
        return f"{name} {says(words, link, until) if says else f'waits{until}'}."
    return f"{name} {_goes(words, link)}."


def _goes(words: Words, link: Link) -> str:
    """What somebody does who waits for nothing, or only for a turn."""
    other = words.name(link.whom[0]) if link.whom else ""
    if link.status is Status.RUNNING:
        return f"is in hand, but its thread {other} is not running" if other else "is running"
    if link.status is Status.READY:
        if not other:
            return "could go on: its loop has not come round to it"
        if words.entity(link.whom[0]).role is Role.TASK:
            return f"could go on, but its loop has {other} in hand"
        return f"could go on, but the thread of its loop, {other}, is not running"
    arrives = f": it does {words.moment(link.until)}" if link.until != NEVER else ""
    return {
        Status.RUNNABLE: "could run, and waits for a core",
        Status.NEW: f"has not arrived{arrives}",
        Status.DONE: "is done",
    }.get(link.status, "has ended")


def _shared(words: Words, link: Link, _: str) -> str:
    what = words.resource(link.resource)
    if not link.whom:
        return f"waits for {what}{wanted(words.trace.resources[link.resource].kind)}"
    if link.whom[0] == link.who:
        return f"waits for {what}, which it holds itself"
    return f"waits for {what}, which {words.name(link.whom[0])} holds"


def _other(words: Words, link: Link, until: str) -> str:
    verb = "awaits" if words.entity(link.who).role is Role.TASK else "waits for"
    if not link.whom:
        return f"{verb} something unfinished{until}"
    if link.foreseen:
        return f"{verb} something unfinished, which {words.name(link.whom[0])} will bring"
    return f"{verb} {words.names(list(link.whom))}{until}"


def _gil(words: Words, link: Link, _: str) -> str:
    return f"waits for the GIL{f', which {words.name(link.whom[0])} holds' if link.whom else ''}"


_WAITS: Mapping[Reason, Callable[[Words, Link, str], str]] = {
    Reason.LOCK: _shared,
    Reason.GIL: _gil,
    Reason.FORCED_SWITCH: lambda *_: "has dropped the GIL, and waits until another has taken it",
    Reason.JOIN: _other,
    Reason.AWAIT: _other,
    Reason.SLEEP: lambda _, __, until: f"sleeps{until}",
    Reason.IO: lambda _, __, until: f"waits for a device{until}",
    Reason.CALL: lambda _, __, until: f"is in a blocking call{until}",
    Reason.SELECT: lambda _, __, until: f"has nothing ready: its event loop waits{until}",
    Reason.PERIOD: lambda _, __, until: f"waits for its next job{until}",
}
