"""Where the program of whoever is selected stands, what is kept of it, and for whom it waits.

The text with its marks is :mod:`schedsim.tui.code`; who waits for whom is :mod:`schedsim.causes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content

from schedsim.plain import plain
from schedsim.state import Status
from schedsim.trace import NEVER, Reason, Role
from schedsim.tui.code import Stand, code, colour, coloured, frames, is_file, is_python
from schedsim.tui.mentions import lettered
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, chip, cut, line, pad
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
_OVER = (Status.EXITED, Status.DONE)
_SKIPPED = "   (skipped: yield is off)"
_ROOM_FOR_STACK = 14
"""Lines from which each frame has one of its own."""
_FUNCTION = 20


class ProgramPanel(TextPanel):
    """The steps of the selected lane's thread or task, or of whoever holds the core or GIL.

    A thread that runs an event loop shows the task that it has in hand.
    """

    NAME: ClassVar[str] = "program"
    PLACE: ClassVar[Place] = "side"

    def wants(self, moment: Moment) -> int:
        del moment
        return 9

    def show(self, moment: Moment) -> None:
        super().show(moment)
        who = _at_work(moment, moment.subject())
        entity = moment.entity(who)
        if is_python(entity) and entity.listing is not None and not coloured(entity.listing):
            self.call_after_refresh(self._colour)

    def _colour(self) -> None:
        """Colour the Python that is shown, now that the picture is there."""
        moment = self.moment
        if moment is None or not self.display:
            return
        listing = moment.entity(_at_work(moment, moment.subject())).listing
        if listing is not None and not coloured(listing):
            colour(listing)
            self._redraw()

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        who, when = moment.subject(), ""
        if not who:
            who, when = _neighbour(moment)
        if not who:
            return [Content.styled("nobody runs there now", MUTED)]
        lines = [_head(moment, who, when, width)]
        entity = moment.entity(who)
        if entity.listing is None:
            lines.extend(_of_loop(moment, who, width)[: max(1, height - 3)])
            who = _at_work(moment, who)
            entity = moment.entity(who)
        below = _below(moment, who, width, roomy=height >= _ROOM_FOR_STACK)
        room = height - len(lines)
        if entity.listing is not None:
            least = min(len(entity.listing.lines), max(1, room // 2))
            below = cut(below, max(0, room - least))
            stand = _stand(moment, who)
            numbers = is_file(entity)
            shown = code(entity.listing, stand, width, room - len(below), numbers=numbers)
            lines.extend(shown)
        return [*lines, *below][:height]


def _head(moment: Moment, who: int, when: str, width: int) -> Content:
    """Who it is, and how it is."""
    face, status = moment.face(who), moment.state.status[who]
    says = _SAYS[status]
    entity = moment.entity(who)
    if entity.loop and status is Status.BLOCKED:
        says = "blocked"
    thread = moment.state.status[entity.thread] if entity.role is Role.TASK else status
    if status is Status.RUNNING and thread is not Status.RUNNING:
        says = "in hand, not running"
    return line(width, [chip(face), (f" {face.name}", "bold")], [(f" {when}{says}", MUTED)])


def _at_work(moment: Moment, who: int) -> int:
    """Whose program is to be shown: of a thread with a loop, the task that this has in hand."""
    if who and moment.entity(who).listing is None:
        return moment.in_hand(who)
    return who


def _of_loop(moment: Moment, thread: int, width: int) -> list[Content]:
    """What an event loop has in hand, or how it stands."""
    loop = moment.state.loops.get(thread)
    flavour = moment.entity(thread).loop
    if loop is None:
        return [line(width, [("runs an event loop", MUTED)])]
    if loop.current:
        face = moment.face(loop.current)
        parts = [("its loop has ", MUTED), chip(face, roomy=False), (f" {face.name}", "")]
        return [line(width, [*parts, (" in hand", MUTED)])]
    runs = f"its loop ({flavour}) has nobody in hand"
    lines = [line(width, [(runs, MUTED)])]
    ready = [moment.face(task).name for task in loop.ready]
    if ready:
        lines.append(line(width, [("ready: ", MUTED), (", ".join(ready), "")]))
    suspended = [
        (moment.state.due[e.id], e.id)
        for e in moment.known()
        if e.thread == thread and moment.state.status[e.id] is Status.SUSPENDED
    ]
    dues = sorted(each for each in suspended if each[0] != NEVER)
    if dues:
        due, task = dues[0]
        when = "due since" if due < moment.at else "next timer:"
        text = f"{when} {moment.took(due)}, of {moment.face(task).name}"
        lines.append(line(width, [(text, MUTED)]))
    if suspended:
        lines.append(line(width, [(f"suspended: {len(suspended)}", MUTED)]))
    return lines


def _stand(moment: Moment, who: int) -> Stand:
    """Where it stands in its program."""
    entity, status = moment.entity(who), moment.state.status[who]
    assert entity.listing is not None, "it has a program"
    at_work = status is Status.RUNNING and moment.state.status[entity.thread] is Status.RUNNING
    outer = [frame.line - 1 for frame in frames(_kept(moment, who))] if is_file(entity) else []
    return Stand(
        entity.listing.line(moment.state.pc[who]),
        at_work,
        status in _OVER,
        outer,
        _SKIPPED if who in moment.state.unyielding else "",
    )


def _kept(moment: Moment, who: int) -> str:
    """What is kept of it while it does not run, in words."""
    if moment.state.status[who] in (Status.NEW, Status.RUNNING, *_OVER):
        return ""
    return moment.run.trace.kept.get(who, {}).get(moment.state.pc[who], "")


def _below(moment: Moment, who: int, width: int, *, roomy: bool) -> list[Content]:
    """What is to be said below the program: how it failed; or for whom it waits, what is kept."""
    status, history = moment.state.status[who], moment.run.history
    if status in (Status.NEW, *_OVER):
        told = moment.run.trace.failures.get(who, "") if status in _OVER else ""
        return [_indented(plain(each, 200), width) for each in told.splitlines()[-2:]]
    foresee = not moment.hides_future
    if moment.state.why[who] is Reason.SELECT and status is Status.BLOCKED:
        return []  # what its loop waits for has been said
    from schedsim import causes

    links = causes.awaits(history, moment.state, who, moment.at, foresee=foresee)
    lines: list[Content] = []
    if len(links) > 1 or links[0].status is not Status.RUNNING:
        said = causes.told(history, links)
        for number, text in enumerate((said.headline, *said.details)):
            sentence = lettered(text, said.mentions[number], moment.cast, "")
            wrapped = sentence.wrap(max(12, width - 2))
            lines.extend(Content.assemble("  ", each) for each in wrapped)
    return [*lines, *_of_kept(moment, who, width, roomy=roomy)]


def _of_kept(moment: Moment, who: int, width: int, *, roomy: bool) -> list[Content]:
    """What is kept of it: a line for each frame where there is room, else a sentence."""
    kept = plain(_kept(moment, who), 200)
    if not kept:
        return []
    stack, listing = frames(kept), moment.entity(who).listing
    if not (roomy and stack and listing and is_file(moment.entity(who))):
        wrapped = Content.styled(kept, MUTED).wrap(max(12, width - 2))[:3]
        return [Content.assemble("  ", each) for each in wrapped]
    order = ", the outermost first" if len(stack) > 1 else ""
    says = f"{kept.partition(':')[0]}{order}:"
    wrapped = Content.styled(says, MUTED).wrap(max(12, width - 2))
    lines = [Content.assemble("  ", each) for each in wrapped]
    names = min(_FUNCTION, max(cell_len(frame.function) for frame in stack))
    for frame in stack:
        text = listing.lines[frame.line - 1] if frame.line <= len(listing.lines) else ""
        name = pad(frame.function, names)
        says = f"{name} {frame.line:>4}  {plain(text, 200).strip()}"
        lines.append(line(width, [("    ", ""), (says, "")]))
    return lines


def _indented(text: str, width: int) -> Content:
    return line(width, [("  ", ""), (text, MUTED)])


_LOOKS_ON = 2_000
"""Rows after the playhead that are looked through: a free core has somebody before that."""


def _neighbour(moment: Moment) -> tuple[int, str]:
    """Who had the free core last, or else will have it next; and which of both."""
    lane, history = moment.selected, moment.run.history
    if lane is None or lane.kind != "core":
        return 0, ""
    row = history.preceding(history.rows_on(lane.number, moment.step), moment.step)
    if row is not None:
        return history.state_at(row).running[lane.number], "was last, "
    if moment.hides_future:
        return 0, ""
    row = history.following(history.rows_on(lane.number, moment.step + _LOOKS_ON), moment.step - 1)
    who = 0 if row is None else moment.run.trace.row(row).subject
    return (who if who < len(moment.state.status) else 0), "is next, "
