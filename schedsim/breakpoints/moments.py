"""Conditions about moments: a time, a deadline, the beginning of something worth telling."""

from __future__ import annotations

from dataclasses import dataclass

from schedsim.breakpoints.base import Kind, Known, Stop, check_length, check_name, earliest
from schedsim.breakpoints.watched import Watched
from schedsim.durations import Time, format_duration
from schedsim.findings import FINDINGS
from schedsim.plain import nearest, plain
from schedsim.state import Status
from schedsim.timeline import deadline_of
from schedsim.trace import Role
from schedsim.why.standing import arrival


@dataclass(frozen=True, slots=True)
class Reaches:
    """It is so late."""

    at: Time

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """That moment, after all that happens at it."""
        if watched.passed(step, time) >= self.at or not watched.is_certain(self.at):
            return None
        says = f"it is {format_duration(self.at, watched.trace.unit)}"
        return Stop(watched.history.rows_at(self.at), self.at, says)


@dataclass(frozen=True, slots=True)
class Misses:
    """Somebody is not done at a deadline."""

    name: str

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """The deadline."""
        passed = watched.passed(step, time)
        return earliest([self._of(watched, who, passed) for who in watched.named(self.name)])

    def _of(self, watched: Watched, who: int, time: Time) -> Stop | None:
        for due in self._missed(watched, who):
            if due > time and watched.is_certain(due):
                name = plain(watched.trace.entities[who].name, 32)
                return Stop(watched.history.rows_at(due), due, f"{name} misses its deadline")
        return None

    def _missed(self, watched: Watched, who: int) -> list[Time]:
        trace = watched.trace
        entity = trace.entities[who]
        if entity.role is Role.THREAD:
            return watched.timeline.missed(watched.lane(who))
        if entity.attributes.deadline is None or not watched.history.rows_of(who):
            return []
        due = deadline_of(entity, arrival(watched.history, who))
        if due is None or due > trace.end:
            return []
        status = watched.history.state_at_time(due).status
        return [due] if who < len(status) and status[who] is not Status.DONE else []


@dataclass(frozen=True, slots=True)
class Finds:
    """Something worth telling begins."""

    kind: str
    """Of any kind if empty."""

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """Its beginning; of what was found in as much of the run as somebody has looked at."""
        passed = watched.passed(step, time)
        for found in watched.findings:
            if found.start > passed and self.kind in ("", found.kind):
                rows = watched.history.rows_at(found.start)
                word = found.kind.replace("_", " ")
                return Stop(rows, found.start, f"finding: {word}. {found.why}")
        return None


def _time(text: str, known: Known) -> Reaches:
    if not text.strip():
        raise ValueError("which moment? write: time MOMENT")
    return Reaches(check_length(text, known.unit))


def _deadline(text: str, known: Known) -> Misses:
    word, _, name = text.strip().partition(" ")
    if word != "missed":
        raise ValueError("write: deadline missed, or deadline missed NAME")
    return Misses(check_name(name, known) if name.strip() else "")


def _finding(text: str, known: Known) -> Finds:
    del known
    kind = "_".join(text.split())
    if kind and kind not in FINDINGS:
        near = nearest(kind, dict.fromkeys(FINDINGS))
        raise ValueError(f"there is no finding {plain(repr(kind), 40)}{near}")
    return Finds(kind)


def _example(known: Known) -> str:
    half = max(1, known.longest // 2)
    if known.unit == "tick":
        return f"time {half}"
    return f"time {max(1, half // 1_000_000)}ms"


TIME = Kind("time MOMENT", "it is so late", _time, _example)
DEADLINE = Kind(
    "deadline missed [NAME]",
    "somebody is not done in time",
    _deadline,
    lambda _: "deadline missed",
)
FINDING = Kind(
    "finding [KIND]",
    "something worth telling begins",
    _finding,
    lambda _: "finding",
)
