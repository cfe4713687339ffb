"""What is wrong with a scenario file, and where, in words for its author."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from schedsim.plain import nearest, plain
from schedsim.scenario_file.lines import lines_of

Key: TypeAlias = tuple[str | int, ...]
"""The way to a value in the tables of a file; an int is an index, counted from 0."""

MOST = 100
"""How many problems of one file are told: who has more of them has one, a hundred times."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_MESSAGE = 400
_MOST_CHOICES = 1000
_LONGEST_WORD = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.  As a string it is one line, fit for a terminal."""

    source: str
    """The file, as the user named it."""
    says: str
    """What came, what was expected, and the nearest valid choice."""
    key: str = ""
    """The key it is about, such as ``job[2].steps[1].do[1]``, counted from 1; "" for the file."""
    line: int = 0
    """0 if it is on no line."""
    column: int = 0
    """Known for what is not TOML at all."""
    option: str = ""
    """The option of the command line that it came from, not the file."""

    def __str__(self) -> str:
        numbers = [str(number) for number in (self.line, self.column) if number]
        where = [":".join([plain(self.source, 300), *numbers])]
        where += [plain(part, 200) for part in (self.option, self.key) if part]
        says = self.says
        if len(says) > _LONGEST_MESSAGE:  # the end has the advice
            says = f"{says[: _LONGEST_MESSAGE // 2]}…{says[-_LONGEST_MESSAGE // 2 :]}"
        return ": ".join([*where, plain(says)])


class ScenarioError(ValueError):
    """The author's mistakes, all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass
class Problems:
    """Collects what is wrong with one file."""

    source: str
    text: str = ""
    """The file, to find lines in."""
    origins: Mapping[Key, str] = field(default_factory=dict)
    """Which option gave a value, for values that are not from the file."""
    found: list[tuple[Key, str]] = field(default_factory=list)
    options: list[Problem] = field(default_factory=list)
    """Options that could not be applied at all."""

    def add(self, key: Key, says: str) -> None:
        """``key`` is wrong.

        Raises:
            ScenarioError: that is enough.
        """
        self.found.append((key, says))
        if len(self.found) == MOST:
            self.raise_any()

    def choose(self, key: Key, word: str, choices: Collection[str], what: str) -> None:
        """``word`` is none of the ``choices``."""
        self.add(key, f"unknown {what} {shown(word)}{near(word, choices)}")

    def fail(self, says: str, *, line: int = 0, column: int = 0) -> ScenarioError:
        """The error for a file that cannot be understood at all."""
        return ScenarioError([Problem(self.source, says, line=line, column=column)])

    def raise_any(self) -> None:
        """Raise what was found, in the order of the file; return if nothing was."""
        if not (self.found or self.options):
            return
        lines = lines_of(self.text) if self.text else {}
        problems = [self._locate(key, says, lines) for key, says in self.found]
        problems.sort(key=lambda problem: (bool(problem.option), problem.line))
        if len(problems) == MOST:
            problems.append(Problem(self.source, f"these are the first {MOST}; there may be more"))
        raise ScenarioError([*self.options, *problems])

    def _locate(self, key: Key, says: str, lines: Mapping[Key, int]) -> Problem:
        line, option = 0, ""
        for end in range(len(key), 0, -1):
            part = key[:end]
            option = self.origins.get(part, "")
            line = 0 if option else lines.get(part, 0)
            if option or line:
                break
        return Problem(self.source, says, shown_key(key), line, option=option)


def check_names(names: Sequence[tuple[str, Key]], problems: Problems, what: str) -> None:
    """No two of the same name."""
    seen: set[str] = set()
    for name, key in names:
        if name and name in seen:
            problems.add(key, f"there is already a {what} named {shown(name)}")
        seen.add(name)


def shown_key(key: Key) -> str:
    """A key as people write it: ``job[2].steps[1]``, counted from 1."""
    parts: list[str] = []
    for part in key:
        if isinstance(part, int):
            parts.append(f"[{part + 1}]")
        else:
            name = part if _BARE.fullmatch(part) else f'"{plain(part, 40)}"'
            parts.append(f".{name}" if parts else name)
    return "".join(parts)


def shown(value: Any, most: int = 60) -> str:
    """A value of a TOML file, shortened and fit for a terminal."""
    if isinstance(value, str):
        return f"'{plain(value, most)}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ … }" if value else "{}"
    if isinstance(value, list):
        return "[ … ]" if value else "[]"
    if isinstance(value, int) and abs(value) >= 10**most:
        return "a number of more than 60 digits"
    return plain(str(value), most)


def near(word: str, choices: Collection[str]) -> str:
    """How a message goes on: with the nearest of ``choices``, or all of them when few."""
    if not choices or len(word) > _LONGEST_WORD or len(choices) > _MOST_CHOICES:
        return ""
    return nearest(word, dict.fromkeys(choices))
