"""What threads or tasks share: its declarations, and whether the steps use it as what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from schedsim.durations import Time
from schedsim.scenario import PoolSpec, Shared
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.problems import Key, Problems, check_names, shown
from schedsim.scenario_file.shapes import FileTable
from schedsim.scenario_file.shared_shapes import (
    BarrierTable,
    ChannelTable,
    ConditionTable,
    EventTable,
    LockTable,
    PoolTable,
    QueueTable,
    SemaphoreTable,
)
from schedsim.traps import Named, Wish

USES: Final[Mapping[str, tuple[str, ...]]] = {
    "lock": ("lock", "rlock", "semaphore", "condition"),
    "event": ("event",),
    "wait": ("event", "condition", "barrier"),
    "condition": ("condition",),
    "queue": ("queue",),
    "pipe": ("pipe", "socket"),
    "pool": ("pool",),
}
"""By what a verb takes its resource for: what that may have been declared as.  The first is what it
is without a declaration."""

_DECLARED_ONLY: Final = ("condition", "semaphore", "barrier", "pipe", "pool")
"""There is no usual one of these."""


class Use(NamedTuple):
    """A step that names something shared."""

    kind: str
    """A key of :data:`USES`."""
    name: str
    key: Key


def uses_of(wish: Wish, key: Key) -> Iterable[Use]:
    """What a verb or block of a flavour shares with others."""
    for argument in wish.arguments:
        if isinstance(argument, Named) and argument.kind in USES:
            yield Use("wait" if wish.name == "wait" else argument.kind, argument.name, key)


class Declared(NamedTuple):
    """What a file declares, by name."""

    shared: Mapping[str, Shared]
    pools: Mapping[str, PoolSpec]


def read_shared(file: FileTable, uses: Iterable[Use], reading: Reading) -> Declared:
    """Everything that is declared.

    Args:
        file: the whole file.
        uses: the steps that name something shared.
        reading: where to tell what is wrong.
    """
    found = _declarations(file, reading)
    problems = reading.problems
    check_names([(name, key) for name, key, _, _ in found], problems, "shared thing")
    kinds = {name: kind for name, _, kind, _ in found}
    used: dict[str, Use] = {}
    for use in uses:
        _check_use(use, kinds.get(use.name), used.setdefault(use.name, use), problems)
    for name, key, kind, _ in found:
        if name and name not in used:
            verb = "acquires" if kind in USES["lock"] else "uses"
            problems.choose(key, name, used, f"{kind} (no step {verb} it)")
    return Declared(
        {name: what for name, _, _, what in found if isinstance(what, Shared)},
        {name: what for name, _, _, what in found if isinstance(what, PoolSpec)},
    )


def _one(kind: str) -> str:
    """A lock, an event."""
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _check_use(use: Use, declared: str | None, first: Use, problems: Problems) -> None:
    fitting = USES[use.kind]
    if declared is not None:
        if declared not in fitting:
            says = f"{shown(use.name)} is declared as {_one(declared)}"
            problems.add(use.key, f"{says}: this step is for one of {', '.join(fitting)}")
    elif fitting[0] in _DECLARED_ONLY:
        says = f"there is no {fitting[0]} {shown(use.name)}: declare it"
        problems.add(use.key, f"{says} with [[{fitting[0]}]] and its name")
    elif USES[first.kind][0] != fitting[0]:
        says = f"{shown(use.name)} is {_one(USES[first.kind][0])} elsewhere"
        problems.add(use.key, f"{says}: this step is for one of {', '.join(fitting)}")


_Found: TypeAlias = tuple[str, Key, str, "Shared | PoolSpec"]
"""A declaration: its name, where that stands, its kind, what it says."""


def _declarations(file: FileTable, reading: Reading) -> list[_Found]:
    found: list[_Found] = []
    for word, (shape, understand) in _TABLES.items():
        for key, table in reading.tables(getattr(file, word), (word,)):
            told = reading.table(shape, table, key)
            if isinstance(told, LockTable) and told.reentrant and told.inheritance:
                says = "a lock lends the standing of its waiters, or may be taken again: not both"
                reading.problems.add((*key, "inheritance"), says)
            what = understand(told)
            kind = what.kind if isinstance(what, Shared) else word
            found.append((told.name, (*key, "name"), kind, what))
    return found


def _time(value: Time | None) -> Time | None:
    return None if value is None else int(value)


def _pool(table: PoolTable) -> PoolSpec:
    return PoolSpec(
        table.workers,
        table.kind,
        table.start_method,
        _time(table.start_cost),
        _time(table.pickle_cost),
        _time(table.result_cost),
    )


def _channel(kind: str) -> Callable[[ChannelTable], Shared]:
    return lambda t: Shared(kind, latency=int(t.latency), bandwidth=t.bandwidth)


_TABLES: Final[Mapping[str, tuple[type[Any], Callable[[Any], Shared | PoolSpec]]]] = {
    "lock": (
        LockTable,
        lambda t: Shared("rlock" if t.reentrant else "lock", inheritance=t.inheritance),
    ),
    "semaphore": (SemaphoreTable, lambda t: Shared("semaphore", t.value)),
    "event": (EventTable, lambda t: Shared("event", int(t.set))),
    "condition": (ConditionTable, lambda _: Shared("condition")),
    "queue": (QueueTable, lambda t: Shared("queue", t.size)),
    "barrier": (BarrierTable, lambda t: Shared("barrier", t.parties)),
    "pipe": (ChannelTable, _channel("pipe")),
    "socket": (ChannelTable, _channel("socket")),
    "pool": (PoolTable, _pool),
}
"""How each is declared: a table of that name in the file."""
