"""What went wrong, where a toast would be gone too soon."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from schedsim.plain import plain


class ProblemScreen(ModalScreen[None]):
    """A message that stays until it is read."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,enter,space,q", "dismiss(None)", "Close")]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._heading = plain(title, 60)
        self._text = "\n".join(plain(line, 1_000) for line in text.splitlines())

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="problem", classes="dialog") as dialog:
            dialog.border_title = Content(self._heading)
            dialog.border_subtitle = Content("esc closes")
            yield Static(self._text, markup=False)
