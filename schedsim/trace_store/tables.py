"""What a trace says besides its rows (who takes part, labels, resources, policies) as text.

It grows with the trace, so each chunk has what is new.  Programs and attributes that many share
are written once.  Everything is checked on the way in: it may come from anywhere.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import fields
from itertools import accumulate, takewhile
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar

import msgspec

from schedsim.attributes import ORDINARY, Attributes
from schedsim.trace import (
    MOST_CORES,
    MOST_ENTITIES,
    Entity,
    InForce,
    Listing,
    Resource,
    Role,
    Trace,
)
from schedsim.trace_store.schema import MOST_TABLES

T = TypeVar("T")

LATEST: Final = (1 << 63) - 1
"""The last moment that there can be."""
MOST_NEW: Final = 8_192
"""Entities in the tables of one chunk; of more there are chunks without rows."""
MOST_TEXT: Final = 1_000_000
"""Characters of the names of those entities, and likewise of new labels and the like."""
MOST_SAID: Final = 1_000_000_000
"""What all tables of a store may say, as :func:`cost` counts: what a million tasks need who keep
something in three places each.  Zstd makes a thousandth of it where all say the same, so this is
what bounds the memory that a small file of a stranger's can ask for."""
MOST_AT_ONCE: Final = 250_000_000
"""Likewise of one chunk, which is understood in one go."""
_AROUND: Final = 16
"""Bytes that each value counts besides its text."""

_Natural = Annotated[int, msgspec.Meta(ge=0, le=LATEST)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=MOST_ENTITIES)]
_Core = Annotated[int, msgspec.Meta(ge=0, le=MOST_CORES)]
_Role = Annotated[int, msgspec.Meta(ge=0, le=len(Role) - 1)]


class _Entity(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    role: _Role
    name: str
    process: _Number
    thread: _Number
    job: str
    arrival: _Natural
    listing: Annotated[int, msgspec.Meta(ge=-1)]
    """Its number, from 0 in order of appearance; -1 for none."""
    flags: tuple[bool, bool, bool, bool]
    """CPU-heavy, yielding, GIL, interpreter."""
    monkey_patch: str
    imported_early: tuple[str, ...]
    loop: str
    attributes: Annotated[int, msgspec.Meta(ge=-1)]
    """Likewise; -1 for ordinary ones."""
    affinity: tuple[_Core, ...]
    cpu: _Natural | None
    style: str


class _Listing(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    lines: tuple[str, ...]
    line_of: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]


class _InForce(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    name: str
    parameters: dict[str, bool | int | float | str | list[int] | None]
    cores: Annotated[int, msgspec.Meta(ge=1, le=MOST_CORES)]


class _Tables(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What came to be known with one chunk."""

    listings: list[_Listing] = []
    attributes: list[Attributes] = []
    entities: list[_Entity] = []
    labels: list[str] = []
    resources: list[tuple[str, str]] = []
    policies: list[_InForce] = []
    kept: list[tuple[_Number, int, str]] = []
    failures: list[tuple[_Number, str]] = []


class _Machine(msgspec.Struct, forbid_unknown_fields=True):
    """What a trace says from the beginning."""

    cores: Annotated[int, msgspec.Meta(ge=1, le=MOST_CORES)]
    unit: str
    switch_interval: _Natural
    old_gil: bool
    waking_takes_time: bool
    policy: str
    queue_per_core: bool


def machine(trace: Trace) -> dict[str, Any]:
    """What a trace says from the beginning."""
    return {f.name: getattr(trace, f.name) for f in msgspec.structs.fields(_Machine)}


def empty_trace(content: object) -> Trace:
    """A trace that says so from the beginning, with no rows yet.

    Raises:
        ValueError: it is no such thing.
    """
    known = msgspec.convert(content, _Machine, strict=True)
    if known.unit not in {"ns", "tick"}:
        raise ValueError("unit: 'ns' or 'tick'")
    trace = Trace(**{f.name: getattr(known, f.name) for f in msgspec.structs.fields(_Machine)})
    trace.policies.clear()
    return trace


def cost(content: bytes) -> int:
    """About how many bytes of memory it takes what is said in JSON, before it is understood."""
    return len(content) + _AROUND * sum(map(content.count, (b",", b"[", b"{")))


class Teller:
    """Tells what is new in the tables of a growing trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.behind = False
        """There was more to tell than goes into one chunk; the next news go on."""
        self._said = 0
        self._entities = 1
        self._labels = self._resources = self._policies = 0
        self._listings: dict[int, tuple[int, Listing]] = {}
        self._attributes: dict[Attributes, int] = {}
        self._kept: dict[int, int] = {}
        self._untold: deque[tuple[int, int, str]] = deque()
        """What was found to be kept and is still to be told."""
        self._failures = 0
        self._looked_at = 0

    def news(self, *, last: bool = False) -> bytes:
        """What is new, as JSON; nothing if nothing is.  See :attr:`behind`.

        Args:
            last: leave nothing out.

        Raises:
            ValueError: it is more than the tables of one store may say.
        """
        trace, content = self.trace, dict[str, Any]()
        self.behind = False
        listings: list[Any] = []
        attributes: list[Any] = []
        news = trace.entities[self._entities : self._entities + MOST_NEW]
        news = self._some(news, [len(each.name) + len(each.job) for each in news])
        content["entities"] = [self._entity(each, listings, attributes) for each in news]
        self._entities += len(news)
        self.behind |= self._entities < len(trace.entities)
        content["listings"], content["attributes"] = listings, attributes
        labels = trace.labels[self._labels :]
        content["labels"] = labels = self._some(labels, list(map(len, labels)))
        resources = trace.resources[self._resources :]
        content["resources"] = resources = self._some(resources, [len(e.name) for e in resources])
        content["policies"] = [
            (each.name, dict(each.parameters), each.cores)
            for each in trace.policies[self._policies :]
        ]
        self._labels += len(labels)
        self._resources += len(resources)
        self._policies = len(trace.policies)
        content["kept"] = self._some_kept(last=last)
        failures = list(trace.failures.items())[self._failures :]
        content["failures"] = failures = self._some(failures, [len(text) for _, text in failures])
        self._failures += len(failures)
        said = {key: value for key, value in content.items() if value}
        return self._counted(json.dumps(said, separators=(",", ":")).encode()) if said else b""

    def _some(self, new: list[T], sizes: list[int]) -> list[T]:
        """As many of them as go into one chunk, but one at least."""
        if sum(sizes) <= MOST_TEXT and len(new) <= MOST_TEXT:
            return new
        sums = accumulate(max(1, size) for size in sizes)
        fit = max(1, sum(1 for _ in takewhile(MOST_TEXT.__ge__, sums)))
        self.behind |= fit < len(new)
        return new[:fit]

    def _some_kept(self, *, last: bool) -> list[tuple[int, int, str]]:
        # To look through what is kept costs as much as there are tasks: not for every chunk.
        trace = self.trace
        if last or len(trace) - self._looked_at >= 4 * len(trace.kept):
            self._looked_at = len(trace)
            self._untold.extend(self._new_kept())
        some, size = [], 0
        while self._untold and size < MOST_TEXT:
            some.append(self._untold.popleft())
            size += _AROUND + len(some[-1][2])
        self.behind |= bool(self._untold)
        return some

    def _counted(self, content: bytes) -> bytes:
        said = cost(content)
        self._said += said
        if len(content) > MOST_TABLES or said > MOST_AT_ONCE or self._said > MOST_SAID:
            raise ValueError("there are more, or longer, names and texts than a trace store takes")
        return content

    def _entity(self, entity: Entity, listings: list[Any], attributes: list[Any]) -> Any:
        listing, said = -1, -1
        if entity.listing is not None:
            known = len(self._listings)
            # By identity: thousands of entities share one, and to hash it costs its length.
            listing, _ = self._listings.setdefault(id(entity.listing), (known, entity.listing))
            if listing == known:
                listings.append((entity.listing.lines, entity.listing.line_of))
        if entity.attributes != ORDINARY:
            known = len(self._attributes)
            said = self._attributes.setdefault(entity.attributes, known)
            if said == known:
                attributes.append(
                    {f.name: getattr(entity.attributes, f.name) for f in fields(Attributes)}
                )
        flags = (entity.cpu_heavy, entity.yielding, entity.gil, entity.interpreter)
        return (
            *(entity.role, entity.name, entity.process, entity.thread, entity.job, entity.arrival),
            *(listing, flags, entity.monkey_patch, entity.imported_early, entity.loop, said),
            *(entity.affinity, entity.cpu, entity.style),
        )

    def _new_kept(self) -> list[tuple[int, int, str]]:
        """Texts are only ever added, behind those that are there."""
        new = []
        for number, texts in self.trace.kept.items():
            known = self._kept.get(number, 0)
            if len(texts) > known:
                new += [(number, pc, text) for pc, text in list(texts.items())[known:]]
                self._kept[number] = len(texts)
        return new


class Listener:
    """Takes what is told into the tables of a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._said = 0
        self._listings: list[Listing] = []
        self._attributes: list[Attributes] = []

    def take(self, content: bytes) -> None:
        """Take in what came with one chunk.

        Raises:
            ValueError: it is damaged, or says what cannot be.
        """
        if not content:
            return
        said = cost(content)
        self._said += said
        if said > MOST_AT_ONCE or self._said > MOST_SAID:
            raise ValueError("more names and texts than a trace store may have")
        try:
            new = msgspec.convert(json.loads(content), _Tables, strict=True)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        trace = self.trace
        self._listings += [Listing(each.lines, each.line_of) for each in new.listings]
        self._attributes += new.attributes
        for each in new.entities:
            trace.enter(self._entity(each))
        self._check_places(len(new.entities))
        trace.labels += new.labels
        trace.resources += [Resource(kind, name) for kind, name in new.resources]
        trace.policies += [
            InForce(each.name, MappingProxyType(each.parameters), each.cores)
            for each in new.policies
        ]
        for number, pc, text in new.kept:
            trace.kept.setdefault(number, {})[pc] = text
        trace.failures.update(new.failures)

    def _entity(self, said: _Entity) -> Entity:
        if said.listing >= len(self._listings) or said.attributes >= len(self._attributes):
            raise ValueError(f"{said.name!r} has a program or attributes that nobody knows")
        heavy, yielding, gil, interpreter = said.flags
        return Entity(
            len(self.trace.entities),
            Role(said.role),
            said.name,
            said.process,
            said.thread,
            said.job,
            said.arrival,
            None if said.listing < 0 else self._listings[said.listing],
            heavy,
            yielding,
            gil,
            interpreter,
            said.monkey_patch,
            said.imported_early,
            said.loop,
            ORDINARY if said.attributes < 0 else self._attributes[said.attributes],
            said.affinity,
            said.cpu,
            said.style,
        )

    def _check_places(self, new: int) -> None:
        """Everybody lives in a process, and a task in a thread."""
        entities = self.trace.entities
        for entity in entities[len(entities) - new :]:
            if max(entity.process, entity.thread) >= len(entities):
                raise ValueError(f"{entity.name!r} lives where nobody is")
