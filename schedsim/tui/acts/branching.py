"""Going back on what was done: every future that there was is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.tui.acts.base import Act

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen


def undo(player: PlayerScreen) -> None:
    """Look at the same moment without the last thing that was done."""
    player.pause()
    if player.session.undo():
        player.say(f"Undone. {player.session.whereabouts()}")
    else:
        player.say("Nothing has been done here yet.")
    player.show()


def restart(player: PlayerScreen) -> None:
    """Go to the beginning of the first branch."""
    player.pause()
    several = len(player.session.branches) > 1
    player.session.restart()
    if several:
        player.say(f"From the beginning. {player.session.whereabouts()}")
    player.show()


ACTS = (
    Act("undo", "u", "Undo the last thing you did", undo),
    Act("restart", "r", "Begin again, with nothing done; what you did is kept", restart),
)
