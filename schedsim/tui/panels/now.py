"""Who holds each core, GIL and lock now, since when, and who queues for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.plain import plain
from schedsim.state import Gil, Status
from schedsim.tui import ranking
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, STRONG, Part, Row, Worth, chip, fit, squeeze, wide
from schedsim.tui.panels.base import Place, TextPanel
from schedsim.tui.panels.resources import MOST, resource_labels, resources
from schedsim.tui.panels.rows import ARROW, Rows, label_width

_ROOM_FOR_STEP = 56
"""Columns from which there is room to say what a thread is doing."""
_ROOM_FOR_WAITS = 90
"""Columns from which it is said how long somebody waits even if that does not matter."""
_ROOM_FOR_ORDER = 48
"""Columns from which there is room to say by what the run queue is in order."""


class NowPanel(TextPanel):
    """Cores, GILs, what is shared, and run queues."""

    NAME: ClassVar[str] = "now"
    PLACE: ClassVar[Place] = "top"

    def heading(self, moment: Moment) -> str:
        cores = moment.state.online
        gil = "" if moment.has_gil else " · no GIL"
        policy = plain(moment.state.policy.name.replace("_", " "), 30)
        return f"now · {policy} · {cores} core{'s' if cores > 1 else ''}{gil}"

    def wants(self, moment: Moment) -> int:
        shared = sum(_shared(moment, process) for process in moment.state.gils)
        lone = min(1, len(moment.state.gils) - shared)
        shared_things = min(MOST, len(moment.run.trace.resources))
        cores = moment.state.online
        queues = cores if moment.run.trace.queue_per_core else 1
        return cores + queues + 2 * shared + lone + shared_things

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        label = label_width([*resource_labels(moment), *_gil_labels(moment)], width)
        rows = Rows(moment, width, moment.moves(), label)
        cores = _cores(rows)
        gils = [
            (gil, _gil(rows, process, gil))
            for process, gil in moment.state.gils.items()
            if moment.has_gil  # else those who waited are about to wake
        ]
        shared = resources(rows)
        room = height - 1 - len(shared)
        if len(gils) > 1 or len(cores) + sum(len(lines) for _, lines in gils) > room:
            gils = _fewer_gils(rows, gils)
        if len(cores) + sum(len(lines) for _, lines in gils) > room:
            cores = _fewer_cores(rows, cores)
        found = [*cores, *(line for _, lines in gils for line in lines), *shared]
        if not moment.run.trace.queue_per_core:
            found.append(_run_queue(rows))
        return squeeze(found, width, height)


def _cores(rows: Rows) -> list[Row]:
    """The cores; where they have run queues of their own, each with its queue."""
    moment, state = rows.moment, rows.moment.state
    found = []
    for number, thread in enumerate(state.running):
        if number >= state.online and not thread:
            continue
        worth = Worth.USUAL if thread else Worth.EMPTY
        found.append(Row(_core(rows, number), worth))
        if moment.run.trace.queue_per_core:
            found.append(_run_queue(rows, number))
    return found


def _core(rows: Rows, number: int) -> Content:
    moment, state = rows.moment, rows.moment.state
    label = f"core {number}"
    thread = state.running[number]
    if not thread:
        since = rows.since(state.core_since[number])
        return rows.line(label, [("free", MUTED)], [(since, "")])
    if state.switching[number]:
        since = rows.came(thread, rows.since(state.core_since[number]))
        seat = rows.seat(thread)
        says = "switching to "
        if wide([(says, ""), *seat, (moment.face(thread).name, "")]) + len(since) > rows.room - 2:
            says = "switch to "
        return rows.named(label, thread, [(says, "$stuck"), *seat], since)
    return rows.line(label, *_holder(rows, thread))


def _holder(rows: Rows, thread: int) -> tuple[list[Part], list[Part]]:
    """Who runs there: a task does since its turn began, but not while its thread was away."""
    moment = rows.moment
    since, who = moment.state.since, moment.in_hand(thread)
    mover = thread if thread in rows.moves.who else who
    moved = [ARROW] if mover in rows.moves.who else []
    when: Part = (rows.came(mover, rows.since(max(since[who], since[thread]))), "")
    seat = [*moved, chip(moment.face(who))]
    gained = ranking.lent(moment, thread)
    right: list[Part] = [(f"  {gained}  ", "$waits")] if gained else []
    step = moment.doing(who)
    name = moment.face(who).name
    room = rows.room - wide(seat) - 1 - wide([when]) - 1
    if step and rows.width >= _ROOM_FOR_STEP:
        what = ranking.mark(moment, thread) if ranking.order(moment) and not gained else ""
        right += [(f"  {what}  ", MUTED)] if what else []
        name = fit(name, max(8, room - len(step) - 2 - wide(right)))
        return [*seat, (f" {name}", STRONG), (f"  {step}", MUTED)], [*right, when]
    return [*seat, (f" {fit(name, room - wide(right))}", STRONG)], [*right, when]


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


def _gil_labels(moment: Moment) -> list[str]:
    gils = moment.state.gils
    return [f"GIL {moment.face(process).name}" for process in gils] if len(gils) > 1 else []


def _gil(rows: Rows, process: int, gil: Gil) -> list[Row]:
    moment = rows.moment
    several = len(moment.state.gils) > 1
    label = f"GIL {moment.face(process).name}" if several else "GIL"
    label = fit(label, rows.label - 1)
    when = rows.since(gil.since)
    if gil.holder:
        if gil.holder == rows.moves.took:
            when = "took it"
        row = rows.named(label, gil.holder, rows.holds(gil.holder, roomy=True), when)
    else:
        row = rows.line(label, [("free", MUTED)], [(when, "")])
    wanted = bool(gil.waiters or gil.dropper)
    found = [Row(row, Worth.USUAL)]
    if wanted or _shared(moment, process):
        worth = Worth.ALARM if wanted else Worth.EMPTY
        found.append(Row(_waiters(rows, gil), worth))
    return found


def _waiters(rows: Rows, gil: Gil) -> Content:
    def waiter(thread: int) -> list[Part]:
        seat = rows.seat(thread)
        if thread == gil.dropper:
            return [*seat, (" dropped it", "$waits")]
        asks = " asks" if gil.requested_by == thread else ""
        since = rows.came(thread, rows.moment.since(rows.moment.state.since[thread]))
        return [*seat, (f" {since}", ""), (asks, "$waits")]

    members = [*gil.waiters, *([gil.dropper] if gil.dropper else [])]
    return rows.series("  waiting", members, waiter, "nobody")


def _run_queue(rows: Rows, core: int | None = None) -> Row:
    """The run queue, or that of a core: who waits, and what matters to the policy."""
    moment, state, width = rows.moment, rows.moment.state, rows.width

    def queued(thread: int) -> list[Part]:
        seat = rows.seat(thread)
        since = rows.came(thread, moment.since(state.waits_since(thread)))
        what = ranking.lent(moment, thread) or ranking.mark(moment, thread)
        if not what:
            return [*seat, (f" {since}", "")]
        waits = "" if thread in rows.moves.who else "waits "
        waits = f", {waits}{since}" if width >= _ROOM_FOR_WAITS else ""
        return [*seat, (f" {what}", ""), (waits, MUTED)]

    members = list(state.run_queue)
    if core is not None:
        members = [thread for thread in members if state.queue_of.get(thread) == core]
    worth = Worth.USUAL if members else Worth.EMPTY
    label = "run queue" if core is None else "  queue"
    by = ranking.order(moment) if len(members) > 1 and width >= _ROOM_FOR_ORDER else ""
    members = ranking.ordered(moment, members)
    return Row(rows.series(label, members, queued, "empty", by), worth)


def _fewer_gils(rows: Rows, gils: list[tuple[Gil, list[Row]]]) -> list[tuple[Gil, list[Row]]]:
    """Only the GILs that somebody waits for; the others are counted."""
    wanted = [(gil, lines) for gil, lines in gils if gil.waiters or gil.dropper]
    calm = len(gils) - len(wanted)
    if not calm:
        return gils
    label, text = "GIL", "nobody waits for it"
    if len(rows.moment.state.gils) > 1:
        label = f"{calm} GIL{'s' if calm > 1 else ''}"
        text = "one per process: nobody waits"
        text = text if rows.room >= len(text) else "nobody waits"
    return [*wanted, (Gil(), [Row(rows.line(label, [(text, MUTED)]), Worth.EMPTY)])]


def _fewer_cores(rows: Rows, cores: list[Row]) -> list[Row]:
    """Only the cores that are in use; the others are counted."""
    moment = rows.moment
    free = moment.state.running[: moment.state.online].count(0)
    if free <= 1 or moment.run.trace.queue_per_core:
        return cores
    busy = [row for row in cores if row.worth is not Worth.EMPTY]
    return [*busy, Row(rows.line("cores", [(f"{free} are free", MUTED)]), Worth.EMPTY)]
