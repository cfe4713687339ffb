"""The library: every scenario by group, a search, and what the selected one is about.

What a preview says is put together in :mod:`schedsim.tui.preview`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from schedsim.plain import plain
from schedsim.tui import keys
from schedsim.tui.keymap import NO_CHANGE, Keymap, move
from schedsim.tui.layout import SMALLEST, TALL, TOO_SMALL, WIDE
from schedsim.tui.shelf import Entry, Shelf
from schedsim.tui.widgets.hints import KeyHints

if TYPE_CHECKING:
    from schedsim.tui.preview import Preview

RECENT = "Recently used"
PREVIEW = "schedsim.tui.preview"
"""What the list does not wait for: it takes the whole engine to tell of a scenario."""
PLAYER = "schedsim.tui.screens.player"
_BUDGET = 0.004
"""Seconds of executing between two looks at the keyboard."""
_CHUNK = 250


class EntryList(OptionList, inherit_bindings=False):
    """The list of scenarios, with keys that help and footer can name."""

    BINDINGS = [*keys.ENTRIES]

    def __init__(self, *, keymap: Keymap) -> None:
        super().__init__(id="entries", classes="panel")
        self._bindings = move(self._bindings, keymap)


class SearchField(Input):
    """What to search for; the arrows move in the list below it."""

    BINDINGS = [*keys.SEARCH]

    def __init__(self, *, keymap: Keymap) -> None:
        super().__init__(id="search", compact=True, placeholder="title, lesson, verb")
        self._bindings = move(self._bindings, keymap)


class LibraryScreen(Screen[None]):
    """A list with a preview.

    Args:
        shelf: what there is, group by group.
        selected: the name of the one to begin with.
        recent: what was used recently, the latest first.
        keymap: which keys the user has moved.
    """

    BINDINGS = [*keys.LIBRARY]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (SMALLEST[0], "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (SMALLEST[1], "-short"), (TALL, "-tall")]
    AUTO_FOCUS = "#entries"

    @dataclass
    class Picked(Message):
        """The user wants to see this one."""

        entry: Entry

    @dataclass
    class Edit(Message):
        """The user wants to edit this one."""

        entry: Entry

    class New(Message):
        """The user wants to begin a new one."""

    def __init__(
        self,
        shelf: Shelf,
        selected: str = "",
        recent: Sequence[Entry] = (),
        *,
        keymap: Keymap = NO_CHANGE,
    ) -> None:
        super().__init__()
        self._bindings = move(self._bindings, keymap)
        self.keymap = keymap
        self.shelf = shelf
        self.listed = [*shelf.entries, *recent]
        """By number; the recent ones come last here, and first on the screen."""
        self.selected = selected
        self._previews: dict[int, Preview] = {}
        self._texts: dict[int, str] = {}

    def compose(self) -> ComposeResult:
        yield Static(TOO_SMALL, id="too-small")
        yield Static(
            Content.assemble(
                ("schedsim", "bold $primary"), ("  who holds the CPU, and why?", "$quiet")
            ),
            id="heading",
        )
        with Horizontal(id="body"):
            with Vertical(id="shelf"):
                with Horizontal(id="searching"):
                    yield Static("/ ", id="search-mark", markup=False)
                    yield SearchField(keymap=self.keymap)
                yield EntryList(keymap=self.keymap)
            with VerticalScroll(id="preview", classes="panel"):
                yield Static(markup=False)
        yield KeyHints()

    def on_mount(self) -> None:
        self.query_one("#searching").display = False
        self.watch(self.query_one("#preview"), "virtual_size", self._head_preview)
        self._list(range(len(self.listed)))
        wanted = [n for n, entry in enumerate(self.listed) if entry.name == self.selected]
        if wanted:
            self.entries.highlighted = self.entries.get_option_index(str(wanted[0]))

    @property
    def entries(self) -> OptionList:
        """The list."""
        return self.query_one("#entries", OptionList)

    @property
    def chosen(self) -> int | None:
        """The number of the selected scenario."""
        place = self.entries.highlighted
        option = None if place is None else self.entries.get_option_at_index(place)
        return int(option.id) if option is not None and option.id is not None else None

    # -- the list -------------------------------------------------------------------------

    def _list(self, numbers: Sequence[int]) -> None:
        """Show these, and select the first."""
        entries = self.entries
        entries.clear_options()
        entries.add_options(list(self._options(numbers)))
        words = self.query_one("#search", Input).value.strip()
        searching = bool(words)
        first = self._likeliest(words)
        entries.scroll_home(animate=False)  # the heading above the first one is seen too
        entries.highlighted = first
        everything = len(self.shelf.entries)
        title = f"scenarios · {len(numbers)} of {everything} match" if searching else "scenarios"
        entries.border_title = Content(title)
        if first is None:
            self._say_nothing_here()

    def _likeliest(self, words: str) -> int | None:
        """Where the first one stands that has the words in its title, or else the first."""
        from schedsim.tui.facts import matches

        there = [(n, each.id) for n, each in enumerate(self.entries.options) if each.id]
        titled = (n for n, own in there if words and matches(words, self.listed[int(own)].title))
        return next(titled, there[0][0] if there else None)

    def _options(self, numbers: Sequence[int]) -> Iterator[Option]:
        own = len(self.shelf.entries)
        recent = [n for n in numbers if n >= own]
        group = ""
        for number in [*recent, *(n for n in numbers if n < own)]:
            entry = self.listed[number]
            heading = RECENT if number >= own else entry.group
            if heading != group:
                if group:
                    yield Option(Content(""), disabled=True)
                group = heading
                yield Option(Content.styled(plain(group, 60), "bold $accent"), disabled=True)
            yield Option(self._line(entry), id=str(number))

    def _line(self, entry: Entry) -> Content:
        title = Content("  " + plain(entry.title, 200))
        file = self.shelf.file(entry)
        if file is None or file.ours:
            return title
        from schedsim.tui.preview import short

        place = f"    {file.path.name}  in {short(file.path.parent)}"
        return Content("\n").join([title, Content(plain(place, 200))])

    def _say_nothing_here(self) -> None:
        words = self.query_one("#search", Input).value.strip()
        shows = keys.key_named(self.query_one(SearchField), "search-end")
        says = f"Nothing matches “{plain(words, 60)}”. {shows} shows everything again."
        self._put(Content(says if words else "There are no scenarios here."))

    # -- searching ------------------------------------------------------------------------

    def action_search(self) -> None:
        self.query_one("#searching").display = True
        self.query_one("#search").focus()

    @on(Input.Changed, "#search")
    def search(self, message: Input.Changed) -> None:
        """Show what matches so far."""
        message.stop()
        self._list(self._matching(message.value))

    def _matching(self, words: str) -> Sequence[int]:
        numbers = range(len(self.listed))
        if not words.strip():
            return numbers
        from schedsim.tui.facts import matches

        known = {entry.name for entry in self.shelf.entries}
        return [
            number
            for number in numbers
            if (number < len(self.shelf.entries) or self.listed[number].name not in known)
            and matches(words, self._findable(number))
        ]

    def _findable(self, number: int) -> str:
        if number not in self._texts:
            from schedsim.tui.preview import findable

            self._texts[number] = findable(self.shelf, self.listed[number])
        return self._texts[number]

    def action_clear(self) -> None:
        """Show everything again, with the same one selected."""
        if self.query_one("#searching").display:
            chosen = self.chosen
            field = self.query_one("#search", Input)
            with field.prevent(Input.Changed):
                field.value = ""
            self.query_one("#searching").display = False
            self._list(range(len(self.listed)))
            if chosen is not None:
                self.entries.highlighted = self.entries.get_option_index(str(chosen))
        self.entries.focus()

    def action_move(self, by: int) -> None:
        """Select the one above or below, while the keyboard is with the search."""
        if by < 0:
            self.entries.action_cursor_up()
        else:
            self.entries.action_cursor_down()

    @on(Input.Submitted, "#search")
    def play_match(self, message: Input.Submitted) -> None:
        """Play the one that is selected."""
        message.stop()
        if self.chosen is not None:
            self.post_message(self.Picked(self.listed[self.chosen]))

    # -- the preview ----------------------------------------------------------------------

    @on(OptionList.OptionHighlighted)
    def preview(self, message: OptionList.OptionHighlighted) -> None:
        """Show what it teaches; the first time, the list is on the screen before that is loaded."""
        if message.option.id is None:
            return
        number = int(message.option.id)
        if self._previews or PREVIEW in sys.modules:
            self._tell(number)
        else:
            _ = self.call_after_refresh(self._tell, number)

    def _tell(self, number: int) -> None:
        if self.chosen != number:
            return
        from schedsim.tui.preview import preview

        shown = self._previews.get(number)
        if shown is None:
            shown = self._previews[number] = preview(self.shelf, self.listed[number])
        self._put(self._content(shown))
        if not shown.measured:
            self._measure(number, shown)
        if PLAYER not in sys.modules:
            self._fetch_player()

    @work(thread=True, group="player")
    def _fetch_player(self) -> None:
        """Load it while somebody reads, so that it opens at once."""
        _ = import_module(PLAYER)

    def _content(self, shown: Preview) -> Content:
        return shown.content(keys.key_named(self, "edit-entry"))

    def _put(self, content: Content) -> None:
        self.query_one("#preview Static", Static).update(content)
        self.query_one("#preview").scroll_home(animate=False)

    def _head_preview(self) -> None:
        if not (self.is_attached and self.display):  # it was left meanwhile
            return
        panel = self.query_one("#preview")
        shows = keys.key_named(self, "entry-lesson")
        panel.border_title = Content(
            f"lesson · {shows} shows all of it" if panel.max_scroll_y else "lesson"
        )

    @work(exclusive=True, group="measure")
    async def _measure(self, number: int, shown: Preview) -> None:
        """See how long a scenario takes, while nobody waits for it."""
        run = shown.run
        assert run is not None, "only what runs is measured"
        enough = time.perf_counter() + _BUDGET
        while not shown.measured:
            run.extend(len(run.trace) + _CHUNK)
            if time.perf_counter() > enough:
                await asyncio.sleep(0)
                enough = time.perf_counter() + _BUDGET
        if self.chosen == number:
            self.query_one("#preview Static", Static).update(self._content(shown))

    def on_resize(self) -> None:
        _ = self.call_after_refresh(self._head_preview)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        searching = self.is_mounted and self.query_one("#search").has_focus
        return not (searching and action in {"search", "help"})

    def action_lesson(self) -> None:
        """The lesson, over everything."""
        number = self.chosen
        shown = None if number is None else self._previews.get(number)
        if shown is not None:
            from schedsim.tui.screens.lesson import LessonScreen

            _ = self.app.push_screen(LessonScreen(shown.title, shown.lesson))

    # -- choosing -------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Play it."""
        if message.option.id is not None:
            self.post_message(self.Picked(self.listed[int(message.option.id)]))

    def action_edit(self) -> None:
        number = self.chosen
        if number is not None:
            self.post_message(self.Edit(self.listed[number]))

    def action_new(self) -> None:
        self.post_message(self.New())

    def action_help(self) -> None:
        from schedsim.tui.screens.help import HelpScreen

        _ = self.app.push_screen(HelpScreen(keys.bound(self, self.app), timeline=False))
