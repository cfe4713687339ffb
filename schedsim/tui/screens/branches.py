"""The list of branches: which came from which, when, and what was done; what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static
from textual.widgets.option_list import Option

from schedsim.branches import Branch
from schedsim.durations import format_duration
from schedsim.metrics import METRICS, measure
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.tui.aside import aside
from schedsim.tui.paint import MUTED, STRONG, Part, fit, pad
from schedsim.tui.screens.dialog import Dialog
from schedsim.tui.session import Session
from schedsim.tui.side_by_side import MOST
from schedsim.tui.widgets.marks import MarkList

_NARROWEST_TREE, _WIDEST_TREE, _DEEPEST = 10, 24, 6
_FIGURE = 11
_LEAST_SAYS = 10
_FIGURES = ("from", "ends at", "turnaround")
_USUAL_WIDTH = 74
"""Before the first layout."""
_ROOMY = 64
"""Columns in which there is room for all figures."""
_MOST_MEASURED = 200_000
"""Rows of a run that is measured for this list."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants of which branches."""

    what: Literal["look", "compare"]
    branches: Sequence[Branch]


class BranchesScreen(Dialog[Wish | None]):
    """A tree of branches.

    Args:
        session: whose.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,b", "dismiss(None)", "Close"),
        ("c", "compare", "Compare those that are marked"),
        ("delete,backspace", "drop", "Forget it"),
    ]
    AUTO_FOCUS = "#tree"
    ENTER = "Look at it"
    GROWS = "#tree"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.marked: list[Branch] = []
        self._means: dict[Run, str] = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="branches", classes="dialog") as dialog:
            dialog.border_title = Content("branches: every future there was")
            dialog.border_subtitle = Content("enter looks, space marks, c compares, del forgets")
            yield Static(id="branches-head", markup=False)
            yield MarkList(id="tree")
            yield Static(id="in-full", classes="remark", markup=False)
            yield Static(id="tree-problem", classes="field-problem", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Close", id="cancel", compact=True)
                yield Button("Forget", id="forget", compact=True)
                yield Button("Compare", id="compare", compact=True)
                yield Button("Look", id="ok", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._list()
        self._measure()

    def on_resize(self) -> None:
        self.call_after_refresh(self._list)

    @work(exclusive=True)
    async def _measure(self) -> None:
        """Find out what became of each, one after the other."""
        for branch in list(self.session.branches):
            run = branch.run
            if run.trace.complete and len(run.trace) <= _MOST_MEASURED:
                measured = await aside(partial(measure, run.trace))
                mean = METRICS["mean_turnaround"](measured)
                unit = run.trace.unit
                self._means[run] = "-" if mean is None else format_duration(round(mean), unit)
                self._list()

    # -- showing --------------------------------------------------------------------------

    def _list(self) -> None:
        if not (self.is_attached and self.display):  # it was left meanwhile
            return
        width = self._width
        names = [self._called(branch, depth) for branch, depth in self._rows()]
        figures = _FIGURES[-2:] if self._is_narrow else _FIGURES
        room = width - 4 - len(figures) * _FIGURE
        tree = min(_WIDEST_TREE, max(map(len, names)) + 2, room - _LEAST_SAYS)
        tree = max(_NARROWEST_TREE, tree)
        says = max(_LEAST_SAYS, room - tree)
        head = f"{'    branch':<{tree + 4}}{'what was done':<{says}}"
        head += "".join(f"{word:>{_FIGURE}}" for word in figures)
        self.query_one("#branches-head", Static).update(Content.styled(head, MUTED))
        current = str(self.session.branches.current.number)
        self.query_one(MarkList).fill(list(self._options(tree, says)), current)

    @property
    def _is_narrow(self) -> bool:
        """There is no room for when each began; that is told below, of the one under the cursor."""
        return self._width < _ROOMY

    @property
    def _width(self) -> int:
        return self.query_one(MarkList).content_size.width or _USUAL_WIDTH

    def _rows(self) -> Iterator[tuple[Branch, int]]:
        return in_order(list(self.session.branches))

    def _called(self, branch: Branch, depth: int) -> str:
        tree = f"{'  ' * (min(depth, _DEEPEST) - 1)}└ " if depth else ""
        return f"{tree}{branch.number}{' (here)' * (branch is self.session.branches.current)}"

    def _options(self, tree: int, room: int) -> Iterator[Option]:
        for branch, depth in self._rows():
            current = branch is self.session.branches.current
            run = branch.run
            unit = run.trace.unit
            name = fit(self._called(branch, depth), tree - 1)
            end = format_duration(run.trace.end, unit) + ("" if run.finished else " +")
            parted = format_duration(branch.time, unit) if branch.parent else ""
            mean = self._means.get(run, "..." if run.trace.complete else "-")
            figures = (end, mean) if self._is_narrow else (parted, end, mean)
            parts: list[Part] = [
                (pad(name, tree), STRONG),
                (pad(plain(branch.says, 200), room - 1) + " ", "bold" if current else ""),
                *((f"{text:>{_FIGURE}}", MUTED) for text in figures),
            ]
            yield MarkList.row(str(branch.number), parts, marked=branch in self.marked)

    def _tell(self, problem: str) -> None:
        line = self.query_one("#tree-problem", Static)
        line.update(Content(plain(problem, 300)))
        line.display = bool(problem)
        self.call_after_refresh(self.leave_room)

    @on(MarkList.OptionHighlighted)
    def tell_in_full(self, message: MarkList.OptionHighlighted) -> None:
        """What was done, where the list has no room for all of it."""
        branch = self._of(message.option.id or "")
        when = ""
        if branch.parent and self._is_narrow:
            when = f", from {format_duration(branch.time, branch.run.trace.unit)}"
        whole = f"Branch {branch.number}{when}: {plain(branch.says, 300)}"
        self.query_one("#in-full", Static).update(Content(whole))

    # -- choosing -------------------------------------------------------------------------

    def _of(self, name: str) -> Branch:
        return next(each for each in self.session.branches if str(each.number) == name)

    @property
    def _here(self) -> Branch:
        return self._of(self.query_one(MarkList).here)

    @on(MarkList.Marked)
    def mark(self, message: MarkList.Marked) -> None:
        """Take it among those that are to be compared, or out."""
        message.stop()
        branch = self._of(message.name)
        problem = ""
        if branch in self.marked:
            self.marked.remove(branch)
        elif len(self.marked) == MOST:
            problem = f"There is room for {MOST} side by side."
        else:
            self.marked.append(branch)
        self._tell(problem)
        self._list()

    @on(MarkList.Chosen)
    def look(self, message: MarkList.Chosen) -> None:
        """Look at it."""
        message.stop()
        self._wish(Wish("look", [self._of(message.name)]))

    @on(Button.Pressed, "#ok")
    def look_here(self) -> None:
        """Look at the one under the cursor."""
        self._wish(Wish("look", [self._here]))

    @on(Button.Pressed, "#compare")
    def action_compare(self) -> None:
        """Compare those that are marked; one alone with the current one, or the one here."""
        chosen = list(self.marked) or [self._here]
        if len(chosen) == 1:
            current = self.session.branches.current
            other = self._here if chosen == [current] else current
            chosen = [other, *chosen]
        if len(set(chosen)) == 1:
            self._tell("Mark two branches with the space bar: one alone cannot be compared.")
            return
        units = {branch.run.scenario.unit for branch in chosen}
        if len(units) > 1:
            self._tell("One counts ticks and another does not: their times cannot be compared.")
            return
        self._wish(Wish("compare", sorted(chosen, key=lambda branch: branch.number)))

    @on(Button.Pressed, "#forget")
    def action_drop(self) -> None:
        """Forget the branch under the cursor."""
        branch = self._here
        try:
            self.session.drop(branch)
        except ValueError as error:
            self._tell(f"That cannot be: {error}.")
            return
        self.marked = []
        self._tell("")
        self._list()

    def _wish(self, wish: Wish) -> None:
        if self.is_current:  # not a key or click too many
            _ = self.dismiss(wish)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Stay where one is."""
        if self.is_current:
            _ = self.dismiss(None)


def in_order(branches: Sequence[Branch]) -> Iterator[tuple[Branch, int]]:
    """Every branch below the one that it began from, with how deep it is."""

    def below(parent: Branch | None, depth: int) -> Iterator[tuple[Branch, int]]:
        for branch in branches:
            if branch.parent is parent:
                yield branch, depth
                yield from below(branch, depth + 1)

    return below(None, 0)
