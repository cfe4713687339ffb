"""Numbers about a run: how long everybody took, waited and computed (SEMANTICS.md A5).

:func:`measure` looks at the trace once; :data:`METRICS` are functions of what it found.  A new
metric is a line in the table, and a function in :mod:`schedsim.metrics.figures` unless there is
one already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from schedsim.metrics import figures
from schedsim.metrics.figures import Figure, longest, mean, percentile, total
from schedsim.metrics.measured import JobTimes, Measured, Times, Turn
from schedsim.metrics.walk import walk
from schedsim.trace import Trace

__all__ = ["METRICS", "Form", "JobTimes", "Measured", "Metric", "Times", "Turn", "measure"]


def measure(trace: Trace, progress: Callable[[int], object] | None = None) -> Measured:
    """Look at a whole trace.

    Args:
        trace: nobody may add to it meanwhile.
        progress: is told every now and then how many rows have been looked at.
    """
    found = Measured(trace)
    walk(found, progress)
    return found


class Form(Enum):
    """What kind of number it is."""

    TIME = "time"
    """In the unit of the trace."""
    COUNT = "count"
    SHARE = "share"
    """From 0 to 1."""
    RATIO = "ratio"
    """Any other number."""
    BYTES = "bytes"
    RATE = "rate"
    """So many a second, or a tick."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number about a run, and how a text for people tells it."""

    line: str
    """What line it stands in."""
    word: str
    """What it is called there; empty if the line has only this one."""
    form: Form
    figure: Figure
    crowd: bool = False
    """A text tells it only where there are many of what it is about."""

    def __call__(self, measured: Measured) -> float | int | None:
        """The number; None where it cannot be said of this run."""
        return self.figure(measured)


def _percentile(name: str, percent: int) -> Metric:
    line = name.replace("_", " ")
    return Metric(line, f"p{percent}", Form.TIME, percentile(name, percent), crowd=True)


METRICS: Mapping[str, Metric] = {
    "makespan": Metric("run", "took", Form.TIME, lambda m: m.trace.end),
    "finished": Metric(
        "run", "finished", Form.COUNT, lambda m: sum(p.finish is not None for p in m.pieces)
    ),
    "throughput": Metric("run", "throughput", Form.RATE, figures.throughput),
    "utilisation": Metric("cores", "useful", Form.SHARE, figures.useful),
    "overhead": Metric("cores", "overhead", Form.SHARE, figures.overhead),
    "idle": Metric("cores", "idle", Form.SHARE, figures.idle),
    "context_switches": Metric("switches", "context", Form.COUNT, total("context_switches")),
    "preemptions": Metric("switches", "preemptions", Form.COUNT, total("preemptions")),
    "migrations": Metric("switches", "migrations", Form.COUNT, total("migrations")),
    "gil_switches": Metric("switches", "GIL", Form.COUNT, lambda m: m.gil_switches),
    "mean_turnaround": Metric("turnaround", "mean", Form.TIME, mean("turnaround")),
    "p50_turnaround": _percentile("turnaround", 50),
    "p90_turnaround": _percentile("turnaround", 90),
    "p99_turnaround": _percentile("turnaround", 99),
    "max_turnaround": Metric("turnaround", "max", Form.TIME, longest("turnaround")),
    "mean_response": Metric("response", "mean", Form.TIME, mean("response")),
    "p50_response": _percentile("response", 50),
    "p90_response": _percentile("response", 90),
    "p99_response": _percentile("response", 99),
    "max_response": Metric("response", "max", Form.TIME, longest("response")),
    "mean_waiting": Metric("waiting", "mean", Form.TIME, mean("waiting")),
    "p50_waiting": _percentile("waiting", 50),
    "p90_waiting": _percentile("waiting", 90),
    "p99_waiting": _percentile("waiting", 99),
    "max_waiting": Metric("waiting", "max", Form.TIME, longest("waiting")),
    "starvation": Metric("waiting", "in one piece", Form.TIME, figures.starvation),
    "mean_slowdown": Metric("slowdown", "mean", Form.RATIO, mean("slowdown")),
    "max_slowdown": Metric("slowdown", "max", Form.RATIO, longest("slowdown")),
    "fairness": Metric("fairness", "Jain", Form.RATIO, figures.fairness),
    "weighted_fairness": Metric("fairness", "by weight", Form.RATIO, figures.weighted_fairness),
    "deadline_misses": Metric("deadlines", "missed", Form.COUNT, figures.deadline_misses),
    "miss_ratio": Metric("deadlines", "of all", Form.SHARE, figures.miss_ratio),
    "mean_tardiness": Metric("deadlines", "mean tardiness", Form.TIME, figures.mean_tardiness),
    "max_tardiness": Metric("deadlines", "max", Form.TIME, figures.max_tardiness),
    "p50_loop_lag": _percentile("loop_lag", 50),
    "p99_loop_lag": _percentile("loop_lag", 99),
    "peak_suspended": Metric(
        "suspended", "at once", Form.COUNT, lambda m: m.suspended.peak or None
    ),
    "peak_memory": Metric("suspended", "kept", Form.BYTES, lambda m: m.suspended.most_kept),
    "max_loop_lag": Metric("loop lag", "max", Form.TIME, lambda m: max(m.loop_lags, default=None)),
}
"""By the name under which ``--json`` has them.  Times are in the unit of the trace."""
