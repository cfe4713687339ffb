"""Reading proof: what is wrong with the text of a scenario, line by line, while it is written.

Nothing is executed: of a scenario in Python only its syntax is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schedsim import scenario_file
from schedsim.headlines import headlines
from schedsim.plain import plain
from schedsim.scenario_file import ScenarioError


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake, in words for the screen."""

    says: str
    line: int = 0
    """Counted from 1; 0 if it is on no line."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.says}" if self.line else self.says


def faults(text: str, source: str, *, python: bool) -> Sequence[Fault]:
    """What is wrong with ``text``, in the order of its lines.

    Args:
        text: of a scenario file.
        source: what the file is called.
        python: it is Python, not TOML.
    """
    try:
        if python:
            headlines(text, source)
        else:
            scenario_file.loads(text, source)
    except ScenarioError as error:
        return faults_of(error)
    return ()


def faults_of(error: Exception) -> Sequence[Fault]:
    """What an error that came from reading or executing a file says of its lines."""
    if not isinstance(error, ScenarioError):
        return (Fault(plain(str(error), 400)),)
    found = []
    for problem in error.problems:
        says = f"{problem.key}: {problem.says}" if problem.key else problem.says
        if problem.column:
            says += f" (column {problem.column})"
        found.append(Fault(plain(says, 400), problem.line))
    return tuple(sorted(found, key=lambda fault: fault.line))


def following(faults: Sequence[Fault], line: int, by: int) -> int | None:
    """The line of the next fault after ``line``, or with ``by`` -1 before it; round the end."""
    lines = sorted({fault.line for fault in faults if fault.line})
    if not lines:
        return None
    if by > 0:
        return next((each for each in lines if each > line), lines[0])
    return next((each for each in reversed(lines) if each < line), lines[-1])
