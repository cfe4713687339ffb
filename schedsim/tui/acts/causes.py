"""Asking for causes: who woke it, and what determined when the run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.tui.acts.base import Act
from schedsim.tui.keys import key_of

if TYPE_CHECKING:
    from schedsim.causes import Stretch
    from schedsim.tui.screens.player import PlayerScreen


def who_woke(player: PlayerScreen) -> None:
    """Go to the last wake of whoever is selected, and on from there, wake by wake."""
    from schedsim.causes import hops
    from schedsim.tui.screens.chain import ChainScreen

    player.pause()
    session = player.session
    moment = session.moment
    who = moment.subject()
    if not who:
        above, below = key_of(player, "up"), key_of(player, "down")
        player.say(f"Nobody is there now: {above} and {below} select a thread or a task.")
        return
    if next(hops(session.run.history, who, session.step), None) is None:
        player.say(f"{moment.face(who).name} has not arrived yet: nobody has woken it.")
        return
    _ = player.app.push_screen(ChainScreen(player, who))


def critical_path(player: PlayerScreen) -> None:
    """Show what determined when the selected thread or task ended, or the run."""
    from schedsim.timeline import LaneId
    from schedsim.tui.screens.critical_path import PathScreen

    player.pause()
    session = player.session
    if session.hides_future:
        player.say("The critical path tells the future: leave guessing first.")
        return
    lane = session.selected
    who = lane.number if lane is not None and lane.kind in ("thread", "task") else 0
    if who >= len(session.moment.state.status):
        who = 0

    def chosen(stretch: Stretch | None) -> None:
        if stretch is not None:
            session.to_step(stretch.step)
            session.at = max(session.at, stretch.start)
            role = session.trace.entities[stretch.who].role.name.lower()
            session.selected = LaneId(role, stretch.who)
            session.settle()  # it may be folded away
        player.show()

    _ = player.app.push_screen(PathScreen(player, who), chosen)


ACTS = (
    Act("who-woke", "W", "Who woke it? Back along the chain of wakes", who_woke),
    Act("critical-path", "C", "The critical path: what made it end when it did", critical_path),
)
