"""The last line of a screen: its keys, as many as there is room for, and none of them cut."""

from __future__ import annotations

from typing import Any

from textual.widgets import Footer


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
        self.call_after_refresh(self._leave_out)

    def on_resize(self) -> None:
        for hint in self.children:  # who is invisible has no place that could be looked at
            hint.visible = True
        self.call_after_refresh(self._leave_out)

    def _leave_out(self) -> None:
        """Make invisible what would be cut."""
        room = self.size.width
        hints = []
        for hint in self.children:
            if not hint.has_class("-command-palette"):
                hints.append(hint)
            elif hint.display:  # it stands at the right edge, over whatever comes there
                room -= hint.outer_size.width + 1
        for hint in hints:
            if hint.virtual_region.right > room:
                hint.visible = False

    def _on_mouse_scroll_down(self, event: Any) -> None:
        """Nothing here scrolls."""

    def _on_mouse_scroll_up(self, event: Any) -> None:
        """Nothing here scrolls."""
