"""Choosing panels: which are there, which has the focus, which fills the screen; what was found."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from schedsim.tui.acts.base import Act
from schedsim.tui.keys import key_of
from schedsim.tui.panels import PANELS
from schedsim.tui.panels.findings import called

if TYPE_CHECKING:
    from schedsim.findings.base import Finding
    from schedsim.tui.screens.player import PlayerScreen

_CALLED = {
    "now": "cores, GIL and queues now",
    "loop": "the event loop now",
    "why": "what just happened, and why",
    "timeline": "what happened before, and will",
    "lesson": "the lesson",
    "program": "where the program stands",
    "findings": "what is worth telling about the run",
    "metrics": "the numbers of the run, over time too",
}


def toggle(name: str, player: PlayerScreen) -> None:
    """Show a panel, or hide it; say so if it has nothing to show."""
    stage = player.stage
    stage.toggle(name)
    if not stage.panels[name].wants(player.session.moment):
        player.say(f"The panel {name!r} has nothing to show in this scenario.")
    player.show()


def usual(player: PlayerScreen) -> None:
    """Show the usual panels."""
    player.stage.usual()
    player.show()


def focus(player: PlayerScreen, by: int) -> None:
    """Give the focus to another panel."""
    player.stage.focus_step(by)
    player.show()


def enter(player: PlayerScreen) -> None:
    """Let the panel with the focus fill the screen, or no more; of findings, go to the chosen."""
    stage = player.stage
    if not stage.focused:
        gives, enlarges = key_of(player, "panel-next"), key_of(player, "panel-enter")
        player.say(
            f"No panel has the focus: {gives} gives it to one, and {enlarges} makes it large."
        )
        return
    finding = stage.findings.visited(player.session.moment)
    if stage.focused == stage.findings.NAME and finding is not None:
        visit(player, finding)
        return
    stage.alone = "" if stage.alone else stage.focused
    player.show()


def leave(player: PlayerScreen) -> None:
    """Back to all panels; if they are there already, the focus to none."""
    stage = player.stage
    if stage.alone:
        stage.alone = ""
    else:
        stage.focus_on("")
    player.show()


def next_finding(player: PlayerScreen) -> None:
    """Go to the next finding, once somebody has looked for any."""
    session = player.session
    if player.surveyor.after(lambda: next_finding(player)):
        player.show()
        return
    finding = player.stage.findings.following(session.moment)
    if finding is None:
        so_far = "" if session.run.finished and not session.hides_future else " so far"
        player.say(f"Nothing worth telling was found{so_far}.")
    else:
        visit(player, finding)


def visit(player: PlayerScreen, finding: Finding) -> None:
    """Go to where a finding begins, and select whom it is about."""
    player.stage.alone = ""
    session = player.session
    player.pause()
    session.to_time(finding.start)
    for lane in session.moment.lanes():
        if lane.kind in ("thread", "task") and lane.number == finding.who:
            session.selected = lane
    session.settle()  # it may be folded away
    if "findings" not in player.stage.heights:
        more, following = key_of(player, "panel-findings"), key_of(player, "finding")
        said = _begun(called(finding))
        player.say(f"{said}. {more} tells more, {following} goes to the next.")
    player.show()


def _begun(text: str) -> str:
    """As a sentence begins; ``GIL`` stays what it is."""
    return text[:1].upper() + text[1:]


ACTS = (
    *(
        Act(
            f"panel-{name}",
            str(number),
            f"Show or hide panel {number} {name}, {_CALLED.get(name, name)}",
            partial(toggle, name),
        )
        for number, name in enumerate(PANELS, 1)
    ),
    Act("panels-usual", "0", "Show the usual panels", usual),
    Act("panel-next", "tab", "Focus the next panel", lambda p: focus(p, 1)),
    Act("panel-before", "shift+tab", "Focus the panel before", lambda p: focus(p, -1)),
    Act(
        "panel-enter",
        "enter",
        "Make the focused panel large, or small again; among findings: go there",
        enter,
    ),
    Act("panel-leave", "escape", "Back to all panels; then focus none", leave),
    Act("finding", "F", "To the next finding", next_finding),
)
