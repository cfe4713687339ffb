"""What became of each run that is compared, and who is who in all of them."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from schedsim.commands import Kill
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
    def killed(self) -> tuple[int, ...]:
        """The threads and tasks that came to their end with a process that somebody killed."""
        done = (each for each in self.run.commands if each.step < len(self.trace))
        kills = [each for each in done if isinstance(each.command, Kill)]
        named = [(self.trace.row(each.step).subject, each.time) for each in kills]
        gone = {
            (self._home(entity), time)
            for entity, time in named
            if self.trace.entities[entity].role is not Role.TASK  # that is cancelled
        }
        work = self.measured.work
        return tuple(each.entity for each in work if (self._home(each.entity), each.finish) in gone)

    def _home(self, number: int) -> int:
        """The process of the operating system that somebody is in, not its interpreter."""
        entities = self.trace.entities
        entity = entities[number]
        process = entity if entity.role is Role.PROCESS else entities[entity.process]
        return process.process or process.id

    @property
    def undone(self) -> int:
        """How many jobs had not ended when the run did, have failed, or were killed."""
        unfinished = {times.entity for times in self.measured.work if times.finish is None}
        return len(unfinished.union(self.failed, self.killed))


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
