"""What a panel is: a titled part of the player that shows one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, TypeAlias

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from schedsim.tui.keys import key_named
from schedsim.tui.moment import Moment

Place: TypeAlias = Literal["top", "middle", "bottom", "side"]
"""Where the player puts a panel: side by side at the top, below each other, or beside it all."""

_ALL = 10_000
"""More lines than anything has."""


class Panel(Protocol):
    """What the player asks of a panel, which is a widget too."""

    NAME: ClassVar[str]
    PLACE: ClassVar[Place]

    number: int

    def wants(self, moment: Moment) -> int:
        """How many lines it would like to have now; 0 hides it."""

    def show(self, moment: Moment) -> None:
        """Show this moment."""

    def mark(self, *, focused: bool) -> None:
        """Show whether it has the focus."""

    def enlarge(self, *, alone: bool) -> None:
        """Show whether it fills the screen, and then how it does so no more."""

    def turn(self, pages: int) -> None:
        """Scroll by so many pages, if there is more than can be seen."""


class Framed(Widget):
    """What all panels have in common: a title with a number, and a mark of the focus in it.

    The focus is the player's, not Textual's: whatever has it, the keys mean the same.  It comes
    last among the bases of a class: Textual takes the defaults of its CSS from the first.
    """

    NAME: ClassVar[str]
    number: int = 0
    """The key that shows and hides it."""
    _says: str = ""
    _focused: bool = False
    _alone: bool = False

    @dataclass
    class Pointed(Message):
        """Somebody clicked on the title of a panel."""

        panel: str
        twice: bool

    def entitle(self, says: str) -> None:
        """Give it a title; fit for a terminal."""
        if says != self._says:
            self._says = says
            self._write_title()

    def mark(self, *, focused: bool) -> None:
        """Show whether it has the focus."""
        if focused != self._focused:
            self._focused = focused
            self.set_class(focused, "-focused")
            self._write_title()

    def enlarge(self, *, alone: bool) -> None:
        """Show whether it fills the screen, and then how it does so no more."""
        if alone != self._alone:
            self._alone = alone
            self._write_title()

    def _write_title(self) -> None:
        sign = "› " if self._focused else ""
        number = f"{self.number} " if self.number else ""
        back = f" · {key_named(self.screen, 'panel-leave')}: all panels" if self._alone else ""
        self.border_title = Content(f"{sign}{number}{self._says}{back}")

    def turn(self, pages: int) -> None:
        """Scroll by so many pages, if there is more than can be seen."""
        self.scroll_relative(y=pages * max(1, self.size.height - 1), animate=False)

    def on_click(self, event: events.Click) -> None:
        """The title is the first line of the frame."""
        if event.screen_y == self.region.y:
            event.stop()
            self.post_message(self.Pointed(self.NAME, event.chain > 1))


class TextPanel(Static, Framed):
    """A panel of text: say in :meth:`draw` what it shows."""

    PLACE: ClassVar[Place]
    ALLOW_SELECT = True

    def __init__(self) -> None:
        super().__init__(id=self.NAME, classes="panel", markup=False)
        self.moment: Moment | None = None
        self.top = 0
        """How many lines have been scrolled away."""

    def draw(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        """The lines for a moment, in so many columns and lines."""
        raise NotImplementedError

    def heading(self, moment: Moment) -> str:
        """The title; fit for a terminal."""
        del moment
        return self.NAME

    def wants(self, moment: Moment) -> int:
        """How many lines it would like to have now; 0 hides it."""
        raise NotImplementedError

    def show(self, moment: Moment) -> None:
        """Show this moment, if there is a place for it."""
        self.moment = moment
        self._redraw()

    def turn(self, pages: int) -> None:
        """Scroll by so many pages, if there is more than can be seen."""
        self.top = max(0, self.top + pages * max(1, self.content_size.height - 1))
        self._redraw()

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        width, height = self.content_size
        if self.moment is None or not width or not height:
            return
        self.entitle(self.heading(self.moment))
        fresh = Content("\n").join(self._lines(self.moment, width, height))
        old = self.content
        if not isinstance(old, Content) or not fresh.is_same(old):
            self.update(fresh, layout=False)

    def _lines(self, moment: Moment, width: int, height: int) -> Sequence[Content]:
        if self.top:
            every = self.draw(moment, width, _ALL)
            self.top = max(0, min(self.top, len(every) - height))
            if self.top:
                return every[self.top : self.top + height]
        return self.draw(moment, width, height)
