"""Acting on the machine, from the playhead on.

Each act is a command (:mod:`schedsim.commands`), so it is recorded, and what was before stays as
a branch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.commands import Inject
from schedsim.durations import format_duration
from schedsim.plain import plain
from schedsim.tui.acts.base import Act

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen


def inject(player: PlayerScreen) -> None:
    """Ask what to inject, and do it."""
    from schedsim.tui.screens.inject import InjectScreen

    player.pause()
    player.show()
    session = player.session
    before = len(session.branches)

    def injected(command: Inject | None) -> None:
        if command is not None:
            when = session.moment.took(session.at)
            player.acted(f"{plain(command.name, 40)} was injected at {when}.", before)

    # Pushed by the act itself: the next key belongs to the dialog, however soon it comes.
    _ = player.app.push_screen(InjectScreen(session.moment, session.act, session.whole), injected)


def toggle_yielding(player: PlayerScreen) -> None:
    """Let CPU-heavy work yield, or run past its yields."""
    session = player.session
    if not session.heavy_left():
        player.say("No CPU-heavy work is left from here on.")
        return
    player.act(
        session.toggle_yielding,
        lambda: f"CPU-heavy work yields{'' if session.yielding() else ' no more'}",
    )


def _can_start_yielding(player: PlayerScreen) -> bool | None:
    return not player.session.yielding() if player.session.heavy else None


def _can_stop_yielding(player: PlayerScreen) -> bool:
    return player.session.heavy and player.session.yielding()


def add_cores(player: PlayerScreen, more: int) -> None:
    """Give the machine so many cores more, or fewer."""

    def says() -> str:
        cores = player.session.cores()
        return "there is 1 core" if cores == 1 else f"there are {cores} cores"

    player.act(lambda: player.session.add_cores(more), says)


def change_interval(player: PlayerScreen, doublings: int) -> None:
    """Double the GIL's switch interval, or halve it."""
    session = player.session
    player.act(
        lambda: session.change_interval(doublings),
        lambda: (
            "whoever waits for a GIL asks for it after "
            + format_duration(session.interval(), session.run.trace.unit)
        ),
    )


def patch(player: PlayerScreen) -> None:
    """Monkey patch the standard library, or undo it."""
    player.act(
        player.session.toggle_patch,
        lambda: (
            "the standard library is monkey patched"
            if player.session.patched()
            else "the standard library is as it was: nothing is patched"
        ),
    )


ACTS = (
    Act("inject", "i", "Inject a CPU-heavy task, here and now", inject, "Inject"),
    Act(
        "yield-on",
        "y",
        "Let CPU-heavy work yield with sleep(0) from here on",
        toggle_yielding,
        "Yield: off",
        _can_start_yielding,
    ),
    Act(
        "yield-off",
        "y",
        "Let CPU-heavy work run past its yields from here on",
        toggle_yielding,
        "Yield: on",
        _can_stop_yielding,
    ),
    Act(
        "yield-nobody",
        "y",
        "Say that nothing here is CPU-heavy",
        lambda p: p.say("Nothing here can yield: no job is cpu_heavy."),
        offered=lambda p: not p.session.heavy,
    ),
    Act("add-core", "plus,equals_sign", "Add a core, from here on", lambda p: add_cores(p, 1)),
    Act(
        "remove-core",
        "minus,underscore",
        "Take the last core away, from here on",
        lambda p: add_cores(p, -1),
    ),
    Act("patch", "M", "Monkey patch for gevent or eventlet, or undo it", patch),
    Act(
        "longer-interval",
        "right_parenthesis",
        "Double the GIL's switch interval, from here on",
        lambda p: change_interval(p, 1),
    ),
    Act(
        "shorter-interval",
        "left_parenthesis",
        "Halve the GIL's switch interval, from here on",
        lambda p: change_interval(p, -1),
    ),
)
