"""Where the program of whoever is selected stands: its steps, and the one that is under way."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content

from schedsim.plain import plain
from schedsim.state import Status
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, chip, line
from schedsim.tui.panels.base import Place, TextPanel

_SAYS = {
    Status.NEW: "has not arrived",
    Status.RUNNABLE: "in the run queue",
    Status.RUNNING: "running",
    Status.BLOCKED: "blocked here",
    Status.EXITED: "ended",
    Status.READY: "in the ready queue",
    Status.SUSPENDED: "suspended here",
    Status.DONE: "done",
}


_SKIPPED = "   (skipped: yield is off)"


class ProgramPanel(TextPanel):
    """The steps of the selected lane's thread or task, or of whoever holds the core or GIL."""

    NAME: ClassVar[str] = "program"
    PLACE: ClassVar[Place] = "side"

    def wants(self, moment: Moment) -> int:
        del moment
        return 9

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        who, when = _selected(moment), ""
        if not who:
            who, when = _neighbour(moment)
        if not who:
            return [Content.styled("nobody runs there now", MUTED)]
        face, status = moment.face(who), moment.state.status[who]
        says = f"{when}{_SAYS[status]}"
        lines = [line(width, [chip(face), (f" {face.name}", "bold")], [(f" {says}", MUTED)])]
        listing = moment.entity(who).listing
        if listing is None:
            return [*lines, Content.styled("runs an event loop", MUTED)]
        here = listing.line(moment.state.pc[who])
        ended = status in (Status.EXITED, Status.DONE)
        below = [line(width, [("  ", ""), (each, MUTED)]) for each in _below(moment, who, width)]
        below = below[: max(0, height - 3)]
        room = max(1, height - 1 - len(below))
        top = max(0, min((here or 0) - room // 2, len(listing.lines) - room))
        skips = who in moment.state.unyielding
        for number in range(top, min(top + room, len(listing.lines))):
            text = plain(listing.lines[number], 200)
            if skips and text.strip() == "yield":
                text += _SKIPPED
            if number == here and not ended:
                style = "bold" if status is Status.RUNNING else ""
                lines.append(line(width, [("› ", "bold $accent"), (text, style)]))
            else:
                lines.append(line(width, [("  ", ""), (text, MUTED)]))
        return [*lines, *below]


def _below(moment: Moment, who: int, width: int) -> list[str]:
    """What is to be said below the program: what is kept of it, or how it failed."""
    status = moment.state.status[who]
    told = moment.run.trace.failures.get(who, "")
    if told and status in (Status.EXITED, Status.DONE):
        return [plain(each, 200) for each in told.splitlines()[-2:]]
    if status not in (Status.SUSPENDED, Status.READY, Status.BLOCKED, Status.RUNNABLE):
        return []
    kept = moment.run.trace.kept.get(who, {}).get(moment.state.pc[who])
    return textwrap.wrap(plain(kept, 200), max(20, width - 2), max_lines=3) if kept else []


def _selected(moment: Moment) -> int:
    lane = moment.selected
    if lane is None:
        return 0
    if lane.kind == "core":
        thread = moment.state.running[lane.number]
    elif lane.kind == "gil":
        gil = moment.state.gils.get(lane.number)
        thread = gil.holder if gil else 0
    else:
        return lane.number if lane.number < len(moment.state.status) else 0
    return moment.in_hand(thread) if thread else 0


def _neighbour(moment: Moment) -> tuple[int, str]:
    """Who had the free core last, or else will have it next; and which of both."""
    lane, history = moment.selected, moment.run.history
    if lane is None or lane.kind != "core":
        return 0, ""
    rows = history.rows_on(lane.number)
    row = history.preceding(rows, moment.step)
    if row is not None:
        return history.state_at(row).running[lane.number], "was last, "
    if moment.hides_future:
        return 0, ""
    row = history.following(rows, moment.step - 1)
    who = 0 if row is None else moment.run.trace.row(row).subject
    return (who if who < len(moment.state.status) else 0), "is next, "
