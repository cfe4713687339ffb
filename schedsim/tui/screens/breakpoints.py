"""The dialog of breakpoints: those that there are, a field for another, and how one writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from schedsim.breakpoints import KINDS, known_of
from schedsim.plain import plain
from schedsim.scenario import Scenario
from schedsim.trace import Trace
from schedsim.tui.keys import KeyHelp
from schedsim.tui.paint import MUTED, fit, pad
from schedsim.tui.screens.dialog import Dialog
from schedsim.tui.stops import Stops
from schedsim.tui.widgets.picks import Picks

_FORM, _SAYS = 22, 30
"""Columns of how a condition is written and of when it holds."""
RUN_ON = "run on"
"""The user wants to go to the next stop."""


class BreakpointsScreen(Dialog[str | None]):
    """It changes the list at once; RUN_ON if the user wants that.

    Args:
        stops: the breakpoints.
        trace: of the run that they are for.
        scenario: of the same.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss(None)", "Close"),
        Binding("ctrl+r", "run_on", "Run on to the next breakpoint"),
    ]
    AUTO_FOCUS = "#condition"
    ENTER = "Add this breakpoint"
    GROWS = "#kinds"
    DEFAULT_CSS = """
    BreakpointsScreen OptionList {
        height: auto; border: none; padding: 0; background: $surface;
        scrollbar-size-vertical: 1;
    }
    BreakpointsScreen OptionList:focus { border: none; background: $panel; }
    BreakpointsScreen #there { max-height: 5; }
    BreakpointsScreen #kinds { max-height: 11; }
    BreakpointsScreen .over { color: $quiet; height: 1; }
    BreakpointsScreen .field { margin: 0; }
    BreakpointsScreen .field-problem { padding: 0 0 0 14; }
    BreakpointsScreen #buttons { margin: 0; }
    """

    def __init__(self, stops: Stops, trace: Trace, scenario: Scenario) -> None:
        super().__init__()
        self.stops = stops
        self.known = known_of(trace, scenario)
        self.examples = [(kind, kind.example(self.known)) for kind in KINDS.values()]

    def compose(self) -> ComposeResult:
        with Vertical(id="stops", classes="dialog") as form:
            form.border_title = Content("breakpoints")
            form.border_subtitle = Content("enter adds, tab moves on, esc closes")
            with Horizontal(classes="field"):
                yield Label("stop when")
                yield Input(id="condition", max_length=120, compact=True)
            yield Static(id="condition-problem", classes="field-problem", markup=False)
            yield Static(id="there-title", classes="over", markup=False)
            yield Picks(id="there", markup=False)
            yield Static(
                f"{pad('how to write it', _FORM)} {pad('it stops when', _SAYS)} enter: for example",
                classes="over",
                markup=False,
            )
            yield Picks(*map(self._kind, range(len(self.examples))), id="kinds", markup=False)
            with Horizontal(id="buttons"):
                yield Button("On or off", id="toggle", compact=True)
                yield Button("Remove", id="remove", compact=True)
                yield Button("Run on", id="run-on", compact=True)
                yield Button("Close", id="close", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._list()

    def _kind(self, number: int) -> Option:
        kind, example = self.examples[number]
        text = [(pad(kind.form, _FORM), "bold"), (f" {pad(kind.says, _SAYS)} ", "")]
        return Option(Content.assemble(*text, (plain(example, 60), MUTED)), disabled=not example)

    def _list(self, at: int | None = None) -> None:
        """Show the breakpoints."""
        there = self.query_one("#there", OptionList)
        there.clear_options()
        for each in self.stops.breakpoints:
            mark, style = ("[x]", "") if each.on else ("[ ]", MUTED)
            off = "" if each.on else "   (off)"
            there.add_option(Content.styled(f"{mark} {fit(plain(each.text, 120), 60)}{off}", style))
        count = len(self.stops.breakpoints)
        there.display = bool(count)
        title = "space: on or off, delete: remove" if count else "There is none yet."
        self.query_one("#there-title", Static).update(Content(title))
        if count and at is not None:
            there.highlighted = min(at, count - 1)
        for name in ("#toggle", "#remove", "#run-on"):
            self.query_one(name, Button).disabled = not count
        self.call_after_refresh(self.leave_room)

    def keys_besides(self) -> Sequence[KeyHelp]:
        """Those of the list of breakpoints."""
        if not self.query_one("#there").has_focus:
            return ()
        return (
            KeyHelp(("space", "enter"), "Switch this one on or off", "toggle"),
            KeyHelp(("del", "⌫"), "Remove this one", "remove"),
        )

    # -- adding ---------------------------------------------------------------------------

    @on(Input.Submitted, "#condition")
    def add(self, message: Input.Submitted) -> None:
        """Add what is written, or say what is wrong with it."""
        problem = self.query_one("#condition-problem", Static)
        try:
            self.stops.add(message.value, self.known)
        except ValueError as error:
            self._tell(str(error))
            return
        problem.display = False
        message.input.value = ""
        self._list(len(self.stops.breakpoints) - 1)

    @on(Input.Changed, "#condition")
    def write_on(self) -> None:
        """What was wrong was wrong with what stood there before."""
        self._tell("")

    def _tell(self, text: str) -> None:
        problem = self.query_one("#condition-problem", Static)
        problem.update(Content(plain(text, 200)))
        problem.display = bool(text)
        self.call_after_refresh(self.leave_room)

    @on(OptionList.OptionSelected, "#kinds")
    def write_example(self, message: OptionList.OptionSelected) -> None:
        """Put an example into the field."""
        _, example = self.examples[message.option_index]
        field = self.query_one("#condition", Input)
        field.value = example
        field.cursor_position = len(example)
        field.focus()

    # -- those that there are -------------------------------------------------------------

    @on(OptionList.OptionSelected, "#there")
    def select(self, message: OptionList.OptionSelected) -> None:
        """Switch one on or off."""
        self._toggle(message.option_index)

    def key_space(self) -> None:
        """Switch the one that is looked at on or off; in the examples, take one."""
        for name in ("#there", "#kinds"):
            chosen = self.query_one(name, OptionList)
            if chosen.has_focus:
                chosen.action_select()

    def key_delete(self) -> None:
        """Remove the one that is looked at."""
        if self.query_one("#there", OptionList).has_focus:
            self.remove_chosen()

    def key_backspace(self) -> None:
        """The same."""
        self.key_delete()

    def _chosen(self) -> int | None:
        number = self.query_one("#there", OptionList).highlighted
        if number is None and len(self.stops.breakpoints) == 1:
            return 0
        return number

    def _toggle(self, number: int) -> None:
        self.stops.toggle(number)
        self._list(number)

    @on(Button.Pressed, "#toggle")
    def toggle(self) -> None:
        """Switch the one that is looked at on or off."""
        number = self._chosen()
        if number is None:
            self._tell("choose one of the list first")
        else:
            self._toggle(number)

    @on(Button.Pressed, "#remove")
    def remove_chosen(self) -> None:
        """Remove the one that is looked at."""
        number = self._chosen()
        if number is None:
            self._tell("choose one of the list first")
        else:
            self.stops.remove(number)
            self._list(number)

    @on(Button.Pressed, "#run-on")
    def action_run_on(self) -> None:
        """Close it, and run on to the next stop."""
        if self.is_current:
            _ = self.dismiss(RUN_ON)

    @on(Button.Pressed, "#close")
    def close(self) -> None:
        """Close it."""
        if self.is_current:
            _ = self.dismiss(None)
