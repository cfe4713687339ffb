"""The steps of a job: ``"compute 5ms"``, or ``{ repeat = 3, do = [...] }``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from schedsim.durations import format_duration
from schedsim.ops import VERBS
from schedsim.ops.grammar import parse_op
from schedsim.programs.scripts import HANDLERS
from schedsim.programs.steps import Block, Repeat, Step, Try
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.problems import Key, shown
from schedsim.scenario_file.shapes import (
    BLOCKS,
    GroupTable,
    MoveOnTable,
    RepeatTable,
    ShieldTable,
    TimeoutTable,
    TryTable,
    WithTable,
)
from schedsim.scenario_file.shared import Use, uses_of
from schedsim.traps import (
    ACQUIRE,
    CALL,
    COMPUTE,
    HOLD,
    IO,
    JOIN,
    NATIVE,
    RELEASE,
    SLEEP,
    SPAWN,
    VERB,
    YIELD,
    Named,
    Op,
    Wish,
)

MOST_AT_ONCE = 1_000
"""How many operations of a repeat may happen at one instant."""
_DEEPEST = 50
STARTING: Final = frozenset({"to_thread", "run_in"})
"""Verbs that start the job they name."""
WAITING_VERBS: Final = frozenset({"get", "wait", "recv", "to_thread", "run_in"})
"""Verbs that somebody else must do something for: a repeat with one of them does not go round
alone."""
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
    """What it acquires."""
    released: list[tuple[str, Key, tuple[str, ...]]] = field(default_factory=list)
    """What it lets go without having acquired it: right for a semaphore only."""
    uses: list[Use] = field(default_factory=list)
    wishes: list[tuple[Wish, Key]] = field(default_factory=list)
    """Verbs that are up to the flavour."""
    blocks: list[tuple[Wish, Key]] = field(default_factory=list)

    def read(self, items: list[object], key: Key) -> tuple[Step, ...]:
        """Read a list of steps; those with mistakes are reported and left out."""
        return self._read(items, key, 0).steps

    def _read(self, items: list[object], key: Key, depth: int, *, empty: bool = False) -> _Part:
        if not items and not empty:
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
            return self._block(item, key, depth)
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
                self._note(*op.trap, key)
                return _Part((op,), self._lasts(op), 1)
        return _Part((), lasts=True, length=1)  # it may have been meant to take time

    def _note(self, trap: int, argument: Any, key: Key) -> None:
        """Remember what a step names, to be checked against the rest of the file."""
        if trap in (SPAWN, JOIN):
            self.mentions.append(Mention(trap, argument, key))
        elif trap in (ACQUIRE, RELEASE):
            self.uses.append(Use("lock", argument, key))
            if trap == ACQUIRE:
                self.locks.append(argument)
            elif argument not in self.locks:
                self.released.append((argument, key, tuple(self.locks)))
        elif trap == VERB:
            self.wishes.append((argument, key))
            self.uses += uses_of(argument, key)
            for named in _named(argument.arguments):
                if named.kind == "job":
                    starts = argument.name in STARTING
                    self.mentions.append(Mention(SPAWN if starts else JOIN, named.name, key))

    def _lasts(self, op: Op) -> bool:
        trap, argument = op.trap
        if trap == YIELD:
            return not self.cpu_heavy
        if trap == VERB:
            return argument.name in WAITING_VERBS
        return trap in (COMPUTE, HOLD, NATIVE, SLEEP, IO, CALL) and argument > 0

    def _block(self, item: dict[str, object], key: Key, depth: int) -> _Part:
        """A table among steps: a repeat, a timeout, a try ..."""
        problems = self.reading.problems
        nothing = _Part((), lasts=True, length=1)
        if depth >= _DEEPEST:
            problems.add(key, f"blocks are nested deeper than {_DEEPEST}")
            return nothing
        kind = next((word for word in BLOCKS if word in item), "")
        if not kind:
            word = next((word for word in item if word != "do"), "")
            problems.choose((*key, word) if word else key, word, BLOCKS, "block")
            return nothing
        before = len(problems.found)
        table = self.reading.table(BLOCKS[kind], item, key)
        if len(problems.found) > before:
            return nothing
        if isinstance(table, RepeatTable):
            return self._repeat(table, key, depth)
        if isinstance(table, TryTable):
            return self._try(table, key, depth)
        if isinstance(table, (GroupTable, ShieldTable)):
            wish, text = Wish(kind), kind
            items, place = (
                (table.group, "group")
                if isinstance(table, GroupTable)
                else (
                    table.shield,
                    "shield",
                )
            )
        else:
            assert isinstance(table, (WithTable, TimeoutTable, MoveOnTable)), "all others"
            items, place = table.do, "do"
            if isinstance(table, WithTable):
                wish, text = Wish(kind, (Named("lock", table.with_),)), f"with {table.with_}"
                self.locks.append(table.with_)
            else:
                value = table.timeout if isinstance(table, TimeoutTable) else table.move_on
                text = f"{kind} {format_duration(value, self.reading.unit).replace(' ', '')}"
                wish = Wish(kind, (int(value),))
        self.blocks.append((wish, (*key, kind)))
        self.uses += uses_of(wish, (*key, kind))
        part = self._read(items, (*key, place), depth + 1)
        return _Part((Block(wish, part.steps, text),), part.lasts, part.length)

    def _try(self, table: TryTable, key: Key, depth: int) -> _Part:
        self.blocks.append((Wish("try"), (*key, "try")))
        do = self._read(table.try_, (*key, "try"), depth + 1)
        handlers = []
        length = do.length
        for name in HANDLERS:
            items = getattr(table, name)
            if items is not None:
                part = self._read(items, (*key, name), depth + 1, empty=True)
                handlers.append((name, part.steps))
                length += part.length
        last: tuple[Step, ...] = ()
        if table.finally_ is not None:
            part = self._read(table.finally_, (*key, "finally"), depth + 1)
            last, length = part.steps, length + part.length
        return _Part((Try(do.steps, tuple(handlers), last),), do.lasts, length)

    def _repeat(self, table: RepeatTable, key: Key, depth: int) -> _Part:
        problems = self.reading.problems
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


def _named(arguments: tuple[Any, ...]) -> Iterator[Named]:
    """What the arguments of a wish name."""
    for argument in arguments:
        if isinstance(argument, Named):
            yield argument
        elif isinstance(argument, tuple):
            yield from _named(argument)
