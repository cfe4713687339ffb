"""What threads or tasks share: its declarations, and whether the steps use it as what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from schedsim.scenario import Shared
from schedsim.scenario_file.fields import Reading
from schedsim.scenario_file.problems import Key, Problems, check_names, shown
from schedsim.scenario_file.shapes import (
    BarrierTable,
    ConditionTable,
    EventTable,
    FileTable,
    LockTable,
    QueueTable,
    SemaphoreTable,
)
from schedsim.traps import Named, Wish

USES: Final[Mapping[str, tuple[str, ...]]] = {
    "lock": ("lock", "semaphore", "condition"),
    "event": ("event",),
    "wait": ("event", "condition", "barrier"),
    "condition": ("condition",),
    "queue": ("queue",),
}
"""By what a verb takes its resource for: what that may have been declared as.  The first is what it
is without a declaration."""

_DECLARED_ONLY: Final = ("condition", "semaphore", "barrier")
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


def read_shared(file: FileTable, uses: Iterable[Use], reading: Reading) -> dict[str, Shared]:
    """Everything that is declared.

    Args:
        file: the whole file.
        uses: the steps that name something shared.
        reading: where to tell what is wrong.
    """
    declared = _declarations(file, reading)
    problems = reading.problems
    check_names([(name, key) for name, key, _ in declared], problems, "shared thing")
    shared = {name: what for name, _, what in declared}
    used: dict[str, Use] = {}
    for use in uses:
        _check_use(use, shared.get(use.name), used.setdefault(use.name, use), problems)
    for name, key, what in declared:
        if name and name not in used:
            verb = "acquires" if what.kind in USES["lock"] else "uses"
            problems.choose(key, name, used, f"{what.kind} (no step {verb} it)")
    return shared


def _check_use(use: Use, declared: Shared | None, first: Use, problems: Problems) -> None:
    fitting = USES[use.kind]
    if declared is not None:
        if declared.kind not in fitting:
            says = f"{shown(use.name)} is declared as a {declared.kind}"
            problems.add(use.key, f"{says}: this step is for one of {', '.join(fitting)}")
    elif fitting[0] in _DECLARED_ONLY:
        says = f"there is no {fitting[0]} {shown(use.name)}: declare it"
        problems.add(use.key, f"{says} with [[{fitting[0]}]] and its name")
    elif USES[first.kind][0] != fitting[0]:
        says = f"{shown(use.name)} is a {USES[first.kind][0]} elsewhere"
        problems.add(use.key, f"{says}: this step is for one of {', '.join(fitting)}")


def _declarations(file: FileTable, reading: Reading) -> list[tuple[str, Key, Shared]]:
    found: list[tuple[str, Key, Shared]] = []
    for key, table in reading.tables(file.lock, ("lock",)):
        lock = reading.table(LockTable, table, key)
        found.append((lock.name, (*key, "name"), Shared("lock", inheritance=lock.inheritance)))
    for key, table in reading.tables(file.semaphore, ("semaphore",)):
        semaphore = reading.table(SemaphoreTable, table, key)
        found.append((semaphore.name, (*key, "name"), Shared("semaphore", semaphore.value)))
    for key, table in reading.tables(file.event, ("event",)):
        event = reading.table(EventTable, table, key)
        found.append((event.name, (*key, "name"), Shared("event", int(event.set))))
    for key, table in reading.tables(file.condition, ("condition",)):
        condition = reading.table(ConditionTable, table, key)
        found.append((condition.name, (*key, "name"), Shared("condition")))
    for key, table in reading.tables(file.queue, ("queue",)):
        queue = reading.table(QueueTable, table, key)
        found.append((queue.name, (*key, "name"), Shared("queue", queue.size)))
    for key, table in reading.tables(file.barrier, ("barrier",)):
        barrier = reading.table(BarrierTable, table, key)
        found.append((barrier.name, (*key, "name"), Shared("barrier", barrier.parties)))
    return found
