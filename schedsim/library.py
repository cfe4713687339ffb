"""The library: the scenarios that come with schedsim, and what a file says of itself.

Adding one is adding a file to ``scenarios/``; its ``group`` and ``order`` say where it is listed.
In an installed package the folder is inside it, in a checkout beside it.  Templates are files of
the same kind in ``templates/``: what a new scenario begins as.  Nothing here executes Python.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schedsim.headlines import ENDING, headlines
from schedsim.scenario_file import Problem, ScenarioError, load, read_source
from schedsim.scenario_file.problems import near, shown

if TYPE_CHECKING:
    from schedsim.scenario import Scenario

_PACKAGE = Path(__file__).parent
_TEMPLATE_ENDING = ".txt"
"""Behind the ending of a template in Python, which is no module of the package."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A scenario of the library, or of the user's."""

    name: str
    """The file's name without the ending; of the user's files, the path."""
    path: Path
    title: str
    group: str
    """The heading under which it is listed."""
    lesson: str
    order: int
    scenario: Scenario | None
    """None if it is not read yet; one in Python is executed only when somebody picks it."""


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


def titles() -> list[Entry]:
    """All scenarios, in teaching order, none of them understood yet: what a list needs."""
    found = [glimpse(_file(name)) for name in names()]
    return sorted(found, key=lambda entry: (entry.order, entry.name))


def templates() -> list[Entry]:
    """What a new scenario can begin as: small files that are valid, with comments."""
    found = [glimpse(file) for file in (_PACKAGE / "templates").iterdir() if file.is_file()]
    return sorted(found, key=lambda entry: (entry.order, entry.name))


def is_ours(path: Path) -> bool:
    """The file came with schedsim."""
    return path.parent == folder()


def find(word: str) -> Entry | None:
    """The scenario that is remembered as ``word``: a name of the library, or a path.

    None if it is gone.
    """
    if word in names():
        return glimpse(_file(word))
    try:
        path = Path(word)
        return glimpse(path) if path.is_absolute() and path.is_file() else None
    except (OSError, ValueError):
        return None


def glimpse(file: Path) -> Entry:
    """What a file says of itself, as far as one sees without understanding it.

    A file that is not right is called by its name.
    """
    name = file.stem if is_ours(file) or file.parent.name == "templates" else str(file)
    title, group, lesson, order = file.name, "", "", 0
    try:
        text = read_source(file)
        if is_python(file):
            says = headlines(text, str(file))
            title, group, lesson, order = says.title, says.group, says.lesson, says.order
        elif is_recording(text):
            title = f"Recording: {file.stem}"
        else:
            says_of_itself = _head(text) if is_ours(file) else tomllib.loads(text)
            title, group, lesson = (
                str(says_of_itself.get(key, "")) for key in ("title", "group", "lesson")
            )
            place = says_of_itself.get("order", 0)
            order = place if isinstance(place, int) else 0
    except (ScenarioError, ValueError, RecursionError):
        pass
    return Entry(name, file, title or file.name, group, lesson, order, None)


def _head(text: str) -> dict[str, Any]:
    """What a scenario of ours says before its first table: half the work of reading all of it."""
    try:
        return tomllib.loads(text.partition("\n[")[0])
    except tomllib.TOMLDecodeError:  # that was no table, but in the middle of something
        return tomllib.loads(text)


def is_python(file: Path) -> bool:
    """It is a scenario in Python, by its name."""
    return file.name.removesuffix(_TEMPLATE_ENDING).endswith(ENDING)


def is_recording(text: str) -> bool:
    """It is a recording, by how it begins: no TOML begins so."""
    return text.lstrip()[:1] == "{"
