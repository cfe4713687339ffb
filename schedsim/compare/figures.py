"""The headline figures of runs side by side: one measure a row, with how far it is from the first.

They are the metrics of :mod:`schedsim.metrics`, so they are what every report says; the table of
``schedsim compare`` is :mod:`schedsim.compare.table`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schedsim.compare.outcomes import Outcome
from schedsim.compare.table import Column, Undone, Value, comparable, which_are_best, writer
from schedsim.findings import find


class _Findings(Column):
    def of(self, outcome: Outcome) -> Value:
        return len(find(outcome.measured))


class _Throughput(Column):
    """Pieces of work a second; a tick, in files that count ticks."""


FIGURES: Mapping[str, Column] = {
    "all finished at": Column(("all", "finished"), "makespan", "time"),
    "mean turnaround": Column(("mean", "turnaround"), "mean_turnaround", "time"),
    "mean response": Column(("mean", "response"), "mean_response", "time"),
    "mean waiting": Column(("mean", "waiting"), "mean_waiting", "time"),
    "longest wait": Column(("longest", "wait"), "starvation", "time"),
    "core use": Column(("core", "use"), "utilisation", "share", "most"),
    "context switches": Column(("context", "switches"), "context_switches", "count"),
    "throughput": _Throughput(("", "throughput"), "throughput", "ratio", "most"),
    "findings": _Findings(("", "findings"), "", "count"),
    "left undone": Undone(("left", "undone"), "", "count"),
}
"""By what they are called, in order of preference."""


@dataclass(frozen=True, slots=True)
class Row:
    """A measure of all runs."""

    name: str
    unit: str
    """What its figures count; empty if that is plain."""
    values: tuple[Value, ...]
    texts: tuple[str, ...]
    """The values as people read them; ``-`` where there is none."""
    changes: tuple[str, ...]
    """How far each is from the first; empty where it is not, or cannot be said."""
    best: tuple[bool, ...]
    """Whether a value is the best of all; all False where there is nothing to choose."""


def rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """All measures that any of the runs has."""
    fair = comparable(outcomes)
    found = (_row(name, column, outcomes, fair) for name, column in FIGURES.items())
    return [row for row in found if row is not None]


def _row(
    name: str, column: Column, outcomes: Sequence[Outcome], fair: Sequence[bool]
) -> Row | None:
    values = tuple(column.of(outcome) for outcome in outcomes)
    known = [value for value in values if value is not None]
    if not known or (name == "left undone" and not any(known)):
        return None
    trace = outcomes[0].trace
    unit, write = writer(column.kind, known, trace.unit)
    if isinstance(column, _Throughput):
        unit = "a second" if trace.unit == "ns" else "a tick"
    texts = tuple("-" if value is None else write(value) for value in values)
    first = values[0]
    changes = []
    for value, text in zip(values, texts, strict=True):
        if value is None or first is None or text == texts[0]:
            changes.append("")
        else:
            sign = "+" if value > first else "-"
            changes.append(f"{sign}{write(abs(value - first))}")
    best = (False,) * len(texts)
    if len(set(texts)) > 1:
        best = which_are_best(column, fair, values, texts)
    return Row(name, unit, values, texts, tuple(changes), best)
