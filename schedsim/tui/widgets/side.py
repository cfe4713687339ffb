"""One of several runs side by side: what it is, who holds what now, and its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from schedsim.timeline import LaneId
from schedsim.tui.glyphs import BOOKMARK
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, STRONG, Part, chip, fit, line, wide
from schedsim.tui.side_by_side import NOBODY, SWITCHES, Side, ended, holders
from schedsim.tui.widgets.gantt import Gantt

_NAME = 14
_AROUND = 5
"""Lines of a frame, of what is now, of the timeline's axis and legend."""


class SidePanel(Vertical):
    """A frame with a line about now above a :class:`Gantt`."""

    @dataclass
    class Pick(Message):
        """The user selects a lane of this side."""

        side: int
        lane: LaneId

    class Resized(Message):
        """There is room for more columns than before, or for fewer."""

    def __init__(self, side: Side, number: int) -> None:
        super().__init__(id=f"side-{number}", classes="panel side")
        self.border_title = Content(side.title)
        self.number = number
        self.gantt = Gantt({BOOKMARK: "they part"})
        self._now = Static(classes="side-now", markup=False)
        self._moment: Moment | None = None

    def compose(self) -> ComposeResult:
        yield self._now
        yield self.gantt

    @property
    def wants(self) -> int:
        """How many lines it would like to have, frame and all."""
        return len(self._moment.rows) + _AROUND if self._moment else _AROUND

    def show(self, moment: Moment) -> None:
        """Show this moment."""
        self._moment = moment
        self.gantt.show(moment)
        self._redraw()

    @on(Gantt.Pick)
    @on(Gantt.Fold)  # nothing is folded here: the lanes of all runs stand beside each other
    def pick(self, message: Gantt.Pick | Gantt.Fold) -> None:
        """Say whose lane it is."""
        message.stop()
        self.post_message(self.Pick(self.number, message.lane))

    def on_resize(self) -> None:
        self._redraw()
        self.post_message(self.Resized())

    def _redraw(self) -> None:
        width = self._now.content_size.width
        if self._moment is not None and width:
            self._now.update(now_line(self._moment, width), layout=False)


def now_line(moment: Moment, width: int) -> Content:
    """Who holds each core and GIL, and for how long, as far as there is room."""
    if ended(moment):
        at = moment.took(moment.run.trace.end)
        return line(width, [("over", "bold $success"), (f" since {at}", "")])
    if moment.at >= moment.run.trace.end:
        at = moment.took(moment.run.trace.end)
        return line(width, [("stopped", "bold $warning"), (f" at {at}, with more to come", "")])
    held = [_held(moment, *each) for each in holders(moment)]
    shown: list[Part] = []
    for number, parts in enumerate(held):
        left = len(held) - number
        between: list[Part] = [("   ", "")] if shown else []
        more = f"  and {left} more"
        if shown and wide(shown) + wide(parts) + 3 > width - (len(more) if left > 1 else 0):
            return line(width, [*shown, (more, MUTED)])
        shown = [*shown, *between, *parts]
    return line(width, shown)


def _held(moment: Moment, what: str, who: int, since: int) -> Sequence[Part]:
    took = f" {moment.since(since)}"
    if who == NOBODY:
        return [(f"{what} ", MUTED), ("free", MUTED), (took, MUTED)]
    if who == SWITCHES:
        return [(f"{what} ", MUTED), ("switching", "$stuck"), (took, MUTED)]
    face = moment.face(who)
    named = (f" {fit(face.name, _NAME)}", STRONG)
    return [(f"{what} ", MUTED), chip(face, roomy=False), named, (took, "")]
