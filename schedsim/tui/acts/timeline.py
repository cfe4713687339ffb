"""The timeline: what stretch of it is seen and which lanes; bookmarks and ranges on it."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING

from schedsim.plain import plain
from schedsim.tui.acts.base import Act
from schedsim.tui.keys import key_of
from schedsim.tui.places import Place, read
from schedsim.tui.widgets.gantt import Gantt

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen

_PANS = 4
"""Pans that take one across what is in view."""


def _is_hidden(player: PlayerScreen) -> bool:
    """Whether nobody would see what is done to the timeline; then nothing is, and that is said."""
    if "timeline" in player.stage.heights:
        return False
    shows = key_of(player, "panel-timeline")
    player.say(f"The timeline is not on the screen: {shows} shows it.")
    return True


def zoom(player: PlayerScreen, by: int) -> None:
    """Wider cells, or narrower ones."""
    if _is_hidden(player):
        return
    player.query_one(Gantt).zoom(by)
    player.show()


def fit(player: PlayerScreen) -> None:
    """The whole run in one screen."""
    if _is_hidden(player):
        return
    player.query_one(Gantt).fit()
    player.show()


def pan(player: PlayerScreen, by: int) -> None:
    """Look at what is earlier, or later; the playhead stays."""
    if _is_hidden(player):
        return
    gantt = player.query_one(Gantt)
    gantt.pan(by * max(1, gantt.columns // _PANS))
    player.show()


def jump(player: PlayerScreen) -> None:
    """Ask where to go, and go there."""
    from schedsim.tui.screens.jump import JumpScreen

    player.pause()
    player.show()
    session = player.session

    def go(place: Place | None) -> None:
        if place is not None:
            player.go_to(place)

    dialog = JumpScreen(
        lambda text: read(text, session.trace, finished=session.run.finished),
        {at: session.moment.took(at) for at in session.bookmarks},
        "12" if session.trace.unit == "tick" else "132ms, 1.5s",
    )
    _ = player.app.push_screen(dialog, go)


def find(player: PlayerScreen) -> None:
    """Ask which lanes to show."""
    if _is_hidden(player):
        return
    from schedsim.tui.screens.find import FindScreen

    player.pause()
    session = player.session
    chosen = session.selected

    def show_only(text: str) -> None:
        session.rows.text = text
        session.selected = chosen  # each text may hide it or not
        session.settle()
        player.show()

    def attempt(text: str) -> str:
        wanted = text.strip().casefold()
        if wanted and not session.rows.finds(session.timeline, wanted):
            return f'no lane has "{plain(wanted, 30)}" in its name'
        show_only(wanted)
        return ""

    dialog = FindScreen(session.rows.text, attempt, lambda: show_only(""))
    _ = player.app.push_screen(dialog)


def fold(player: PlayerScreen) -> None:
    """Fold the group that is selected, or that the selected lane is in; or unfold it."""
    if _is_hidden(player):
        return
    session = player.session
    group = session.rows.group_of(session.timeline, session.selected) if session.selected else None
    if group is None:
        player.say("Only a process with several threads, or a loop with its tasks, can be folded.")
        return
    session.rows.fold(group)
    session.settle()
    player.show()


def fold_all(player: PlayerScreen) -> None:
    """Fold all groups; unfold them if they are."""
    if _is_hidden(player):
        return
    session = player.session
    if session.rows.fold_all(session.timeline) is None:
        player.say("There is nothing to fold: no process with several threads, and no loop.")
        return
    session.settle()
    player.show()


def bookmark(player: PlayerScreen) -> None:
    """Put a bookmark here, or take it away."""
    session = player.session
    kept = [at for at in session.bookmarks if at != session.at]
    when = session.moment.took(session.at)
    if len(kept) == len(session.bookmarks):
        insort(kept, session.at)
        player.say(f"Bookmark at {when}.")
    else:
        player.say(f"No bookmark at {when} any more.")
    session.bookmarks = tuple(kept)
    player.show()


def next_bookmark(player: PlayerScreen) -> None:
    """Go to the next bookmark; after the last comes the first."""
    marks = player.session.bookmarks
    if not marks:
        player.say("There is no bookmark yet.")
        return
    after = bisect_right(marks, player.session.at)
    player.go_to(Place(at=marks[after % len(marks)]))


def choose_range(player: PlayerScreen) -> None:
    """Begin a range here, or end it here, or forget it."""
    if _is_hidden(player):
        return
    session = player.session
    at = session.at
    if session.span is None:
        session.span = (at, at)
        player.say(f"The range begins at {session.moment.took(at)}: go on, and end it there.")
    elif session.span[0] == session.span[1] != at:
        start = session.span[0]
        session.span = (min(start, at), max(start, at))
        length = session.moment.took(abs(at - start))
        forgets = key_of(player, "range")
        player.say(f"The range is {length} long: its numbers are below. {forgets} forgets it.")
    else:
        session.span = None
        player.say("The range is forgotten.")
    player.show()


ACTS = (
    Act("jump", "colon", "Go to a time, a step or a bookmark", jump),
    Act("find", "slash", "Find lanes by name, and show only those", find),
    Act("zoom-in", "right_square_bracket,z", "Zoom the timeline in", lambda p: zoom(p, -1)),
    Act("zoom-out", "left_square_bracket,Z", "Zoom the timeline out", lambda p: zoom(p, 1)),
    Act("fit", "f", "Fit the whole run into the timeline", fit),
    Act("pan-left", "H,ctrl+left", "Look at what is earlier", lambda p: pan(p, -1)),
    Act("pan-right", "L,ctrl+right", "Look at what is later", lambda p: pan(p, 1)),
    Act("fold", "x", "Fold the selected group, or unfold it", fold),
    Act("fold-all", "X", "Fold all groups, or unfold them", fold_all),
    Act("bookmark", "apostrophe", "Bookmark this moment, or forget it", bookmark),
    Act("next-bookmark", "quotation_mark", "To the next bookmark", next_bookmark),
    Act("range", "v", "Begin a range, end it, forget it", choose_range),
)
