"""The veil: beyond a step and a time nothing is shown, while one guesses who runs next.

Nothing that is made of what it leaves may tell of what it hides.  Which question is put, and where,
is not its business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.timeline import Timeline

if TYPE_CHECKING:
    from schedsim.run import Run

HIDDEN = "What comes next is hidden while you guess: esc shows it."
"""What is said to whoever wants to see more."""

_ALL = 1 << 62
"""More than there are of anything."""


class Veil:
    """Hides all that comes after a place, if it is drawn at all."""

    def __init__(self) -> None:
        self.place: tuple[int, Time] | None = None
        """The last step and time that can be seen."""
        self._cut: tuple[Timeline, tuple[int, Time]] | None = None

    def draw(self, step: int, at: Time) -> None:
        """Show nothing after that."""
        self.place = step, at

    def lift(self) -> None:
        """Show everything."""
        self.place = self._cut = None

    def before(self, step: int, at: Time) -> tuple[int, Time]:
        """That place, or the last that can be seen if that is earlier."""
        return (step, at) if self.place is None else min((step, at), self.place)

    def timeline(self, whole: Timeline, run: Run) -> Timeline:
        """The timeline without what is hidden."""
        if self.place is None:
            return whole
        if self._cut is None or self._cut[1] != self.place:
            step, at = self.place
            past, state_at = run.trace.until(step, at), run.history.state_at
            self._cut = (whole.branch(past, step, state_at), self.place)
        return self._cut[0]

    def known(self, run: Run) -> tuple[int, int]:
        """How many entities and cores there are at the last place that can be seen.

        Wherever one looks meanwhile: no row is to come and go.
        """
        if self.place is None:
            return _ALL, _ALL
        state = run.history.state_at(self.place[0])
        return len(state.status), len(state.running)
