"""The lesson of the scenario: what to watch, what to try."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from schedsim.tui.moment import Moment
from schedsim.tui.panels.base import Place
from schedsim.tui.prose import prose

NO_LESSON = "This scenario has no lesson."


class LessonPanel(VerticalScroll, can_focus=False):
    """A text that can be scrolled."""

    NAME: ClassVar[str] = "lesson"
    PLACE: ClassVar[Place] = "side"

    def __init__(self) -> None:
        super().__init__(id=self.NAME, classes="panel")
        self.border_title = Content("lesson")
        self._text = Static(markup=False)
        self._shown: str | None = None

    def compose(self) -> ComposeResult:
        yield self._text

    def wants(self, moment: Moment) -> int:
        """The rest of the side."""
        del moment
        return 1

    def show(self, moment: Moment) -> None:
        """Show the scenario's lesson."""
        lesson = moment.run.scenario.lesson
        if lesson != self._shown:
            self._shown = lesson
            self._text.update(prose(lesson or NO_LESSON))
            self.scroll_home(animate=False)
