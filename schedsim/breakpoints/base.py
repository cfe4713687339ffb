"""What a breakpoint is: a condition, written as a line of text, and the moments at which it holds.

The kinds of conditions are in the other modules of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from schedsim.breakpoints.watched import Watched
from schedsim.durations import Time, parse_duration, parse_ticks
from schedsim.plain import nearest, plain
from schedsim.scenario import Scenario
from schedsim.trace import Role, Trace


class Stop(NamedTuple):
    """A moment at which a condition holds."""

    step: int
    """How many rows have happened."""
    time: Time
    says: str
    """What is so then; fit for a terminal."""


class Condition(Protocol):
    """When to stop."""

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """The first moment after ``step`` rows and ``time`` at which it holds, as far as known."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a condition may name in a run."""

    names: tuple[str, ...]
    """Of threads, tasks and jobs."""
    labels: tuple[str, ...]
    """That are logged."""
    any_label: bool
    """There may be more: a program is Python."""
    unit: str
    longest: Time
    """How long the run takes, as far as it is known: for examples."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of conditions."""

    form: str
    """How it is written."""
    says: str
    """When it stops."""
    parse: Callable[[str, Known], Condition]
    """Reads what follows the word; raises ValueError."""
    example: Callable[[Known], str]
    """One that fits the run; empty if there is none."""


def known_of(trace: Trace, scenario: Scenario) -> Known:
    """What a condition may name in this run."""
    plan = [thread for process in scenario.plan() for thread in process.threads]
    jobs = [job for thread in plan for job in (*thread.tasks, thread.job)]
    names = dict.fromkeys(job.name for job in jobs)
    labels = dict.fromkeys(trace.labels)
    any_label = False
    for entity in trace.entities[1:]:
        if entity.role is Role.PROCESS:
            continue
        names.update({entity.name: None, entity.job: None})
        any_label = any_label or entity.style != "steps"
        for line in entity.listing.lines if entity.listing else ():
            word, _, label = line.strip().partition(" ")
            if word == "mark":
                labels[label.strip()] = None
    names.pop("", None)
    return Known(tuple(names), tuple(labels), any_label, trace.unit, trace.end)


def check_name(text: str, known: Known) -> str:
    """The name of a thread, task or job.

    Raises:
        ValueError: there is none, or nobody is called that.
    """
    name = text.strip()
    if not name:
        raise ValueError("name a thread, task or job")
    if name not in known.names:
        near = nearest(name, dict.fromkeys(known.names))
        raise ValueError(f"nobody is called {plain(repr(name), 40)}{near}")
    return name


def check_length(text: str, unit: str) -> Time:
    """A duration, or a moment.

    Raises:
        ValueError: it is none.
    """
    return parse_ticks(text.strip()) if unit == "tick" else parse_duration(text)


def nothing_after(text: str, form: str) -> None:
    """The condition is complete.

    Raises:
        ValueError: something follows it.
    """
    if text.strip():
        raise ValueError(f"write just: {form}")


def earliest(stops: Sequence[Stop | None]) -> Stop | None:
    """The first of them."""
    return min(filter(None, stops), key=lambda stop: (stop.step, stop.time), default=None)
