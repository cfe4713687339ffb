"""Help: the keys that are bound now, the signs of the timeline, and the words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from schedsim.plain import plain
from schedsim.tui.acts import SECTIONS
from schedsim.tui.glyphs import ALL
from schedsim.tui.identity import LOOP_LETTER
from schedsim.tui.keymap import place
from schedsim.tui.keys import EVERYWHERE, KeyHelp
from schedsim.tui.paint import MUTED, Part, pad

_SIGN_WORDS = {
    "running": "has the core (a task: its loop runs it; a core or GIL: the letter of who has it)",
    "ready": "could run: waits its turn in the run queue or the ready queue",
    "its thread waits": "a task that could run, but its thread waits for the GIL or a core",
    "waits for GIL": "a thread that wants the GIL",
    "waits for a lock": "wants a lock that somebody else holds",
    "waits for others": "waits for what others will do: fill a queue, set an event, notify, end",
    "suspended": "waits for time or a device; an event loop: has nothing to do",
    "blocking call": "sits in a blocking call; if a task does, its whole loop sits with it",
    "context switch": "the core pays for a context switch",
    "free": "a core or GIL that nobody has",
    "ran briefly": "ran for less than half of that column",
    "deadline missed": "a deadline at which a job was not done",
    "bookmark": "on the axis: a moment to come back to",
    "range": "on the axis: the stretch whose numbers stand below",
    "marked": "underlined: what was asked about",
}
_SIGN_STYLES = {
    "bookmark": "bold $accent",
    "range": "bold $primary",
    "marked": "bold underline $accent",
    "missed": "bold $background on $stuck",
}

GLOSSARY = (
    ("core", "a virtual CPU; runs one thread at a time"),
    ("process", "an address space with one interpreter, and so one GIL or none"),
    ("thread", "what the operating system schedules; waits in the run queue"),
    ("task", "what an event loop schedules inside one thread; waits in the ready queue"),
    ("event loop", "a scheduler that is itself a program in a thread"),
    ("GIL", "the lock that a thread needs to run Python code"),
    ("switch interval", "how long a thread waits for the GIL before it makes a drop request"),
    ("free-threaded", "a Python without a GIL: threads run on several cores at once"),
    ("drop request", "a thread that waited a switch interval asks the holder to let go"),
    ("yield", "sleep(0) gives the task's turn back; it does not give the GIL back"),
    ("lock", "held by one thread or task at a time; who wants it meanwhile waits"),
    ("job", "what a periodic thread has to do each time; released, then due at its deadline"),
    ("level", "where a policy with several queues has put a thread; the highest runs first"),
    ("quantum", "how long a thread may have a core while others want it"),
    ("pass", "one round of an event loop over what was ready at its beginning"),
    ("turnaround", "from arrival to end"),
    ("response", "from arrival to the first turn"),
    ("waiting", "time in which one could have gone on, but had no turn, no GIL or no core"),
    ("slowdown", "turnaround, by what it would have been without waiting"),
    ("fairness", "Jain's index of the shares that all got of the CPU: 1 if they are equal"),
    ("loop lag", "how late what is due at a time starts, because its event loop was busy"),
    ("finding", "something worth telling about a run, such as a loop that is blocked"),
    ("step", "one event of the run: one thing that happened, for one reason"),
    ("tree", "a scenario that writes down processes, their threads and their tasks"),
)


_TOP = ("click at the top", "On the title: the command palette, with everything by name")
_WHEEL = ("wheel", "Zoom in or out; with shift: pan; over the names: scroll")
_MAP = ("click on the map", "Look at that part of the run; the playhead stays")
_MOUSE = (
    _TOP,
    ("click or drag", "Go to that time"),
    _WHEEL,
    ("click on a name", "Select that lane; on ▾ or ▸: fold or unfold the group"),
    ("right drag", "Choose a range; shift and drag does so too"),
    _MAP,
    ("click on a title", "Focus that panel; twice: make it large, or small again"),
)
MOUSE_SIDE_BY_SIDE = (
    _TOP,
    ("click or drag", "Go to that time, in all of them"),
    _WHEEL,
    ("click on a name", "Select that lane, in all of them"),
    _MAP,
)
"""What the mouse does where runs are compared."""


_WIDTH, _AROUND = 78, 5
"""Columns of the dialog (see app.tcss), and those of its frame and scroll bar."""
_LEAST_ROOM = 20

_PALETTE = KeyHelp(("ctrl+p",), "Command palette: all of this by name", "command_palette")


class HelpScreen(ModalScreen[None]):
    """One page of help over the screen it is about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,question_mark,f1,enter", "dismiss(None)", "Close"),
        ("up,k", "scroll(-1)", "Up"),
        ("down,j", "scroll(1)", "Down"),
    ]

    def __init__(
        self,
        bound: Sequence[KeyHelp],
        *,
        timeline: bool = True,
        mouse: Sequence[tuple[str, str]] = _MOUSE,
        dialog: bool = False,
    ) -> None:
        super().__init__()
        self.dialog = dialog
        """It is about a dialog, whose keys stay where they are."""
        self.bound = bound
        self.mouse = mouse
        """What it does on a timeline."""
        self.timeline = timeline
        """There is one on the screen that this is about."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help", classes="dialog") as dialog:
            dialog.border_title = Content("help")
            dialog.border_subtitle = Content("esc closes, arrows scroll")
            room = min(self.app.size.width, _WIDTH) - _AROUND
            yield Static(_keys(self.bound, room, dialog=self.dialog), markup=False)
            if self.timeline:
                yield Static(Content.styled("\nThe mouse", "bold $primary"))
                does = [([(how, "bold")], says) for how, says in self.mouse]
                yield Static(_rows(does, 20, room), markup=False)
                yield Static(Content.styled("\nThe timeline", "bold $primary"))
                yield Static(_signs(room), markup=False)
            yield Static(Content.styled("\nThe words", "bold $primary"))
            yield Static(_words(room), markup=False)

    def action_scroll(self, by: int) -> None:
        self.query_one("#help").scroll_relative(y=by, animate=False)


def _rows(rows: Sequence[tuple[Sequence[Part], str]], width: int, room: int) -> Content:
    """Two columns; what does not fit in a line goes on below its own column."""
    lines = []
    for left, says in rows:
        used = sum(len(text) for text, _ in left)
        gap = max(1, width - used)
        wrapped = textwrap.wrap(says, max(_LEAST_ROOM, room - used - gap))
        lines.append(Content.assemble(*left, " " * gap, f"\n{' ' * (used + gap)}".join(wrapped)))
    return Content("\n").join(lines)


def _sections(bound: Sequence[KeyHelp]) -> Iterator[tuple[str, list[KeyHelp]]]:
    """What can be pressed, by what it is about: first what this screen has for itself."""
    here = {each.id: each for each in bound}
    everywhere = [here.pop(each.id) for each in EVERYWHERE if each.id in here]
    sections = []
    for title, acts in SECTIONS.items():
        found = [here.pop(act.id) for act in acts if act.id in here]
        if found:
            sections.append((title, found))
    if here:
        yield "Here", list(here.values())
    yield from sections
    yield "Anywhere", [*everywhere, _PALETTE]


def _keys(bound: Sequence[KeyHelp], room: int, *, dialog: bool) -> Content:
    if dialog:
        rows = [(_or(each.keys), each.says) for each in bound]
        return Content("\n").join([Content.styled("Here", "bold $primary"), _rows(rows, 20, room)])
    parts: list[Content] = []
    for title, members in _sections(bound):
        rows = [(_or(each.keys), each.says) for each in members]
        parts.append(Content.styled(title, "bold $primary"))
        parts.append(_rows(rows, 20, room))
        parts.append(Content(""))
    moved = 'Keys can be moved: write  step = "right, l"  and the like into'
    parts.append(Content.styled(f"{moved}\n{plain(str(place()), 200)}", MUTED))
    return Content("\n").join(parts)


def _or(keys: Sequence[str]) -> list[Part]:
    parts: list[Part] = []
    for key in keys:
        parts.extend([(" or ", MUTED)] if parts else [])
        parts.append((key, "bold $accent"))
    return parts


def _signs(room: int) -> Content:
    rows: list[tuple[list[Part], str]] = []
    for sign in ALL:
        if sign.meaning:
            style = f"${sign.style}" if sign.style else "$task-1"
            style = _SIGN_STYLES.get(sign.style, style)
            rows.append(([(sign.glyph * 3, style)], _SIGN_WORDS[sign.meaning]))
    rows.extend(
        [
            ([(LOOP_LETTER, "bold $nobody-ink on $nobody")], "a thread that runs an event loop"),
            ([("dim", "dim")], "still to come: what is at the right of the playhead"),
            ([("→", "bold")], "before a letter: it has just come to where it stands"),
        ]
    )
    return _rows(rows, 6, room)


def _words(room: int) -> Content:
    return _rows([([(pad(word, 15), "bold")], says) for word, says in GLOSSARY], 16, room)
