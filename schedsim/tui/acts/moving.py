"""Moving the playhead: step by step, from event to event, or by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from schedsim.tui.acts.base import Act

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen

_STEP = Binding.Group("Step", compact=True)


def play(player: PlayerScreen) -> None:
    """Play, or pause; from the beginning if there is nothing to come."""
    if player.playback.playing:
        player.pause()
    else:
        if player.session.at_end:
            player.session.home()
        player.play()
    player.show()


def to_end(player: PlayerScreen) -> None:
    """Go to the end, which may have to be executed first."""
    player.wait_for_end()
    player.move(player.session.end)


def change_speed(player: PlayerScreen, by: int) -> None:
    """Play twice as fast, or half as fast."""
    player.playback.change_speed(by)
    player.show()


ACTS = (
    Act("back", "left,h", "One step back", lambda p: p.move(p.session.back), "Back", group=_STEP),
    Act(
        "step",
        "right,l",
        "One step forward",
        lambda p: p.move(p.session.forward),
        "Step",
        group=_STEP,
    ),
    Act("play", "space", "Play, or pause", play, "Play"),
    Act(
        "next-event",
        "n,shift+right",
        "To the next step of the selected lane",
        lambda p: p.move(p.session.next_event),
    ),
    Act(
        "previous-event",
        "p,shift+left",
        "To the step before, of the selected lane",
        lambda p: p.move(p.session.previous_event),
    ),
    Act("home", "home", "To the beginning", lambda p: p.move(p.session.home)),
    Act("end", "end", "To the end", to_end),
    Act(
        "faster", "greater_than_sign,full_stop", "Play twice as fast", lambda p: change_speed(p, 1)
    ),
    Act("slower", "less_than_sign,comma", "Play half as fast", lambda p: change_speed(p, -1)),
)
