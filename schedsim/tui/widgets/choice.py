"""A button that says which key does the same: for the mouse, so it is never in the way of keys."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Button


def choice(says: str, action: str) -> Button:
    """A button for an action of its screen, whose name is its id."""
    button = Button(Content(says), id=action, compact=True)
    button.can_focus = False
    return button
