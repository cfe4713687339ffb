"""The last line of a screen: its keys, as many as there is room for, and none of them cut."""

from __future__ import annotations

from typing import Any

from textual.widgets import Footer


class KeyHints(Footer):
    """A footer that leaves out what does not fit; help and palette have all of it."""

    DEFAULT_CSS = "KeyHints { overflow: hidden; }"

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    async def recompose(self) -> None:
        """Show other keys."""
        await super().recompose()
        self.call_after_refresh(self._leave_out)

    def on_resize(self) -> None:
        self.call_after_refresh(self._leave_out)

    def _leave_out(self) -> None:
        """Invisible is what would be cut: it keeps its place, so that it comes back."""
        for hint in self.children:
            hint.visible = hint.virtual_region.right <= self.size.width

    def _on_mouse_scroll_down(self, event: Any) -> None:
        """Nothing here scrolls."""

    def _on_mouse_scroll_up(self, event: Any) -> None:
        """Nothing here scrolls."""
