"""Conditions about rows of a kind: the GIL changes hands, a core switches, a label is logged."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass

from schedsim.breakpoints.base import Kind, Known, Stop, nothing_after
from schedsim.breakpoints.watched import Watched
from schedsim.durations import Time
from schedsim.plain import nearest, plain

_GIL_FORM = "gil changes hands"


def _from(rows: array[int], step: int) -> int | None:
    index = bisect_left(rows, step)
    return rows[index] if index < len(rows) else None


@dataclass(frozen=True, slots=True)
class GilChanges:
    """Another thread has a GIL."""

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """The row in which it takes it."""
        del time
        n = _from(watched.gil_changes, step)
        if n is None:
            return None
        row = watched.trace.row(n)
        name = plain(watched.trace.entities[row.subject].name, 32)
        return Stop(n + 1, row.time, f"the GIL goes to {name}")


@dataclass(frozen=True, slots=True)
class Switches:
    """A core goes over to another thread."""

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """The row in which it does, or begins to."""
        del time
        n = _from(watched.switches, step)
        if n is None:
            return None
        row = watched.trace.row(n)
        name = plain(watched.trace.entities[row.subject].name, 32)
        return Stop(n + 1, row.time, f"core {row.core} switches to {name}")


@dataclass(frozen=True, slots=True)
class Marks:
    """Somebody logs a label."""

    label: str

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """The row in which it is logged."""
        del time
        rows, trace = watched.marks, watched.trace
        for n in rows[bisect_left(rows, step) :]:
            row = trace.row(n)
            if trace.labels[row.arg] == self.label:
                name = plain(trace.entities[row.subject].name, 32)
                return Stop(n + 1, row.time, f"{name} logs {plain(self.label, 40)}")
        return None


def _gil(text: str, known: Known) -> GilChanges:
    del known
    if text.split() != ["changes", "hands"]:
        raise ValueError(f"write just: {_GIL_FORM}")
    return GilChanges()


def _switch(text: str, known: Known) -> Switches:
    del known
    nothing_after(text, "switch")
    return Switches()


def _mark(text: str, known: Known) -> Marks:
    label = text.strip()
    if not label:
        raise ValueError("which label? write: mark LABEL")
    if label not in known.labels and not known.any_label:
        if not known.labels:
            raise ValueError("nothing is logged in this scenario: no step says mark")
        near = nearest(label, dict.fromkeys(known.labels))
        raise ValueError(f"nobody logs {plain(repr(label), 40)}{near}")
    return Marks(label)


GIL = Kind(_GIL_FORM, "another thread takes the GIL", _gil, lambda _: _GIL_FORM)
SWITCH = Kind("switch", "a core goes to another thread", _switch, lambda _: "switch")
MARK = Kind(
    "mark LABEL",
    "somebody logs it",
    _mark,
    lambda known: f"mark {known.labels[0]}" if known.labels else "",
)
