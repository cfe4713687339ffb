"""The editor: the text of a scenario, and what is wrong with it beside each line.

It writes the file that it was given.  Which file that is, and what becomes of the run, is not its
business: see :mod:`schedsim.tui.editing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static, TextArea

from schedsim import files
from schedsim.plain import plain
from schedsim.scenario_file import ScenarioError, read_source
from schedsim.tui import keys
from schedsim.tui.keymap import NO_CHANGE, Keymap, move
from schedsim.tui.layout import SMALLEST, TALL, TOO_SMALL, WIDE
from schedsim.tui.paint import Part
from schedsim.tui.preview import short
from schedsim.tui.proof import Fault, faults, faults_of, following
from schedsim.tui.screens.question import Answer, QuestionScreen
from schedsim.tui.shelf import BAD_SCENARIO, Opened
from schedsim.tui.widgets.code import Code
from schedsim.tui.widgets.hints import KeyHints
from schedsim.tui.widgets.mistakes import Mistakes

_LARGE = 100_000
"""Characters from which on reading proof would be felt while one types: it is done aside."""
_SAVE = Answer("save", "s", "Save")
_DISCARD = Answer("discard", "d", "Do not save")
_OVER = Answer("over", "s", "Save over it")
_TOAST = 6
_BRIEF = 2
"""Seconds for which a toast stays; a brief one does not hide the mistakes for long."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A file that was written."""

    path: Path
    opened: Opened | None = None
    """What it has become, if the user wants to see it played."""


class EditorScreen(Screen[Edited | None]):
    """One file.

    Args:
        path: the file.
        text: what is in it.
        load: understands the file, and executes it if it is Python; raises one of BAD_SCENARIO.
        found: what is known to be wrong with it.
        notice: what the user has to know first.
        own: opens the user's own editor instead, if there is one.
        keymap: which keys the user has moved.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*keys.EDITOR]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (SMALLEST[0], "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (SMALLEST[1], "-short"), (TALL, "-tall")]
    AUTO_FOCUS = "#code"
    PAUSE = 0.3
    """Seconds without a key after which the text is read."""

    def __init__(
        self,
        path: Path,
        text: str,
        load: Callable[[Path], Opened],
        *,
        found: Sequence[Fault] = (),
        notice: str = "",
        own: Callable[[EditorScreen], None] | None = None,
        keymap: Keymap = NO_CHANGE,
    ) -> None:
        super().__init__()
        self._bindings = move(self._bindings, keymap)
        self.path = path
        self.python = path.suffix == ".py"
        self.load = load
        self.faults: Sequence[Fault] = found
        self.notice = notice
        self._own = own
        self._on_disk = text
        self._text = text
        self._kept = text
        """What the text area made of it when it was last written: line ends may differ."""
        self._written = False
        self._reader: Timer | None = None

    # -- showing --------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Static(TOO_SMALL, id="too-small")
        yield Static(id="heading", markup=False)
        with Vertical(id="body"):
            code = Code(self._text, id="code")
            code.border_title = Content(plain(self.path.name, 60))
            code.add_class("panel")
            yield code
            yield Mistakes(id="faults", classes="panel")
        yield KeyHints()

    def on_mount(self) -> None:
        self._kept = self.code.text
        if not self.faults:
            self.faults = faults(self._text, self.path.name, python=self.python)
        self.show()
        line = following(self.faults, 0, 1)
        if line is not None:
            _ = self.call_after_refresh(self.code.to_line, line)
        if self.notice:
            self.say(self.notice, warns=True)

    @property
    def code(self) -> Code:
        """The text."""
        return self.query_one(Code)

    @property
    def unsaved(self) -> bool:
        """Something would be lost."""
        return self.is_mounted and self.code.text != self._kept

    def say(self, text: str, *, warns: bool = False) -> None:
        """Show a toast, instead of the one before."""
        self.app.clear_notifications()
        severity: SeverityLevel = "warning" if warns else "information"
        seconds = _TOAST if warns else _BRIEF
        self.notify(plain(text, 400), severity=severity, timeout=seconds, markup=False)

    def show(self) -> None:
        """Show what is wrong, and whether all is saved."""
        self.code.mark({fault.line for fault in self.faults if fault.line})
        self.query_one(Mistakes).show(self.faults)
        self._head()
        self.moved()

    def _head(self) -> None:
        count = len(self.faults)
        state: Part = ("no mistakes", "$success")
        if count:
            state = ("1 mistake" if count == 1 else f"{count} mistakes", "$error")
        elif self.python:
            state = ("no mistakes in its syntax", "$success")
        self.query_one("#heading", Static).update(
            Content.assemble(
                ("edit  ", "bold $primary"),
                state,
                " · ",
                ("not saved", "bold") if self.unsaved else ("saved", "$quiet"),
                (f"  {plain(short(self.path.absolute()), 300)}", "$quiet"),
            )
        )

    # -- reading proof --------------------------------------------------------------------

    @on(TextArea.Changed)
    def changed(self) -> None:
        """Read it once nobody types."""
        self._head()
        if self._reader is not None:
            self._reader.stop()
        self._reader = self.set_timer(self.PAUSE, self.read)

    @on(TextArea.SelectionChanged)
    def moved(self) -> None:
        """The cursor is in another line."""
        self.query_one(Mistakes).point(self.code.line)

    def read(self) -> None:
        """Look for mistakes, aside if that takes long."""
        text = self.code.text
        if len(text) > _LARGE:
            self._read_aside(text)
        else:
            self._found(faults(text, self.path.name, python=self.python))

    @work(thread=True, exclusive=True, group="proof")
    def _read_aside(self, text: str) -> None:
        found = faults(text, self.path.name, python=self.python)
        _ = self.app.call_from_thread(self._found, found, text)

    def _found(self, found: Sequence[Fault], text: str | None = None) -> None:
        if self.is_mounted and text in {None, self.code.text}:
            self.faults = found
            self.show()

    def action_fault(self, by: int) -> None:
        line = following(self.faults, self.code.line, by)
        if line is None:
            self.say("There are no mistakes on any line.")
        else:
            self.code.to_line(line)

    @on(Mistakes.OptionSelected)
    def go_to_fault(self, message: Mistakes.OptionSelected) -> None:
        """Go to the line that was clicked."""
        message.stop()
        line = self.faults[message.option_index].line
        if line:
            self.code.to_line(line)
        self.code.focus()

    # -- writing --------------------------------------------------------------------------

    def write(self, then: Callable[[], object]) -> None:
        """Write the file, and go on; a file that somebody else has changed is asked about."""

        def answered(answer: str | None) -> None:
            if answer == _OVER.id:
                self._write(then)

        if self._changed_by_others():
            text = f"{self.path.name} was changed by somebody else since you opened it."
            _ = self.app.push_screen(QuestionScreen("save", text, [_OVER]), answered)
        else:
            self._write(then)

    def _changed_by_others(self) -> bool:
        try:
            return self.path.exists() and read_source(self.path) != self._on_disk
        except (ScenarioError, OSError):
            return True

    def _write(self, then: Callable[[], object]) -> None:
        text = self.code.text
        try:
            files.write(self.path, text)
        except ValueError as error:
            self.say(f"Not saved: {error}", warns=True)
            return
        self._on_disk = self._kept = text
        self._written = True
        self._head()
        then()

    def action_save(self) -> None:
        self.write(lambda: self.say("Saved."))

    def action_play(self) -> None:
        if self.unsaved or not self.path.exists():
            self.write(self._play)
        else:
            self._play()

    def _play(self) -> None:
        try:
            opened = self.load(self.path)
        except BAD_SCENARIO as error:
            self._found(faults_of(error))
            count = len(self.faults)
            self.say(
                f"Saved, but it cannot be played: {count} mistake{'s' * (count > 1)}.", warns=True
            )
            line = following(self.faults, 0, 1)
            if line is not None:
                self.code.to_line(line)
            return
        _ = self.dismiss(Edited(self.path, opened))

    # -- leaving --------------------------------------------------------------------------

    def action_leave(self) -> None:
        self.ask_first(self.finish)

    def finish(self) -> None:
        """Leave."""
        _ = self.dismiss(Edited(self.path) if self._written else None)

    def ask_first(self, then: Callable[[], object]) -> None:
        """Go on when nothing can be lost any more, or the user wants to lose it."""

        def answered(answer: str | None) -> None:
            if answer == _SAVE.id:
                self.write(then)
            elif answer == _DISCARD.id:
                then()

        if self.unsaved:
            text = f"{self.path.name} has changes that are not saved."
            question = QuestionScreen("unsaved changes", text, [_SAVE, _DISCARD])
            _ = self.app.push_screen(question, answered)
        else:
            then()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        return not (action == "own" and self._own is None)

    def action_own(self) -> None:
        """Save, and go on in the user's own editor."""
        if self._own is not None:
            own = self._own
            self.write(lambda: own(self))

    def take_up(self) -> None:
        """Somebody else has edited the file: read it again."""
        try:
            text = read_source(self.path)
        except ScenarioError as error:
            self.say(str(error), warns=True)
            return
        self._on_disk = text
        self.code.text = text
        self._kept = self.code.text
        self._found(faults(text, self.path.name, python=self.python))
        line = following(self.faults, 0, 1)
        if line is not None:
            self.code.to_line(line)

    def action_help(self) -> None:
        from schedsim.tui.screens.help import HelpScreen

        _ = self.app.push_screen(HelpScreen(keys.bound(self, self.app), timeline=False))
