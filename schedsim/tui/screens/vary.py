"""The dialog that looks at the same scenario in another way: model, GIL, cores, any setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Select, Static

from schedsim.compare import ways
from schedsim.plain import plain
from schedsim.scenario import MODELS, Scenario
from schedsim.scenario_file import ScenarioError
from schedsim.source import Source
from schedsim.tui.screens.dialog import Dialog

_FIELDS = ("model", "gil", "cores", "settings")


class VaryScreen(Dialog[str | None]):
    """A form.  It stays open until what is asked for can be had, or the user gives up.

    Args:
        source: where the scenario came from, and what is set.
        scenario: as it is now.
        attempt: looks at it in another way, told in words; raises ScenarioError or ValueError.
        done: how many things were done on the branch, which the new one will not have.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "Cancel")]
    AUTO_FOCUS = ""
    ENTER = "Look at it"

    def __init__(
        self,
        source: Source,
        scenario: Scenario,
        attempt: Callable[[Source, str], object],
        done: int = 0,
    ) -> None:
        super().__init__()
        self.source = source
        self.scenario = scenario
        self.attempt = attempt
        self.done = done
        self.models = [] if scenario.is_tree else _models(source, scenario)
        self.gil = ways.gil_of(scenario)

    def compose(self) -> ComposeResult:
        with Vertical(id="form", classes="dialog") as form:
            form.border_title = Content("the same, in another way")
            form.border_subtitle = Content("enter looks, tab moves on, esc cancels")
            if self.models:
                said = [(Content(f"{name}: {MODELS[name].says}"), name) for name in self.models]
                yield from self._field("model", "model", _select(said, self.scenario.model))
            else:
                yield from self._field("model", "model", Static("a tree says itself what runs"))
            gils = [(Content(f"{_words(name)}: {says}"), name) for name, says in ways.GILS.items()]
            if self.gil not in ways.GILS:
                gils.append((Content(f"{_words(self.gil)}: as the scenario has it"), self.gil))
            yield from self._field("gil", "GIL", _select(gils, self.gil))
            cores = Input(str(self.scenario.machine.cores), max_length=10, compact=True)
            yield from self._field("cores", "cores", cores)
            hint = "such as machine.quantum=20ms job.ticker.count=5"
            more = Input(placeholder=hint, max_length=1_000, compact=True)
            yield from self._field("settings", "more settings", more)
            if remark := self._remark():
                yield Static(remark, classes="remark", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Look", id="ok", variant="primary", compact=True)

    def _field(self, name: str, label: str, field: Input | Select[str] | Static) -> ComposeResult:
        field.id = name
        with Horizontal(classes="field"):
            yield Label(label)
            yield field
        yield Static(id=f"{name}-problem", classes="field-problem", markup=False)

    def _remark(self) -> str:
        said = []
        if self.source.settings:
            said.append(f"Set already: {plain(' '.join(self.source.settings), 300)}")
        if self.done:
            what = "What you did here is" if self.done == 1 else f"The {self.done} acts here are"
            said.append(f"{what} not done in the new branch: it begins at the beginning.")
        return "\n".join(said)

    def on_mount(self) -> None:
        self.query_one("#model" if self.models else "#gil").focus()

    # -- trying ---------------------------------------------------------------------------

    @on(Input.Submitted)
    @on(Button.Pressed, "#ok")
    def submit(self) -> None:
        """Try; go, or say what does not fit, beside each field."""
        if not self.is_current:  # a key or click too many
            return
        changed, says = self._asked()
        if not says:
            self._tell({"settings": "nothing is different: change something, or press escape"})
            return
        try:
            self.attempt(changed, says)
        except ScenarioError as error:
            problems: dict[str, str] = {}
            for about, problem in ways.problems_by_field(error):
                own = f"{problem.key}: {problem.says}" if problem.key else problem.says
                field = self._written_in(about)
                known = problems.get(field)
                problems[field] = f"{known}\n{own}" if known else own
            self._tell(problems)
        except ValueError as error:
            self._tell({"settings": str(error)})
        else:
            _ = self.dismiss(says)

    def _written_in(self, about: str) -> str:
        """Where somebody wrote what is wrong: a field of its own, or among the settings."""
        key = {"gil": ways.GIL, "cores": ways.CORES}.get(about)
        more = ways.split(self.query_one("#settings", Input).value)
        return "settings" if key and any(each.startswith(f"{key}=") for each in more) else about

    def _asked(self) -> tuple[Source, str]:
        """The source with what is set now, and what is different in words."""
        settings, said = [], []
        model = self.source.model
        chosen = self.query_one("#model", Select).value if self.models else ""
        if isinstance(chosen, str) and chosen not in ("", self.scenario.model):
            model = chosen
            said.append(model)
        gil = self.query_one("#gil", Select).value
        if isinstance(gil, str) and gil != self.gil:
            settings.append(f"{ways.GIL}={gil}")
            said.append(f"GIL {_words(gil)}")
        cores = self.query_one("#cores", Input).value.strip()
        if cores != str(self.scenario.machine.cores):
            settings.append(f"{ways.CORES}={cores}")
            said.append("1 core" if cores == "1" else f"{cores} cores")
        more = ways.split(self.query_one("#settings", Input).value)
        changed = ways.with_settings(self.source, [*settings, *more])
        words = plain(", ".join([*said, *more]), 200)
        return replace(changed, model=model), words

    def _tell(self, problems: dict[str, str]) -> None:
        for field in reversed(_FIELDS):
            line = self.query_one(f"#{field}-problem", Static)
            lines = problems.get(field, "").splitlines()
            line.update(Content("\n".join(plain(text, 300) for text in lines)))
            line.display = bool(lines)
            if lines:
                self.query_one(f"#{field}").focus()

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Change nothing."""
        if self.is_current:
            _ = self.dismiss(None)


def _models(source: Source, scenario: Scenario) -> Sequence[str]:
    """The models that can run it, in the order of the catalogue."""
    able = {way.name for way in ways.models(source, scenario)}
    return [name for name in MODELS if name in able or name == scenario.model]


def _select(choices: Sequence[tuple[Content, str]], value: str) -> Select[str]:
    return Select(choices, value=value, allow_blank=False, compact=True)


def _words(name: str) -> str:
    return name.replace("_", " ")
