"""Where a scenario came from: its text, what was overridden, and whether it may be executed.

Every start needs this, so what understands the text is loaded when the text is read; how to tell a
recording from a scenario is here for the same reason.  How a run is written down is in
:mod:`schedsim.recording`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schedsim import scenario_file
from schedsim.headlines import ENDING
from schedsim.scenario_file import Problem, ScenarioError

if TYPE_CHECKING:
    from schedsim.scenario import Scenario

MARK = '"schedsim": "recording"'
"""What a recording has near its beginning."""

NOT_EXECUTED = (
    "its scenario is written in Python, and a recording is never executed: name the file too,"
    " as in: schedsim replay RECORDING --scenario FILE.py"
)


RECORDED = "a recording, not a scenario: schedsim replay, open, export and check take it"


class RecordingError(ValueError):
    """A file that is not a usable recording; the message names the file and the place."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a scenario came from: its text, and what was overridden on the command line."""

    name: str
    text: str
    model: str = ""
    """The execution model to use instead of the file's; none if empty."""
    settings: tuple[str, ...] = ()
    """``key.path=value`` each."""
    python: bool = False
    """It is Python, not TOML."""
    named: bool = False
    """Its user has named the file itself, or picked it: if it is Python, it may be executed."""

    def load(self, shown: str = "") -> Scenario:
        """Read it; messages call it ``shown``, or by its name.

        Raises:
            ScenarioError: it is not a valid scenario, or Python that nobody has named.
        """
        shown = shown or self.name
        if not self.python and looks_like_recording(self.text):
            raise ScenarioError([Problem(shown, RECORDED)])
        if self.python and not self.named:
            raise ScenarioError([Problem(shown, NOT_EXECUTED)])
        if self.python:
            from schedsim import python_file

            read = python_file.loads
        else:
            read = scenario_file.loads
        return read(self.text, shown, name=self.name, settings=self.settings, model=self.model)

    @classmethod
    def of(cls, path: Path, model: str = "", settings: tuple[str, ...] = ()) -> Source:
        """The file ``path``, which its user has named.

        Raises:
            ScenarioError: it cannot be read.
        """
        python = path.suffix == ENDING
        text = scenario_file.read_source(path)
        return cls(path.stem, text, model, settings, python=python, named=True)


def looks_like_recording(text: str) -> bool:
    """Whether a file's text is meant to be a recording rather than a scenario."""
    return text.lstrip()[:1] == "{"
