"""Looking for the next question about a run, some rows at a time, so that the app stays awake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedsim.questions import Question
    from schedsim.run import Run

_AT_A_TIME = 1_000
"""Rows that are looked through between two looks at the keyboard."""
_BELONGS = 100
"""Rows before the last that may belong to a decision that is not complete yet."""


class Asking:
    """A search that begins at a step and goes on where it left off."""

    def __init__(self) -> None:
        self._begun = -1
        self._nothing_up_to = 0

    def forget(self) -> None:
        """Begin again, wherever that will be."""
        self._begun = -1

    def next(self, run: Run, start: int) -> Question | None:
        """The next question after the step ``start``; None if it was not found yet."""
        from schedsim.questions import next_question  # noqa: PLC0415 - the first picture need not

        if start != self._begun:
            self._begun = self._nothing_up_to = start
        start = self._nothing_up_to
        found = next_question(run.history, start, start + _AT_A_TIME)
        if found is None:
            last = max(start, len(run.trace) - self._left_out(run))
            self._nothing_up_to = min(start + _AT_A_TIME, last)
        return found

    def may_find(self, run: Run) -> bool:
        """Not all that has been executed was looked through."""
        return self._nothing_up_to + self._left_out(run) < len(run.trace)

    @staticmethod
    def _left_out(run: Run) -> int:
        return 0 if run.finished else _BELONGS
