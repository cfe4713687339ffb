"""The measures in which runs differ, and which value is the best.

:data:`COLUMNS` is the table of what is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from schedsim.compare.cells import left, right, shorten, width, wrap
from schedsim.compare.outcomes import Outcome
from schedsim.durations import UNITS, format_duration
from schedsim.metrics import METRICS
from schedsim.metrics.memory import format_bytes

BEST = "*"
_NAME = 24

Value = float | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A measure, and what is good about it."""

    heading: tuple[str, str]
    metric: str
    """Its name in :data:`METRICS`."""
    kind: Literal["time", "count", "share", "ratio", "bytes"]
    best: Literal["least", "most"] = "least"

    def of(self, outcome: Outcome) -> Value:
        """The measure of a run; None if it has none."""
        if self.metric == "makespan" and outcome.undone:
            return None
        return METRICS[self.metric](outcome.measured)


class Undone(Column):
    """How much was left undone."""

    def of(self, outcome: Outcome) -> Value:
        """How many jobs had not ended, have failed, or were killed."""
        return outcome.undone


COLUMNS: Sequence[Column] = (
    Undone(("left", "undone"), "", "count"),
    Column(("mean", "turnaround"), "mean_turnaround", "time"),
    Column(("mean", "response"), "mean_response", "time"),
    Column(("mean", "waiting"), "mean_waiting", "time"),
    Column(("all", "finished"), "makespan", "time"),
    Column(("missed", "deadlines"), "deadline_misses", "count"),
    Column(("context", "switches"), "context_switches", "count"),
    Column(("core", "use"), "utilisation", "share", "most"),
    Column(("", "fairness"), "fairness", "ratio", "most"),
    Column(("longest", "loop lag"), "max_loop_lag", "time"),
    Column(("mean", "slowdown"), "mean_slowdown", "ratio"),
    Column(("longest", "waiting"), "max_waiting", "time"),
    Column(("GIL", "switches"), "gil_switches", "count"),
    Column(("", "migrations"), "migrations", "count"),
    Column(("kept while", "suspended"), "peak_memory", "bytes"),
    Column(("suspended", "at once"), "peak_suspended", "count"),
)
"""In order of preference: what there is no room for is named below the table."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column as it is printed."""

    column: Column
    unit: str
    texts: tuple[str, ...]
    """The figures; where they differ, each with a mark or a blank behind it."""
    differ: bool
    marked: bool = False
    """One at least has the mark."""

    @property
    def heads(self) -> tuple[str, str, str]:
        """What stands above the figures."""
        one, two = self.column.heading
        blank = " " * self.differ
        return one + blank, two + blank, self.unit + blank

    @property
    def room(self) -> int:
        """How many cells it takes."""
        return max(map(width, (*self.heads, *self.texts)))

    @property
    def title(self) -> str:
        """The heading in one line."""
        return " ".join(self.column.heading).strip()


def table(outcomes: Sequence[Outcome], most: int) -> Iterator[str]:
    """The table in lines of at most ``most`` cells, with its legend."""
    fair = comparable(outcomes)
    columns = [shown for column in COLUMNS if (shown := _show(column, outcomes, fair))]
    differing = [shown for shown in columns if shown.differ]
    same = [shown for shown in columns if not shown.differ]
    names = [shorten(outcome.name, min(_NAME, most // 3)) for outcome in outcomes]
    used = max(map(width, names))
    here: list[_Shown] = []
    for shown in differing or same:
        if used + 2 + shown.room > most:
            break
        used += 2 + shown.room
        here.append(shown)
    yield from _rows(names, here)
    if differing:
        yield from wrap(_legend(here, fair), most)
    if rest := differing[len(here) :]:
        yield from wrap(f"They differ too in {_listed([shown.title for shown in rest])}.", most)
    if differing and same:
        alike = ", ".join(f"{shown.title} {_alone(shown)}" for shown in same)
        yield from wrap(f"The same for all: {alike}.", most)
    elif not differing:
        yield "No measure differs."


def _rows(names: Sequence[str], columns: Sequence[_Shown]) -> Iterator[str]:
    lines = [["", *heads] for heads in zip(*(shown.heads for shown in columns), strict=True)]
    lines += [[name, *(shown.texts[i] for shown in columns)] for i, name in enumerate(names)]
    rooms = [max(map(width, names)), *(shown.room for shown in columns)]
    for first, *rest in lines:
        texts = [left(first, rooms[0])]
        texts += [right(text, room) for text, room in zip(rest, rooms[1:], strict=True)]
        if line := "  ".join(texts).rstrip():
            yield line


def _show(column: Column, outcomes: Sequence[Outcome], fair: Sequence[bool]) -> _Shown | None:
    """The column with its figures; None if it has nothing to say."""
    values = [column.of(outcome) for outcome in outcomes]
    known = [value for value in values if value is not None]
    if not any(known):
        return None
    unit, write = writer(column.kind, known, outcomes[0].trace.unit)
    texts = ["-" if value is None else write(value) for value in values]
    if len(set(texts)) == 1:
        return _Shown(column, unit, tuple(texts), differ=False)
    best = which_are_best(column, fair, values, texts)
    marked = [text + (BEST if is_best else " ") for text, is_best in zip(texts, best, strict=True)]
    return _Shown(column, unit, tuple(marked), differ=True, marked=any(best))


def which_are_best(
    column: Column, fair: Sequence[bool], values: Sequence[Value], texts: Sequence[str]
) -> tuple[bool, ...]:
    """Which figures are the best; none where there is nothing to choose.

    Args:
        column: what they are of.
        fair: of each run, whether it can be the best: see :func:`comparable`.
        values: of each; None if it has none.
        texts: how they are written: what is written alike is as good.
    """
    known = [
        (value, text)
        for value, text, is_fair in zip(values, texts, fair, strict=True)
        if is_fair and value is not None
    ]
    if not known or sum(value is not None for value in values) == 1:
        return (False,) * len(texts)  # it has nobody to be better than
    choose = min if column.best == "least" else max
    _, best = choose(known, key=lambda each: each[0])
    return tuple(is_fair and text == best for text, is_fair in zip(texts, fair, strict=True))


def comparable(outcomes: Sequence[Outcome]) -> tuple[bool, ...]:
    """Which runs may be the best: those that did most of their work.

    None, where these were stopped with more to come, and not at the same moment: what would have
    come nobody knows.
    """
    lack = [(outcome.undone, not outcome.trace.complete) for outcome in outcomes]
    least = min(lack)
    fair = tuple(each == least for each in lack)
    ends = {each.trace.end for each, is_fair in zip(outcomes, fair, strict=True) if is_fair}
    return (False,) * len(fair) if least[1] and len(ends) > 1 else fair


def writer(kind: str, values: Sequence[float], unit: str) -> tuple[str, Callable[[float], str]]:
    """The unit of a column, and how its values are written: all alike."""
    if kind == "count":
        return "", lambda value: f"{value:,}"
    if kind == "bytes":
        return "", format_bytes
    if kind == "share":
        return "", lambda value: f"{value:.1%}"
    if kind == "ratio":
        return "", lambda value: f"{value:.2f}"
    name = "ticks" if unit == "tick" else format_duration(round(max(values))).split()[1]
    size = UNITS.get(name, 1)
    places = 2 if any(value % size for value in values) else 0
    return name, lambda value: f"{value / size:,.{places}f}"


def _legend(columns: Sequence[_Shown], fair: Sequence[bool]) -> str:
    if not any(fair):
        return "None is the best in a column: they were stopped at different moments."
    if not any(shown.marked for shown in columns):
        return "None is the best in a column."
    most = [shown.title for shown in columns if shown.column.best == "most"]
    says = f"{BEST} the best in its column: the {'most' if most else 'least'}"
    if 0 < len(most) < len(columns):
        says = f"{BEST} the best in its column: the least; of {_listed(most)} the most"
    return says if all(fair) else f"{says}; runs that did less of their work are left out"


def _alone(shown: _Shown) -> str:
    return f"{shown.texts[0]} {shown.unit}".strip()


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
