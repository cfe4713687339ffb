"""What is found by looking at a whole run: its findings, its figures, its numbers over time.

That takes a while, so it is done beside the app, of a part of the trace that stands still.  What
there is to see at one moment is in :mod:`schedsim.tui.moment`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.trace import Trace

if TYPE_CHECKING:
    from schedsim.findings.base import Finding
    from schedsim.metrics import Measured
    from schedsim.run import Run

Figures = Mapping[str, float | int | None]

STRETCHES = 480
"""Into how many a run is cut: more than a panel has columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What is known of a run, as far as it had been executed."""

    rows: int
    end: Time
    finished: bool
    """There is no more of the run to come."""
    findings: tuple[Finding, ...]
    """In order of time."""
    figures: Figures
    """By the names of :data:`schedsim.metrics.METRICS`."""
    series: Mapping[str, tuple[float, ...]]
    """Those that can be said of this run, each in :data:`STRETCHES` stretches."""

    def fits(self, run: Run) -> bool:
        """The run has not come further since."""
        now = (len(run.trace), run.trace.end, run.finished)
        return (self.rows, self.end, self.finished) == now


def snapshot(trace: Trace) -> Trace:
    """The trace as it is now, to be looked at while it grows."""
    from schedsim.metrics.part import part

    return part(trace, len(trace), trace.end, len(trace.entities))


def survey(
    trace: Trace, *, finished: bool, progress: Callable[[int], object] | None = None
) -> Survey:
    """Look at a whole trace, to which nobody adds meanwhile.

    Args:
        trace: what is looked at.
        finished: there is no more of the run to come.
        progress: is told now and then how many of the rows have been looked at.
    """
    from schedsim.findings import find
    from schedsim.metrics import measure
    from schedsim.metrics.series import SERIES, series

    measured = measure(trace, progress)
    plots = {name: series(measured, name, STRETCHES) for name in SERIES}
    return Survey(
        len(trace),
        trace.end,
        finished,
        tuple(find(measured)),
        _figures(measured),
        {name: tuple(numbers) for name, numbers in plots.items() if numbers is not None},
    )


def figures_until(trace: Trace, rows: int, at: Time, entities: int) -> Figures:
    """The figures of a run as if it had ended at a moment."""
    from schedsim.metrics import measure
    from schedsim.metrics.part import part

    return _figures(measure(part(trace, rows, at, entities)))


def _figures(measured: Measured) -> Figures:
    from schedsim.metrics import METRICS

    return {name: metric(measured) for name, metric in METRICS.items()}
