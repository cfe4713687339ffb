"""The last line of a screen: its keys, as many as there is room for, and none of them cut."""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey, FooterLabel, KeyGroup

_BEFORE_GROUP = 1
"""Columns that Textual leaves free before keys that share a word."""
_COMPACT = "-compact"
"""Its class of such keys, if no space is between them."""
_ARROWS = frozenset("←→↑↓")


class KeyHints(Footer):
    """A footer that leaves out what does not fit; help and palette have all of it.

    Args:
        palette: end with the key of the palette, where there is room (see app.tcss).
    """

    DEFAULT_CSS = "KeyHints { overflow: hidden; }"

    def __init__(self, *, palette: bool = False) -> None:
        super().__init__(compact=True, show_command_palette=palette)

    async def recompose(self) -> None:
        """Show other keys."""
        await super().recompose()
        if self.is_attached:  # else its screen has been left meanwhile
            self._spread()
            self._leave_out()

    def on_resize(self) -> None:
        self._leave_out()

    def _spread(self) -> None:
        """Let only arrows stand without a space between them: else several keys read as one."""
        for group in self.query(KeyGroup):
            keys = [key.key_display for key in group.query(FooterKey)]
            group.set_class(all(key in _ARROWS for key in keys), _COMPACT)

    def _leave_out(self) -> None:
        """Make invisible what would be cut.

        The widths are worked out from the words: a layout would be there only with the next
        picture, or never, if a dialog has opened meanwhile.
        """
        room = self.screen.size.width
        hints = []
        for hint in self.children:
            if not hint.has_class("-command-palette"):
                hints.append(hint)
            elif hint.display:  # it stands at the right edge, over whatever comes there
                room -= _wide(hint) + 2
        right = 0
        for hint in hints:
            right += _wide(hint)
            hint.visible = right <= room
            right += 1

    def _on_mouse_scroll_down(self, event: Any) -> None:
        """Nothing here scrolls."""

    def _on_mouse_scroll_up(self, event: Any) -> None:
        """Nothing here scrolls."""


def _wide(hint: Widget) -> int:
    """The columns of a key with its word, of several keys, or of a word."""
    if isinstance(hint, FooterKey):
        word = f" {hint.description}" if hint.description else ""
        return cell_len(hint.key_display + word)
    if isinstance(hint, FooterLabel):
        return cell_len(str(hint.content))
    between = 0 if hint.has_class(_COMPACT) else len(hint.children) - 1
    return _BEFORE_GROUP + sum(map(_wide, hint.children)) + between
