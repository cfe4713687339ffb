"""Breakpoints: where the playhead is to stop, and running on to there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from schedsim.tui.acts.base import Act
from schedsim.tui.aside import aside
from schedsim.tui.keys import key_of
from schedsim.tui.stops import look
from schedsim.tui.veil import HIDDEN

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen


def edit(player: PlayerScreen) -> None:
    """Open the list of breakpoints."""
    from schedsim.tui.screens.breakpoints import RUN_ON, BreakpointsScreen

    player.pause()
    player.show()
    session = player.session

    def closed(then: str | None) -> None:
        if then == RUN_ON:
            run_on(player)

    dialog = BreakpointsScreen(session.stops, session.trace, session.run.scenario)
    _ = player.app.push_screen(dialog, closed)


def run_on(player: PlayerScreen) -> None:
    """Go to the next moment at which a breakpoint holds; execute on, if it is not known yet."""
    player.pause()
    session = player.session
    if session.hides_future:
        player.say(HIDDEN)
    elif not session.stops.active:
        lists = key_of(player, "breakpoints")
        player.say(f"No breakpoint is on: {lists} lists them, and makes new ones.")
    elif session.stops.unlooked() is None and _reach(player):
        return
    else:
        if not session.run.finished:
            player.say("Running on to the next stop ...")
        player.search(
            lambda: _reach(player),
            lambda found: None if found else _nowhere(player),
            look_through(player),
        )
    player.show()


async def look_through(player: PlayerScreen) -> None:
    """Have findings looked for, in a thread: that takes a while in a long run."""
    session = player.session
    trace = session.stops.unlooked()
    if trace is not None:
        session.stops.looked(trace, await aside(partial(look, trace)))


def _reach(player: PlayerScreen) -> bool:
    """Go to the next stop, if one is known."""
    stop = player.session.next_stop()
    if stop is None:
        return False
    player.session.to_stop(stop)
    player.say(f"Stopped: {stop.says}.")
    player.show()
    return True


def _nowhere(player: PlayerScreen) -> None:
    session = player.session
    if session.run.finished:
        player.say("No breakpoint holds from here to the end.")
    else:
        upto, further = len(session.trace), key_of(player, "run-on")
        player.say(f"No breakpoint holds up to step {upto:,}; {further} looks further.", "warning")


ACTS = (
    Act("breakpoints", "B", "Breakpoints: where to stop", edit),
    Act("run-on", "R", "Run on to the next breakpoint", run_on),
)
