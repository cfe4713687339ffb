"""The critical path as a table, from which one can go to any of its stretches.

How it is found: see :mod:`schedsim.causes.path`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from schedsim.causes import Deed, Path, Stretch, critical_path
from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.state import Status
from schedsim.timeline import LaneId
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, STRONG, Part, chip, fit, pad
from schedsim.tui.screens.dialog import Dialog
from schedsim.tui.widgets.choice import choice

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen

_MOST = 400
"""Stretches in the table: of more, the longest."""
_LEAST_LINES, _OTHER_LINES = 4, 10
_WIDTH, _BESIDE = 78, 7
"""Columns of the dialog (see app.tcss), and those of them that are no text of the table's."""
_LEAST_ROOM = 12
_WIDEST_NAME = 14
_MOST_NAMES = 3


class PathScreen(Dialog[Stretch | None]):
    """Shows the path of the whole run, or of one thread or task; gives the stretch to go to.

    Args:
        player: whose run it is; its timeline is marked.
        who: the thread or task that is selected, 0 for none.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "close", "Close"),
        ("C,c", "clear", "Take the marks away"),
        ("tab,r", "other", "The run, or the one that is selected"),
    ]
    AUTO_FOCUS = "#stretches"
    ENTER = "Go to where it begins"

    def __init__(self, player: PlayerScreen, who: int) -> None:
        super().__init__()
        self.player = player
        self.chosen = who
        self.who = who
        self.shown: Sequence[Stretch] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="path", classes="dialog") as dialog:
            dialog.border_title = Content("critical path")
            yield Static(id="totals", markup=False)
            yield OptionList(id="stretches")
            with Horizontal(classes="choices"):
                yield choice("enter goes", "choose")
                if self.chosen:
                    yield choice("tab run/own", "other")
                yield choice("C unmarks", "clear")
                yield choice("esc closes", "close")

    def on_mount(self) -> None:
        self._fill()

    def on_resize(self) -> None:
        """Let the table leave room for what is above and below it."""
        lines = max(_LEAST_LINES, self.size.height - _OTHER_LINES)
        self.query_one("#stretches").styles.max_height = lines

    def _fill(self) -> None:
        session = self.player.session
        found = critical_path(session.run.history, self.who)
        self.shown = _longest(found.stretches)
        session.marked = marks(session.moment, found)
        self.player.show()
        name = session.cast[self.who].name if self.who else "the run"
        self.query_one("#path").border_title = Content(f"critical path of {name}")
        self.query_one("#totals", Static).update(self._totals(found))
        listed = self.query_one("#stretches", OptionList)
        listed.clear_options()
        widths = self._widths()
        listed.add_options([Option(self._row(each, widths)) for each in self.shown])
        if self.shown:
            here = [n for n, each in enumerate(self.shown) if each.start <= session.at]
            listed.highlighted = here[-1] if here else 0

    def _totals(self, found: Path) -> Content:
        session, moment = self.player.session, self.player.session.moment
        if not found.stretches:
            return Content("It took no time: nothing can have made it longer.")
        last = found.stretches[-1]
        who = moment.face(last.who).name
        ends = f"These stretches, one after the other, made {who} end at {moment.took(last.end)}."
        history = session.run.history
        over = history.state_at(len(session.trace)).status[last.who] in (Status.EXITED, Status.DONE)
        if not over:  # in a deadlock, or where the run was to stop
            stops = f"the run stops at {moment.took(last.end)}"
            ends = f"{who} has not ended when {stops}. One after the other, these led there."
        if not session.run.trace.complete:
            ends = f"Up to {moment.took(last.end)}, as far as the run has been executed."
        shares = [
            f"{deed.value} {moment.took(took)} ({round(100 * took / found.length)} %)"
            for deed, took in found.totals().items()
        ]
        lines = [(f"{ends}\n", STRONG), (f"{', '.join(shares)}.\n", "")]
        left = len(found.stretches) - len(self.shown)
        if left:
            lines.append(
                (f"The {len(self.shown)} longest; {left} shorter ones are left out.\n", "")
            )
        columns = ("from", "to", "took", "who")
        head = "".join(map(pad, columns, self._widths()))
        return Content.assemble(*lines, (f"{head}what", MUTED))

    def _times(self, stretch: Stretch) -> list[str]:
        took = self.player.session.moment.took
        return [took(each) for each in (stretch.start, stretch.end, stretch.end - stretch.start)]

    def _widths(self) -> list[int]:
        """Of the columns that stand before what it was: as much as they need."""
        moment = self.player.session.moment
        times = [self._times(each) for each in self.shown]
        wide = [max((len(each[n]) for each in times), default=0) + 2 for n in range(3)]
        names = [cell_len(moment.face(each.who).name) for each in self.shown]
        return [*(max(6, each) for each in wide), min(_WIDEST_NAME, max(names, default=0)) + 4]

    def _row(self, stretch: Stretch, widths: Sequence[int]) -> Content:
        moment = self.player.session.moment
        when: list[Part] = [
            (pad(text, width), "")
            for text, width in zip(self._times(stretch), widths, strict=False)
        ]
        face = moment.face(stretch.who)
        name = pad(f" {fit(face.name, widths[3] - 4)}", widths[3] - 1)
        room = max(_LEAST_ROOM, min(self.size.width, _WIDTH) - _BESIDE - sum(widths))
        says = f"\n{' ' * sum(widths)}".join(textwrap.wrap(what(moment, stretch), room))
        return Content.assemble(*when, chip(face, roomy=False), (name, ""), says)

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Go to that stretch."""
        message.stop()
        _ = self.dismiss(self.shown[message.option_index])

    @on(Button.Pressed)
    async def press(self, message: Button.Pressed) -> None:
        """Do what the button says."""
        message.stop()
        await self.run_action(str(message.button.id))

    def action_choose(self) -> None:
        """Go to the stretch that is highlighted."""
        self.query_one("#stretches", OptionList).action_select()

    def action_close(self) -> None:
        """Close it; the marks stay."""
        _ = self.dismiss(None)

    def action_clear(self) -> None:
        """Close it, and mark nothing."""
        self.player.session.marked = {}
        _ = self.dismiss(None)

    def action_other(self) -> None:
        """The path of the whole run, or of the one that is selected."""
        if self.chosen:
            self.who = 0 if self.who else self.chosen
            self._fill()


def _longest(stretches: Sequence[Stretch]) -> Sequence[Stretch]:
    """The longest of them, in order of time."""
    if len(stretches) <= _MOST:
        return stretches
    longest = sorted(stretches, key=lambda each: (each.start - each.end, each.start))[:_MOST]
    return sorted(longest, key=lambda each: each.start)


def marks(moment: Moment, found: Path) -> Mapping[LaneId, tuple[tuple[Time, Time], ...]]:
    """Which stretches of which lanes are on the path."""
    marked: dict[LaneId, tuple[tuple[Time, Time], ...]] = {}
    for each in found.stretches:
        lane = LaneId(moment.entity(each.who).role.name.lower(), each.who)
        marked[lane] = (*marked.get(lane, ()), (each.start, each.end))
    return marked


def what(moment: Moment, stretch: Stretch) -> str:
    """What somebody did on the path, beside whom, and whom it then let go on."""
    says = _BRIEFLY.get(stretch.doing, stretch.doing.value)
    if stretch.doing is Deed.RESOURCE and stretch.resource >= 0:
        kind, name = moment.run.trace.resources[stretch.resource]
        says = f"waits for {kind} {plain(name, 32)}"
    if stretch.rivals:
        had = "held it" if stretch.doing in (Deed.RESOURCE, Deed.GIL) else "had it"
        says += f": {_names(moment, stretch.rivals)} {had}"
    if stretch.wakes:
        says += f"; then {_names(moment, stretch.wakes)} can go on"
    return says


_BRIEFLY = {
    Deed.COMPUTES: "computes",
    Deed.CORE: "waits for a core",
    Deed.BUDGET: "waits for its budget",
    Deed.GIL: "waits for the GIL",
    Deed.TURN: "waits for its loop",
    Deed.SLEEP: "sleeps",
    Deed.DEVICE: "waits for a device",
    Deed.JOB: "waits for its next job",
    Deed.SELECT: "waits in the selector",
    Deed.RESOURCE: "waits for something shared",
    Deed.OTHER: "waits",
}


def _names(moment: Moment, who: Sequence[int]) -> str:
    shown = [moment.face(each).name for each in who[:_MOST_NAMES]]
    more = len(who) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if shown[1:] else shown)
