"""Predicting: the question that is open, what was answered so far, and the score.

It knows no run: the session finds questions and hides what they are about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedsim.questions import Question


@dataclass(slots=True)
class Score:
    """How well somebody has predicted."""

    asked: int = 0
    who: int = 0
    """Right about who is next."""
    why: int = 0
    """Right about the reason."""
    streak: int = 0
    """Right about both, so often in a row."""

    def told(self) -> str:
        """In a few words."""
        if not self.asked:
            return "no answer yet"
        row = f" · {self.streak} in a row" if self.streak > 1 else ""
        return f"who: {self.who} of {self.asked} · why: {self.why} of {self.asked}{row}"


class Quiz:
    """First who is next, then why; then the answer is told."""

    def __init__(self) -> None:
        self.question: Question | None = None
        self.who: int | None = None
        """The candidate that was chosen."""
        self.why: int | None = None
        """The number of the reason that was chosen."""
        self.cursor = 0
        self.score = Score()

    @property
    def open(self) -> bool:
        """There is a question, answered or not."""
        return self.question is not None

    @property
    def asking(self) -> bool:
        """There is a question, and it is not answered."""
        return self.question is not None and self.why is None

    def ask(self, question: Question) -> None:
        """Put a question."""
        self.question = question
        self.who = self.why = None
        self.cursor = 0

    def close(self) -> None:
        """Ask no more; the score stays."""
        self.question = self.who = self.why = None

    def forget(self) -> None:
        """Begin the score again."""
        self.score = Score()

    @property
    def choices(self) -> int:
        """How many answers there are to choose from now."""
        if self.question is None or not self.asking:
            return 0
        chosen = self.question.candidates if self.who is None else self.question.reasons
        return len(chosen)

    def step(self, by: int) -> None:
        """Look at another choice."""
        if self.choices:
            self.cursor = (self.cursor + by) % self.choices

    def choose(self, number: int) -> None:
        """Choose one, counted from 0; nothing happens if there are not so many."""
        question = self.question
        if question is None or not 0 <= number < self.choices:
            return
        self.cursor = 0
        if self.who is None:
            self.who = question.candidates[number]
            return
        self.why = number
        score = self.score
        score.asked += 1
        score.who += self.right_who
        score.why += self.right_why
        score.streak = score.streak + 1 if self.right_who and self.right_why else 0

    @property
    def right_who(self) -> bool:
        """Who is next was predicted."""
        return self.question is not None and self.who == self.question.answer

    @property
    def right_why(self) -> bool:
        """So was the reason."""
        return self.question is not None and self.why == self.question.right
