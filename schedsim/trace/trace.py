"""The trace itself: rows in three columns, and the tables of what they name.

A row takes 24 bytes: the time, a packed code (``codes``) and an argument, each an ``int64``.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from schedsim.durations import Time
from schedsim.entities import Table
from schedsim.trace.codes import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    MOST_ENTITIES,
    OTHER_SHIFT,
    REASON_SHIFT,
    SUBJECT_SHIFT,
)
from schedsim.trace.entity import Entity, Role
from schedsim.trace.kinds import KINDS, Kind
from schedsim.trace.reasons import REASONS, Reason


class Resource(NamedTuple):
    """Something that threads or tasks share and wait for."""

    kind: str
    """``lock``, ``semaphore``, ``event``, ``condition``, ``queue`` ..."""
    name: str


class Row(NamedTuple):
    """One row of a trace, unpacked."""

    n: int
    time: Time
    kind: Kind
    reason: Reason
    core: int
    """The core's number, or -1."""
    subject: int
    other: int
    arg: int


class InForce(NamedTuple):
    """A scheduling policy that holds from some moment on."""

    name: str
    parameters: Mapping[str, Any] = MappingProxyType({})
    """As far as they are given."""
    cores: int = 1
    """How many cores one run queue serves, as it began."""


_TOO_MANY: Final = f"a run holds at most {MOST_ENTITIES:,} processes, threads and tasks"


def _another(like: Entity, id: int, name: str, arrival: Time) -> Entity:
    """A thread as ``like`` but for these."""
    return replace(like, id=id, name=name, thread=id, arrival=arrival)


_NOBODY = Entity(0, Role.PROCESS, "", 0, 0, "")


@dataclass(eq=False)
class Trace:
    """The rows, and the entities and labels they name."""

    cores: int = 1
    unit: str = "ns"
    switch_interval: Time = 5_000_000
    """At first: the state knows what it is now."""
    old_gil: bool = False
    """The GIL is that of before Python 3.2: nobody asks for it."""
    waking_takes_time: bool = False
    """An idle core takes some time to begin with a thread that was woken."""
    policy: str = ""
    """The name of the scheduling policy at first."""
    policies: list[InForce] = field(default_factory=list)
    """All that are ever in force: first that, then what the user has set.  The state knows which
    one is."""
    queue_per_core: bool = False
    """Cores have run queues of their own."""
    resources: list[Resource] = field(default_factory=list)
    """What threads and tasks wait for, by number."""
    times: array[int] = field(default_factory=lambda: array("q"))
    codes: array[int] = field(default_factory=lambda: array("q"))
    args: array[int] = field(default_factory=lambda: array("q"))
    entities: list[Entity] = field(default_factory=lambda: [_NOBODY])
    labels: list[str] = field(default_factory=list)
    kept: dict[int, dict[int, str]] = field(default_factory=dict)
    """By task or thread, and by place in its program: what is kept of it while it is suspended
    there, once it has been; of those whose program is a function."""
    failures: dict[int, str] = field(default_factory=dict)
    """By thread or task that ended with an exception of its author's: the traceback."""
    end: Time = 0
    """How far the run has come; the last row may be earlier."""
    complete: bool = False
    """Nothing can happen any more: the run is over, not merely cut off."""

    def __post_init__(self) -> None:
        """There is always a first policy, if without a name."""
        self._label_numbers: dict[str, int] = {}
        if not self.policies:
            self.policies.append(InForce(self.policy, cores=self.cores))

    def __len__(self) -> int:
        return len(self.times)

    def append(
        self,
        time: Time,
        kind: Kind,
        reason: Reason = Reason.NONE,
        *,
        core: int = -1,
        subject: int = 0,
        other: int = 0,
        arg: int = 0,
    ) -> None:
        """Add a row; -1 is no core.  The hot paths pack their rows themselves."""
        self.times.append(time)
        self.codes.append(
            kind
            | reason << REASON_SHIFT
            | (core + 1) << CORE_SHIFT
            | subject << SUBJECT_SHIFT
            | other << OTHER_SHIFT
        )
        self.args.append(arg)

    def row(self, n: int) -> Row:
        """Row ``n``, counted from 0."""
        code = self.codes[n]
        return Row(
            n,
            self.times[n],
            KINDS[code & KIND_MASK],
            REASONS[code >> REASON_SHIFT & KIND_MASK],
            (code >> CORE_SHIFT & CORE_MASK) - 1,
            code >> SUBJECT_SHIFT & ENTITY_MASK,
            code >> OTHER_SHIFT,
            self.args[n],
        )

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Rows ``start`` up to ``stop``, unpacked one by one."""
        for n in range(start, len(self) if stop is None else min(stop, len(self))):
            yield self.row(n)

    def enter(self, entity: Entity) -> Entity:
        """Give a new entity its place in the table."""
        if entity.id != len(self.entities):
            raise ValueError(f"entity {entity.id} is not next: {len(self.entities)} is")
        if entity.id > MOST_ENTITIES:
            raise OverflowError(_TOO_MANY)
        self.entities.append(entity)
        return entity

    def table(self) -> Table[Entity]:
        """The entities, ready for those that are built when somebody looks.

        To enter many threads that are alike: :meth:`Table.add` costs a tenth of :meth:`enter`.
        """
        table = self.entities
        if not isinstance(table, Table):
            table = self.entities = Table(table, _another, MOST_ENTITIES, _TOO_MANY)
        return table

    def cut(self, rows: int) -> None:
        """Forget all but the first ``rows`` rows; what is left is not complete."""
        for column in (self.times, self.codes, self.args):
            del column[rows:]
        self.end = self.times[-1] if self.times else 0
        self.complete = False

    def until(self, rows: int, end: Time) -> Trace:
        """The first ``rows`` rows as a trace of their own, that has come as far as ``end``."""
        columns = (self.times[:rows], self.codes[:rows], self.args[:rows])
        times, codes, args = columns
        return replace(self, times=times, codes=codes, args=args, end=end, complete=False)

    def label(self, text: str) -> int:
        """The number of a label, new or known."""
        known = self._label_numbers
        if len(known) != len(self.labels):  # it was made with some, or read
            known.clear()
            known.update(zip(self.labels, range(len(self.labels)), strict=True))
        number = known.setdefault(text, len(self.labels))
        if number == len(self.labels):
            self.labels.append(text)
        return number

    def resource(self, kind: str, name: str) -> int:
        """The number of a new resource."""
        self.resources.append(Resource(kind, name))
        return len(self.resources) - 1

    def digest(self) -> str:
        """SHA-256 of the whole trace, with its names and labels.

        The same on every platform and supported Python for the same run.
        """
        import hashlib  # noqa: PLC0415 - only a recording needs it, and every start would wait

        names = [f"{e.role.value}\t{e.process}\t{e.thread}\t{e.name}" for e in self.entities]
        table = "\n".join([f"{self.cores}\t{self.unit}", *names, "", *self.labels])
        rows = self.digest_of_rows(0, len(self))
        return hashlib.sha256(f"{rows}\n{table}".encode("utf-8", "surrogatepass")).hexdigest()

    def digest_of_rows(self, start: int, stop: int) -> str:
        """SHA-256 of rows ``start`` up to ``stop`` alone."""
        import hashlib  # noqa: PLC0415 - as above

        seen = hashlib.sha256()
        for column in (self.times, self.codes, self.args):
            part = column[start:stop]
            if sys.byteorder == "big":
                part.byteswap()
            seen.update(part.tobytes())
        return seen.hexdigest()
