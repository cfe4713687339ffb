"""The body of the player: its panels, which of them are there, and which has the focus.

How many lines each gets is worked out in :mod:`schedsim.tui.layout`; what happens when somebody
points at something is the player's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.css.scalar import Scalar
from textual.widget import Widget
from textual.widgets import Static

from schedsim.tui.keys import key_of
from schedsim.tui.layout import USUALLY_HIDDEN, WIDE, Choice, arrange
from schedsim.tui.moment import Moment
from schedsim.tui.panels import PANELS
from schedsim.tui.panels.base import Panel
from schedsim.tui.panels.findings import FindingsPanel
from schedsim.tui.quiz import Quiz
from schedsim.tui.remembered import Remembered
from schedsim.tui.widgets.question import QuestionCard

_PLACES = {name: panel.PLACE for name, panel in PANELS.items()}


class Stage(Container):
    """The panels in their places.

    Args:
        remembered: which panels the user has hidden; written to.
    """

    def __init__(self, remembered: Remembered) -> None:
        super().__init__(id="body")
        self.remembered = remembered
        self.panels: Mapping[str, Panel] = {}
        self.over = ""
        """In a narrow terminal: the panel that stands in the place of the timeline."""
        self.alone = ""
        """The panel that fills everything, if one does."""
        self.focused = ""
        """The panel that has the focus, if one has."""
        self.heights: Mapping[str, int] = {}
        """How many lines each panel has that is there."""
        self._there: Sequence[str] = ()
        """The panels that are there, or would be if none were alone."""
        self._placed: tuple[Mapping[str, int], int] | None = None
        self.question = QuestionCard()

    def compose(self) -> ComposeResult:
        made = {name: panel() for name, panel in PANELS.items()}
        for number, panel in enumerate(made.values(), 1):
            panel.number = number
        self.panels = made
        with Vertical(id="main"):
            with Horizontal(id="top"):
                yield from (p for p in made.values() if p.PLACE == "top")
            yield self.question
            yield from (p for p in made.values() if p.PLACE == "middle")
            yield from (p for p in made.values() if p.PLACE == "bottom")
        with Vertical(id="side"):
            yield from (p for p in made.values() if p.PLACE == "side")
        yield Static(id="all-hidden", markup=False)

    @property
    def findings(self) -> FindingsPanel:
        """The panel of findings, whether it is there or not."""
        return self.query_one(FindingsPanel)

    # -- showing --------------------------------------------------------------------------

    def show(self, moment: Moment, quiz: Quiz) -> None:
        """Show this moment in all panels that are there, and what is asked."""
        before = self.question.lines
        self.question.show(moment, quiz)
        if self.question.lines != before:
            self.share(moment)
        for name in self.heights:
            self.panels[name].show(moment)

    def share(self, moment: Moment) -> None:
        """Give every panel its lines."""
        if not (self.is_mounted and self.is_attached):
            return
        hidden = frozenset(self.remembered.hidden) - {self.over, self.alone}
        wanted = {n: 0 if n in hidden else p.wants(moment) for n, p in self.panels.items()}
        hidden = frozenset(self.remembered.hidden)
        size = (self.screen.size.width, self.screen.size.height)
        asked = self.question.lines
        choice = Choice(hidden, "" if asked else self.over)
        heights = together = arrange(size, wanted, _PLACES, choice, asked)
        if self.alone and not asked:
            heights = arrange(size, wanted, _PLACES, choice._replace(alone=self.alone))
        self._there = [name for name in self.panels if name in together or name == self.alone]
        if self.focused and self.focused not in heights:
            self.focus_on("")
        self.heights = heights
        for name, panel in self.panels.items():
            panel.enlarge(alone=name == self.alone and not asked)
        if (heights, asked) != self._placed:
            self._placed = (heights, asked)
            self._place()

    def _place(self) -> None:
        """Put the panels where they belong."""
        heights, narrow = self.heights, self.screen.size.width < WIDE
        of_place: dict[str, int] = {}
        for name, lines in heights.items():
            of_place[_PLACES[name]] = max(lines, of_place.get(_PLACES[name], 0))
        for name in self.panels:
            lines = heights.get(name, 0)
            _have(self.query_one(f"#{name}"), lines)
        _have(self.query_one("#top"), of_place.get("top", 0))
        main = sum(lines for place, lines in of_place.items() if place != "side")
        _have(self.query_one("#main"), main + self.question.lines)
        _have(self.query_one("#side"), sum(n for w, n in heights.items() if _PLACES[w] == "side"))
        self.set_class(narrow or not main, "-below")
        empty = self.query_one("#all-hidden", Static)
        empty.display = not heights
        if not heights:
            usual = key_of(self.screen, "panels-usual")
            empty.update(f"All panels are hidden: {usual} shows the usual ones.")

    # -- choosing -------------------------------------------------------------------------

    def toggle(self, name: str) -> None:
        """Show a panel, or hide it."""
        hidden = set(self.remembered.hidden)
        narrow = self.screen.size.width < WIDE
        if narrow and _PLACES[name] == "side":
            self.over = "" if self.over == name and not self.alone else name
        elif narrow and self.over and _PLACES[name] == "bottom":
            self.over = ""
            hidden.discard(name)
        elif self.alone and self.alone != name:  # it was not to be seen
            hidden.discard(name)
        else:
            hidden ^= {name}
        self.alone = ""
        self.remembered.hidden = tuple(sorted(hidden))

    def usual(self) -> None:
        """Show the usual panels, in their usual places."""
        self.remembered.hidden = USUALLY_HIDDEN
        self.over = self.alone = ""
        self.focus_on("")

    def focus_on(self, name: str) -> None:
        """Give a panel the focus, or nobody."""
        self.focused = name
        for each, panel in self.panels.items():
            panel.mark(focused=each == name)

    def focus_step(self, by: int) -> None:
        """Give the focus to the next panel that is there, or to the one before."""
        names = self._there
        if not names:
            return
        if self.focused in names:
            self.focus_on(names[(names.index(self.focused) + by) % len(names)])
        else:
            self.focus_on(names[0 if by > 0 else -1])
        if self.alone:
            self.alone = self.focused

    def turn(self, pages: int) -> bool:
        """Scroll the panel with the focus; else the lesson, or what stands in its place.

        False if none of them is there.
        """
        for name in (self.focused, self.alone, "lesson", self.over):
            if name in self.heights:
                self.panels[name].turn(pages)
                return True
        return False

    def choose(self, by: int) -> bool:
        """Go up or down in the panel with the focus; False if it is not a list."""
        if self.focused != FindingsPanel.NAME:
            return False
        self.findings.choose(by)
        return True


def _have(widget: Widget, lines: int) -> None:
    """Give a widget so many lines; none hides it."""
    if lines and widget.styles.height != Scalar.from_number(lines):
        widget.styles.height = lines
    if widget.display != bool(lines):
        widget.display = bool(lines)
