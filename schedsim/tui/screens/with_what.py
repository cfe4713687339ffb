"""The dialog that asks what to compare a branch with: others, models, policies, GILs, cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static
from textual.widgets.option_list import Option

from schedsim.plain import plain
from schedsim.tui.paint import MUTED, STRONG, pad
from schedsim.tui.screens.dialog import Dialog
from schedsim.tui.side_by_side import MOST, Entrant
from schedsim.tui.widgets.marks import MarkList

_NAME = 19


class Choice:
    """Something to compare with.

    Args:
        name: in a word or two.
        says: in a few words more.
        make: makes a run of it; raises ValueError where that cannot be.
    """

    def __init__(self, name: str, says: str, make: Callable[[], Entrant]) -> None:
        self.name = plain(name, 40)
        self.says = plain(says, 80)
        self.make = make


class WithWhatScreen(Dialog[list[Entrant] | None]):
    """A list in which one marks what one wants to see beside the branch one looks at.

    Args:
        this: what the others are compared with.
        groups: what there is to choose from, by heading.
        remark: what cannot be chosen, and why; empty if there is nothing to say.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "dismiss(None)", "Cancel")]
    AUTO_FOCUS = "#choices"
    ENTER = "Compare with those that are marked, or with this one"
    GROWS = "#choices"

    def __init__(
        self, this: Entrant, groups: Mapping[str, Sequence[Choice]], remark: str = ""
    ) -> None:
        super().__init__()
        self.this = this
        self.groups = {heading: choices for heading, choices in groups.items() if choices}
        self.choices = {
            f"{heading} {number}": choice
            for heading, choices in self.groups.items()
            for number, choice in enumerate(choices)
        }
        self.marked: list[str] = []
        self.remark = remark

    def compose(self) -> ComposeResult:
        with Vertical(id="with-what", classes="dialog") as dialog:
            dialog.border_title = Content(f"compare {plain(self.this.name, 40)} with ...")
            dialog.border_subtitle = Content("space marks, enter compares, esc cancels")
            yield MarkList(id="choices", click_marks=True)
            if self.remark:
                yield Static(self.remark, classes="remark", markup=False)
            yield Static(id="choices-problem", classes="field-problem", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Compare", id="ok", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._list()

    def _list(self) -> None:
        self.query_one(MarkList).fill(list(self._options()))

    def _options(self) -> Iterator[Option]:
        for heading, choices in self.groups.items():
            yield MarkList.heading(heading)
            for number, choice in enumerate(choices):
                name = f"{heading} {number}"
                parts = [(pad(choice.name, _NAME), STRONG), (f"  {choice.says}", MUTED)]
                yield MarkList.row(name, parts, marked=name in self.marked)

    @on(MarkList.Marked)
    def mark(self, message: MarkList.Marked) -> None:
        """Take it in, or out."""
        message.stop()
        problem = ""
        if message.name in self.marked:
            self.marked.remove(message.name)
        elif len(self.marked) == MOST - 1:
            problem = f"There is room for {MOST} runs, this one included."
        else:
            self.marked.append(message.name)
        self._tell(problem)
        self._list()

    @on(MarkList.Chosen)
    @on(Button.Pressed, "#ok")
    def compare(self) -> None:
        """Compare with what is marked; with what is under the cursor if nothing is."""
        if not self.is_current:  # a key or click too many
            return
        here = self.query_one(MarkList).here
        names = self.marked or [here] * bool(here)
        found = []
        for name in names:
            choice = self.choices[name]
            try:
                found.append(choice.make())
            except ValueError as error:
                self._tell(f"{choice.name} cannot be: {error}")
                return
        units = {entrant.run.scenario.unit for entrant in [self.this, *found]}
        if len(units) > 1:
            self._tell("One counts ticks and another does not: their times cannot be compared.")
        elif found:
            _ = self.dismiss([self.this, *found])

    def _tell(self, problem: str) -> None:
        line = self.query_one("#choices-problem", Static)
        line.update(Content(plain(problem, 300)))
        line.display = bool(problem)
        self.call_after_refresh(self.leave_room)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Compare nothing."""
        if self.is_current:
            _ = self.dismiss(None)
