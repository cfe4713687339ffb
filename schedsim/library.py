"""The library: the scenarios that come with schedsim.

Adding one is adding a file to ``scenarios/``; its ``group`` and ``order`` say where it is listed.
In an installed package the folder is inside it, in a checkout beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schedsim.python_file import ENDING, headlines
from schedsim.scenario import Scenario
from schedsim.scenario_file import Problem, ScenarioError, load, read_source
from schedsim.scenario_file.problems import near, shown

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Entry:
    """A scenario of the library."""

    name: str
    """The file's name without the ending."""
    path: Path
    title: str
    group: str
    """The heading under which it is listed."""
    lesson: str
    order: int
    scenario: Scenario | None
    """None if it is written in Python: that is executed only when somebody picks it."""


def folder() -> Path:
    """Where the scenarios are."""
    packaged = _PACKAGE / "scenarios"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "scenarios"


def names() -> list[str]:
    """The names of all scenarios, in alphabetical order."""
    return sorted(path.stem for path in folder().iterdir() if path.suffix in (".toml", ENDING))


def path(name: str) -> Path:
    """The file of the scenario ``name``.

    Raises:
        ScenarioError: there is none of that name.
    """
    known = names()
    if name not in known:
        says = f"there is no scenario {shown(name)}{near(name, known)}"
        raise ScenarioError([Problem("library", says)])
    return _file(name)


def _file(name: str) -> Path:
    toml = folder() / f"{name}.toml"
    return toml if toml.exists() else toml.with_suffix(ENDING)


def entries() -> list[Entry]:
    """All scenarios, in teaching order."""
    found = []
    for name in names():
        file = _file(name)
        if file.suffix == ENDING:
            says = headlines(read_source(file), str(file))
            entry = Entry(name, file, says.title, says.group, says.lesson, says.order, None)
        else:
            read = load(file)
            entry = Entry(name, file, read.title, read.group, read.lesson, read.order, read)
        found.append(entry)
    return sorted(found, key=lambda entry: (entry.order, entry.name))
