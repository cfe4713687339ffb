"""The beginning of a trace, as a trace of its own that nobody adds to.

Whoever measures beside a run that goes on, or wants numbers as they were at a moment, measures it.
"""

from __future__ import annotations

from dataclasses import replace

from schedsim.durations import Time
from schedsim.trace import Trace


def part(trace: Trace, rows: int, end: Time, entities: int) -> Trace:
    """The first ``rows`` rows of a trace.

    Args:
        trace: it stays as it is.
        rows: how many of its rows.
        end: the moment up to which they tell.
        entities: how many of its entities exist by then, and so count.
    """
    whole = rows == len(trace)
    return replace(
        trace,
        times=trace.times[:rows],
        codes=trace.codes[:rows],
        args=trace.args[:rows],
        entities=trace.entities[:entities],
        resources=list(trace.resources),
        labels=list(trace.labels),
        kept=dict(trace.kept),
        failures=dict(trace.failures),
        end=end,
        complete=trace.complete and whole and end >= trace.end,
    )
