"""The breakpoints of a session, and the next moment at which one of them stops the playhead.

What conditions are is imported with the first of them: the first picture need not wait for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.history import History
from schedsim.timeline import Timeline
from schedsim.trace import Trace

if TYPE_CHECKING:
    from schedsim.breakpoints import Condition, Known, Stop, Watched
    from schedsim.findings.base import Finding

MOST_MEASURED = 250_000
"""Rows of a run that is looked through for findings: a few seconds of work."""


@dataclass(slots=True)
class Breakpoint:
    """A condition as it was written, and whether it is on."""

    text: str
    condition: Condition
    on: bool = True


class Stops:
    """Breakpoints, which stay when one goes from branch to branch."""

    def __init__(self) -> None:
        self.breakpoints: list[Breakpoint] = []
        self._run: tuple[History, Timeline] | None = None
        self._watched: Watched | None = None
        self._looked = 0
        self._known: tuple[tuple[int, Time], tuple[int, Time], Stop | None] | None = None
        """From where to where was looked, and what was found."""

    def watch(self, history: History, timeline: Timeline) -> None:
        """Look at another run."""
        self._run = (history, timeline)
        self._watched = None
        self._looked = 0
        self._known = None

    def _watch(self) -> Watched | None:
        """The run that is looked at, once there is a breakpoint."""
        if self._watched is None and self._run is not None and self.breakpoints:
            from schedsim.breakpoints import Watched

            self._watched = Watched(*self._run)
        return self._watched

    # -- the list -------------------------------------------------------------------------

    def add(self, text: str, known: Known) -> None:
        """Add one.

        Raises:
            ValueError: it is none, or there is one like it.
        """
        from schedsim.breakpoints import parse

        condition = parse(text, known)
        text = " ".join(text.split())
        if any(each.condition == condition for each in self.breakpoints):
            raise ValueError("there is one like it already")
        self.breakpoints.append(Breakpoint(text, condition))
        self._known = None

    def remove(self, number: int) -> None:
        """Remove one."""
        del self.breakpoints[number]
        self._known = None

    def toggle(self, number: int) -> None:
        """Switch one off, or on again."""
        self.breakpoints[number].on = not self.breakpoints[number].on
        self._known = None

    @property
    def active(self) -> list[Condition]:
        """Those that are on."""
        return [each.condition for each in self.breakpoints if each.on]

    # -- findings -------------------------------------------------------------------------

    def unlooked(self) -> Trace | None:
        """The run as it is now, if it has to be looked through for findings; else None."""
        if not self.breakpoints:
            return None
        from schedsim.breakpoints.moments import Finds

        watched = self._watch()
        if watched is None or not any(isinstance(each, Finds) for each in self.active):
            return None
        trace = watched.trace
        if self._looked >= min(len(trace), MOST_MEASURED):
            return None
        if self._looked and not trace.complete and len(trace) < 2 * self._looked:
            return None
        rows = min(len(trace), MOST_MEASURED)
        end = trace.end if rows == len(trace) else trace.times[rows - 1]
        copied = trace.until(rows, end)
        copied.entities = list(trace.entities)
        copied.complete = trace.complete and rows == len(trace)
        return copied

    def looked(self, trace: Trace, found: list[Finding]) -> None:
        """Take what was found in ``trace``, a run as it was."""
        if self._watched is not None and trace.times[:1] == self._watched.trace.times[:1]:
            self._watched.findings = found
            self._looked = len(trace)
            self._known = None

    # -- stopping -------------------------------------------------------------------------

    def next(self, step: int, time: Time) -> Stop | None:
        """The next stop after ``step`` rows and ``time``, in what has been executed."""
        watched, here = self._watch(), (step, time)
        if watched is None or not self.active:
            return None
        from schedsim.breakpoints import first_stop

        begin = here
        if self._known is not None and self._known[0] <= here:
            _, upto, stop = self._known
            if stop is not None:
                if (stop.step, stop.time) > here:
                    return stop
            elif here <= upto:
                begin = upto  # there is nothing up to there
        upto = (len(watched.trace), watched.trace.end - 1)
        stop = first_stop(self.active, watched, *begin)
        self._known = (here, upto, stop)
        return stop


def look(trace: Trace) -> list[Finding]:
    """All findings of a run."""
    from schedsim.findings import find
    from schedsim.metrics import measure

    return find(measure(trace))
