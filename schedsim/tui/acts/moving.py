"""Moving the playhead: step by step, from event to event, or by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from schedsim.plain import plain
from schedsim.tui.acts.base import Act
from schedsim.tui.keys import key_of
from schedsim.tui.veil import HIDDEN

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen

_STEP = Binding.Group("Step", compact=True)


def play(player: PlayerScreen) -> None:
    """Play, or pause; from the beginning if there is nothing to come."""
    if player.playback.playing:
        player.pause()
    elif player.session.at_veil:
        player.say(HIDDEN)
    else:
        if player.session.at_end:
            player.session.home()
        player.play()
    player.show()


def to_event(player: PlayerScreen, *, forward: bool) -> None:
    """Go to the next step of the selected lane, or to the one before; say so if there is none."""
    session = player.session
    found: list[bool] = []
    step = session.next_event if forward else session.previous_event
    player.move(lambda: found.append(step()))
    if any(found) or session.selected is None:
        return
    if forward and session.hides_future:
        if not session.at_veil:  # else it has been said
            player.say(HIDDEN)
        return
    name = plain(session.timeline.name(session.selected), 40)
    if not forward or session.run.finished:
        player.say(f"There is no {'later' if forward else 'earlier'} step of {name}.")
        return
    place = (session.step, session.at, session.selected)

    def look() -> bool:
        gone = place != (session.step, session.at, session.selected)  # somebody did not wait
        return gone or session.next_event()

    def told(found: bool) -> None:  # noqa: FBT001 - as a search tells it
        if found:
            player.app.clear_notifications()
        else:
            further = key_of(player, "next-event")
            upto = f"up to step {len(session.trace):,}; {further} looks further"
            player.say(f"There is no later step of {name} {upto}.")

    player.say(f"Looking for the next step of {name} ...")
    player.search(look, told)


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
        lambda p: to_event(p, forward=True),
    ),
    Act(
        "previous-event",
        "p,shift+left",
        "To the step before, of the selected lane",
        lambda p: to_event(p, forward=False),
    ),
    Act("home", "home", "To the beginning", lambda p: p.move(p.session.home)),
    Act("end", "end", "To the end", to_end),
    Act(
        "faster", "greater_than_sign,full_stop", "Play twice as fast", lambda p: change_speed(p, 1)
    ),
    Act("slower", "less_than_sign,comma", "Play half as fast", lambda p: change_speed(p, -1)),
)
