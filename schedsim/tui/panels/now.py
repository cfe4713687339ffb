"""Who holds each core and each GIL now, since when, and who queues for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.state import Gil, Status
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
)
from schedsim.tui.panels.base import Place, TextPanel

_ROOM_FOR_STEP = 56
"""Columns from which there is room to say what a thread is doing."""


class NowPanel(TextPanel):
    """Cores, GILs and the run queue."""

    NAME: ClassVar[str] = "now"
    PLACE: ClassVar[Place] = "top"

    def heading(self, moment: Moment) -> str:
        cores = moment.run.trace.cores
        gil = "GIL on" if moment.run.scenario.python.gil else "no GIL"
        return f"now · {cores} core{'s' if cores > 1 else ''} · {gil}"

    def wants(self, moment: Moment) -> int:
        shared = sum(_shared(moment, process) for process in moment.state.gils)
        lone = min(1, len(moment.state.gils) - shared)
        return len(moment.state.running) + 2 * shared + lone + 1

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        cores = _cores(moment, width)
        gils = [
            (gil, _gil(moment, process, gil, width)) for process, gil in moment.state.gils.items()
        ]
        room = height - 1
        if len(gils) > 1 or len(cores) + sum(len(rows) for _, rows in gils) > room:
            gils = _fewer_gils(moment, gils, width)
        if len(cores) + sum(len(rows) for _, rows in gils) > room:
            cores = _fewer_cores(moment, cores, width)
        rows = [*cores, *(row for _, rows in gils for row in rows), _run_queue(moment, width)]
        return squeeze(rows, width, height)


def _cores(moment: Moment, width: int) -> list[Row]:
    return [
        Row(_core(moment, number, width), Worth.USUAL if thread else Worth.EMPTY)
        for number, thread in enumerate(moment.state.running)
    ]


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
        name = fit(face.name, max(8, room - len(step) - 2))
        return [*left, (f" {name}", STRONG), (f"  {step}", MUTED)], [when]
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


def _run_queue(moment: Moment, width: int) -> Row:
    def queued(thread: int) -> list[Part]:
        since = moment.since(moment.state.waits_since(thread))
        return [chip(moment.face(thread), roomy=False), (f" {since}", "")]

    members = list(moment.state.run_queue)
    worth = Worth.USUAL if members else Worth.EMPTY
    return Row(series("run queue", width, members, queued, "empty"), worth)


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
    free = moment.state.running.count(0)
    if free <= 1:
        return cores
    busy = [row for row in cores if row.worth is not Worth.EMPTY]
    return [*busy, Row(labelled("cores", width, [(f"{free} are free", MUTED)]), Worth.EMPTY)]
