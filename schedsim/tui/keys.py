"""The keys of the player.  Every binding has an id, so that users can move it.

Footer, help and command palette are made from what is bound; nobody else names a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

_STEP = Binding.Group("Step", compact=True)
_HELP = Binding("question_mark,f1", "help", "Help", key_display="?", id="help", tooltip="This help")
_QUIT = Binding("q", "app.quit", "Quit", id="quit", tooltip="Leave schedsim")

PLAYER: list[Binding] = [
    Binding("left,h", "back", "Back", group=_STEP, id="back", tooltip="One event back"),
    Binding("right,l", "step", "Step", group=_STEP, id="step", tooltip="One event forward"),
    Binding("space", "play", "Play", id="play", tooltip="Play, or pause"),
    Binding("i", "inject", "Inject", id="inject", tooltip="Inject a CPU-heavy task, here and now"),
    Binding(
        "y",
        "yield_on",
        "Yield: off",
        id="yield-on",
        tooltip="Let CPU-heavy work yield with sleep(0) from here on",
    ),
    Binding(
        "y",
        "yield_off",
        "Yield: on",
        id="yield-off",
        tooltip="Let CPU-heavy work run past its yields from here on",
    ),
    Binding(
        "y",
        "yield_nobody",
        "Yield",
        show=False,
        id="yield-nobody",
        tooltip="Say that nothing here is CPU-heavy",
    ),
    Binding("t", "lesson", "Lesson", id="lesson", tooltip="Show the lesson, or hide it"),
    _HELP,
    Binding("o", "library", "Library", id="library", tooltip="Open another scenario"),
    _QUIT,
    Binding(
        "n,shift+right",
        "next_event",
        "Next event",
        show=False,
        id="next-event",
        tooltip="To the next event of the selected lane",
    ),
    Binding(
        "p,shift+left",
        "previous_event",
        "Previous event",
        show=False,
        id="previous-event",
        tooltip="To the event before, of the selected lane",
    ),
    Binding("up,k", "lane(-1)", "Lane up", show=False, id="up", tooltip="Select the lane above"),
    Binding(
        "down,j", "lane(1)", "Lane down", show=False, id="down", tooltip="Select the lane below"
    ),
    Binding("home", "home", "Beginning", show=False, id="home", tooltip="To the beginning"),
    Binding("end", "end", "End", show=False, id="end", tooltip="To the end"),
    Binding(
        "plus,equals_sign",
        "cores(1)",
        "Add a core",
        show=False,
        id="add-core",
        tooltip="Add a core, from here on",
    ),
    Binding(
        "minus,underscore",
        "cores(-1)",
        "Remove a core",
        show=False,
        id="remove-core",
        tooltip="Take the last core away, from here on",
    ),
    Binding(
        "m",
        "patch",
        "Monkey patch",
        show=False,
        id="patch",
        tooltip="Monkey patch for gevent or eventlet, or undo it",
    ),
    Binding(
        "g",
        "interval(1)",
        "Longer interval",
        show=False,
        id="longer-interval",
        tooltip="Double the GIL's switch interval, from here on",
    ),
    Binding(
        "G",
        "interval(-1)",
        "Shorter interval",
        show=False,
        id="shorter-interval",
        tooltip="Halve the GIL's switch interval, from here on",
    ),
    Binding(
        "greater_than_sign,full_stop",
        "speed(1)",
        "Faster",
        show=False,
        id="faster",
        tooltip="Play twice as fast",
    ),
    Binding(
        "less_than_sign,comma",
        "speed(-1)",
        "Slower",
        show=False,
        id="slower",
        tooltip="Play half as fast",
    ),
    Binding(
        "right_square_bracket,z",
        "zoom(-1)",
        "Zoom in",
        show=False,
        id="zoom-in",
        tooltip="Zoom the timeline in",
    ),
    Binding(
        "left_square_bracket,Z",
        "zoom(1)",
        "Zoom out",
        show=False,
        id="zoom-out",
        tooltip="Zoom the timeline out",
    ),
    Binding("f", "fit", "Fit", show=False, id="fit", tooltip="Fit the whole run into the timeline"),
    Binding(
        "pageup",
        "scroll_lesson(-1)",
        "Lesson up",
        show=False,
        id="lesson-up",
        tooltip="Scroll the lesson up",
    ),
    Binding(
        "pagedown",
        "scroll_lesson(1)",
        "Lesson down",
        show=False,
        id="lesson-down",
        tooltip="Scroll the lesson down",
    ),
    Binding(
        "r",
        "restart",
        "Restart",
        show=False,
        id="restart",
        tooltip="Forget what you did, and begin again",
    ),
    Binding(
        "s",
        "save",
        "Save",
        show=False,
        id="save",
        tooltip="Save this session as a recording",
    ),
]

LIBRARY: list[Binding] = [
    _HELP,
    _QUIT,
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
