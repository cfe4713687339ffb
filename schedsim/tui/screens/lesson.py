"""The lesson on its own, for terminals that have no room for it beside the player."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from schedsim.plain import plain
from schedsim.tui.panels.lesson import NO_LESSON
from schedsim.tui.prose import prose
from schedsim.tui.screens.dialog import Dialog


class LessonScreen(Dialog[None]):
    """A text to read; any of several keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,t,enter,space", "dismiss(None)", "Close"),
        ("up,k", "scroll(-1)", "Scroll up"),
        ("down,j", "scroll(1)", "Scroll down"),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._heading = plain(title, 60)
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="reading", classes="dialog") as dialog:
            dialog.border_title = Content(self._heading)
            dialog.border_subtitle = Content("esc closes, arrows scroll")
            yield Static(prose(self._text or NO_LESSON), markup=False)

    def action_scroll(self, by: int) -> None:
        self.query_one("#reading").scroll_relative(y=by, animate=False)
