"""The app: it owns the screens, the themes and what is remembered; the player owns the run."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from schedsim.plain import plain
from schedsim.tui import workarounds
from schedsim.tui.keymap import NO_CHANGE, Keymap
from schedsim.tui.keys import bound
from schedsim.tui.remembered import Remembered, recall, remember
from schedsim.tui.screens.library import LibraryScreen
from schedsim.tui.shelf import BAD_SCENARIO, Entry, File, Opened, Shelf
from schedsim.tui.theme import DARK, THEMES, VARIABLES
from schedsim.tui.unending import Lookout

if TYPE_CHECKING:
    from schedsim.tui.screens.editor import Edited
    from schedsim.tui.screens.player import PlayerScreen

PLAYER = "schedsim.tui.screens.player"
"""What the library does not wait for."""
MOST_RECENT = 5
"""Scenarios that the library lists as used recently."""
LOOK_AGAIN = 2.0
"""Seconds between two looks at the file that is played."""

_SETTLED = 0.5
"""Seconds after which the first picture is there: so long the collector may rest."""


class SchedsimApp(App[None]):
    """schedsim in a terminal.

    Args:
        first: what to show; the library if None.
        shelf: the scenarios that can be picked, and how to read and write files.
        word: by which what is shown first is remembered; empty if it is in no file.
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
        word: str = "",
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
        self._first_word = word
        self.shelf = shelf or Shelf()
        self.clock = clock
        self._writes_down = remembered is None
        self.remembered = recall() if remembered is None else remembered
        for theme in THEMES:
            self.register_theme(theme)
        self._choose_theme(self.remembered.theme)
        self.stylesheet.set_variables(self.get_css_variables())  # so that it is parsed once
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
        if not gc.isenabled():
            self.set_timer(_SETTLED, _collect)
        self.set_interval(LOOK_AGAIN, self.look_again)
        if self._first is None:
            _ = self.push_screen(self._library_screen())
        else:
            entry = self.shelf.find(self._first_word) if self._first_word else None
            self._note(entry)
            file = self.shelf.file(entry) if entry is not None else None
            _ = self.push_screen(self._player_screen(self._first, file, play=False))

    def _leave_when_told(self) -> None:
        """Give the terminal back, as it was, also when somebody else ends the app."""
        loop = asyncio.get_running_loop()

        def leave(code: int) -> None:
            with suppress(RuntimeError):  # the loop has ended: it is being left already
                loop.call_soon_threadsafe(partial(self.exit, return_code=code))

        with suppress(ValueError):  # not the main thread
            Lookout(leave).begin()

    def give_terminal_back(self) -> None:
        """Wait until Textual, which writes in a thread, has written what gives the terminal back.

        It waits itself at the end of ``_shutdown``, unless that was cancelled.
        """
        if self._driver is not None:
            self._driver.close()

    def _library_screen(self) -> LibraryScreen:
        found = (self.shelf.find(word) for word in self.remembered.recent)
        recent = [entry for entry in found if entry is not None][:MOST_RECENT]
        return LibraryScreen(self.shelf, self._last_picked, recent, keymap=self.keys)

    def _player_screen(self, opened: Opened, file: File | None, *, play: bool) -> PlayerScreen:
        from schedsim.tui.screens.player import PlayerScreen
        from schedsim.tui.session import Session

        return PlayerScreen(
            Session(*opened),
            self.remembered,
            clock=self.clock,
            save=self.shelf.save,
            play=play,
            file=file,
            keymap=self.keys,
        )

    def _note(self, entry: Entry | None) -> None:
        """Remember that it was used, if it can be found again."""
        if entry is not None and self.shelf.find(entry.name) is not None:
            self._last_picked = entry.name
            self.remembered.note(entry.name)

    # -- opening --------------------------------------------------------------------------

    @on(LibraryScreen.Picked)
    def open_entry(self, message: LibraryScreen.Picked) -> None:
        """Play what was picked."""
        message.stop()
        self._open(message.entry)

    def _open(self, entry: Entry) -> None:
        try:
            opened = self.shelf.load(entry)
        except BAD_SCENARIO as error:
            self._refuse(entry, str(error))
            return
        self._last_picked = entry.name
        self._note(entry)
        file = self.shelf.file(entry)
        _ = self.switch_screen(self._player_screen(opened, file, play=self.animates))

    def _refuse(self, entry: Entry, says: str) -> None:
        """Say why it cannot be played, and offer to mend it."""
        from schedsim.tui.screens.problem import ProblemScreen

        mends = self.shelf.file(entry) is not None
        title = f"cannot open {plain(entry.title, 40)}"
        mend = partial(self._edit, entry) if mends else None
        _ = self.push_screen(ProblemScreen(title, says, mend=mend))

    def on_player_screen_leave(self, message: PlayerScreen.Leave) -> None:
        """Go back to the library."""
        message.stop()
        _ = self.switch_screen(self._library_screen())

    # -- editing --------------------------------------------------------------------------

    @on(LibraryScreen.Edit)
    def edit_entry(self, message: LibraryScreen.Edit) -> None:
        """Edit what was selected."""
        message.stop()
        self._edit(message.entry)

    def _edit(self, entry: Entry, *, here: bool = False) -> None:
        from schedsim.tui import editing

        editing.edit_entry(self, entry, self._play_edited, here=here)

    @on(LibraryScreen.New)
    def begin(self, message: LibraryScreen.New) -> None:
        """Begin a new scenario."""
        message.stop()
        from schedsim.tui import editing

        editing.begin(self, self._play_edited)

    def _play_edited(self, edited: Edited) -> None:
        entry = self.shelf.find(str(edited.path.absolute()))
        self._note(entry)
        if edited.opened is None or entry is None:
            _ = self.switch_screen(self._library_screen())
        else:
            file = self.shelf.file(entry)
            _ = self.switch_screen(self._player_screen(edited.opened, file, play=self.animates))

    def look_again(self) -> None:
        """See whether the file that is played has been changed by somebody else."""
        player = self._player
        if player is not None:
            from schedsim.tui.acts.editing import look

            look(player)

    @property
    def _player(self) -> PlayerScreen | None:
        """The player, if that is what is shown."""
        if PLAYER not in sys.modules:
            return None
        from schedsim.tui.screens.player import PlayerScreen

        return self.screen if isinstance(self.screen, PlayerScreen) else None

    def on_app_focus(self) -> None:
        """Somebody comes back from another window."""
        self.look_again()

    def _unsaved(self, then: Callable[[], object]) -> bool:
        """Something is being edited: ask, and go on afterwards."""
        for screen in self.screen_stack:
            if getattr(screen, "unsaved", False):
                screen.ask_first(then)  # type: ignore[attr-defined] # an editor: see its module
                return True
        return False

    async def action_quit(self) -> None:
        """Leave schedsim; but what is not saved is asked about first."""
        if not self._unsaved(self.exit):
            self.exit()

    # -- commands -------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Everything that a key does here, all scenarios, and Textual's own."""
        for each in bound(screen, self):
            keys = f"key {' or '.join(each.keys)}"
            yield SystemCommand(each.says, keys, partial(self.run_action, each.action, screen))
        for theme in self.usable_themes():
            says = "Colours of the whole app"
            yield SystemCommand(f"Theme: {theme}", says, partial(setattr, self, "theme", theme))
        player = self._player
        if player is screen and player is not None:
            from schedsim.tui.acts.editing import edit, reload

            yield SystemCommand(
                "Edit here",
                "Edit it in the editor that is built in",
                partial(edit, player, here=True),
            )
            yield SystemCommand(
                "Reload the file", "Read your file again, as it is now", partial(reload, player)
            )
        for entry in self.shelf.entries:
            title = f"Open: {plain(entry.title, 100)}"
            yield SystemCommand(title, "Play this scenario", partial(self._open_instead, entry))

    def _open_instead(self, entry: Entry) -> None:
        """Open it from anywhere: also from the editor, over what it edits."""

        def go() -> None:
            if hasattr(self.screen, "ask_first"):
                _ = self.screen.dismiss(None)
            self.call_later(self._open, entry)

        if not self._unsaved(go):
            go()

    def get_key_display(self, binding: Binding) -> str:
        """What a key is called, in footer, help and palette as in dialogs and on a keyboard."""
        shown = super().get_key_display(binding)
        if shown.startswith("^") and shown != "^":
            return f"ctrl+{shown[1:]}"
        return "enter" if shown == "⏎" else shown

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
        from schedsim.tui.screens.save import SaveScreen

        self.clear_notifications()
        drawn = self.export_screenshot(title="schedsim", simplify=True)

        def write(path: Path) -> None:
            path.write_text(drawn, encoding="utf-8")

        def saved(path: Path | None) -> None:
            if path is not None:
                self.notify(f"Saved as {plain(str(path), 200)}.", markup=False)

        dialog = SaveScreen("schedsim", write, what="save a picture of the screen", ending=".svg")
        _ = self.push_screen(dialog, saved)

    def on_unmount(self) -> None:
        if self.theme != self._theme_at_first:  # one that did not fit may do so next time
            self.remembered.theme = self.theme
        if self._writes_down:
            remember(self.remembered)


def _collect() -> None:
    """Let the collector work, but not on what was made up to now: that stays."""
    gc.freeze()
    gc.enable()
