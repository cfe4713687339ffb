"""An event loop now: who is in its hand, who is ready, whose timers run, who is suspended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.state import Status
from schedsim.trace import NEVER, Entity, Reason
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

_NAMES_FROM = 56
"""Columns from which queues show names beside letters."""


class LoopPanel(TextPanel):
    """One event loop: that of the selected lane, or the first."""

    NAME: ClassVar[str] = "loop"
    PLACE: ClassVar[Place] = "top"

    def heading(self, moment: Moment) -> str:
        thread = _loop_in_view(moment)
        if not thread:
            return "event loop"
        several = f" of {moment.home(thread)}/{moment.face(thread).name}"
        where = several if len(moment.state.loops) > 1 else ""
        return f"event loop{where} · pass {moment.state.loops[thread].passes}"

    def wants(self, moment: Moment) -> int:
        return 5 if moment.state.loops else 0

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        thread = _loop_in_view(moment)
        if not thread:
            return []
        tasks = [e for e in moment.known() if e.thread == thread and e.id != thread]
        late, timers = _timers(moment, tasks)
        waiting = _suspended(moment, tasks)
        ready = list(moment.state.loops[thread].ready)

        def queued(task: int) -> list[Part]:
            return _item(moment, task, moment.since(moment.state.waits_since(task)), width)

        def overdue(task: int) -> list[Part]:
            return _item(moment, task, moment.since(moment.state.due[task]), width, "$waits")

        def due(task: int) -> list[Part]:
            left = moment.state.due[task] - moment.at
            return _item(moment, task, f"in {moment.took(left)}", width)

        def row(
            label: str, who: Sequence[int], item: Callable[[int], list[Part]], none: str
        ) -> Row:
            worth = Worth.USUAL if who else Worth.EMPTY
            return Row(series(label, width, who, item, none), worth)

        rows = [
            Row(_thread(moment, thread, width), Worth.ALARM),
            Row(_current(moment, thread, width), Worth.ALARM),
            row("ready", ready, queued, "nobody"),
        ]
        if late:
            rows.append(Row(series("overdue", width, late, overdue), Worth.ALARM))
        if timers or not late:
            rows.append(row("timers", timers, due, "none"))
        rows.append(row("suspended", waiting, queued, "nobody without a timer"))
        return squeeze(rows, width, height)


def _loop_in_view(moment: Moment) -> int:
    """The thread whose loop is shown; 0 if there is none."""
    loops = moment.state.loops
    lane = moment.selected
    thread = 0
    if lane is not None and lane.kind == "core":
        thread = moment.state.running[lane.number]
    elif lane is not None and lane.kind == "gil":
        thread = next((t for t in loops if moment.entity(t).process == lane.number), 0)
    elif lane is not None:
        thread = moment.entity(lane.number).thread
    return thread if thread in loops else next(iter(loops), 0)


def _thread(moment: Moment, thread: int, width: int) -> Content:
    state = moment.state
    status, why, due = state.status[thread], state.why[thread], state.due[thread]
    for_ = f" for {moment.since(state.since[thread])}"
    task = moment.state.loops[thread].current
    says: Part
    if status is Status.RUNNING:
        core = state.core_of[thread]
        says = (f"switching in on core {core}" if state.switching[core] else f"on core {core}", "")
    elif status is Status.RUNNABLE:
        says = (f"waits for a core{for_}", "$waits")
    elif status is Status.EXITED:
        says = ("ended", MUTED)
    elif why is Reason.SELECT:
        until = f", next timer in {moment.took(max(0, due - moment.at))}" if due != NEVER else ""
        says = (f"nothing to do{until}", "")
    elif why is Reason.CALL and task:
        says = (f"blocked by a call in {moment.face(task).name}{for_}", "bold $stuck")
    elif why in (Reason.GIL, Reason.FORCED_SWITCH):
        says = (f"waits for the GIL{for_}", "$waits")
    else:
        says = (f"not there yet{for_}" if status is Status.NEW else f"blocked{for_}", MUTED)
    return labelled("thread", width, [says])


def _current(moment: Moment, thread: int, width: int) -> Content:
    """Whose turn it is: that task runs only while the thread does."""
    state = moment.state
    runs = state.status[thread] is Status.RUNNING and not state.switching[state.core_of[thread]]
    label = "running" if runs else "current"
    task = state.loops[thread].current
    if not task:
        return labelled(label, width, [("no task", MUTED)])
    face = moment.face(task)
    held = moment.since(moment.state.since[task])
    was_away = runs and state.since[thread] > state.since[task]
    brief = f"turn: {held}" if was_away else f"for {held}"
    says = f"has not awaited for {held}" if width >= _NAMES_FROM else brief
    if width < ROOM_FOR_FOR:
        says = held
    room = width - LABEL - 4 - len(says) - 1
    return labelled(label, width, [chip(face), (f" {fit(face.name, room)}", STRONG)], [(says, "")])


def _item(moment: Moment, task: int, text: str, width: int, style: str = "") -> list[Part]:
    face = moment.face(task)
    name = f" {fit(face.name, 14)}" if width >= _NAMES_FROM else ""
    return [chip(face, roomy=False), (name, ""), (f" {text}" if text else "", style)]


def _timers(moment: Moment, tasks: Sequence[Entity]) -> tuple[list[int], list[int]]:
    """Tasks whose timers the loop should have seen by now, and whose run; the next one first."""
    due, status = moment.state.due, moment.state.status
    timed = sorted(
        (due[e.id], e.id)
        for e in tasks
        if due[e.id] != NEVER and status[e.id] in (Status.SUSPENDED, Status.NEW)
    )
    late = [task for when, task in timed if when < moment.at]
    return late, [task for when, task in timed if when >= moment.at]


def _suspended(moment: Moment, tasks: Sequence[Entity]) -> list[int]:
    """Those that wait for something else than time."""
    state = moment.state
    return [
        e.id for e in tasks if state.status[e.id] is Status.SUSPENDED and state.due[e.id] == NEVER
    ]
