"""A text to edit, with line numbers, and a mark beside each line that is wrong.

What is wrong is not known here.
"""

from __future__ import annotations

from collections.abc import Collection

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip
from textual.widgets import TextArea

from schedsim.plain import plain

MARK = "!"
"""Beside the number of a line that is wrong."""
_HIDDEN = "?"
"""Instead of a character that a terminal would act upon; it stays in the text as it is."""
_MARGIN = 2


def _visible(character: str) -> str:
    return character if character == "\t" or plain(character) == character else _HIDDEN


class Code(TextArea):
    """An editor of plain text: tab indents, and lines are not wrapped."""

    COMPONENT_CLASSES = {"code--mark"}

    def __init__(self, text: str, *, id: str) -> None:
        super().__init__(
            text, id=id, soft_wrap=False, tab_behavior="indent", show_line_numbers=True
        )
        self.cursor_blink = False
        self.marked: frozenset[int] = frozenset()

    def mark(self, lines: Collection[int]) -> None:
        """Mark these lines, counted from 1, and no others."""
        fresh = frozenset(lines)
        if fresh != self.marked:
            self.marked = fresh
            self._line_cache.clear()
            self.refresh()

    @property
    def line(self) -> int:
        """The line of the cursor, counted from 1."""
        return self.cursor_location[0] + 1

    def to_line(self, line: int) -> None:
        """Put the cursor at the beginning of what stands in a line, counted from 1."""
        row = max(0, min(line, self.document.line_count) - 1)
        text = self.document.get_line(row)
        self.move_cursor((row, len(text) - len(text.lstrip())), center=True)

    def get_line(self, line_index: int) -> Text:
        """The line, with one sign for each character that a terminal would act upon."""
        line = super().get_line(line_index)
        if not line.plain.isascii() or not line.plain.isprintable():
            line.plain = "".join(map(_visible, self.document.get_line(line_index)))
        return line

    def _render_line(self, y: int) -> Strip:
        strip = super()._render_line(y)
        row = self.scroll_offset.y + y
        if row + 1 not in self.marked or row >= self.document.line_count:
            return strip
        number = self.gutter_width - _MARGIN
        before, gutter, rest = strip.divide([number, number + 1, strip.cell_length])
        style: Style = self.get_component_rich_style("code--mark")
        background = next(iter(gutter), Segment("", None)).style
        mark = Strip([Segment(MARK, (background or Style()) + style)], 1)
        return Strip.join([before.apply_style(style), mark, rest])
