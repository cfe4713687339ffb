"""What an act is: something a person can do in the player, by key, by mouse or in the palette.

Footer, help, command palette and the user's keymap are made from acts; nobody else names a key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen

Deed = Callable[["PlayerScreen"], object]
Offer = Callable[["PlayerScreen"], bool | None]


def always(player: PlayerScreen) -> bool:
    """It can be done at any moment."""
    del player
    return True


@dataclass(frozen=True, slots=True)
class Act:
    """One of them."""

    id: str
    """By which a keymap names it."""
    keys: str
    """As Textual calls them, with commas between."""
    says: str
    """What it does: for help and palette."""
    do: Deed
    label: str = ""
    """In the footer; it has no place there if empty."""
    offered: Offer = always
    """Whether it can be done now: False hides it, None shows it as out of reach."""
    group: Binding.Group | None = None
    """Several that share a place in the footer."""
    spare: bool = False
    """In the footer it comes after all others: only a wide terminal has room for it."""
    shown_as: str | None = None
    """The key in the footer, if not the first."""

    def binding(self) -> Binding:
        """As a screen takes it."""
        return Binding(
            self.keys,
            f"act({self.id!r})",
            self.label or self.says,
            show=bool(self.label),
            key_display=self.shown_as,
            id=self.id,
            tooltip=self.says,
            group=self.group,
        )
