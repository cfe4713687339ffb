"""Who holds each core, GIL and lock now, since when, and who queues for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.plain import plain
from schedsim.state import Gil, Resource, Status
from schedsim.tui import ranking
from schedsim.tui.moment import Moment
from schedsim.tui.paint import (
    LABEL,
    MUTED,
    ROOM_FOR_FOR,
    STRONG,
    Part,
    Row,
    Worth,
    chip,
    fit,
    labelled,
    series,
    squeeze,
    wide,
)
from schedsim.tui.panels.base import Place, TextPanel

_ROOM_FOR_STEP = 56
"""Columns from which there is room to say what a thread is doing."""
_ROOM_FOR_WAITS = 90
"""Columns from which it is said how long somebody waits even if that does not matter."""
_ROOM_FOR_ORDER = 48
"""Columns from which there is room to say by what the run queue is in order."""
_MOST_RESOURCES = 3
"""So many are shown even while nobody uses them."""


class NowPanel(TextPanel):
    """Cores, GILs, what is shared, and run queues."""

    NAME: ClassVar[str] = "now"
    PLACE: ClassVar[Place] = "top"

    def heading(self, moment: Moment) -> str:
        cores = moment.state.online
        gil = "GIL on" if moment.has_gil else "no GIL"
        policy = plain(moment.state.policy.name.replace("_", " "), 30)
        return f"now · {policy} · {cores} core{'s' if cores > 1 else ''} · {gil}"

    def wants(self, moment: Moment) -> int:
        shared = sum(_shared(moment, process) for process in moment.state.gils)
        lone = min(1, len(moment.state.gils) - shared)
        resources = min(_MOST_RESOURCES, len(moment.run.trace.resources))
        cores = moment.state.online
        queues = cores if moment.run.trace.queue_per_core else 1
        return cores + queues + 2 * shared + lone + resources

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        cores = _cores(moment, width)
        gils = [
            (gil, _gil(moment, process, gil, width))
            for process, gil in moment.state.gils.items()
            if moment.has_gil  # else those who waited are about to wake
        ]
        resources = _resources(moment, width)
        room = height - 1 - len(resources)
        if len(gils) > 1 or len(cores) + sum(len(rows) for _, rows in gils) > room:
            gils = _fewer_gils(moment, gils, width)
        if len(cores) + sum(len(rows) for _, rows in gils) > room:
            cores = _fewer_cores(moment, cores, width)
        rows = [*cores, *(row for _, rows in gils for row in rows), *resources]
        if not moment.run.trace.queue_per_core:
            rows.append(_run_queue(moment, width))
        return squeeze(rows, width, height)


def _cores(moment: Moment, width: int) -> list[Row]:
    """The cores; where they have run queues of their own, each with its queue."""
    state = moment.state
    rows = []
    for number, thread in enumerate(state.running):
        if number >= state.online and not thread:
            continue
        worth = Worth.USUAL if thread else Worth.EMPTY
        rows.append(Row(_core(moment, number, width), worth))
        if moment.run.trace.queue_per_core:
            rows.append(_run_queue(moment, width, number))
    return rows


def _core(moment: Moment, number: int, width: int) -> Content:
    state = moment.state
    label = f"core {number}"
    thread = state.running[number]
    if not thread:
        return labelled(
            label, width, [("free", MUTED)], [_time(moment, state.core_since[number], width)]
        )
    if state.switching[number]:
        face = moment.face(thread)
        return labelled(
            label,
            width,
            [("switching to ", "$stuck"), chip(face, roomy=False), (f" {face.name}", "")],
            [_time(moment, state.core_since[number], width)],
        )
    return labelled(label, width, *_holder(moment, thread, width))


def _holder(moment: Moment, thread: int, width: int) -> tuple[list[Part], list[Part]]:
    """Who runs there: a task does since its turn began, but not while its thread was away."""
    since, who = moment.state.since, moment.in_hand(thread)
    face = moment.face(who)
    when = _time(moment, max(since[who], since[thread]), width)
    left: list[Part] = [chip(face)]
    step = moment.doing(who)
    room = width - LABEL - 4 - len(when[0]) - 1
    if step and width >= _ROOM_FOR_STEP:
        what = ranking.mark(moment, thread) if ranking.order(moment) else ""
        marked: list[Part] = [(f"  {what}  ", MUTED)] if what else []
        name = fit(face.name, max(8, room - len(step) - 2 - wide(marked)))
        return [*left, (f" {name}", STRONG), (f"  {step}", MUTED)], [*marked, when]
    return [*left, (f" {fit(face.name, room)}", STRONG)], [when]


def _time(moment: Moment, since: int, width: int) -> Part:
    return (f"{'for ' if width >= ROOM_FOR_FOR else ''}{moment.since(since)}", "")


def _shared(moment: Moment, process: int) -> bool:
    """More than one thread of the process is alive: they may get in each other's way."""
    threads = 0
    for entity in moment.known():
        alive = moment.state.status[entity.id] not in (Status.EXITED, Status.DONE)
        if entity.process == process and entity.thread == entity.id and alive:
            threads += 1
            if threads > 1:
                return True
    return False


def _gil(moment: Moment, process: int, gil: Gil, width: int) -> list[Row]:
    several = len(moment.state.gils) > 1
    label = fit(f"GIL {moment.face(process).name}", LABEL - 1) if several else "GIL"
    when = _time(moment, gil.since, width)
    if gil.holder:
        face = moment.face(gil.holder)
        room = width - LABEL - 4 - len(when[0]) - 1
        held: list[Part] = [chip(face), (f" {fit(face.name, room)}", STRONG)]
    else:
        held = [("free", MUTED)]
    wanted = bool(gil.waiters or gil.dropper)
    rows = [Row(labelled(label, width, held, [when]), Worth.USUAL)]
    if wanted or _shared(moment, process):
        worth = Worth.ALARM if wanted else Worth.EMPTY
        rows.append(Row(_waiters(moment, gil, width), worth))
    return rows


def _waiters(moment: Moment, gil: Gil, width: int) -> Content:
    def waiter(thread: int) -> list[Part]:
        letter = chip(moment.face(thread), roomy=False)
        if thread == gil.dropper:
            return [letter, (" dropped it", "$waits")]
        asks = " asks" if gil.requested_by == thread else ""
        return [letter, (f" {moment.since(moment.state.since[thread])}", ""), (asks, "$waits")]

    members = [*gil.waiters, *([gil.dropper] if gil.dropper else [])]
    return series("  waiting", width, members, waiter, "nobody")


def _run_queue(moment: Moment, width: int, core: int | None = None) -> Row:
    """The run queue, or that of a core: who waits, and what matters to the policy."""
    state = moment.state

    def queued(thread: int) -> list[Part]:
        letter = chip(moment.face(thread), roomy=False)
        since = moment.since(state.waits_since(thread))
        what = ranking.mark(moment, thread)
        if not what:
            return [letter, (f" {since}", "")]
        waits = f", waits {since}" if width >= _ROOM_FOR_WAITS else ""
        return [letter, (f" {what}", ""), (waits, MUTED)]

    members = list(state.run_queue)
    if core is not None:
        members = [thread for thread in members if state.queue_of.get(thread) == core]
    worth = Worth.USUAL if members else Worth.EMPTY
    label = "run queue" if core is None else "  queue"
    by = ranking.order(moment) if len(members) > 1 and width >= _ROOM_FOR_ORDER else ""
    members = ranking.ordered(moment, members)
    return Row(series(label, width, members, queued, "empty", by), worth)


def _resources(moment: Moment, width: int) -> list[Row]:
    """How each lock, queue, event ... stands, and who waits for it; of many, only those in use."""
    state, resources = moment.state, moment.run.trace.resources
    rows = []
    for number, (kind, name) in enumerate(resources):
        one = state.resources.get(number) or Resource()
        if not (one.holder or one.value or one.waiters) and len(resources) > _MOST_RESOURCES:
            continue
        worth = Worth.USUAL if one.holder or one.value else Worth.EMPTY
        if one.waiters:
            worth = Worth.ALARM if kind in ("lock", "semaphore") else Worth.USUAL
        label = fit(f"{kind} {plain(name, 40)}", LABEL - 1)
        rows.append(Row(_resource(moment, one, kind, label, width), worth))
    return rows


def _resource(moment: Moment, one: Resource, kind: str, label: str, width: int) -> Content:
    def member(who: int) -> list[Part]:
        if not who:
            return [(_VALUES[kind](one.value), STRONG if one.value else MUTED)]
        letter = chip(moment.face(who), roomy=False)
        if who == one.holder:
            return [letter, (" holds it", STRONG)]
        return [letter, (f" waits {moment.since(one.waiters[who])}", "$waits")]

    value = [0] if kind in _VALUES else []
    members = [*value, *([one.holder] if one.holder else []), *one.waiters]
    return series(label, width, members, member, "free" if kind == "lock" else "nobody waits")


_VALUES: Mapping[str, Callable[[int], str]] = {
    "queue": lambda value: f"{value} in it" if value else "empty",
    "semaphore": lambda value: f"{value} left",
    "event": lambda value: "set" if value else "not set",
    "pipe": lambda value: f"{value} in it" if value else "empty",
    "socket": lambda value: f"{value} in it" if value else "empty",
    "pool": lambda value: (
        f"{value} job{'s' if value > 1 else ''} waiting" if value else "none waits"
    ),
}
"""What the value of a resource means; of other kinds it is not shown."""


def _fewer_gils(
    moment: Moment, gils: list[tuple[Gil, list[Row]]], width: int
) -> list[tuple[Gil, list[Row]]]:
    """Only the GILs that somebody waits for; the others are counted."""
    wanted = [(gil, rows) for gil, rows in gils if gil.waiters or gil.dropper]
    calm = len(gils) - len(wanted)
    if not calm:
        return gils
    label, text = "GIL", "nobody waits for it"
    if len(moment.state.gils) > 1:
        label = f"{calm} GIL{'s' if calm > 1 else ''}"
        text = "one per process: nobody waits"
        text = text if width >= LABEL + len(text) else "nobody waits"
    return [*wanted, (Gil(), [Row(labelled(label, width, [(text, MUTED)]), Worth.EMPTY)])]


def _fewer_cores(moment: Moment, cores: list[Row], width: int) -> list[Row]:
    """Only the cores that are in use; the others are counted."""
    free = moment.state.running[: moment.state.online].count(0)
    if free <= 1 or moment.run.trace.queue_per_core:
        return cores
    busy = [row for row in cores if row.worth is not Worth.EMPTY]
    return [*busy, Row(labelled("cores", width, [(f"{free} are free", MUTED)]), Worth.EMPTY)]
