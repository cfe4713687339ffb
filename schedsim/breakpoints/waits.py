"""The condition that somebody could go on, and waits for too long."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schedsim.breakpoints.base import Kind, Known, Stop, check_length, check_name, earliest
from schedsim.breakpoints.watched import Watched
from schedsim.durations import Time, format_duration
from schedsim.plain import plain

_FORM = "waits [NAME] > LENGTH"
_TEXT = re.compile(r"(?P<name>[^>]*)>(?P<length>[^>]*)")


@dataclass(frozen=True, slots=True)
class WaitsLonger:
    """A wait for a core, a turn or the GIL goes on beyond a length."""

    name: str
    """Whose; anybody's if empty."""
    length: Time

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """The moment at which the wait reaches the length: not the one at which it ends."""
        passed = watched.passed(step, time)
        return earliest([self._of(watched, who, passed) for who in watched.named(self.name)])

    def _of(self, watched: Watched, who: int, time: Time) -> Stop | None:
        waits = watched.waits(who)
        at = waits.first(self.length, time, watched.trace.end)
        if at is None:
            return None
        name = plain(watched.trace.entities[who].name, 32)
        waited = format_duration(self.length, watched.trace.unit)
        return Stop(watched.history.rows_at(at), at, f"{name} has waited for {waited}")


def _parse(text: str, known: Known) -> WaitsLonger:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError("write: waits NAME > LENGTH, or just waits > LENGTH")
    name = found["name"].strip()
    return WaitsLonger(
        check_name(name, known) if name else "", check_length(found["length"], known.unit)
    )


def _example(known: Known) -> str:
    tenth = max(1, known.longest // 10)
    if known.unit == "tick":
        return f"waits > {tenth}"
    return f"waits > {max(1, tenth // 1_000_000)}ms"


WAITS = Kind(
    _FORM,
    "it is kept waiting so long",
    _parse,
    _example,
)
