"""Editing the scenario that is played, and going on with what has become of it.

The run as it was stays as a branch.  What was done to it is done again, at the same moments, as
far as it still fits.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schedsim.plain import plain
from schedsim.run import Run
from schedsim.source import Source
from schedsim.tui.acts.base import Act
from schedsim.tui.keys import key_of
from schedsim.tui.shelf import BAD_SCENARIO, File

if TYPE_CHECKING:
    from schedsim.tui.app import SchedsimApp
    from schedsim.tui.screens.editor import Edited
    from schedsim.tui.screens.player import PlayerScreen
    from schedsim.tui.shelf import Opened


def edit(player: PlayerScreen, *, here: bool = False) -> None:
    """Edit the user's file, or a copy of what came with schedsim."""
    from schedsim.tui import editing

    player.pause()
    player.show()
    file, source = player.file, player.session.branches.current.source
    try:
        what = file.path if file is not None and file.editable else editing.text_of(file, source)
    except BAD_SCENARIO as error:
        player.say(plain(str(error), 300), "warning")
        return
    if what is None:
        player.say("Nobody knows the text of this scenario: there is nothing to edit.")
        return
    app = _app(player)
    editing.edit(
        app,
        what,
        lambda path: again(player, path),
        lambda edited: go_on(player, edited),
        here=here,
    )


def _app(player: PlayerScreen) -> SchedsimApp:
    from schedsim.tui.app import SchedsimApp

    assert isinstance(player.app, SchedsimApp), "the player belongs to this app"
    return player.app


def again(player: PlayerScreen, path: Path) -> Opened:
    """A run of the file as it is now, with the seed and settings of the one that is played.

    Raises:
        ScenarioError: it is not valid.
    """
    branch = player.session.branches.current
    old, before = branch.run, branch.source
    kept = (before.model, before.settings) if before is not None else ("", ())
    source = Source.of(path, *kept)
    until = old.until if old.until != old.scenario.until else None
    return Run(source.load(str(path)), old.seed, until=until, rows=old.rows), source


def go_on(player: PlayerScreen, edited: Edited) -> None:
    """Play what the file has become, from the same moment on."""
    path = edited.path
    player.file = File(path, python=path.suffix == ".py")
    player.seen = seen(path)
    word = str(path.absolute())
    player.remembered.note(word)
    opened, name = edited.opened, plain(path.name, 60)
    source = player.session.branches.current.source
    try:
        if opened is None:
            if source is not None and Source.of(path).text == source.text:
                player.say(f"{name} says what it said before.")
                return
            opened = again(player, path)
    except BAD_SCENARIO:
        player.say(f"{name} is saved, but cannot be played yet: this run is as it was.", "warning")
        return
    _take_up(player, opened, name)


def _take_up(player: PlayerScreen, opened: Opened, name: str) -> None:
    from schedsim.carrying import carry, reach
    from schedsim.tui.session import FURTHER

    session = player.session
    number = session.branches.current.number
    run, refused = carry(session.run.commands, opened[0])
    reach(run, session.at, FURTHER)
    try:
        session.show_run(run, opened[1], f"edited: {name}")
    except ValueError as error:
        player.say(f"{name} is saved, but not played: {plain(str(error), 200)}.", "warning")
        return
    player.playback.move(session.at)
    more = f" What was before is branch {number}."
    if refused:
        first, count = refused[0], len(refused)
        others = f" (and {count - 1} more)" if count > 1 else ""
        more += f" Not done again{others}: {plain(first.says, 120)}."
    player.say(f"This is {name} as it is now.{more}", "warning" if refused else "information")
    player.show()


def reload(player: PlayerScreen) -> None:
    """Read the user's file again."""
    from schedsim.tui.proof import faults_of
    from schedsim.tui.screens.editor import Edited

    player.pause()
    if player.file is None or not player.file.editable:
        player.say("This scenario is in no file of yours: there is nothing to read again.")
        return
    path = player.file.path
    try:
        opened = again(player, path)
    except BAD_SCENARIO as error:
        player.seen = seen(path)
        player.say(
            f"{plain(path.name, 60)} cannot be played: {faults_of(error)[0]}. "
            f"{key_of(player, 'edit')} shows it.",
            "warning",
        )
    else:
        go_on(player, Edited(path, opened))


def seen(path: Path) -> tuple[int, int] | None:
    """What tells one state of a file from the next; None if it is gone."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


def look(player: PlayerScreen) -> None:
    """Ask whether to read the file again, if somebody has changed it meanwhile."""
    if player.file is None or not player.file.editable or player.playback.playing:
        return
    now, before = seen(player.file.path), player.seen
    player.seen = now
    if before is None or now is None or now == before:
        return
    from schedsim.tui.screens.question import Answer, QuestionScreen

    def answered(answer: str | None) -> None:
        if answer:
            reload(player)

    name = player.file.path.name
    question = QuestionScreen(
        "the file has changed",
        f"{name} has changed. Read it again, and go on at the same moment?",
        [Answer("reload", "r", "Read it again")],
    )
    _ = player.app.push_screen(question, answered)


ACTS = (
    Act(
        "edit",
        "E",
        "Edit this scenario, and go on at the same moment; what came with schedsim is copied",
        edit,
        "Edit",
        spare=True,
    ),
)
