"""Expectations: what must hold of a run, as ``--expect`` says it.  Fairness as a check in CI.

Three forms::

    max_wait(ticker) <= 20ms       a figure over all threads or tasks of a name or a job
    max_loop_lag < 5ms             a metric of the whole run
    no deadlock                    a finding that is not there; without "no", one that is

What is measured is in :mod:`schedsim.metrics` and :mod:`schedsim.findings`.
"""

from __future__ import annotations

import operator
import re
import statistics
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schedsim.durations import format_duration, parse_duration, parse_ticks
from schedsim.findings import FINDINGS
from schedsim.metrics import METRICS, Form, Measured, Times
from schedsim.plain import nearest, plain
from schedsim.trace import Role

Number = float | int

_FIGURE: Final = re.compile(
    r"\s*(?P<of>[a-z]+)_(?P<figure>[a-z_]+)\s*\((?P<who>.*)\)\s*(?P<how><=|>=|==|<|>)(?P<value>.+)",
    re.DOTALL,
)
_METRIC: Final = re.compile(r"\s*(?P<metric>[a-z_0-9]+)\s*(?P<how><=|>=|==|<|>)(?P<value>.+)")
_FOUND: Final = re.compile(r"\s*(?P<no>no\s+)?(?P<finding>[a-z_]+(?:\s+[a-z_]+)*)\s*")

_COMPARE: Final[Mapping[str, Callable[[Number, Number], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_OF: Final[Mapping[str, Callable[[Sequence[Number]], Number]]] = {
    "max": max,
    "min": min,
    "mean": statistics.fmean,
    "total": sum,
}
_FIGURES: Final[Mapping[str, tuple[Form, Callable[[Times], Number | None]]]] = {
    "wait": (Form.TIME, lambda times: times.longest_wait),
    "waiting": (Form.TIME, lambda times: times.waiting),
    "response": (Form.TIME, lambda times: times.response),
    "turnaround": (Form.TIME, lambda times: times.turnaround),
    "finish": (Form.TIME, lambda times: times.finish),
    "cpu": (Form.TIME, lambda times: times.cpu),
    "slowdown": (Form.RATIO, lambda times: times.slowdown),
    "context_switches": (Form.COUNT, lambda times: times.context_switches),
    "preemptions": (Form.COUNT, lambda times: times.preemptions),
    "migrations": (Form.COUNT, lambda times: times.migrations),
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that must hold.  Made by :func:`read`."""

    text: str
    broken: Callable[[Measured], str]
    """Why it does not hold of a run; empty if it does."""
    check: Callable[[Collection[str]], None]
    """Raise ValueError if it names nobody among the jobs, threads and tasks of these names."""


def read(text: str, unit: str) -> Expectation:
    """Understand ``text``, for a scenario in ``unit``.

    Raises:
        ValueError: it says nothing that could be checked; with the nearest valid choice.
    """
    said = plain(text.strip(), 100)
    if match := _FIGURE.fullmatch(text):
        return _figure(said, match, unit)
    if match := _METRIC.fullmatch(text):
        return _metric(said, match, unit)
    if match := _FOUND.fullmatch(text):
        return _finding(said, match)
    raise ValueError(
        f'{said!r}: expected something like "max_wait(ticker) <= 20ms", "max_loop_lag < 5ms"'
        ' or "no deadlock"'
    )


def _figure(said: str, match: re.Match[str], unit: str) -> Expectation:
    of, figure, who = match["of"], match["figure"], match["who"].strip()
    _one_of(said, of, _OF, "expected max, min, mean or total, got")
    _one_of(said, figure, _FIGURES, "unknown figure")
    form, look = _FIGURES[figure]
    limit = _value(said, match["value"], form, unit)

    def broken(measured: Measured) -> str:
        trace = measured.trace
        values = []
        for times in (*measured.of(Role.THREAD), *measured.of(Role.TASK)):
            entity = trace.entities[times.entity]
            if who and who not in (entity.name, entity.job):
                continue
            value = look(times)
            if value is None:
                return f"{plain(entity.name, 40)} has no {figure}: the run ended before"
            values.append(value)
        if not values:
            return "there was nobody of that name"
        found = _OF[of](values)
        holds = _COMPARE[match["how"]](found, limit)
        return "" if holds else f"it is {_told(found, form, trace.unit)}"

    def check(names: Collection[str]) -> None:
        if who and who not in names:
            raise ValueError(
                f"{said!r}: nobody is called {plain(who, 40)!r}{nearest(who, dict.fromkeys(names))}"
            )

    return Expectation(said, broken, check)


def _metric(said: str, match: re.Match[str], unit: str) -> Expectation:
    name = match["metric"]
    _one_of(said, name, METRICS, "unknown metric")
    metric = METRICS[name]
    limit = _value(said, match["value"], metric.form, unit)

    def broken(measured: Measured) -> str:
        found = metric(measured)
        if found is None:
            return "it cannot be said of this run"
        holds = _COMPARE[match["how"]](found, limit)
        return "" if holds else f"it is {_told(found, metric.form, measured.trace.unit)}"

    return Expectation(said, broken, lambda _: None)


def _finding(said: str, match: re.Match[str]) -> Expectation:
    kind = "_".join(match["finding"].split())
    _one_of(said, kind, FINDINGS, "unknown finding")
    wanted = match["no"] is None

    def broken(measured: Measured) -> str:
        found = sorted(FINDINGS[kind](measured), key=lambda finding: finding.start)
        if bool(found) == wanted:
            return ""
        if not found:
            return "there is none"
        when = format_duration(found[0].start, measured.trace.unit)
        return f"{len(found)} found, the first at {when}: {found[0].why}"

    return Expectation(said, broken, lambda _: None)


def _one_of(said: str, word: str, choices: Mapping[str, object], what: str) -> None:
    if word not in choices:
        raise ValueError(f"{said!r}: {what} {word!r}{nearest(word, choices)}")


def _value(said: str, text: str, form: Form, unit: str) -> Number:
    """What it is compared with."""
    text = text.strip()
    try:
        if form is Form.TIME and unit != "tick":
            return parse_duration(text)
        if form is Form.TIME:
            return parse_ticks(text)
        return float(text)
    except ValueError as error:
        raise ValueError(f"{said!r}: {error}") from None


def _told(value: Number, form: Form, unit: str) -> str:
    if form is Form.TIME:
        return format_duration(round(value), unit)
    return f"{value:g}"
