"""Choosing what one looks at: the lane, the lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.tui.acts.base import Act
from schedsim.tui.keys import key_of
from schedsim.tui.layout import WIDE

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen


def select(player: PlayerScreen, by: int) -> None:
    """Select the lane so many below, or what stands there in the panel that has the focus."""
    if not player.stage.choose(by):
        player.session.select(by)
    player.show()


def lesson(player: PlayerScreen) -> None:
    """Show the lesson beside everything where there is room, else over it."""
    if player.size.width < WIDE:
        from schedsim.tui.screens.lesson import LessonScreen

        player.pause()
        scenario = player.session.run.scenario
        _ = player.app.push_screen(LessonScreen(scenario.title, scenario.lesson))
    else:
        player.stage.toggle("lesson")
    player.show()


def turn(player: PlayerScreen, pages: int) -> None:
    """Scroll the panel that has the focus, or the lesson, by so many pages."""
    if not player.stage.turn(pages):
        gives = key_of(player, "panel-next")
        player.say(f"No panel has the focus: {gives} gives it to one, which this key then scrolls.")


ACTS = (
    Act("up", "up,k", "Select the lane above", lambda p: select(p, -1)),
    Act("down", "down,j", "Select the lane below", lambda p: select(p, 1)),
    Act("lesson", "t", "Show the lesson, or hide it", lesson, "Lesson"),
    Act("page-up", "pageup", "Scroll the focused panel up, or the lesson", lambda p: turn(p, -1)),
    Act("page-down", "pagedown", "Scroll the focused panel down", lambda p: turn(p, 1)),
)
