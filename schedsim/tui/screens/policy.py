"""The dialog that lets another policy schedule: which one, and with what parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.widgets import Button, Input, Label, OptionList, Select, Static
from textual.widgets.option_list import Option

from schedsim.commands import SetPolicy
from schedsim.plain import plain
from schedsim.policies import POLICIES
from schedsim.policies.defaults import complete, defaults
from schedsim.tui.moment import Moment
from schedsim.tui.parameters import Field, explained, fields, summary
from schedsim.tui.screens.dialog import Dialog

SAYS: Mapping[str, str] = {
    "fifo": "First come, first served: whoever has the core keeps it until it blocks or ends.",
    "round_robin": "Everybody in turn, for one quantum at most.",
    "sjf": "The shortest job first; nobody is taken off the core.",
    "stcf": "Whoever has least left to compute; a newcomer with less takes the core.",
    "priority": "The best priority first; equals as they came.",
    "mlfq": "Several queues: who uses up its allotment sinks to a lower one.",
    "lottery": "A ticket is drawn for every slice.",
    "stride": "Shares by tickets, without chance: the smallest pass is next.",
    "cfs": "Linux until 6.5: the lowest virtual runtime is next.",
    "eevdf": "Linux since 6.6: of those who are owed time, the earliest virtual deadline.",
    "edf": "The earliest deadline first.",
    "rate_monotonic": "The shortest period first.",
    "linux": "All classes of Linux: deadline, then fifo and rr, then fair.",
    "work_stealing": "A queue for each core; who has nothing takes from another (Go, Tokio).",
}
"""Policies in a line; of one that is not here it is the first of its documentation."""


class PolicyScreen(Dialog[SetPolicy | None]):
    """A list, and a form for the one that is highlighted.

    It stays open until what is asked for fits, or the user gives up.

    Args:
        moment: when it is to happen.
        attempt: does it; raises ValueError with ``parameter: text`` when it does not fit.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "Cancel")]
    AUTO_FOCUS = "#policies"
    ENTER = "Apply it"

    def __init__(self, moment: Moment, attempt: Callable[[SetPolicy], object]) -> None:
        super().__init__()
        self.now = moment.state.policy
        self.unit = moment.run.trace.unit
        self.when = moment.took(moment.at)
        self.attempt = attempt
        self.policy = self.now.name
        """The one that is highlighted."""
        self._fields: tuple[Field, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="choice", classes="dialog") as dialog:
            dialog.border_title = Content(f"scheduling policy from {self.when} on")
            dialog.border_subtitle = Content("enter applies it, tab moves on, esc cancels")
            with Horizontal(id="choosing"):
                yield OptionList(*map(self._option, POLICIES), id="policies", compact=True)
                with Vertical(id="chosen"):
                    yield Static(id="says", markup=False)
                    yield Static(id="name-problem", classes="field-problem", markup=False)
                    yield VerticalScroll(id="parameters", can_focus=False)
                    yield Static(id="hint", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Apply", id="ok", variant="primary", compact=True)

    def on_mount(self) -> None:
        names = list(POLICIES)
        if self.policy in names:  # a policy of somebody's own may have none
            self.query_one(OptionList).highlighted = names.index(self.policy)

    def _option(self, name: str) -> Option:
        now = " (now)" if name == self.now.name else ""
        return Option(Content(f"{name.replace('_', ' ')}{now}"), id=name)

    # -- the form -------------------------------------------------------------------------

    @on(OptionList.OptionHighlighted)
    async def show_policy(self, message: OptionList.OptionHighlighted) -> None:
        """Show what there is to say of the highlighted policy."""
        self.policy = message.option_id or self.policy
        says = SAYS.get(self.policy) or summary(self.policy)
        self.query_one("#says", Static).update(Content(says))
        self._problem("name", "")
        self._fields = fields(self.policy, self._values(), self.unit)
        parameters = self.query_one("#parameters", VerticalScroll)
        await parameters.remove_children()
        await parameters.mount_all(
            widget for field in self._fields for widget in self._widgets(field)
        )
        self._hint("")

    def _values(self) -> dict[str, Any]:
        """What its parameters are now, or would be."""
        known = defaults(self.policy, self.unit)
        return known | dict(self.now.parameters) if self.policy == self.now.name else known

    def _widgets(self, field: Field) -> tuple[Horizontal, Static]:
        widget: Input | Select[int]
        if field.choices:
            choices = [(Content(says), number) for number, (says, _) in enumerate(field.choices)]
            widget = Select(choices, value=field.chosen, allow_blank=False, compact=True)
        else:
            widget = Input(field.text, placeholder="as usual", compact=True, max_length=60)
        widget.id = field.word
        problem = Static(id=f"{field.word}-problem", classes="field-problem", markup=False)
        return Horizontal(Label(field.word.replace("_", " ")), widget, classes="field"), problem

    @on(DescendantFocus)
    def explain(self, event: DescendantFocus) -> None:
        """Say what the focused parameter means."""
        self._hint(event.widget.id or "")

    def _hint(self, word: str) -> None:
        self.query_one("#hint", Static).update(Content(explained(self.policy).get(word, "")))

    # -- applying it ----------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    @on(Button.Pressed, "#ok")
    def submit(self) -> None:
        """Try; go, or say what does not fit, beside each field."""
        if not self.is_current:  # a key or click too many
            return
        problems: dict[str, str] = {}
        values: dict[str, Any] = {}
        for field in self._fields:
            try:
                value = self._read(field)
            except ValueError as error:
                problems[field.word] = str(error)
                continue
            if value is not None:
                values[field.word] = value
        if not problems:
            command = self._try(values, problems)
            if command is not None:
                _ = self.dismiss(command)
                return
        self._tell(problems)

    def _read(self, field: Field) -> Any:
        """What it says; None for what is usual."""
        widget = self.query_one(f"#{field.word}")
        if isinstance(widget, Select):
            return field.choices[widget.value if isinstance(widget.value, int) else 0][1]
        assert isinstance(widget, Input), "there is nothing else in the form"
        return field.read(widget.value)

    def _try(self, values: dict[str, Any], problems: dict[str, str]) -> SetPolicy | None:
        try:
            command = SetPolicy(self.policy, complete(self.policy, values, self.unit))
            self.attempt(command)
        except ValueError as error:
            word, colon, text = str(error).partition(": ")
            known = colon and word in {field.word for field in self._fields} | {"name"}
            problems[word if known else "name"] = text if known else str(error)
            return None
        return command

    def _tell(self, problems: dict[str, str]) -> None:
        for word in ("name", *(field.word for field in self._fields)):
            self._problem(word, problems.get(word, ""))
        first = next(iter(problems))
        self.query_one("#policies" if first == "name" else f"#{first}").focus()

    def _problem(self, word: str, says: str) -> None:
        line = self.query_one(f"#{word}-problem", Static)
        line.update(Content(plain(says, 200)))
        line.display = bool(says)

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Change nothing."""
        if self.is_current:
            _ = self.dismiss(None)
