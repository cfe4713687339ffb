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
        tooltip="To the next event of any of the runs",
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
    QUIT,
]
"""Of runs side by side."""


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
