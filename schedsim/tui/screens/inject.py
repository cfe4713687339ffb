"""The dialog that injects CPU-heavy work: what, where, how long, in what chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Select, Static

from schedsim.commands import Inject
from schedsim.durations import Time, format_duration, parse_duration, parse_ticks
from schedsim.plain import plain
from schedsim.state import Status
from schedsim.trace import Role
from schedsim.tui.moment import Moment
from schedsim.tui.scale import round_down
from schedsim.tui.screens.dialog import Dialog

_FIELDS = {"process": "where", "loop": "where"}
"""The field of the dialog that a field of the command is in, where the names differ."""


_MANNERS = (
    "it goes straight on",
    "it gives its turn back: sleep(0) in a task, sched_yield in a thread",
)
"""What it does after each chunk, by whether it yields."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place for injected work: see :class:`schedsim.commands.Inject`."""

    says: str
    process: str = ""
    loop: str = ""


class InjectScreen(Dialog[Inject | None]):
    """A form.  It stays open until what is asked for fits, or the user gives up.

    Args:
        moment: when it is to happen.
        attempt: does it; raises ValueError with ``field: text`` when it does not fit.
        whole: how long the scenario takes; what is proposed is a share of that.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "Cancel")]
    AUTO_FOCUS = "#name"
    ENTER = "Inject it"

    def __init__(self, moment: Moment, attempt: Callable[[Inject], object], whole: Time) -> None:
        super().__init__()
        self.whole = whole
        self.moment = moment
        self.attempt = attempt
        self.unit = moment.run.trace.unit
        self.places = _places(moment)

    def compose(self) -> ComposeResult:
        duration = round_down(max(1, self.whole) / 5)
        with Vertical(id="form", classes="dialog") as form:
            form.border_title = Content("inject CPU-heavy work")
            form.border_subtitle = Content("enter injects, tab moves on, esc cancels")
            yield from self._field("name", Input(_fresh_name(self.moment), max_length=60))
            choices = [(Content(place.says), number) for number, place in enumerate(self.places)]
            yield from self._field(
                "where", Select(choices, value=0, allow_blank=False, compact=True)
            )
            yield from self._field(
                "how long", Input(self._write(duration), max_length=30), "duration"
            )
            yield from self._field(
                "in chunks of", Input(self._write(round_down(duration / 4)), max_length=30), "chunk"
            )
            manners = [(Content(says), number) for number, says in enumerate(_MANNERS)]
            yield from self._field(
                "after each", Select(manners, value=0, allow_blank=False, compact=True), "yielding"
            )
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Inject", id="ok", variant="primary", compact=True)

    def _field(self, label: str, field: Input | Select[int], name: str = "") -> ComposeResult:
        field.id = name or label
        if isinstance(field, Input):
            field.compact = True
        with Horizontal(classes="field"):
            yield Label(label)
            yield field
        yield Static(id=f"{field.id}-problem", classes="field-problem", markup=False)

    def _write(self, length: Time) -> str:
        if self.unit == "tick":
            return str(length)
        return format_duration(length).replace(" ", "")

    def _read(self, field: str, problems: dict[str, str]) -> Time:
        text = self.query_one(f"#{field}", Input).value
        try:
            return parse_ticks(text) if self.unit == "tick" else parse_duration(text)
        except ValueError as error:
            problems[field] = str(error)
            return 1

    @on(Input.Submitted)
    @on(Button.Pressed, "#ok")
    def submit(self) -> None:
        """Try; go, or say what does not fit, beside each field."""
        if not self.is_current:  # a key or click too many
            return
        problems: dict[str, str] = {}
        name = self.query_one("#name", Input).value.strip()
        if not name:
            problems["name"] = "a task needs a name"
        duration = self._read("duration", problems)
        chunk = self._read("chunk", problems)
        if not problems:
            command = self._try(name, duration, chunk, problems)
            if command is not None:
                _ = self.dismiss(command)
                return
        self._tell(problems)

    def _try(
        self, name: str, duration: Time, chunk: Time, problems: dict[str, str]
    ) -> Inject | None:
        number = self.query_one("#where", Select).value
        place = self.places[number if isinstance(number, int) else 0]
        yielding = bool(self.query_one("#yielding", Select).value)
        try:
            command = Inject(name, duration, chunk, yielding, place.process, place.loop)
            self.attempt(command)
        except ValueError as error:
            field, colon, text = str(error).partition(": ")
            field = _FIELDS.get(field, field)
            known = colon and field in {"name", "where", "duration", "chunk"}
            problems[field if known else "name"] = text if known else str(error)
            return None
        return command

    def _tell(self, problems: dict[str, str]) -> None:
        for field in ("chunk", "duration", "where", "name"):
            line = self.query_one(f"#{field}-problem", Static)
            line.update(Content(plain(problems.get(field, ""), 200)))
            line.display = field in problems
            if field in problems:
                self.query_one(f"#{field}").focus()

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Change nothing."""
        if self.is_current:
            _ = self.dismiss(None)


def _fresh_name(moment: Moment) -> str:
    """A name that nobody has yet."""
    taken = {entity.name for entity in moment.known()}
    name, number = "cruncher", 1
    while name in taken:
        number += 1
        name = f"cruncher-{number}"
    return name


def _places(moment: Moment) -> Sequence[Where]:
    """Where work can be injected: the loops first, the processes next, a new process last."""
    loops, processes = [], []
    for entity in moment.known():
        if entity.role is Role.PROCESS and not entity.interpreter:
            shown = plain(entity.name, 30)
            processes.append(Where(f"a new thread in process {shown}", entity.name))
        elif entity.loop and moment.state.status[entity.id] is not Status.EXITED:
            home = moment.entity(entity.process)
            process = (moment.entity(home.process) if home.interpreter else home).name
            says = (
                f"a task of the loop in {moment.face(entity.process).name}/{plain(entity.name, 30)}"
            )
            loops.append(Where(says, process, entity.name))
    alone = Where("a process of its own")
    if moment.run.scenario.model == "processes" and not moment.run.scenario.is_tree:
        return [alone, *loops, *processes]
    return [*loops, *processes, alone]
