"""The dialog that begins a new scenario: what it begins as, and where it is to stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from schedsim import files
from schedsim.plain import plain
from schedsim.tui.screens.dialog import Dialog
from schedsim.tui.shelf import Entry, Told

_STEM = "my-scenario"


class NewScreen(Dialog[Path | None]):
    """A list of templates and a file name; it stays until the file is written.

    Args:
        templates: what there is.
        ending: the ending that the file of a template must have.
        write: writes one of them to a file; raises ValueError.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss(None)", "Cancel"),
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
    ]
    AUTO_FOCUS = "#file"
    ENTER = "Begin with this one"
    GROWS = "#templates"

    def __init__(
        self,
        templates: Sequence[Entry],
        ending: Callable[[Entry], str],
        write: Callable[[Entry, Path], None],
    ) -> None:
        super().__init__()
        self.templates = templates
        self.ending = ending
        self.write = write
        self._warned: Path | None = None
        self._proposed = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="new", classes="dialog") as form:
            form.border_title = Content("new scenario")
            form.border_subtitle = Content("↑ ↓ choose, enter begins, esc cancels")
            options = [
                Option(Content(plain(each.title, 70)), id=str(number))
                for number, each in enumerate(self.templates)
            ]
            yield OptionList(*options, id="templates", compact=True)
            yield Static(id="says", markup=False)
            with Horizontal(classes="field"):
                yield Label("file")
                yield Input(id="file", compact=True)
            yield Static(id="file-problem", classes="field-problem", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Begin", id="ok", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0

    @property
    def chosen(self) -> Entry:
        """The template."""
        return self.templates[self.query_one(OptionList).highlighted or 0]

    @on(OptionList.OptionHighlighted)
    def choose(self) -> None:
        """Say what it is, and propose a name."""
        entry = self.chosen
        lesson = entry.lesson if isinstance(entry, Told) else ""
        first = " ".join(lesson.strip().split("\n\n")[0].split())
        self.query_one("#says", Static).update(Content(plain(first, 300)))
        field = self.query_one("#file", Input)
        if field.value == self._proposed:
            self._proposed = files.unused(Path(), _STEM, self.ending(entry)).name
            field.value = self._proposed

    @on(OptionList.OptionSelected)
    def go_on(self) -> None:
        """Now the name."""
        self.query_one("#file", Input).focus()

    def action_move(self, by: int) -> None:
        templates = self.query_one(OptionList)
        place = (templates.highlighted or 0) + by
        templates.highlighted = max(0, min(place, len(self.templates) - 1))

    @on(Input.Submitted)
    @on(Button.Pressed, "#ok")
    def submit(self) -> None:
        """Write the file, unless that would lose another one."""
        if not self.is_current:  # a key or click too many
            return
        try:
            path = files.named(self.query_one("#file", Input).value)
            if says := files.refusal(path):
                raise ValueError(says)
            if path.exists() and path != self._warned:
                self._warned = path
                raise ValueError("this file exists: press enter once more to replace it")
            self.write(self.chosen, path)
        except (OSError, ValueError) as error:
            line = self.query_one("#file-problem", Static)
            line.update(Content(plain(str(error), 300)))
            line.display = True
            self.query_one("#file", Input).focus()
        else:
            _ = self.dismiss(path)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Write nothing."""
        if self.is_current:
            _ = self.dismiss(None)
