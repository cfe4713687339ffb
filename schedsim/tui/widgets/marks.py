"""A list whose rows can be marked: by the space bar, or by a click on the mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from schedsim.tui.paint import Part

_MARK = 4
"""Columns of the mark."""


class MarkList(OptionList, inherit_bindings=False):
    """Rows with marks; a row that has no id is a heading.

    Args:
        click_marks: a click anywhere marks; else only one on the mark does, and any other chooses.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose", show=False),
        Binding("space", "mark", "Mark", show=False),
        Binding("up,k", "cursor_up", "Up", show=False),
        Binding("down,j", "cursor_down", "Down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """The user wants this row."""

        name: str

    @dataclass
    class Marked(Message):
        """The user wants to mark this row, or not any more."""

        name: str

    def __init__(self, *, id: str, click_marks: bool = False) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self.click_marks = click_marks
        self._clicked: int | None = None

    @staticmethod
    def row(name: str, parts: list[Part], *, marked: bool) -> Option:
        """A row that can be marked."""
        mark: Part = ("[x] ", "bold $success") if marked else ("[ ] ", "$quiet")
        return Option(Content.assemble(mark, *parts), id=name)

    @staticmethod
    def heading(text: str) -> Option:
        """A row that says what follows."""
        return Option(Content.styled(text, "bold $accent"), disabled=True)

    @property
    def here(self) -> str:
        """The name of the row under the cursor; empty if there is none."""
        if self.highlighted is None:
            return ""
        return self.get_option_at_index(self.highlighted).id or ""

    def fill(self, options: list[Option], start: str = "") -> None:
        """Show these rows, with the cursor where it was, or on ``start`` at first."""
        here = self.here or start
        self.clear_options()
        self.add_options(options)
        names = [option.id for option in options]
        if here in names:
            self.highlighted = names.index(here)
        else:
            self.highlighted = next((n for n, name in enumerate(names) if name), None)

    def action_choose(self) -> None:
        """Enter."""
        if self.here:
            self.post_message(self.Chosen(self.here))

    def action_mark(self) -> None:
        """The space bar."""
        if self.here:
            self.post_message(self.Marked(self.here))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._clicked = event.x

    @on(OptionList.OptionSelected)
    def select_by_click(self, message: OptionList.OptionSelected) -> None:
        """A click: keys do not lead here."""
        message.stop()
        name = message.option.id or ""
        on_mark = self._clicked is not None and self._clicked < self.gutter.left + _MARK
        if self.click_marks or on_mark:
            self.post_message(self.Marked(name))
        else:
            self.post_message(self.Chosen(name))
