"""Changing the rules of the machine, from the playhead on: its GIL, its policy, its quantum.

Each act is a command (:mod:`schedsim.commands`), as in :mod:`schedsim.tui.acts.acting`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from schedsim.commands import Command, SetGil, SetPolicy, SetQuantum
from schedsim.durations import Time
from schedsim.policies.defaults import slices
from schedsim.tui.acts.base import Act

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen
    from schedsim.tui.session import Session


def has_gil(player: PlayerScreen) -> bool:
    """Threads need the GIL at the playhead."""
    return player.session.moment.has_gil


def _act(session: Session, command: Command) -> None:
    """Do it, and stand right there, before what it brings about at once: so it is explained."""
    session.act(command, explained=True)


def switch_gil(player: PlayerScreen, *, on: bool) -> None:
    """Let threads need the GIL, or no longer."""
    player.act(
        lambda: _act(player.session, SetGil(on=on)),
        lambda: (
            "only the holder of the GIL runs Python code"
            if on
            else "nobody needs the GIL: threads run Python code side by side"
        ),
    )


def choose_policy(player: PlayerScreen) -> None:
    """Ask which policy is to schedule, and let it."""
    from schedsim.tui.screens.policy import PolicyScreen

    player.pause()
    player.show()
    session = player.session
    before = len(session.branches)

    def chosen(command: SetPolicy | None) -> None:
        if command is not None:
            name = command.name.replace("_", " ")
            player.acted(f"From here on {name} schedules; who runs goes on.", before)

    _ = player.app.push_screen(PolicyScreen(session.moment, partial(_act, session)), chosen)


def change_quantum(player: PlayerScreen, doublings: int) -> None:
    """Double the quantum, or halve it."""
    session = player.session
    word, length = _slices(player)

    def scaled(one: Time) -> Time:
        return one * 2 if doublings > 0 else max(1, one // 2)

    quantum = scaled(length) if isinstance(length, int) else tuple(map(scaled, length))
    if not word:
        quantum = 1  # the command says why there is none

    def says() -> str:
        word, length = _slices(player)
        took = session.moment.took
        told = took(length) if isinstance(length, int) else " / ".join(map(took, length))
        return f"the {word.replace('_', ' ')} is {told}; slices under way end when they were to"

    player.act(lambda: _act(session, SetQuantum(quantum)), says)


def _slices(player: PlayerScreen) -> tuple[str, Time | tuple[Time, ...]]:
    """What the policy at the playhead calls a quantum, and how long it is."""
    policy = player.session.moment.state.policy
    word, length = slices(policy.name, policy.parameters, policy.cores)
    return word, length if isinstance(length, int) else tuple(length)


ACTS = (
    Act(
        "gil-off",
        "g",
        "Switch the GIL off, from here on",
        lambda p: switch_gil(p, on=False),
        offered=has_gil,
    ),
    Act(
        "gil-on",
        "g",
        "Switch the GIL on, from here on",
        lambda p: switch_gil(p, on=True),
        offered=lambda p: not has_gil(p),
    ),
    Act("policy", "P", "Choose another scheduling policy, from here on", choose_policy),
    Act(
        "longer-quantum",
        "right_curly_bracket",
        "Double the quantum, from here on",
        lambda p: change_quantum(p, 1),
    ),
    Act(
        "shorter-quantum",
        "left_curly_bracket",
        "Halve the quantum, from here on",
        lambda p: change_quantum(p, -1),
    ),
)
