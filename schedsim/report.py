"""A run in words and numbers, for scripts (one JSON object) and for people (plain text).

What is measured is in :mod:`schedsim.metrics`; the picture of a run is the app's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schedsim.durations import Time, format_duration
from schedsim.findings import find
from schedsim.findings.base import Finding
from schedsim.metrics import METRICS, Measured, Times, measure
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.timeline import LaneId, Situation
from schedsim.trace import Kind, Role, Trace

SCHEMA = 1
"""Version of the JSON object."""

_NAME = 24
_RATIOS = frozenset({"utilisation", "overhead"})
_COUNTS = frozenset({"finished", "context_switches", "gil_switches"})


def to_json(run: Run) -> dict[str, Any]:
    """The whole run as the object that ``--json`` prints; times are integers."""
    trace = run.trace
    measured = measure(trace)
    return {
        "schema": SCHEMA,
        "scenario": run.scenario.name,
        "title": run.scenario.title,
        "unit": trace.unit,
        "seed": run.seed,
        "end": trace.end,
        "complete": trace.complete,
        "steps": len(trace),
        "digest": trace.digest(),
        "threads": [_times(trace, times) for times in measured.of(Role.THREAD)],
        "tasks": [_times(trace, times) for times in measured.of(Role.TASK)],
        "slices": _slices(measured),
        "gil": _holds(measured),
        "marks": list(_marks(trace)),
        "metrics": {name: metric(measured) for name, metric in METRICS.items()},
        "findings": [_finding(trace, finding) for finding in find(measured)],
    }


def _times(trace: Trace, times: Times) -> dict[str, Any]:
    entity = trace.entities[times.entity]
    names = {"name": entity.name, "process": trace.entities[entity.process].name}
    if entity.role is Role.TASK:
        names["thread"] = trace.entities[entity.thread].name
    return {
        **names,
        "job": entity.job,
        "arrival": times.arrival,
        "first_run": times.first_run,
        "finish": times.finish,
        "cpu": times.cpu,
        "turnaround": times.turnaround,
        "response": times.response,
        "waiting": times.waiting,
    }


def _slices(measured: Measured) -> list[dict[str, Any]]:
    """Who held which core, in order of time."""
    trace = measured.trace
    found = []
    for core in range(trace.cores):
        for part in measured.timeline.slices(LaneId("core", core)):
            if part.situation is not Situation.RUNNING:
                continue
            entity = trace.entities[part.who]
            found.append(
                {
                    "core": core,
                    "process": trace.entities[entity.process].name,
                    "thread": trace.entities[entity.thread].name,
                    "task": entity.name if entity.role is Role.TASK else None,
                    "start": part.start,
                    "end": part.end,
                }
            )
    return sorted(found, key=lambda part: (part["start"], part["core"]))


def _holds(measured: Measured) -> list[dict[str, Any]]:
    """Who held which GIL, in order of time."""
    trace = measured.trace
    found = [
        {
            "process": trace.entities[process.id].name,
            "thread": trace.entities[part.who].name,
            "start": part.start,
            "end": part.end,
        }
        for process in trace.entities[1:]
        if process.role is Role.PROCESS and process.gil
        for part in measured.timeline.slices(LaneId("gil", process.id))
        if part.situation is Situation.RUNNING
    ]
    return sorted(found, key=lambda part: part["start"])


def _marks(trace: Trace) -> Iterator[dict[str, Any]]:
    for row in trace.rows():
        if row.kind is Kind.MARK:
            entity = trace.entities[row.subject]
            role = "task" if entity.role is Role.TASK else "thread"
            yield {"time": row.time, role: entity.name, "label": trace.labels[row.arg]}


def _finding(trace: Trace, finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "start": finding.start,
        "end": finding.end,
        "who": trace.entities[finding.who].name,
        "victims": [trace.entities[victim].name for victim in finding.victims],
        "why": finding.why,
        "advice": finding.advice,
    }


# -- for people ---------------------------------------------------------------------------


def to_text(run: Run) -> str:
    """The run in a screenful: who took how long, the metrics, and what is worth telling."""
    return "\n".join(_lines(run))


def _lines(run: Run) -> Iterator[str]:
    trace, scenario = run.trace, run.scenario
    measured = measure(trace)

    def took(time: Time | None) -> str:
        return "-" if time is None else format_duration(time, trace.unit)

    gil = "GIL on" if scenario.python.gil else "GIL off"
    model = "a tree of processes" if scenario.is_tree else scenario.model
    cores = f"{trace.cores} core" + ("s" if trace.cores > 1 else "")
    yield plain(scenario.title, 100)
    yield f"{model} · {cores} · {gil} · {took(trace.end)} · {len(trace):,} steps · seed {run.seed}"
    if run.cut_short:
        yield f"Stopped after {len(trace):,} steps with more to come (see --max-events, --until)."
    elif not trace.complete:
        yield f"Stopped at {took(trace.end)} with more to come."
    yield ""
    head = ("", "arrival", "first run", "finish", "cpu", "turnaround", "waiting")
    rows: list[tuple[str, ...]] = [head]
    shown = measured.jobs[:_MOST_ROWS]
    rows += [
        (
            plain(trace.entities[t.entity].name, _NAME),
            took(t.arrival),
            took(t.first_run),
            took(t.finish),
            took(t.cpu),
            took(t.turnaround),
            took(t.waiting),
        )
        for t in shown
    ]
    yield from _columns(rows)
    if len(measured.jobs) > len(shown):
        yield f"... and {len(measured.jobs) - len(shown):,} more"
    yield ""
    for name, metric in METRICS.items():
        value = metric(measured)
        if value is None:
            continue
        if name in _RATIOS:
            text = f"{value:.1%}"
        else:
            text = f"{value:,}" if name in _COUNTS else took(round(value))
        yield f"{name.replace('_', ' '):<18}{text}"
    findings = find(measured)
    if findings:
        yield ""
    for finding in findings[:_MOST_ROWS]:
        yield f"{finding.kind.replace('_', ' ')} at {took(finding.start)}: {finding.why}"
        yield f"  {finding.advice}"
    if len(findings) > _MOST_ROWS:
        yield f"... and {len(findings) - _MOST_ROWS:,} more findings"


_MOST_ROWS = 30


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [first.ljust(widths[0])]
        cells += [text.rjust(width) for text, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()
