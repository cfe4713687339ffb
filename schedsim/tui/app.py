"""The app: it owns the screens, the themes and what is remembered; the player owns the run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from textual import on
from textual.app import App, SystemCommand
from textual.screen import Screen

from schedsim.plain import plain
from schedsim.tui import keys
from schedsim.tui.remembered import Remembered, recall, remember
from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.screens.problem import ProblemScreen
from schedsim.tui.session import Session
from schedsim.tui.shelf import BAD_SCENARIO, Entry, Opened, Shelf
from schedsim.tui.theme import DARK, LIGHT, VARIABLES


class SchedsimApp(App[None]):
    """schedsim in a terminal.

    Args:
        first: what to show; the library if None.
        shelf: the scenarios that can be picked, and how to read and write files.
        clock: seconds, as ``time.monotonic``.
        animation: whether anything but the playhead may move by itself.
        remembered: the user's choices; read, and written at the end, unless given.
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
    ) -> None:
        super().__init__()
        self._first = first
        self.shelf = shelf or Shelf()
        self.clock = clock
        self._writes_down = remembered is None
        self.remembered = recall() if remembered is None else remembered
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self._choose_theme(self.remembered.theme)
        if not animation:
            self.animation_level = "none"
        self._last_picked = ""

    def _choose_theme(self, wanted: str) -> None:
        """Set it here, so that TEXTUAL_THEME does not decide, and NO_COLOR meets one of ours."""
        ours = {DARK.name, LIGHT.name}
        usable = wanted in (ours if self.no_color else self.available_themes)
        self.theme = self._theme_at_first = wanted if usable else DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def on_mount(self) -> None:
        """Show the first screen, which could not be switched away if it were the default one."""
        if self._first is None:
            _ = self.push_screen(self._library_screen())
        else:
            _ = self.push_screen(self._player_screen(self._first, play=False))

    def _library_screen(self) -> LibraryScreen:
        return LibraryScreen(self.shelf, self._last_picked)

    def _player_screen(self, opened: Opened, *, play: bool) -> PlayerScreen:
        return PlayerScreen(
            Session(*opened), self.remembered, clock=self.clock, save=self.shelf.save, play=play
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
        _ = self.switch_screen(self._player_screen(opened, play=True))

    @on(PlayerScreen.Leave)
    def open_library(self, message: PlayerScreen.Leave) -> None:
        """Go back to the library."""
        message.stop()
        _ = self.switch_screen(self._library_screen())

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that a key does here, all scenarios, and Textual's own."""
        for each in keys.bound(screen, self):
            name = each.says.split(",")[0]
            hint = f"{each.says} ({', '.join(each.keys)})"
            yield SystemCommand(name, hint, partial(self.run_action, each.action, screen))
        yield from super().get_system_commands(screen)
        for entry in self.shelf.entries:
            title = f"Open: {plain(entry.title, 100)}"
            yield SystemCommand(title, "Play this scenario", partial(self._open, entry))

    def on_unmount(self) -> None:
        if self.theme != self._theme_at_first:  # one that did not fit may do so next time
            self.remembered.theme = self.theme
        if self._writes_down:
            remember(self.remembered)
