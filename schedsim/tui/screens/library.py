"""The library: every scenario by group, and what the selected one teaches."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from schedsim.plain import plain
from schedsim.tui import keys
from schedsim.tui.keymap import NO_CHANGE, Keymap, move
from schedsim.tui.layout import SMALLEST, TALL, TOO_SMALL, WIDE
from schedsim.tui.panels.lesson import NO_LESSON
from schedsim.tui.prose import prose
from schedsim.tui.screens.help import HelpScreen
from schedsim.tui.shelf import BAD_SCENARIO, Entry, Shelf, Unread


class EntryList(OptionList, inherit_bindings=False):
    """The list of scenarios, with keys that help and footer can name."""

    BINDINGS = [*keys.ENTRIES]

    def __init__(self, *options: Option, keymap: Keymap) -> None:
        super().__init__(*options, id="entries", classes="panel")
        self._bindings = move(self._bindings, keymap)


class LibraryScreen(Screen[None]):
    """A list with a preview.

    Args:
        entries: what there is, group by group.
        load: reads one of them, for the preview.
        selected: the name of the one to begin with.
    """

    BINDINGS = [*keys.LIBRARY]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (SMALLEST[0], "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (SMALLEST[1], "-short"), (TALL, "-tall")]
    AUTO_FOCUS = "#entries"

    @dataclass
    class Picked(Message):
        """The user wants to see this one."""

        entry: Entry

    def __init__(self, shelf: Shelf, selected: str = "", *, keymap: Keymap = NO_CHANGE) -> None:
        super().__init__()
        self._bindings = move(self._bindings, keymap)
        self.keymap = keymap
        self.entries = shelf.entries
        self.load = shelf.load
        self.selected = selected
        self._previews: dict[str, Content] = {}

    def compose(self) -> ComposeResult:
        yield Static(TOO_SMALL, id="too-small")
        yield Static(
            Content.assemble(
                ("schedsim", "bold $primary"), ("  who holds the CPU, and why?", "$quiet")
            ),
            id="heading",
        )
        with Horizontal(id="body"):
            entries = EntryList(*self._options(), keymap=self.keymap)
            entries.border_title = Content("scenarios")
            yield entries
            with VerticalScroll(id="preview", classes="panel", can_focus=False) as preview:
                preview.border_title = Content("lesson")
                yield Static(markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        entries = self.query_one("#entries", OptionList)
        wanted = [n for n, entry in enumerate(self.entries) if entry.name == self.selected]
        if self.entries:
            entries.highlighted = entries.get_option_index(str(wanted[0] if wanted else 0))
        else:
            self.query_one("#preview Static", Static).update("There are no scenarios here.")

    def _options(self) -> list[Option]:
        options: list[Option] = []
        group = None
        for number, entry in enumerate(self.entries):
            if entry.group != group:
                group = entry.group
                if options:
                    options.append(Option(Content(""), disabled=True))
                options.append(
                    Option(Content.styled(plain(group, 60), "bold $accent"), disabled=True)
                )
            options.append(Option(Content("  " + plain(entry.title, 200)), id=str(number)))
        return options

    @on(OptionList.OptionHighlighted)
    def preview(self, message: OptionList.OptionHighlighted) -> None:
        """Show what it teaches."""
        entry = self._entry(message.option)
        if entry is None:
            return
        shown = self._previews.get(entry.name)
        if shown is None:
            shown = self._previews[entry.name] = self._preview(entry)
        self.query_one("#preview Static", Static).update(shown)
        self.query_one("#preview").scroll_home(animate=False)

    def _preview(self, entry: Entry) -> Content:
        if isinstance(entry, Unread) and entry.scenario is None:
            return Content.assemble(
                (plain(entry.title, 200), "bold"),
                "\n",
                ("written in Python", "$quiet"),
                "\n\n",
                prose(entry.lesson or NO_LESSON),
            )
        try:
            run, _ = self.load(entry)
        except BAD_SCENARIO as error:
            return Content.styled(plain(str(error), 2_000), "$error")
        scenario = run.scenario
        cores = scenario.machine.cores
        facts = [
            "a tree of processes" if scenario.is_tree else scenario.model,
            f"{cores} core{'s' if cores > 1 else ''}",
            "GIL on" if scenario.python.gil else "no GIL",
        ]
        return Content.assemble(
            (plain(scenario.title, 200), "bold"),
            "\n",
            (" · ".join(facts), "$quiet"),
            "\n\n",
            prose(scenario.lesson or NO_LESSON),
        )

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Play it."""
        entry = self._entry(message.option)
        if entry is not None:
            self.post_message(self.Picked(entry))

    def _entry(self, option: Option) -> Entry | None:
        return self.entries[int(option.id)] if option.id is not None else None

    def action_help(self) -> None:
        _ = self.app.push_screen(HelpScreen(keys.bound(self, self.app)))
