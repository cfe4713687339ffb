"""Rows of a panel about a moment: a label, who sits there, since when, and who has just moved.

What rows there are is the business of the panels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from textual.content import Content

from schedsim.tui.moment import Moment
from schedsim.tui.paint import (
    LABEL,
    MUTED,
    ROOM_FOR_FOR,
    STRONG,
    Part,
    chip,
    fit,
    labelled,
    line,
    pad,
    series,
    wide,
)
from schedsim.why.moves import Moves

T = TypeVar("T")

ARROW: Part = ("→", STRONG)
"""Before whoever has just come to the place where it stands."""
_WIDEST_LABELS = 20


def label_width(labels: Sequence[str], width: int) -> int:
    """As many columns as the labels need, if there is room for them."""
    widest = max((wide([(label, "")]) for label in labels), default=0) + 1
    return max(LABEL, min(widest, _WIDEST_LABELS, width // 3))


@dataclass(frozen=True, slots=True)
class Rows:
    """How the rows of one panel are drawn."""

    moment: Moment
    width: int
    moves: Moves
    label: int = LABEL
    """Columns of the labels."""

    @property
    def room(self) -> int:
        """Columns beside the label."""
        return self.width - self.label

    def seat(self, who: int, *, roomy: bool = False) -> list[Part]:
        """The letter of whoever sits there, behind an arrow if it has just come."""
        letter = chip(self.moment.face(who), roomy=roomy)
        return [ARROW, letter] if who in self.moves.who else [letter]

    def holds(self, who: int, *, roomy: bool = False) -> list[Part]:
        """The letter of whoever holds something, behind an arrow if it has just taken it."""
        letter = chip(self.moment.face(who), roomy=roomy)
        return [ARROW, letter] if who == self.moves.took else [letter]

    def came(self, who: int, text: str) -> str:
        """Where somebody comes from who has just moved; else ``text``."""
        return self.moves.who.get(who, text)

    def since(self, start: int) -> str:
        """For how long something has been so."""
        word = "for " if self.width >= ROOM_FOR_FOR else ""
        return f"{word}{self.moment.since(start)}"

    def line(self, label: str, parts: Sequence[Part], right: Sequence[Part] = ()) -> Content:
        """A line with a label; an arrow before the first part stands close to it."""
        if parts and parts[0] is ARROW:
            start = (pad(label, self.label - 1), MUTED)
            return line(self.width, [start, *parts], right)
        return labelled(label, self.width, parts, right, label_width=self.label)

    def named(self, label: str, who: int, seat: Sequence[Part], right: str) -> Content:
        """A line with one who sits there, by letter and name."""
        name = fit(self.moment.face(who).name, self.room - wide(seat) - len(right) - 2)
        return self.line(label, [*seat, (f" {name}", STRONG)], [(right, "")])

    def series(
        self,
        label: str,
        members: Sequence[T],
        paint: Callable[[T], Sequence[Part]],
        none: str = "-",
        note: str = "",
    ) -> Content:
        """A line with several in order."""
        return series(label, self.width, members, paint, none, note, label_width=self.label)
