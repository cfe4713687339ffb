"""A question with a few answers, each with a key and a button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from schedsim.plain import plain
from schedsim.tui.keys import KeyHelp
from schedsim.tui.screens.dialog import Dialog


class Answer(NamedTuple):
    """One of the answers."""

    id: str
    key: str
    """A letter."""
    says: str


class QuestionScreen(Dialog[str]):
    """Asks; the result is the id of the answer, or nothing if the user would rather not.

    Args:
        title: what it is about.
        text: the question.
        answers: the first is the one that enter gives.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss('')", "Back"),
        ("left,up", "app.focus_previous", "To the answer before"),
        ("right,down", "app.focus_next", "To the next answer"),
    ]

    def __init__(self, title: str, text: str, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._heading = plain(title, 60)
        self._text = text
        self.answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(id="asking", classes="dialog") as dialog:
            dialog.border_title = Content(self._heading)
            dialog.border_subtitle = Content("esc goes back")
            yield Static(plain(self._text, 600), markup=False, id="asked")
            with Horizontal(id="buttons"):
                for number, answer in enumerate(self.answers):
                    label = Content.assemble((answer.key, "underline"), f" {answer.says}")
                    yield Button(
                        label,
                        id=answer.id,
                        variant="default" if number else "primary",
                        compact=True,
                    )

    def keys_besides(self) -> Sequence[KeyHelp]:
        """One for each answer."""
        return [KeyHelp((each.key,), each.says, each.id) for each in self.answers]

    def on_key(self, event: events.Key) -> None:
        for answer in self.answers:
            if event.key == answer.key and self.is_current:
                event.stop()
                _ = self.dismiss(answer.id)

    @on(Button.Pressed)
    def press(self, message: Button.Pressed) -> None:
        """Answer."""
        message.stop()
        if self.is_current:
            _ = self.dismiss(message.button.id or "")
