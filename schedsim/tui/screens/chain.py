"""The chain of wakes, hop by hop, over the player, which goes to each of them.

What a hop is: see :mod:`schedsim.causes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from schedsim.causes import Hop, hops, says
from schedsim.timeline import LaneId
from schedsim.tui.mentions import lettered
from schedsim.tui.paint import MUTED, STRONG, pad
from schedsim.tui.screens.dialog import Dialog
from schedsim.tui.widgets.choice import choice

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen

_WHEN = 10
_BEGINS = "The chain begins here: there is nothing further back."


class HopList(OptionList, inherit_bindings=False):
    """The hops; moving among them moves the playhead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("up,k", "cursor_up", "Later"),
        ("home", "first", "Where you began"),
    ]


class ChainScreen(Dialog[None]):
    """Lists the chain as far as one has gone back.

    Args:
        player: whose playhead follows.
        who: the thread or task that was selected.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("W,w,down,j,right,l", "further", "Further back"),
        ("end", "last", "The furthest so far"),
        ("enter,space", "stay", "Stay there"),
        ("escape,q", "return", "Back to where you began"),
    ]
    AUTO_FOCUS = "#hops"

    def __init__(self, player: PlayerScreen, who: int) -> None:
        super().__init__()
        session = player.session
        self.player = player
        self.who = who
        self.found: list[Hop] = []
        self._rest = hops(session.run.history, who, session.step)
        self._began = (session.step, session.at, session.selected, session.marked)

    def compose(self) -> ComposeResult:
        with Vertical(id="chain", classes="dialog") as dialog:
            dialog.border_title = Content(f"who woke {self.player.session.cast[self.who].name}?")
            yield HopList(self._start(), id="hops")
            yield Static(id="besides", markup=False)
            with Horizontal(classes="choices"):
                yield choice("W further back", "further")
                yield choice("enter stays there", "stay")
                yield choice("esc returns", "return")

    def on_mount(self) -> None:
        self.action_further()

    def _start(self) -> Option:
        moment = self.player.session.moment
        when = pad(moment.took(moment.at), _WHEN)
        return Option(Content.assemble((when, ""), ("where you began", STRONG)))

    def _row(self, hop: Hop) -> Option:
        session = self.player.session
        told = says(session.run.history, hop, when=False)
        text = lettered(told.headline, told.mentions[0], session.cast, "")
        when = pad(session.moment.took(hop.time), _WHEN)
        return Option(Content.assemble((when, ""), text))

    # -- moving ---------------------------------------------------------------------------

    def action_further(self) -> None:
        """To the next hop of the list, or one more that is not in it yet."""
        listed = self.query_one("#hops", HopList)
        here = listed.highlighted or 0
        if here < len(self.found):
            listed.highlighted = here + 1
            return
        hop = next(self._rest, None)
        if hop is None:
            self._beside(Content.styled(_BEGINS, MUTED))
            return
        self.found.append(hop)
        listed.add_option(self._row(hop))
        listed.highlighted = len(self.found)

    @on(Button.Pressed)
    async def press(self, message: Button.Pressed) -> None:
        """Do what the button says."""
        message.stop()
        await self.run_action(str(message.button.id))

    def action_last(self) -> None:
        """To the furthest hop so far."""
        self.query_one("#hops", HopList).highlighted = len(self.found)

    @on(OptionList.OptionHighlighted)
    def follow(self, message: OptionList.OptionHighlighted) -> None:
        """Let the player show that moment, and whose doing it was."""
        message.stop()
        if message.option_index == 0:
            self._go_back()
            self._beside(Content(""))
            return
        if message.option_index > len(self.found):
            return
        hop, session = self.found[message.option_index - 1], self.player.session
        session.to_step(hop.step)
        who = hop.by or hop.entity
        session.selected = self._lane(who)
        session.settle()  # it may be folded away
        session.marked = {
            self._lane(each.entity): ((each.since, each.time),)
            for each in self.found[: message.option_index][::-1]
            if each.since < each.time
        }
        told = says(session.run.history, hop)
        besides = [
            lettered(text, told.mentions[number + 1], session.cast, MUTED)
            for number, text in enumerate(told.details)
        ]
        self._beside(Content("\n").join(besides))
        self.player.show()

    def _beside(self, text: Content) -> None:
        """Say this below the list, or nothing."""
        line = self.query_one("#besides", Static)
        line.update(text)
        line.display = bool(text.plain)

    def _lane(self, who: int) -> LaneId:
        return LaneId(self.player.session.trace.entities[who].role.name.lower(), who)

    def _go_back(self) -> None:
        session = self.player.session
        step, at, session.selected, session.marked = self._began
        session.to_step(step)
        session.at = at
        self.player.show()

    # -- leaving --------------------------------------------------------------------------

    def action_stay(self) -> None:
        """Close it, and stay at the moment of the hop."""
        self.player.session.marked = self._began[3]
        self.player.show()
        _ = self.dismiss(None)

    def action_return(self) -> None:
        """Close it, and be where one was before."""
        self._go_back()
        _ = self.dismiss(None)
