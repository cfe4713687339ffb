"""What became of each run that is compared, and who is who in all of them."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from schedsim.metrics import Measured, measure
from schedsim.run import Run
from schedsim.trace import Role, Trace

LOOP_LETTER = "@"
"""Of a thread that runs an event loop: its tasks have letters of their own."""
LETTERS = string.ascii_uppercase + string.ascii_lowercase


class Who(NamedTuple):
    """A thread or task as the same one in every run: a job may be a thread here, a task there."""

    name: str
    """It may hold anything: show it through ``plain``."""
    number: int = 0
    """Which one of that name."""
    loop: bool = False
    """It runs an event loop."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that has been looked at."""

    name: str
    run: Run
    measured: Measured
    who: dict[int, Who] = field(default_factory=dict)
    """By thread or task."""

    @classmethod
    def of(cls, name: str, run: Run) -> Outcome:
        """Look at a run that has come to its end."""
        return cls(name, run, measure(run.trace), _who(run.trace))

    @property
    def trace(self) -> Trace:
        """What happened."""
        return self.run.trace

    @property
    def failed(self) -> tuple[int, ...]:
        """The threads and tasks that ended with an exception."""
        return tuple(self.trace.failures)

    @property
    def undone(self) -> int:
        """How many jobs had not ended when the run did, or have failed."""
        unfinished = {times.entity for times in self.measured.work if times.finish is None}
        return len(unfinished.union(self.failed))


class Cast:
    """A letter for everybody who is in any of the runs."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        everybody = dict.fromkeys(who for each in outcomes for who in each.who.values())
        lettered = [who for who in everybody if not who.loop]
        self.letters = dict.fromkeys(everybody, LOOP_LETTER)
        self.letters |= {who: LETTERS[i % len(LETTERS)] for i, who in enumerate(lettered)}
        self.enough = len(lettered) <= len(LETTERS)
        """No two share a letter, but for event loops."""


def _who(trace: Trace) -> dict[int, Who]:
    found: dict[int, Who] = {}
    seen: dict[tuple[str, bool], int] = {}
    for entity in trace.entities[1:]:
        if entity.role is Role.PROCESS:
            continue
        alike = (entity.name, bool(entity.loop))
        number = seen[alike] = seen.get(alike, -1) + 1
        found[entity.id] = Who(entity.name, number, alike[1])
    return found
