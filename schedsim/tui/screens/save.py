"""The dialog that asks where something is to be saved: the session, a copy, a message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from schedsim.files import refusal
from schedsim.plain import plain
from schedsim.tui.screens.dialog import Dialog

SUFFIX = ".rec"
"""The ending that is proposed for recordings."""


class SaveScreen(Dialog[Path | None]):
    """Asks for a file name until the file is written, or the user gives up.

    Args:
        name: proposed, without an ending.
        write: writes the file; raises OSError or ValueError.
        what: what is saved.
        ending: of the name that is proposed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "Cancel")]
    AUTO_FOCUS = "#file"
    ENTER = "Save it"

    def __init__(
        self,
        name: str,
        write: Callable[[Path], None],
        *,
        what: str = "save this session as a recording",
        ending: str = SUFFIX,
    ) -> None:
        super().__init__()
        self.proposed = plain(name, 60).replace("/", "-") + ending
        self.what = what
        self.write = write
        self._warned: Path | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="form", classes="dialog") as form:
            form.border_title = Content(plain(self.what, 70))
            form.border_subtitle = Content("enter saves, esc cancels")
            with Horizontal(classes="field"):
                yield Label("file")
                yield Input(self.proposed, id="file", compact=True)
            yield Static(id="file-problem", classes="field-problem", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Save", id="ok", variant="primary", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#ok")
    def submit(self) -> None:
        """Write the file, unless that would lose another one."""
        if not self.is_current:  # a key or click too many
            return
        text = self.query_one("#file", Input).value.strip()
        problem = self._problem(text)
        if not problem:
            try:
                path = Path(text).expanduser()
                self.write(path)
            except OSError as error:
                problem = error.strerror or str(error)
            except (ValueError, RuntimeError) as error:
                problem = str(error)
            else:
                _ = self.dismiss(path)
                return
        line = self.query_one("#file-problem", Static)
        line.update(Content(plain(problem, 300)))
        line.display = True
        self.query_one("#file", Input).focus()

    def _problem(self, text: str) -> str:
        """What speaks against this name; an existing file does once."""
        if not text:
            return "a file needs a name"
        try:
            path = Path(text).expanduser()
            if says := refusal(path):
                return says
            if path.exists() and path != self._warned:
                self._warned = path
                return "this file exists: press enter once more to replace it"
        except (OSError, ValueError, RuntimeError) as error:
            return str(error)
        return ""

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Write nothing."""
        if self.is_current:
            _ = self.dismiss(None)
