"""The card that asks who is next, and why: it stands between the panels and the timeline.

It shows a quiz and says what the user chooses; whoever owns the quiz does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from schedsim.tui.keys import key_named
from schedsim.tui.layout import TALL
from schedsim.tui.moment import Moment
from schedsim.tui.paint import MUTED, Part, chip, fit, wide
from schedsim.tui.quiz import Quiz

if TYPE_CHECKING:
    from schedsim.questions import Question

_CHANCE = 0
"""As :data:`schedsim.questions.CHANCE`, which the first picture need not wait for."""
Wish: TypeAlias = Literal["choose", "step", "ask", "stop"]
"""Choose an answer, look at another one, ask the next question, ask no more."""
_NOBODY_KNOWS = "chance decides"
_LONGEST_NAME = 18
_KEYS = "a number, or up, down and enter · esc: show the future again"
_KEYS_AFTER = "{} or enter: the next question · esc: show the future again"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a choice stands, for the mouse."""

    line: int
    start: int
    end: int
    number: int


class QuestionCard(Static, can_focus=True):
    """A question with its choices, and then its answer."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n + 1), f"pick({n})", show=False) for n in range(9)),
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("enter", "settle", show=False),
        Binding("escape", "stop", show=False),
    ]
    DEFAULT_CSS = """
    QuestionCard { display: none; height: auto; background: $surface; padding: 0 1; }
    """

    @dataclass
    class Said(Message):
        """What the user wants of the quiz."""

        what: Wish
        number: int = 0
        """Of the choice, from 0; or by how many to step."""

    def __init__(self) -> None:
        super().__init__(id="question", classes="panel", markup=False)
        self._quiz: Quiz | None = None
        self._moment: Moment | None = None
        self._spots: list[Spot] = []
        self._lines: list[Content] = []

    @property
    def lines(self) -> int:
        """How many lines it takes, with its frame; 0 while nobody is asked."""
        if self._quiz is None or not self._quiz.open:
            return 0
        return len(self._lines) + (2 if self.screen.size.height >= TALL else 1)

    def show(self, moment: Moment, quiz: Quiz) -> None:
        """Show what is asked, or nothing."""
        self._moment, self._quiz = moment, quiz
        if self.display != quiz.open:
            self.display = quiz.open
            if not quiz.open and self.has_focus:
                self.screen.set_focus(None)
        if quiz.open:
            self._draw(
                max(20, self.parent_width - 2 - (2 if self.screen.size.height >= TALL else 0))
            )
            if self.screen.focused is None:
                self.focus()

    @property
    def parent_width(self) -> int:
        """The columns there are."""
        parent = self.parent
        width = getattr(parent, "size", self.screen.size).width
        return int(width) or self.screen.size.width

    def on_resize(self) -> None:
        if self._moment is not None and self._quiz is not None:
            self.show(self._moment, self._quiz)

    # -- drawing --------------------------------------------------------------------------

    def _draw(self, width: int) -> None:
        quiz, moment = self._quiz, self._moment
        if quiz is None or moment is None or quiz.question is None:
            return
        self.border_title = Content(f"who runs next? · {quiz.score.told()}")
        self._spots = []
        if not quiz.asking:
            self._lines = self._told(moment, quiz, quiz.question, width)
        elif quiz.who is None:
            self._lines = self._who(moment, quiz, quiz.question, width)
        else:
            self._lines = self._why(moment, quiz, quiz.question, width)
        self.update(Content("\n").join(self._lines))

    def _who(self, moment: Moment, quiz: Quiz, question: Question, width: int) -> list[Content]:
        lines = _wrapped(f"{question.premise} ", question.asks, width)
        items = [
            _choice(number, number == quiz.cursor, _candidate(moment, each))
            for number, each in enumerate(question.candidates)
        ]
        lines += self._flow(items, width, len(lines))
        if question.crowd:
            lines.append(Content.styled(f"  and {question.crowd} more that want it", MUTED))
        return [*lines, _hint(_KEYS, width)]

    def _why(self, moment: Moment, quiz: Quiz, question: Question, width: int) -> list[Content]:
        said = _candidate(moment, quiz.who or 0)
        first = Content.assemble(
            "You say ", *said, (".  Whoever it is: why does it come next?", "bold")
        )
        lines = [first.truncate(width, ellipsis=True)]
        for number, reason in enumerate(question.reasons):
            parts = _choice(number, number == quiz.cursor, [(reason, "")])
            self._spots.append(Spot(len(lines), 0, width, number))
            lines.append(Content.assemble(*parts).truncate(width, ellipsis=True))
        return [*lines, _hint(_KEYS, width)]

    def _told(self, moment: Moment, quiz: Quiz, question: Question, width: int) -> list[Content]:
        answer = _candidate(moment, question.answer)
        if question.answer != _CHANCE:
            answer = [("it is ", ""), *answer]
        who: list[Part] = [("Right", "bold $success"), (": ", ""), *answer]
        if not quiz.right_who:
            said = _candidate(moment, quiz.who or 0)
            who = [("No", "bold $error"), (": ", ""), *answer, (", not ", ""), *said]
        reason = question.reasons[question.right]
        why: list[Part] = [("Right", "bold $success"), (", because: ", ""), (reason, "bold")]
        if not quiz.right_why:
            why = [("No", "bold $error"), (", it is because: ", ""), (reason, "bold")]
        lines = [Content.assemble(*who, (".", "")), Content.assemble(*why)]
        if not quiz.right_why and quiz.why is not None:
            lines.append(Content.assemble("You said: ", question.reasons[quiz.why]))
        told = [Content(question.told)] if question.told else []
        wrapped = [part for line in (*lines, *told) for part in line.wrap(width)]
        return [*wrapped, _hint(_KEYS_AFTER.format(key_named(self.screen, "predict")), width)]

    def _flow(self, items: Sequence[Sequence[Part]], width: int, first: int) -> list[Content]:
        """The choices side by side, in as many lines as they take."""
        rows: list[list[Part]] = [[]]
        for number, item in enumerate(items):
            used = wide(rows[-1])
            if used and used + wide(item) > width:
                rows.append([])
                used = 0
            self._spots.append(Spot(first + len(rows) - 1, used, used + wide(item), number))
            rows[-1] += [*item, ("   ", "")]
        return [Content.assemble(*row).truncate(width) for row in rows]

    # -- keys and the mouse ---------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Once the answer is told, numbers and arrows are the player's again."""
        del parameters
        return action not in ("pick", "step") or (self._quiz is not None and self._quiz.asking)

    def action_pick(self, number: int) -> None:
        """Choose one by its number."""
        self.post_message(self.Said("choose", number))

    def action_step(self, by: int) -> None:
        """Look at the next, or the one before."""
        self.post_message(self.Said("step", by))

    def action_settle(self) -> None:
        """Choose the one that is looked at."""
        if self._quiz is not None:
            asking = self._quiz.asking
            self.post_message(self.Said(*(("choose", self._quiz.cursor) if asking else ("ask",))))

    def action_stop(self) -> None:
        """Stop asking."""
        self.post_message(self.Said("stop"))

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        offset = event.get_content_offset(self)
        for spot in self._spots:
            if offset and offset.y == spot.line and spot.start <= offset.x < spot.end:
                self.post_message(self.Said("choose", spot.number))


def _candidate(moment: Moment, candidate: int) -> list[Part]:
    if candidate == _CHANCE:
        return [(_NOBODY_KNOWS, "")]
    face = moment.face(candidate)
    return [chip(face), (f" {fit(face.name, _LONGEST_NAME)}", "")]


def _choice(number: int, chosen: bool, parts: Sequence[Part]) -> list[Part]:  # noqa: FBT001
    mark = "›" if chosen else " "
    return [(f"{mark}{number + 1} ", "bold $accent" if chosen else "bold"), *parts]


def _hint(text: str, width: int) -> Content:
    return Content.styled(fit(text, width), MUTED)


def _wrapped(premise: str, asks: str, width: int) -> list[Content]:
    return list(Content.assemble(premise, (asks, "bold")).wrap(width))
