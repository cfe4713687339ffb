"""An event loop now: who is in its hand, who is ready, whose timers run, who is suspended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.plain import plain
from schedsim.state import Status
from schedsim.trace import NEVER, Entity, Reason
from schedsim.tui.moment import Moment
from schedsim.tui.paint import LABEL, MUTED, ROOM_FOR_FOR, Part, Row, Worth, fit, labelled, squeeze
from schedsim.tui.panels.base import Place, TextPanel
from schedsim.tui.panels.rows import Rows
from schedsim.why.bodies import body

_AWAITED = {Reason.JOIN: "others to end", Reason.AWAIT: "a result", Reason.IO: "a device"}
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
        rows = Rows(moment, width, moment.moves())
        tasks = [e for e in moment.known() if e.thread == thread and e.id != thread]
        late, timers = _timers(moment, tasks)
        ready = list(moment.state.loops[thread].ready)

        def queued(task: int) -> list[Part]:
            return _item(rows, task, moment.since(moment.state.waits_since(task)))

        def overdue(task: int) -> list[Part]:
            return _item(rows, task, moment.since(moment.state.due[task]), "$waits")

        def due(task: int) -> list[Part]:
            return _item(rows, task, f"in {moment.took(moment.state.due[task] - moment.at)}")

        def row(
            label: str, who: Sequence[int], item: Callable[[int], list[Part]], none: str
        ) -> Row:
            worth = Worth.USUAL if who else Worth.EMPTY
            return Row(rows.series(label, who, item, none), worth)

        found = [
            Row(_thread(moment, thread, width), Worth.ALARM),
            Row(_current(rows, thread), Worth.ALARM),
            row("ready", ready, queued, "nobody"),
        ]
        if late:
            found.append(Row(rows.series("overdue", late, overdue), Worth.ALARM))
        if timers or not late:
            found.append(row("timers", timers, due, _no_sleeps(moment, thread)))
        found += _suspended(rows, tasks, height - len(found))
        return squeeze(found, width, height)


def _loop_in_view(moment: Moment) -> int:
    """The thread whose loop is shown; 0 if there is none."""
    loops = moment.state.loops
    lane = moment.selected
    thread = 0
    if lane is not None and lane.kind == "core":
        running = moment.state.running  # a core may have come later
        thread = running[lane.number] if lane.number < len(running) else 0
    elif lane is not None and lane.kind == "gil":
        thread = next((t for t in loops if moment.entity(t).process == lane.number), 0)
    elif lane is not None:
        thread = moment.entity(lane.number).thread
    return thread if thread in loops else next(iter(loops), 0)


def _thread(moment: Moment, thread: int, width: int) -> Content:
    state = moment.state
    status, why, due = state.status[thread], state.why[thread], state.due[thread]
    since = moment.since(state.since[thread])
    for_ = f" for {since}"
    task = moment.state.loops[thread].current
    says: Part
    if status is Status.RUNNING:
        core = state.core_of[thread]
        says = (f"switching in on core {core}" if state.switching[core] else f"on core {core}", "")
    elif status is Status.RUNNABLE:
        says = (_waits("a core", since, width), "$waits")
    elif status is Status.EXITED:
        says = ("ended", MUTED)
    elif why is Reason.SELECT:
        until = f", next timer in {moment.took(max(0, due - moment.at))}" if due != NEVER else ""
        text = f"nothing to do{until}"
        says = (text if len(text) <= width - LABEL else "nothing to do", "")
    elif why is Reason.CALL and task:
        text = f"blocked by a call in {moment.face(task).name}{for_}"
        says = (text if len(text) <= width - LABEL else f"blocked by a call{for_}", "bold $stuck")
    elif why in (Reason.GIL, Reason.FORCED_SWITCH):
        says = (_waits("the GIL", since, width), "$waits")
    else:
        says = (f"not there yet{for_}" if status is Status.NEW else f"blocked{for_}", MUTED)
    return labelled("thread", width, [says])


def _waits(what: str, since: str, width: int) -> str:
    """For what, and how long: that must not be cut off."""
    text = f"waits for {what} for {since}"
    return text if len(text) <= width - LABEL else f"waits for {what}, {since}"


def _current(rows: Rows, thread: int) -> Content:
    """Whose turn it is: that task runs only while the thread does."""
    moment, state, width = rows.moment, rows.moment.state, rows.width
    runs = state.status[thread] is Status.RUNNING and not state.switching[state.core_of[thread]]
    label = "running" if runs else "current"
    task = state.loops[thread].current
    if not task:
        return labelled(label, width, [("no task", MUTED)])
    held = moment.since(moment.state.since[task])
    was_away = runs and state.since[thread] > state.since[task]
    brief = f"turn: {held}" if was_away else f"for {held}"
    words = body(moment.run.trace, moment.entity(task))
    says = f"has not {words.briefly} for {held}" if width >= _NAMES_FROM else brief
    if width < ROOM_FOR_FOR:
        says = held
    return rows.named(label, task, rows.seat(task, roomy=True), rows.came(task, says))


def _item(rows: Rows, task: int, text: str, style: str = "") -> list[Part]:
    moment = rows.moment
    name = f" {fit(moment.face(task).name, 14)}" if rows.width >= _NAMES_FROM else ""
    text = rows.came(task, text)
    return [*rows.seat(task), (name, ""), (f" {text}" if text else "", style)]


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


def _no_sleeps(moment: Moment, thread: int) -> str:
    """What is said of timers where no task sleeps: the loop may wait for that of a timeout."""
    state = moment.state
    if state.why[thread] is not Reason.SELECT or state.due[thread] == NEVER:
        return "none"
    return f"a timeout's or callback's in {moment.took(max(0, state.due[thread] - moment.at))}"


def _suspended(rows: Rows, tasks: Sequence[Entity], room: int) -> list[Row]:
    """Those that wait for something else than time, by what that is; in one row if need be."""
    moment, state = rows.moment, rows.moment.state
    groups: dict[str, list[int]] = {}
    for task in tasks:
        if state.status[task.id] is Status.SUSPENDED and state.due[task.id] == NEVER:
            groups.setdefault(_awaits(moment, task.id), []).append(task.id)

    def item(task: int) -> list[Part]:
        return _item(rows, task, moment.since(state.since[task]))

    def grouped(member: tuple[str, int]) -> list[Part]:
        what, task = member
        return [(f"{what}: ", MUTED), *item(task)] if what else item(task)

    if not groups:
        return [Row(rows.series("suspended", [], item, "nobody without a timer"), Worth.EMPTY)]
    lines = [
        [(what if not n else "", task) for n, task in enumerate(group)]
        for what, group in groups.items()
    ]
    if len(lines) > room:
        lines = [[member for line in lines for member in line]]
    labels = ["suspended", *[""] * len(lines)]
    return [
        Row(rows.series(label, line, grouped), Worth.USUAL)
        for label, line in zip(labels, lines, strict=False)
    ]


def _awaits(moment: Moment, task: int) -> str:
    """What a suspended task waits for, in a few words."""
    state = moment.state
    number = state.waits_for.get(task)
    if number is not None:
        kind, name = moment.run.trace.resources[number]
        return f"{kind} {plain(name, 20)}"
    return _AWAITED.get(state.why[task], "")
