"""The lesson of the scenario: what to watch, what to try."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from schedsim.tui.moment import Moment
from schedsim.tui.panels.base import Framed, Place
from schedsim.tui.prose import prose

NO_LESSON = "This scenario has no lesson."
_COLUMNS = 36
"""Of the panel, where it stands at the side."""


class LessonPanel(VerticalScroll, Framed, can_focus=False):
    """A text that can be scrolled."""

    NAME: ClassVar[str] = "lesson"
    PLACE: ClassVar[Place] = "side"

    def __init__(self) -> None:
        super().__init__(id=self.NAME, classes="panel")
        self._text = Static(markup=False)
        self._shown: str | None = None

    def compose(self) -> ComposeResult:
        yield self._text

    def wants(self, moment: Moment) -> int:
        """As many as the text takes, about; 0 if there is none."""
        lesson = moment.run.scenario.lesson
        return sum(1 + len(line) // _COLUMNS for line in lesson.splitlines())

    def show(self, moment: Moment) -> None:
        """Show the scenario's lesson."""
        self.entitle("lesson")
        lesson = moment.run.scenario.lesson
        if lesson != self._shown:
            self._shown = lesson
            self._text.update(prose(lesson or NO_LESSON))
            self.scroll_home(animate=False)
