"""Going from one future to another: every one that there was is kept, and can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.tui.acts.base import Act
from schedsim.tui.veil import HIDDEN

if TYPE_CHECKING:
    from schedsim.source import Source
    from schedsim.tui.screens.branches import Wish
    from schedsim.tui.screens.player import PlayerScreen
    from schedsim.tui.side_by_side import Entrant


def undo(player: PlayerScreen) -> None:
    """Look at the same moment without the last thing that was done."""
    player.pause()
    session = player.session
    before = session.branches.current
    done = session.branches.last_done(before)
    try:
        undone = session.undo()
    except ValueError as error:
        player.say(f"That cannot be: {plain(str(error), 200)}.", "warning")
        return
    if not undone:
        player.say("Nothing has been done here yet.")
    elif not done:
        player.say(f"Back from branch {before.number}. {session.whereabouts()}")
    else:
        placed = before.run.commands[-1]
        later = placed.time > session.at
        when = f", at {session.moment.took(placed.time)}, later than here" if later else ""
        where = session.whereabouts().partition(": without this")[0]  # that has just been said
        stop = "" if where == session.whereabouts() else "."
        player.say(f"Undone{when}: {done} {where}{stop}")
    player.show()


def restart(player: PlayerScreen) -> None:
    """Go to the beginning of the first branch."""
    player.pause()
    several = len(player.session.branches) > 1
    player.session.restart()
    if several:
        player.say(f"From the beginning. {player.session.whereabouts()}")
    player.show()


def _guessing(player: PlayerScreen) -> bool:
    """Whether the future is hidden; then it is not shown here either, and that is said."""
    if player.session.hides_future:
        player.say(HIDDEN)
    return player.session.hides_future


def list_branches(player: PlayerScreen) -> None:
    """Show all branches; look at one of them, or at several side by side."""
    from schedsim.tui.screens.branches import BranchesScreen
    from schedsim.tui.side_by_side import Entrant

    if _guessing(player):
        return
    player.pause()
    player.show()
    session = player.session

    def wished(wish: Wish | None) -> None:
        player.show()  # one may have been forgotten
        if wish is None:
            return
        if wish.what == "look":
            session.take(wish.branches[0])
            player.say(session.whereabouts())
            player.show()
        else:
            _compare(player, [Entrant.of_branch(branch) for branch in wish.branches])

    _ = player.app.push_screen(BranchesScreen(session), wished)


def compare(player: PlayerScreen) -> None:
    """Ask what to see beside this branch, and show them side by side."""
    from schedsim.compare import ways
    from schedsim.tui.screens.with_what import Choice, WithWhatScreen
    from schedsim.tui.side_by_side import Entrant

    if _guessing(player):
        return
    player.pause()
    player.show()
    session = player.session
    here = session.branches.current
    others = [branch for branch in session.branches if branch is not here]
    groups = {
        "other branches": [
            Choice(f"branch {each.number}", each.says, partial(Entrant.of_branch, each))
            for each in others
        ]
    }
    source, scenario = here.source, here.run.scenario
    remark = unvaried(source)
    if source is not None and not remark:
        for heading, found in (
            ("other models", ways.models),
            ("other GILs", ways.gils),
            ("more cores, or fewer", ways.cores),
            ("other policies", ways.policies),
        ):
            groups[heading] = [
                Choice(way.name, way.says, partial(Entrant.of_way, way, here.run))
                for way in found(source, scenario)
            ]
    if here.run.commands and not remark:
        remark = "Nothing that you did here is done in another model, GIL, policy or machine."
    if not any(groups.values()):
        player.say(f"There is only one branch yet. {remark}", "warning")
        return

    def chosen(entrants: list[Entrant] | None) -> None:
        if entrants is not None:
            _compare(player, entrants)

    _ = player.app.push_screen(WithWhatScreen(Entrant.of_branch(here), groups, remark), chosen)


def unvaried(source: Source | None) -> str:
    """Why a scenario cannot be looked at in another way, in a sentence; empty if it can."""
    if source is None:
        return "This run came from no file, so it cannot be had in another way."
    if source.python and not source.named:
        from schedsim.source import NOT_EXECUTED

        return f"It cannot be had in another way: {NOT_EXECUTED}."
    return ""


def _compare(player: PlayerScreen, entrants: Sequence[Entrant]) -> None:
    from schedsim.tui.screens.compare import CompareScreen

    session = player.session

    def closed(result: tuple[Entrant, Time] | None) -> None:
        for entrant in entrants:
            if entrant.branch is not None and entrant.branch in session.branches:
                session.saw(entrant.branch)
        if result is not None:
            _go_on(player, *result)

    screen = CompareScreen(
        entrants, clock=player.playback.clock, name_of=_name_of, keymap=player.keymap
    )
    _ = player.app.push_screen(screen, closed)


def _name_of(entrant: Entrant) -> str:
    """What the command line calls the file of a scenario: a name of the library, or of a file."""
    from schedsim import library
    from schedsim.headlines import ENDING
    from schedsim.scenario_file import read_source

    source = entrant.source
    if source is None:
        return ""
    if source.name in library.names() and read_source(library.path(source.name)) == source.text:
        return source.name
    return source.name + (ENDING if source.python else ".toml")


def _go_on(player: PlayerScreen, entrant: Entrant, at: Time) -> None:
    """Look at one of those that were compared, at the moment at which one stood there."""
    session = player.session
    if entrant.branch is not None:
        session.take(entrant.branch, at)
    elif entrant.source is not None:
        try:
            session.vary(entrant.source, f"{entrant.name}: {entrant.says}".removesuffix(": "), at)
        except ValueError as error:
            player.say(f"That cannot be: {plain(str(error), 200)}.", "warning")
            return
    player.say(session.whereabouts())
    player.show()


def vary(player: PlayerScreen) -> None:
    """Ask for another model or other settings, and look at the scenario that way."""
    from schedsim.tui.screens.vary import VaryScreen

    player.pause()
    player.show()
    session = player.session
    branch = session.branches.current
    if branch.source is None or unvaried(branch.source):
        player.say(unvaried(branch.source), "warning")
        return

    def varied(says: str | None) -> None:
        if says is not None:
            player.say(session.whereabouts())
            player.show()

    done = len(branch.run.commands)
    dialog = VaryScreen(branch.source, branch.run.scenario, session.vary, done)
    _ = player.app.push_screen(dialog, varied)


ACTS = (
    Act("undo", "u", "Undo the last thing you did", undo, "Undo", spare=True),
    Act("restart", "r", "Begin again, with nothing done; what you did is kept", restart),
    Act("branches", "b", "List all branches, and look at one of them", list_branches),
    Act(
        "compare",
        "c",
        "Compare this with other branches, models or policies",
        compare,
        "Compare",
        spare=True,
    ),
    Act("vary", "m", "Run the same under another model, GIL or setting", vary),
)
