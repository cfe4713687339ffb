"""What a panel is: a titled part of the player that shows one moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Protocol, TypeAlias

from textual.content import Content
from textual.widgets import Static

from schedsim.tui.moment import Moment

Place: TypeAlias = Literal["top", "middle", "bottom", "side"]
"""Where the player puts a panel: side by side at the top, below each other, or beside it all."""


class Panel(Protocol):
    """What the player asks of a panel, which is a widget too."""

    NAME: ClassVar[str]
    PLACE: ClassVar[Place]

    def wants(self, moment: Moment) -> int:
        """How many lines it would like to have now; 0 hides it."""

    def show(self, moment: Moment) -> None:
        """Show this moment."""


class TextPanel(Static):
    """A panel of text: say in :meth:`draw` what it shows."""

    NAME: ClassVar[str]
    PLACE: ClassVar[Place]
    ALLOW_SELECT = True

    def __init__(self) -> None:
        super().__init__(id=self.NAME, classes="panel", markup=False)
        self._heading = ""
        self.moment: Moment | None = None

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

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        width, height = self.content_size
        if self.moment is None or not width or not height:
            return
        heading = self.heading(self.moment)
        if heading != self._heading:
            self._heading = heading
            self.border_title = Content(heading)
        fresh = Content("\n").join(self.draw(self.moment, width, height))
        old = self.content
        if not isinstance(old, Content) or not fresh.is_same(old):
            self.update(fresh, layout=False)
