"""The keys of the library, and what is bound on any screen.  What the player binds are its acts.

Every binding has an id, so that users can move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

_HELP = Binding("question_mark,f1", "help", "Help", key_display="?", id="help", tooltip="This help")
QUIT = Binding("q", "app.quit", "Quit", id="quit", tooltip="Leave schedsim")

LIBRARY: list[Binding] = [
    _HELP,
    QUIT,
]

ENTRIES: list[Binding] = [
    Binding(
        "enter",
        "select",
        "Play",
        key_display="enter",
        id="choose",
        tooltip="Play this scenario",
    ),
    Binding("up,k", "cursor_up", "Up", show=False, id="entry-up", tooltip="One scenario up"),
    Binding(
        "down,j", "cursor_down", "Down", show=False, id="entry-down", tooltip="One scenario down"
    ),
    Binding("home", "first", "First", show=False, id="entry-first", tooltip="To the first"),
    Binding("end", "last", "Last", show=False, id="entry-last", tooltip="To the last"),
    Binding("pageup", "page_up", "Page up", show=False, id="page-up", tooltip="One page up"),
    Binding(
        "pagedown", "page_down", "Page down", show=False, id="page-down", tooltip="One page down"
    ),
]
"""Of the list in the library, instead of what a list has: those have no ids."""


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """What one action is called, and how it is reached."""

    keys: tuple[str, ...]
    says: str
    action: str


def bound(screen: Screen[Any], app: App[Any]) -> Sequence[KeyHelp]:
    """What can be pressed on a screen now, in the order of its bindings."""
    found: dict[str, KeyHelp] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if binding.id is None:
            continue
        key = app.get_key_display(binding)
        known = found.get(binding.action)
        keys = (*known.keys, key) if known else (key,)
        says = binding.tooltip or binding.description
        found[binding.action] = KeyHelp(tuple(dict.fromkeys(keys)), says, binding.action)
    return tuple(found.values())


def key_of(screen: Screen[Any], action: str) -> str:
    """The first key of an act of the player, as its user has it."""
    for each in bound(screen, screen.app):
        if each.action == f"act({action!r})":
            return each.keys[0]
    return "The command palette"
