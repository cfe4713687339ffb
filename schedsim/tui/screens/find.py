"""The line in which one writes which lanes to show; they are filtered as one types."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from schedsim.tui.screens.dialog import Dialog


class FindScreen(Dialog[None]):
    """A field over the player, which stays in sight.

    Args:
        text: the filter as it is.
        attempt: filters; returns what speaks against that, if anything does: then all is as it was.
        stop: removes the filter.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "remove", "Show all lanes")]
    AUTO_FOCUS = "#part"
    ENTER = "Keep the filter"

    def __init__(self, text: str, attempt: Callable[[str], str], stop: Callable[[], None]) -> None:
        super().__init__()
        self.text = text
        self.attempt = attempt
        self.stop = stop

    def compose(self) -> ComposeResult:
        with Vertical(id="form", classes="dialog") as form:
            form.border_title = Content("find lanes")
            form.border_subtitle = Content("enter keeps the filter, esc shows all lanes")
            with Horizontal(classes="field"):
                yield Label("part of name")
                yield Input(self.text, id="part", compact=True, max_length=60)
                yield Button("All", id="all", compact=True)
                yield Button("Keep", id="ok", variant="primary", compact=True)
            yield Static(id="part-problem", classes="field-problem", markup=False)

    @on(Input.Changed)
    def type(self, message: Input.Changed) -> None:
        """Filter by what there is so far."""
        message.stop()
        if self.is_current:
            _ = self._try(message.value)

    def _try(self, text: str) -> bool:
        problem = self.attempt(text)
        line = self.query_one("#part-problem", Static)
        line.update(Content(problem))
        line.display = bool(problem)
        return not problem

    @on(Input.Submitted)
    @on(Button.Pressed, "#ok")
    def keep(self) -> None:
        """Go back, with the filter on; but not if nothing is called so."""
        field = self.query_one("#part", Input)
        if self.is_current and self._try(field.value):
            _ = self.dismiss(None)
        else:
            field.focus()

    @on(Button.Pressed, "#all")
    def action_remove(self) -> None:
        """Go back, with all lanes."""
        if self.is_current:
            self.stop()
            _ = self.dismiss(None)
