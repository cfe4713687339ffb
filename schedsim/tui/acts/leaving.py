"""Leaving the player: for help, for the library, for a file, for good."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from schedsim.plain import plain
from schedsim.tui.acts.base import Act
from schedsim.tui.keys import bound

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen


def explain_keys(player: PlayerScreen) -> None:
    """Open help."""
    from schedsim.tui.screens.help import HelpScreen

    player.pause()
    player.show()
    _ = player.app.push_screen(HelpScreen(bound(player, player.app)))


def leave(player: PlayerScreen) -> None:
    """Go to the library."""
    player.pause()
    player.post_message(player.Leave())


def save(player: PlayerScreen) -> None:
    """Save the branch that is looked at as a recording."""
    from schedsim.tui.screens.save import SaveScreen

    player.pause()
    player.show()
    write, branch = player.save, player.session.branches.current
    if write is None:
        player.say("This session cannot be saved.", "warning")
        return

    def saved(path: Path | None) -> None:
        if path is not None:
            word = plain(shlex.quote(str(path)), 200)
            player.say(f"Saved as {plain(str(path), 200)}. Without the app: schedsim replay {word}")

    dialog = SaveScreen(branch.run.scenario.name or "session", lambda path: write(branch, path))
    _ = player.app.push_screen(dialog, saved)


ACTS = (
    Act("help", "question_mark,f1", "This help", explain_keys, "Help", shown_as="?"),
    Act("library", "o", "Open another scenario", leave, "Library"),
    Act("save", "s", "Save this session as a recording", save),
)
