"""Choosing what one looks at: the lane, the lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.tui.acts.base import Act
from schedsim.tui.layout import WIDE

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen


def select(player: PlayerScreen, by: int) -> None:
    """Select the lane so many below."""
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
        player.remembered.lesson = not player.remembered.lesson
        player.set_class(player.remembered.lesson, "-lesson")
    player.show()


def scroll_lesson(player: PlayerScreen, pages: int) -> None:
    """Scroll it by so many pages."""
    text = player.query_one("#lesson")
    text.scroll_relative(y=pages * max(1, text.size.height - 1), animate=False)


ACTS = (
    Act("up", "up,k", "Select the lane above", lambda p: select(p, -1)),
    Act("down", "down,j", "Select the lane below", lambda p: select(p, 1)),
    Act("lesson", "t", "Show the lesson, or hide it", lesson, "Lesson"),
    Act("lesson-up", "pageup", "Scroll the lesson up", lambda p: scroll_lesson(p, -1)),
    Act("lesson-down", "pagedown", "Scroll the lesson down", lambda p: scroll_lesson(p, 1)),
)
