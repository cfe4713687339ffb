"""The keys of the library and of runs side by side, and what is bound on any screen.

What the player binds are its acts.

Every binding has an id, so that users can move it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

_HELP = Binding("question_mark,f1", "help", "Help", key_display="?", id="help", tooltip="This help")
EVERYWHERE: list[Binding] = [
    Binding(
        "T",
        "app.next_theme",
        "Theme",
        show=False,
        id="theme",
        tooltip="Show everything in the next theme",
    ),
    Binding(
        "S",
        "app.picture",
        "Picture",
        show=False,
        id="picture",
        tooltip="Save a picture of the screen",
    ),
    Binding("q", "app.quit", "Quit", id="quit", tooltip="Leave schedsim"),
]
"""What the app itself does, on any of its screens."""

LIBRARY: list[Binding] = [
    Binding(
        "slash",
        "search",
        "Search",
        key_display="/",
        id="search",
        tooltip="Search by title, lesson and verb",
    ),
    Binding("E", "edit", "Edit", id="edit-entry", tooltip="Edit this scenario, or a copy of it"),
    Binding("N", "new", "New", id="new", tooltip="Begin a new scenario"),
    Binding("t", "lesson", "Lesson", id="entry-lesson", tooltip="Show the whole lesson"),
    Binding(
        "escape", "clear", "Show all", show=False, id="search-clear", tooltip="Show all scenarios"
    ),
    _HELP,
    *EVERYWHERE,
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

SEARCH: list[Binding] = [
    Binding(
        "enter",
        "submit",
        "Play",
        key_display="enter",
        id="search-play",
        tooltip="Play this scenario",
    ),
    Binding("escape", "screen.clear", "Show all", id="search-end", tooltip="Show all scenarios"),
    Binding("up", "screen.move(-1)", "Up", show=False, id="search-up", tooltip="One match up"),
    Binding("down", "screen.move(1)", "Down", show=False, id="search-down", tooltip="One down"),
]
"""Of the search in the library."""

EDITOR: list[Binding] = [
    Binding(
        "f5,ctrl+r",
        "play",
        "Save and play",
        priority=True,
        id="edit-play",
        tooltip="Save the file and play it",
    ),
    Binding("f2,ctrl+s", "save", "Save", priority=True, id="edit-save", tooltip="Save the file"),
    Binding(
        "f8,ctrl+g",
        "fault(1)",
        "Next mistake",
        priority=True,
        id="edit-next",
        tooltip="To the next mistake",
    ),
    Binding(
        "shift+f8,ctrl+t",
        "fault(-1)",
        "Mistake before",
        show=False,
        priority=True,
        id="edit-previous",
        tooltip="To the mistake before",
    ),
    Binding(
        "f4,ctrl+o",
        "own",
        "Your editor",
        priority=True,
        id="edit-own",
        tooltip="Go on in your own editor ($VISUAL or $EDITOR)",
    ),
    Binding("f1", "help", "Help", priority=True, id="edit-help", tooltip="This help"),
    Binding(
        "escape",
        "leave",
        "Leave",
        priority=True,
        id="edit-leave",
        tooltip="Leave the editor; it asks about what is not saved",
    ),
]
"""Of the editor; they come before what the text itself would do with them."""


_STEP = Binding.Group("Step", compact=True)
_PART = Binding.Group("Difference", compact=True)

COMPARE: list[Binding] = [
    Binding("left,h", "move('back')", "Back", group=_STEP, id="side-back", tooltip="Back in time"),
    Binding(
        "right,l",
        "move('forward')",
        "Step",
        group=_STEP,
        id="side-step",
        tooltip="To the next step of any of the runs",
    ),
    Binding("space", "play", "Play", id="side-play", tooltip="Play all, or pause"),
    Binding(
        "p,shift+left",
        "part('previous')",
        "Difference before",
        group=_PART,
        id="side-previous",
        tooltip="To where they differed in another way before",
    ),
    Binding(
        "n,shift+right",
        "part('next')",
        "Next difference",
        group=_PART,
        id="side-next",
        tooltip="To where they differ in another way",
    ),
    Binding("v", "figures", "Numbers", id="side-figures", tooltip="All numbers, or timelines"),
    Binding("tab", "figures", "Numbers", show=False, id="side-tab", tooltip="All numbers, too"),
    Binding("escape,c", "leave", "Close", id="side-leave", tooltip="Back to the player"),
    *(
        Binding(
            str(number),
            f"go_on({number})",
            "Go on with it",
            show=False,
            id=f"side-go-on-{number}",
            tooltip=f"Go on with run {number} in the player",
        )
        for number in range(1, 5)
    ),
    Binding("home", "home", "Home", show=False, id="side-home", tooltip="To the beginning"),
    Binding("end", "end", "End", show=False, id="side-end", tooltip="To the end of the last"),
    Binding("up,k", "lane(-1)", "Up", show=False, id="side-up", tooltip="Select the lane above"),
    Binding(
        "down,j", "lane(1)", "Down", show=False, id="side-down", tooltip="Select the lane below"
    ),
    Binding(
        "right_square_bracket,z",
        "zoom(-1)",
        "Zoom in",
        show=False,
        id="side-zoom-in",
        tooltip="Zoom all timelines in",
    ),
    Binding(
        "left_square_bracket,Z",
        "zoom(1)",
        "Zoom out",
        show=False,
        id="side-zoom-out",
        tooltip="Zoom all timelines out",
    ),
    Binding("f", "fit", "Fit", show=False, id="side-fit", tooltip="Fit the longest run in"),
    Binding(
        "greater_than_sign,full_stop",
        "speed(1)",
        "Faster",
        show=False,
        id="side-faster",
        tooltip="Play twice as fast",
    ),
    Binding(
        "less_than_sign,comma",
        "speed(-1)",
        "Slower",
        show=False,
        id="side-slower",
        tooltip="Play half as fast",
    ),
    Binding("pageup", "page(-1)", "Page up", show=False, id="side-page-up", tooltip="Scroll up"),
    Binding(
        "pagedown", "page(1)", "Page down", show=False, id="side-page-down", tooltip="Scroll down"
    ),
    _HELP,
    *EVERYWHERE,
]
"""Of runs side by side."""


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """What one action is called, and how it is reached."""

    keys: tuple[str, ...]
    says: str
    action: str
    id: str = ""
    """Of its binding: by which a keymap moves it."""


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
        found[binding.action] = KeyHelp(
            tuple(dict.fromkeys(keys)), says, binding.action, binding.id
        )
    return tuple(found.values())


def key_named(node: DOMNode, name: str) -> str:
    """The first key of the binding ``name`` of a screen or widget, as its user has it."""
    for _, binding in node._bindings:  # noqa: SLF001 - Textual has no public name for all of them
        if binding.id == name:
            return node.app.get_key_display(binding)
    raise AssertionError(f"{node} has no key called {name}")


def key_of(screen: Screen[Any], action: str) -> str:
    """The first key of an act of the player, as its user has it."""
    for each in bound(screen, screen.app):
        if each.action == f"act({action!r})":
            return each.keys[0]
    return "The command palette"
