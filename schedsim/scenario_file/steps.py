"""The steps of a job: ``"compute 5ms"``, or ``{ repeat = 3, do = [...] }``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.programs.steps import Repeat, Step
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.problems import Key, near, shown
from schedsim.scenario_file.shapes import RepeatTable
from schedsim.traps import ACQUIRE, CALL, COMPUTE, IO, JOIN, RELEASE, SLEEP, SPAWN, YIELD, Op

MOST_AT_ONCE = 1_000
"""How many operations of a repeat may happen at one instant."""
_DEEPEST = 50
_LONGEST = 11_000
"""Characters of a step: a verb and the longest name."""


class Mention(NamedTuple):
    """A step that names a job."""

    trap: int
    """``SPAWN`` or ``JOIN``."""
    name: str
    key: Key


class _Part(NamedTuple):
    """Steps that have been read."""

    steps: tuple[Step, ...]
    lasts: bool
    """They take time or give way, whatever happens."""
    length: int
    """How many operations they are."""


@dataclass(slots=True)
class StepsReader:
    """Reads the steps of one job.

    A repeat must take time or give way, or it could go on for ever at one instant.  So what may
    take no time does not count: a ``yield`` that can be switched off, and a ``join``, which does
    not wait for jobs that have ended.
    """

    reading: Reading
    cpu_heavy: bool
    mentions: list[Mention] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)
    """The locks that it acquires."""

    def read(self, items: list[object], key: Key) -> tuple[Step, ...]:
        """Read a list of steps; those with mistakes are reported and left out."""
        return self._read(items, key, 0).steps

    def _read(self, items: list[object], key: Key, depth: int) -> _Part:
        if not items:
            self.reading.problems.add(key, "there are no steps in it")
        steps: list[Step] = []
        lasts, length = False, 0
        for index, item in enumerate(items):
            part = self._step(item, (*key, index), depth)
            steps += part.steps
            lasts = lasts or part.lasts
            length += part.length
        return _Part(tuple(steps), lasts or not items, length)

    def _step(self, item: object, key: Key, depth: int) -> _Part:
        problems = self.reading.problems
        if isinstance(item, dict):
            return self._repeat(item, key, depth)
        if not isinstance(item, str):
            expected = 'expected a step such as "compute 5ms" or { repeat = 3, do = [...] }'
            problems.add(key, f"{expected}, got {shown(item)}")
        elif len(item) > _LONGEST:
            problems.add(key, f"a step has at most {_LONGEST:,} characters")
        else:
            try:
                op = parse_op(item, VERBS, self.reading.unit)
            except ValueError as error:
                problems.add(key, str(error))
            else:
                trap, argument = op.trap
                if trap in (SPAWN, JOIN):
                    self.mentions.append(Mention(trap, argument, key))
                elif trap == ACQUIRE:
                    self.locks.append(argument)
                elif trap == RELEASE and argument not in self.locks:
                    says = f"no step before it acquires {shown(argument)}"
                    problems.add(key, f"{says}{near(argument, self.locks) if self.locks else ''}")
                return _Part((op,), self._lasts(op), 1)
        return _Part((), lasts=True, length=1)  # it may have been meant to take time

    def _lasts(self, op: Op) -> bool:
        trap, argument = op.trap
        if trap == YIELD:
            return not self.cpu_heavy
        return trap in (COMPUTE, SLEEP, IO, CALL) and argument > 0

    def _repeat(self, item: dict[str, object], key: Key, depth: int) -> _Part:
        problems = self.reading.problems
        if depth >= _DEEPEST:
            problems.add(key, f"repeats are nested deeper than {_DEEPEST}")
            return _Part((), lasts=True, length=1)
        before = len(problems.found)
        table = self.reading.table(RepeatTable, item, key)
        if len(problems.found) > before:
            return _Part((), lasts=True, length=1)
        do = self._read(table.do, (*key, "do"), depth + 1)
        times = None if table.repeat == "forever" else table.repeat
        assert not isinstance(times, str), "the shape allows only one word"
        length = MOST_AT_ONCE + 1 if times is None else min(do.length * times, MOST_AT_ONCE + 1)
        lasts = do.lasts
        if not lasts and length > MOST_AT_ONCE:
            hint = "; a yield does not count, because y switches it off" if self.cpu_heavy else ""
            problems.add(
                key, f"it goes round without taking time: add a compute, sleep or io{hint}"
            )
            lasts = True
        return _Part((Repeat(do.steps, times),), lasts, length)
