"""What the soak does to the app: keys, text, the mouse, sizes, files that somebody else changes.

Everything is drawn from one random generator.  Each function says what it did, so that a failure
can be told.  Running it is the business of tests/soak.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from random import Random

from textual import events
from textual.app import App
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input, TextArea

from schedsim.tui.start import bound_while_typing, what_is_bound

SIZES = [(80, 24), (120, 40), (60, 16), (40, 10), (200, 60), (100, 30), (132, 24), (80, 50)]
SIZES += [(20, 5), (79, 23), (60, 9), (30, 40), (250, 12), (119, 29)]

_EDITING = (
    *("enter", "escape", "tab", "shift+tab", "backspace", "delete", "up", "down", "left", "right"),
    *("home", "end", "pageup", "pagedown", "space", "shift+left", "shift+end", "shift+down"),
    *("ctrl+a", "ctrl+c", "ctrl+d", "ctrl+g", "ctrl+k", "ctrl+o", "ctrl+p", "ctrl+q", "ctrl+r"),
    *("ctrl+s", "ctrl+t", "ctrl+u", "ctrl+v", "ctrl+w", "ctrl+x", "ctrl+y", "ctrl+z", "f1", "f2"),
    *("f4", "f5", "f6", "f8", "shift+f8", "ctrl+left", "ctrl+right", "ctrl+home", "ctrl+end"),
)
_TYPED = (
    *("12ms", "1.5s", "#41", "50%", "100%", "step 7", "7", "0", "-1", "99999999999999", "1e9"),
    *("gil", "core", "loop", "main", "a", "worker-2", "mine", "mine.toml", "x.rec", "schedsim"),
    *("time 20ms", "gil", "block", "starve", "finding", "wait > 10ms", "switch", "wakes", "core 0"),
    *("compute 5ms", "sleep 1ms", "compute 5ms; io 3ms", "[[job]]", 'name = "q"\n', "\n", "  "),
    *("", "\x1b[2J", "[/b]", "[red]", "日本語", "é́", "\u202e", "a" * 90),
)
_ERRANDS: tuple[tuple[str, ...], ...] = (
    ("c", "space", "down", "down", "space", "enter"),
    ("c", "down", "down", "down", "enter", "n", "right", "v", "p"),
    ("plus", "right", "minus", "b", "space", "down", "space", "c"),
    ("plus", "left", "left", "plus", "b", "up", "delete", "enter"),
    ("u", "u", "b", "up", "enter"),
    ("w", "1", "1", "w"),
    ("w", "enter", "down", "enter", "enter", "ctrl+g"),
    ("w", "2", "left", "left", "right", "space"),
    ("B", "text:time 20ms", "enter", "escape", "R"),
    ("B", "text:gil", "down", "enter", "R", "R"),
    ("colon", "text:50%", "enter"),
    ("slash", "text:a", "enter"),
    ("E", "enter", "pagedown", "text:x", "f2", "f8", "f5"),
    ("E", "enter", "down", "f5"),
    ("E", "enter", "text:#", "escape", "escape"),
    ("s", "enter", "enter"),
    ("S", "enter", "enter"),
    ("m", "tab", "enter", "down", "enter"),
    ("i", "tab", "tab", "enter"),
    ("P", "down", "enter", "tab", "enter"),
    ("7", "F", "F", "enter"),
    ("tab", "tab", "enter", "pagedown", "enter"),
    ("v", "right", "right", "n", "v"),
    ("C", "down", "enter"),
    ("W", "W", "escape"),
    ("end", "K", "R"),
    ("home", "right", "K", "d", "g", "right_curly_bracket"),
    ("X", "x", "down", "x"),
    ("o", "down", "enter"),
    ("o", "slash", "text:gil", "enter"),
    ("o", "E", "enter"),
    ("o", "N", "down", "tab", "text:new", "enter"),
    ("ctrl+p", "text:open", "down", "enter"),
    ("ctrl+p", "text:theme", "enter"),
    ("ctrl+p", "text:reload", "enter"),
    ("ctrl+p", "text:edit here", "enter"),
)
"""Keys that lead somewhere together; by chance alone one would seldom get there."""


def bound_keys() -> list[str]:
    """All keys that mean something anywhere."""
    screens = (*what_is_bound(), *bound_while_typing())
    bindings = [each for some in screens for each in some]
    keys = {key.strip() for each in bindings for key in each.key.split(",")}
    return sorted(keys | set(_EDITING) | set("0123456789abcrsy"))


async def shake(pilot: Pilot[None], draw: Random, keys: Sequence[str]) -> tuple[str, int]:
    """Do something; says what, and how many events that was."""
    app = pilot.app
    kind = draw.random()
    if isinstance(app.focused, (Input, TextArea)) and draw.random() < 0.3:
        return type_in(app, draw.choice(_TYPED))
    if kind < 0.70:
        return press(app, _key(app, draw, keys))
    if kind < 0.75:
        return await errand(pilot, draw)
    if kind < 0.985:
        return (mouse if kind < 0.97 else meddle)(app, draw)
    width, height = size = draw.choice(SIZES)
    await pilot.resize_terminal(width, height)
    return f"resize {size}", 1


def _key(app: App[None], draw: Random, keys: Sequence[str]) -> str:
    """Any key, or one that means something here, or the one that leads back."""
    if len(app.screen_stack) > 2 and draw.random() < 0.2:
        return "escape"
    return draw.choice(keys if draw.random() < 0.6 else sorted(app.screen.active_bindings))


def press(app: App[None], key: str) -> tuple[str, int]:
    """Press a key, as a terminal tells it."""
    try:
        name = _get_unicode_name_from_key(REPLACED_KEYS.get(key, key))
        character: str | None = unicodedata.lookup(name)
    except KeyError:
        character = key if len(key) == 1 else None
    app.post_message(events.Key(key, character))
    return key, 1


def type_in(app: App[None], text: str) -> tuple[str, int]:
    """Type a text, or paste it if it is long."""
    if len(text) > 20 or not text.isprintable():
        app.post_message(events.Paste(text))
        return f"paste {text!r}", 1
    for character in text:
        key = "space" if character == " " else character
        if len(key) == 1 and not key.isalnum():
            key = _character_to_key(key)
        app.post_message(events.Key(key, character))
    return f"type {text!r}", max(1, len(text))


async def errand(pilot: Pilot[None], draw: Random) -> tuple[str, int]:
    """Go somewhere, key by key, with or without waiting for what comes of each."""
    keys = draw.choice(_ERRANDS)
    waits = draw.random() < 0.8
    for key in keys:
        if key.startswith("text:"):
            type_in(pilot.app, key.removeprefix("text:"))
        else:
            press(pilot.app, key)
        if waits:
            await pilot.pause()
    return f"<{' '.join(keys)}>{'' if waits else ' fast'}", len(keys)


# -- the mouse ------------------------------------------------------------------------------


def _place(app: App[None], draw: Random) -> tuple[int, int]:
    """Anywhere, or somewhere in a widget that is there."""
    width, height = app.size
    if draw.random() < 0.6:
        there = [each for each in app.screen.query(Widget) if each.display and each.region.area]
        if there:
            region = draw.choice(there).region
            x = draw.randrange(region.x, region.right)
            y = draw.randrange(region.y, region.bottom)
            return max(0, min(x, width - 1)), max(0, min(y, height - 1))
    return draw.randrange(max(1, width)), draw.randrange(max(1, height))


def mouse(app: App[None], draw: Random) -> tuple[str, int]:
    """A click or two, a drag, the wheel, a move."""
    x, y = _place(app, draw)
    shift, meta, ctrl = (draw.random() < 0.15 for _ in range(3))
    button = draw.choice((1, 1, 1, 1, 2, 3))

    def send(kind: type[events.MouseEvent], x: int, y: int, button: int) -> None:
        app.post_message(kind(None, x, y, 0, 0, button, shift, meta, ctrl, x, y))

    what = draw.choice(("click", "click", "click", "double", "drag", "wheel", "move", "odd"))
    told = f"{what} {x},{y}{' shift' * shift}{' ctrl' * ctrl}{f' {button}' * (button > 1)}"
    if what in ("click", "double"):
        for _ in range(1 if what == "click" else draw.choice((2, 2, 3))):
            send(events.MouseDown, x, y, button)
            send(events.MouseUp, x, y, button)
        return told, 2
    if what == "drag":
        send(events.MouseDown, x, y, button)
        for _ in range(draw.randrange(1, 4)):
            x, y = _place(app, draw)
            send(events.MouseMove, x, y, button)
        if draw.random() < 0.8:  # or it is never heard that the button was let go
            send(events.MouseUp, x, y, button)
        return f"{told} to {x},{y}", 4
    if what == "wheel":
        wheel = (events.MouseScrollDown, events.MouseScrollUp)
        send(draw.choice((*wheel, events.MouseScrollLeft, events.MouseScrollRight)), x, y, 0)
    elif what == "move":
        send(events.MouseMove, x, y, 0)
    else:
        send(draw.choice((events.MouseDown, events.MouseUp)), x, y, button)
    return told, 1


# -- from outside ---------------------------------------------------------------------------


def meddle(app: App[None], draw: Random) -> tuple[str, int]:
    """Somebody changes a file that may be played, looks elsewhere, or comes back."""
    files = sorted(Path().glob("*.toml"))
    if files and draw.random() < 0.6:
        path = draw.choice(files)
        text = path.read_text(encoding="utf-8", errors="replace")
        deed = draw.choice(("comment", "comment", "break", "empty", "remove"))
        if deed == "remove":
            path.unlink()
        else:
            fresh = {"comment": text + "\n# and more\n", "break": text + "\n[[job", "empty": ""}
            path.write_text(fresh[deed], encoding="utf-8")
        app.post_message(events.AppFocus())
        return f"{deed} {path}", 1
    event = draw.choice((events.AppFocus, events.AppBlur))
    app.post_message(event())
    return event.__name__, 1
