"""What happened before, and what will: all lanes around the playhead; the range that is chosen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from schedsim.plain import plain
from schedsim.tui.moment import Moment
from schedsim.tui.panels.base import Framed, Place
from schedsim.tui.spans import LINES, SpanText
from schedsim.tui.widgets.gantt import Gantt


class TimelinePanel(Vertical, Framed):
    """A frame around a :class:`Gantt`, and numbers about a range."""

    NAME: ClassVar[str] = "timeline"
    PLACE: ClassVar[Place] = "bottom"

    DEFAULT_CSS = """
    TimelinePanel #span { height: auto; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self) -> None:
        super().__init__(id=self.NAME, classes="panel")
        self._gantt = Gantt()
        self._span = Static(id="span", markup=False)
        self._span.display = False
        self._numbers = SpanText()
        self._moment: Moment | None = None

    def compose(self) -> ComposeResult:
        yield self._gantt
        yield self._span

    def wants(self, moment: Moment) -> int:
        """As many lines as there are rows, with an axis and a legend; and those of a range."""
        return len(moment.rows) + 2 + (LINES if moment.span is not None else 0)

    def show(self, moment: Moment) -> None:
        """Show this moment."""
        self._moment = moment
        self._tell_span(moment)
        self._gantt.show(moment)
        self._title()

    def on_resize(self) -> None:
        self.call_after_refresh(self._title)
        if self._moment is not None:
            self._tell_span(self._moment)

    def _tell_span(self, moment: Moment) -> None:
        if moment.span is None:
            self._span.display = False
            return
        lines = self._numbers.lines(moment, max(1, self.content_size.width - 2))
        self._span.update(Content("\n").join(lines))
        self._span.display = True

    def _title(self) -> None:
        """Say how wide a column is, once that is known, and what is left out."""
        moment, cell = self._moment, self._gantt.cell
        heading = "timeline"
        if moment is not None and cell:
            wide = self._gantt.view.wide
            columns = "a column" if wide == 1 else f"in {wide} columns"
            heading = f"timeline · {moment.took(cell)} {columns}"
            if moment.filter:
                lanes = "lane" if moment.hidden == 1 else "lanes"
                heading += f' · only "{plain(moment.filter, 20)}": {moment.hidden} {lanes} hidden'
        self.entitle(heading)
