"""The catalogue of acts: everything that a person can do in the player.

Adding one: a line in the module that is about it (or a new module and a line below), and a test.
A module imports a dialog when it is first opened, so that the first picture need not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from schedsim.tui.acts import (
    acting,
    branching,
    causes,
    editing,
    leaving,
    lives,
    looking,
    machine,
    moving,
    panels,
    predicting,
    stopping,
    timeline,
)
from schedsim.tui.acts.base import Act

SECTIONS: Mapping[str, tuple[Act, ...]] = {
    "Moving in time": moving.ACTS,
    "What unblocked whom": causes.ACTS,
    "Predicting": predicting.ACTS,
    "Breakpoints": stopping.ACTS,
    "Acting, from here on": acting.ACTS,
    "Changing the rules, from here on": machine.ACTS,
    "Acting on the selected lane": lives.ACTS,
    "Branches": branching.ACTS,
    "Looking": looking.ACTS,
    "Timeline": timeline.ACTS,
    "Panels": panels.ACTS,
    "Editing": editing.ACTS,
    "Everything else": leaving.ACTS,
}
"""By what help calls them."""

ACTS: Mapping[str, Act] = {act.id: act for acts in SECTIONS.values() for act in acts}
"""By id."""


def bindings() -> list[Binding]:
    """Those that have a fixed place, as a screen takes them: the order is that of the footer."""
    return [act.binding() for act in ACTS.values() if not act.spare]


def spare_bindings() -> list[Binding]:
    """Those that come last in the footer."""
    return [act.binding() for act in ACTS.values() if act.spare]
