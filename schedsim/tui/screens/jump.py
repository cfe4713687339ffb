"""The dialog that goes to a time, a step or a bookmark."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, OptionList, Static

from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.tui.places import Place
from schedsim.tui.screens.dialog import Dialog
from schedsim.tui.widgets.picks import Picks


class JumpScreen(Dialog[Place | None]):
    """Asks where to go until that is a place, or the user gives up.

    Args:
        read: makes a place of text; raises ValueError.
        bookmarks: moments to choose from, and how they are written.
        example: a time, as one may write it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "Cancel")]
    AUTO_FOCUS = "#place"
    ENTER = "Go there"
    GROWS = "#bookmarks"

    def __init__(
        self, read: Callable[[str], Place], bookmarks: dict[Time, str], example: str
    ) -> None:
        super().__init__()
        self.read = read
        self.bookmarks = bookmarks
        self.example = example

    def compose(self) -> ComposeResult:
        with Vertical(id="form", classes="dialog") as form:
            form.border_title = Content("go to")
            form.border_subtitle = Content("enter goes there, esc cancels")
            with Horizontal(classes="field"):
                yield Label("time or step")
                yield Input(id="place", compact=True, max_length=40)
            yield Static(f"such as {self.example}, #41 or 50%", classes="hint", markup=False)
            yield Static(id="place-problem", classes="field-problem", markup=False)
            if self.bookmarks:
                prompts = [Content(f"bookmark {text}") for text in self.bookmarks.values()]
                yield Picks(*prompts, id="bookmarks", compact=True, markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Go", id="ok", variant="primary", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#ok")
    def submit(self) -> None:
        """Go there, or say why that is no place."""
        if not self.is_current:  # a key or click too many
            return
        field = self.query_one("#place", Input)
        try:
            place = self.read(field.value)
        except ValueError as error:
            line = self.query_one("#place-problem", Static)
            line.update(Content(plain(str(error), 200)))
            line.display = True
            field.focus()
            return
        _ = self.dismiss(place)

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Go to a bookmark."""
        if self.is_current:
            _ = self.dismiss(Place(at=list(self.bookmarks)[message.option_index]))

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Stay."""
        if self.is_current:
            _ = self.dismiss(None)
