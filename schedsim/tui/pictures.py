"""What is drawn of each branch of a run: its timeline, and how its threads and tasks look."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from schedsim.timeline import Timeline
from schedsim.tui.identity import Cast

if TYPE_CHECKING:
    from schedsim.run import Run
    from schedsim.trace import Trace


class Picture(NamedTuple):
    """Of one run."""

    timeline: Timeline
    cast: Cast


class Pictures:
    """Those of the branches there are; where two begin alike, so far one serves both."""

    def __init__(self) -> None:
        self._known: dict[Trace, Picture] = {}

    def of(
        self, run: Run, branches: Iterable[Run], before: tuple[Run, Timeline] | None = None
    ) -> Picture:
        """That of ``run``; those of runs that are no branches any more are let go of.

        Args:
            run: one of the branches.
            branches: all of them.
            before: what was looked at before, if this may begin like it.
        """
        runs = [each for each in branches if each.trace in self._known]
        self._known = {each.trace: self._known[each.trace] for each in runs}
        if run.trace not in self._known:
            alike = [(each, self._known[each.trace].timeline) for each in runs]
            timeline = _begun(run, [*alike, before] if before else alike)
            self._known[run.trace] = Picture(timeline, Cast(run.trace))
        return self._known[run.trace]


def _begun(run: Run, others: Iterable[tuple[Run, Timeline]]) -> Timeline:
    """A timeline that shares what it can with that of the run that begins most like this one."""
    shared = [(other.shares(run), timeline) for other, timeline in others]
    rows, timeline = max(shared, key=itemgetter(0), default=(0, None))
    if timeline is None or not rows:
        return Timeline(run.trace)
    return timeline.branch(run.trace, rows, run.history.state_at)
