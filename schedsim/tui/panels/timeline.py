"""What happened before, and what will: all lanes around the playhead."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from schedsim.tui.moment import Moment
from schedsim.tui.panels.base import Framed, Place
from schedsim.tui.widgets.gantt import Gantt


class TimelinePanel(Vertical, Framed):
    """A frame around a :class:`Gantt`."""

    NAME: ClassVar[str] = "timeline"
    PLACE: ClassVar[Place] = "bottom"

    def __init__(self) -> None:
        super().__init__(id=self.NAME, classes="panel")
        self._gantt = Gantt()
        self._moment: Moment | None = None

    def compose(self) -> ComposeResult:
        yield self._gantt

    def wants(self, moment: Moment) -> int:
        """As many lines as there are lanes, with an axis and a legend."""
        return (self._gantt.lane_count or len(moment.lanes())) + 2

    def show(self, moment: Moment) -> None:
        """Show this moment."""
        self._moment = moment
        self._gantt.show(moment)
        self._title()

    def on_resize(self) -> None:
        self.call_after_refresh(self._title)

    def _title(self) -> None:
        """Say how wide a column is, once that is known."""
        cell = self._gantt.cell
        heading = "timeline"
        if self._moment is not None and cell:
            heading = f"timeline · {self._moment.took(cell)} a column"
        self.entitle(heading)
