"""What went wrong, where a toast would be gone too soon; it can be copied, and saved as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static, TextArea

from schedsim import files
from schedsim.plain import plain
from schedsim.tui.screens.dialog import Dialog


class ProblemScreen(Dialog[None]):
    """A message that stays until it is read.

    Args:
        title: what could not be done.
        text: why.
        mend: opens what is wrong in an editor, if that is possible.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,enter,space,q", "dismiss(None)", "Close"),
        ("c", "copy", "Copy"),
        ("s", "save", "Save"),
        ("e,E", "edit", "Edit"),
        ("down,j", "scroll(1)", "Scroll down"),
        ("up,k", "scroll(-1)", "Scroll up"),
    ]
    AUTO_FOCUS = "#text"

    def __init__(self, title: str, text: str, *, mend: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._heading = plain(title, 60)
        self._text = "\n".join(plain(line, 1_000) for line in text.splitlines())
        self._mend = mend

    def compose(self) -> ComposeResult:
        with Vertical(id="problem", classes="dialog") as dialog:
            dialog.border_title = Content(self._heading)
            dialog.border_subtitle = Content("esc closes, shift and arrows select")
            text = TextArea(self._text, id="text", read_only=True, show_line_numbers=False)
            text.highlight_cursor_line = False
            text.cursor_blink = False
            yield text
            yield Static(id="told", markup=False)
            with Horizontal(id="buttons"):
                yield Button(Content.assemble(("c", "underline"), " Copy"), id="copy", compact=True)
                yield Button(
                    Content.assemble(("s", "underline"), " Save as a file"), id="save", compact=True
                )
                if self._mend is not None:
                    yield Button(
                        Content.assemble(("e", "underline"), " Edit"), id="edit", compact=True
                    )
                yield Button("Close", id="close", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.query_one("#told").display = False

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        """Copy what is selected, or everything."""
        text = self.query_one(TextArea).selected_text
        self.app.copy_to_clipboard(text or self._text)
        self._tell(
            f"{'What you selected' if text else 'All of it'} went to the terminal, to be copied."
            " Some terminals do not take it: s saves it as a file."
        )

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Write it to a file."""
        from schedsim.tui.screens.save import SaveScreen

        def saved(path: Path | None) -> None:
            if path is not None:
                self._tell(f"Saved as {plain(str(path), 200)}.")

        dialog = SaveScreen(
            "problem",
            lambda path: files.write(path, self._text + "\n"),
            what="save this message as a file",
            ending=".txt",
        )
        _ = self.app.push_screen(dialog, saved)

    @on(Button.Pressed, "#edit")
    def action_edit(self) -> None:
        """Mend it."""
        if self._mend is not None and self.is_current:
            mend = self._mend
            _ = self.dismiss(None)
            _ = self.app.call_later(mend)

    @on(Button.Pressed, "#close")
    def close_it(self) -> None:
        """It has been read."""
        if self.is_current:
            _ = self.dismiss(None)

    def _tell(self, text: str) -> None:
        told = self.query_one("#told", Static)
        told.update(Content(text))
        told.display = True

    def action_scroll(self, by: int) -> None:
        self.query_one(TextArea).scroll_relative(y=by, animate=False)
