"""The app: it owns the screens, the themes and what is remembered; the player owns the run."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from textual import on
from textual.app import App, SystemCommand
from textual.screen import Screen

from schedsim.plain import plain
from schedsim.tui import workarounds
from schedsim.tui.acts import bindings
from schedsim.tui.keymap import NO_CHANGE, Keymap
from schedsim.tui.keys import ENTRIES, EVERYWHERE, LIBRARY, bound
from schedsim.tui.remembered import Remembered, recall, remember
from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.problem import ProblemScreen
from schedsim.tui.session import Session
from schedsim.tui.shelf import BAD_SCENARIO, Entry, Opened, Shelf
from schedsim.tui.theme import DARK, THEMES, VARIABLES

_ENDED_BY_SIGNAL = 128
"""More by this than the signal's number is the exit code, as for a shell."""

BOUND = ([*bindings(), *EVERYWHERE], [*LIBRARY, *ENTRIES])
"""What is bound on each screen, for the user's keymap."""


class SchedsimApp(App[None]):
    """schedsim in a terminal.

    Args:
        first: what to show; the library if None.
        shelf: the scenarios that can be picked, and how to read and write files.
        clock: seconds, as ``time.monotonic``.
        animation: whether anything but the playhead may move by itself.
        remembered: the user's choices; read, and written at the end, unless given.
        keys: which keys the user has moved.
    """

    TITLE = "schedsim"
    CSS_PATH = "app.tcss"

    def __init__(
        self,
        first: Opened | None = None,
        *,
        shelf: Shelf | None = None,
        clock: Callable[[], float] = time.monotonic,
        animation: bool = True,
        remembered: Remembered | None = None,
        keys: Keymap = NO_CHANGE,
    ) -> None:
        super().__init__()
        workarounds.apply()
        self.keys = keys
        self.animates = animation
        self._first = first
        self.shelf = shelf or Shelf()
        self.clock = clock
        self._writes_down = remembered is None
        self.remembered = recall() if remembered is None else remembered
        for theme in THEMES:
            self.register_theme(theme)
        self._choose_theme(self.remembered.theme)
        if not animation:
            self.animation_level = "none"
        self._last_picked = ""

    def _choose_theme(self, wanted: str) -> None:
        """Set it here, so that TEXTUAL_THEME does not decide, and NO_COLOR meets one of ours."""
        usable = wanted in self.usable_themes()
        self.theme = self._theme_at_first = wanted if usable else DARK.name

    def usable_themes(self) -> list[str]:
        """Those that can be chosen, ours first: a terminal's colours turn black without colour."""
        ours = [theme.name for theme in THEMES if not (theme.ansi and self.no_color)]
        others = [name for name in self.available_themes if name not in ours]
        return ours if self.no_color else [*ours, *sorted(others)]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def on_mount(self) -> None:
        """Show the first screen, which could not be switched away if it were the default one."""
        if not self.is_headless:
            self._leave_when_told()
        if self._first is None:
            _ = self.push_screen(self._library_screen())
        else:
            _ = self.push_screen(self._player_screen(self._first, play=False))

    def _leave_when_told(self) -> None:
        """Give the terminal back, as it was, also when somebody else ends the app."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None:
                with suppress(NotImplementedError, RuntimeError):  # Windows; not the main thread
                    leave = partial(self.exit, return_code=_ENDED_BY_SIGNAL + number)
                    loop.add_signal_handler(number, leave)

    def _library_screen(self) -> LibraryScreen:
        return LibraryScreen(self.shelf, self._last_picked, keymap=self.keys)

    def _player_screen(self, opened: Opened, *, play: bool) -> PlayerScreen:
        return PlayerScreen(
            Session(*opened),
            self.remembered,
            clock=self.clock,
            save=self.shelf.save,
            play=play,
            keymap=self.keys,
        )

    @on(LibraryScreen.Picked)
    def open_entry(self, message: LibraryScreen.Picked) -> None:
        """Play what was picked."""
        message.stop()
        self._open(message.entry)

    def _open(self, entry: Entry) -> None:
        try:
            opened = self.shelf.load(entry)
        except BAD_SCENARIO as error:
            _ = self.push_screen(ProblemScreen(f"cannot open {plain(entry.name, 30)}", str(error)))
            return
        self._last_picked = entry.name
        _ = self.switch_screen(self._player_screen(opened, play=self.animates))

    @on(PlayerScreen.Leave)
    def open_library(self, message: PlayerScreen.Leave) -> None:
        """Go back to the library."""
        message.stop()
        _ = self.switch_screen(self._library_screen())

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that a key does here, all scenarios, and Textual's own."""
        for each in bound(screen, self):
            name = each.says.split(",")[0]
            hint = f"{each.says} ({', '.join(each.keys)})"
            yield SystemCommand(name, hint, partial(self.run_action, each.action, screen))
        for theme in self.usable_themes():
            says = "Colours of the whole app"
            yield SystemCommand(f"Theme: {theme}", says, partial(setattr, self, "theme", theme))
        for entry in self.shelf.entries:
            title = f"Open: {plain(entry.title, 100)}"
            yield SystemCommand(title, "Play this scenario", partial(self._open, entry))

    def action_next_theme(self) -> None:
        """Show everything in the next of our themes."""
        usable = self.usable_themes()
        ours = [theme.name for theme in THEMES if theme.name in usable]
        index = ours.index(self.theme) if self.theme in ours else -1
        self.theme = ours[(index + 1) % len(ours)]
        self.clear_notifications()
        self.notify(f"Theme: {self.theme}", markup=False)

    def action_picture(self) -> None:
        """Ask where to save a picture of the screen as it is now."""
        from schedsim.tui.screens.save import SaveScreen  # noqa: PLC0415 - a dialog

        self.clear_notifications()
        drawn = self.export_screenshot(title="schedsim", simplify=True)

        def write(path: Path) -> None:
            path.write_text(drawn, encoding="utf-8")

        def saved(path: Path | None) -> None:
            if path is not None:
                self.notify(f"Saved as {plain(str(path), 200)}.", markup=False)

        dialog = SaveScreen("schedsim", write, what="a picture of the screen", suffix=".svg")
        _ = self.push_screen(dialog, saved)

    def on_unmount(self) -> None:
        if self.theme != self._theme_at_first:  # one that did not fit may do so next time
            self.remembered.theme = self.theme
        if self._writes_down:
            remember(self.remembered)
