"""A run in words and numbers, for scripts (one JSON object) and for people (plain text).

What is measured is in :mod:`schedsim.metrics`; the picture of a run is the app's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, assert_never

from schedsim.durations import Time, format_duration
from schedsim.findings import find
from schedsim.findings.base import Finding
from schedsim.metrics import METRICS, Form, JobTimes, Measured, Times, measure
from schedsim.metrics.memory import format_bytes
from schedsim.metrics.slices import Stretch, of_gils, on_cores
from schedsim.plain import plain
from schedsim.run import Run
from schedsim.trace import KIND_MASK, Kind, Role, Trace

SCHEMA = 1
"""Version of the JSON object."""

_WIDTH = 80
_NAME = 24
_LEAST_NAME = 8
_HEAD = ("arrival", "finish", "cpu", "turnaround", "waiting", "slowdown")
_MOST_ROWS = 30
_MOST_LINES = 12
"""Of a traceback."""
_MOST_CHANGES = 3
"""Of a rule, in one line."""
_CROWD = 10
"""Percentiles of fewer are told only to scripts."""


def to_json(
    run: Run,
    measured: Measured | None = None,
    progress: Callable[[str], object] | None = None,
) -> dict[str, Any]:
    """The whole run as the object that ``--json`` prints; times are integers.

    Args:
        run: as far as it has come.
        measured: what was measured of it, if somebody has done so already.
        progress: is told which finding is looked for.
    """
    trace = run.trace
    measured = measured or measure(trace)
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
        "jobs": [_job(trace, job) for job in measured.jobs],
        "slices": [_slice(trace, part) for part in on_cores(trace)],
        "gil": [_hold(trace, part) for part in of_gils(trace)],
        "marks": list(_marks(trace)),
        "metrics": {name: metric(measured) for name, metric in METRICS.items()},
        "findings": [_finding(trace, finding) for finding in find(measured, progress)],
    }


def _times(trace: Trace, times: Times) -> dict[str, Any]:
    entity = trace.entities[times.entity]
    found: dict[str, Any] = {
        "name": entity.name,
        "process": trace.entities[entity.process].name,
        "job": entity.job,
        "arrival": times.arrival,
        "first_run": times.first_run,
        "finish": times.finish,
        "cpu": times.cpu,
        "turnaround": times.turnaround,
        "response": times.response,
        "waiting": times.waiting,
    }
    if error := _error_of(trace, times):
        found["error"] = error
    if entity.role is Role.TASK:
        found["thread"] = trace.entities[entity.thread].name
    else:
        found["slowdown"] = times.slowdown
        found["longest_wait"] = times.longest_wait
        found["context_switches"] = times.context_switches
        found["migrations"] = times.migrations
        found["preemptions"] = times.preemptions
    return found


def _error_of(trace: Trace, times: Times) -> str:
    """The traceback of whoever has failed by the end of the rows; a run may have been cut."""
    return trace.failures.get(times.entity, "") if times.finish is not None else ""


def _job(trace: Trace, job: JobTimes) -> dict[str, Any]:
    entity = trace.entities[job.entity]
    return {
        "task" if entity.role is Role.TASK else "thread": entity.name,
        "process": trace.entities[entity.process].name,
        "number": job.number,
        "release": job.release,
        "deadline": job.deadline,
        "start": job.start,
        "finish": job.finish,
        "missed": job.missed,
        "aborted": job.aborted,
    }


def _slice(trace: Trace, part: Stretch) -> dict[str, Any]:
    """Who held which core; jobs and levels only of those that have them."""
    thread, task, job, level = part.who
    entity = trace.entities[thread]
    found = {
        "core": part.place,
        "process": trace.entities[entity.process].name,
        "thread": entity.name,
        "task": trace.entities[task].name if task else None,
        "start": part.start,
        "end": part.end,
    }
    if job is not None:
        found["job"] = job
    if level is not None:
        found["level"] = level
    return found


def _hold(trace: Trace, part: Stretch) -> dict[str, Any]:
    """Who held which GIL."""
    return {
        "process": trace.entities[part.place].name,
        "thread": trace.entities[part.who.thread].name,
        "start": part.start,
        "end": part.end,
    }


def _marks(trace: Trace) -> Iterator[dict[str, Any]]:
    for n, code in enumerate(trace.codes):
        if code & KIND_MASK == Kind.MARK:
            row = trace.row(n)
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


def to_text(
    run: Run,
    measured: Measured | None = None,
    progress: Callable[[str], object] | None = None,
) -> str:
    """The run in a screenful: who took how long, the metrics, and what is worth telling.

    Args:
        run: as far as it has come.
        measured: what was measured of it, if somebody has done so already.
        progress: is told which finding is looked for.
    """
    return "\n".join(_lines(run, measured or measure(run.trace), progress))


def _lines(run: Run, measured: Measured, progress: Callable[[str], object] | None) -> Iterator[str]:
    trace, scenario = run.trace, run.scenario

    def took(time: Time | None) -> str:
        return "-" if time is None else format_duration(time, trace.unit)

    rules = measured.rules
    switched = [scenario.python.gil, *(on for _, on in rules.gil)]
    gil = _in_turn(["on" if on else "off" for on in switched])
    model = "tree" if scenario.is_tree else scenario.model
    cores = _in_turn([f"{n} core" + ("s" if n > 1 else "") for _, n in rules.cores])
    policy = _in_turn([in_force.name for _, in_force in rules.policies])
    yield plain(scenario.title, 100)
    machine = f"{model} · {cores} · {policy} · GIL {gil}"
    yield f"{machine} · {took(trace.end)} · {len(trace):,} steps · seed {run.seed}"
    if run.cut_short:
        yield f"Stopped after {len(trace):,} steps with more to come (see --max-events, --until)."
    elif not trace.complete:
        yield f"Stopped at {took(trace.end)} with more to come."
    yield ""
    yield from _table(measured)
    yield ""
    yield from _figures(measured)
    findings = find(measured, progress)
    if findings:
        yield ""
    for finding in findings[:_MOST_ROWS]:
        kind = finding.kind.replace("_", " ")
        yield from _wrapped(f"{kind} at {took(finding.start)}: {finding.why}")
        yield from _wrapped(f"  {finding.advice}")
    if len(findings) > _MOST_ROWS:
        yield f"... and {len(findings) - _MOST_ROWS:,} more findings"


def _in_turn(words: list[str]) -> str:
    """What was so, one after the other; not all of it if that is much."""
    shown = [word for word, _ in groupby(words)]
    if len(shown) > _MOST_CHANGES:
        shown[1:-1] = [f"{len(shown) - 2} others"]
    return ", then ".join(shown)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _table(measured: Measured) -> Iterator[str]:
    """A line for each thread and task."""
    trace = measured.trace

    def took(time: Time | None) -> str:
        if time is None:
            return "-"
        return str(time) if trace.unit == "tick" else format_duration(time)

    shown = measured.work[:_MOST_ROWS]
    rows = [
        (
            took(t.arrival),
            took(t.finish),
            took(t.cpu),
            took(t.turnaround),
            took(t.waiting),
            "-" if t.slowdown is None else f"{t.slowdown:.2f}",
        )
        for t in shown
    ]
    table = [_HEAD, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    names = [plain(trace.entities[t.entity].name, _NAME) for t in shown]
    room = _WIDTH - sum(widths) - 2 * len(widths)
    width = min(max(map(len, names), default=0), max(room, _LEAST_NAME))
    failures = ["", *(_error_of(trace, t) for t in shown)]
    for name, cells, failed in zip(["", *names], table, failures, strict=True):
        line = "  ".join(text.rjust(size) for text, size in zip(cells, widths, strict=True))
        yield f"{plain(name, width).ljust(width)}  {line}".rstrip()
        if failed:
            yield from _failure(failed)
    if len(measured.work) > len(shown):
        yield f"... and {len(measured.work) - len(shown):,} more"


def _failure(told: str) -> Iterator[str]:
    """The traceback of whoever has failed, as far as it goes into a screenful."""
    lines = told.split("\n")
    if len(lines) > _MOST_LINES:
        lines = ["...", *lines[-_MOST_LINES:]]
    for line in lines:
        yield f"    {plain(line, _WIDTH - 4)}"


def _figures(measured: Measured) -> Iterator[str]:
    """The metrics that are known, a line for each group of them."""
    crowd = len(measured.pieces) >= _CROWD
    lines: dict[str, list[str]] = {}
    for metric in METRICS.values():
        value = None if metric.crowd and not crowd else metric(measured)
        if value is not None:
            text = figure_text(metric.form, value, measured.trace.unit)
            lines.setdefault(metric.line, []).append(f"{metric.word} {text}")
    for heading, figures in lines.items():
        line = f"{heading:<12}"
        for figure in figures:
            if len(line) + 2 + len(figure) > _WIDTH:
                yield line
                line = " " * 12
            line += f"  {figure}"
        yield line


def figure_text(form: Form, value: float, unit: str) -> str:  # noqa: PLR0911 - one for each form
    """A number as a person writes it; ``unit`` is that of the trace."""
    match form:
        case Form.TIME:
            if unit == "tick" and value != int(value):
                return f"{value:.2f} ticks"
            return format_duration(round(value), unit)
        case Form.SHARE:
            return f"{value:.1%}"
        case Form.COUNT:
            return f"{value:,}"
        case Form.RATE:
            return f"{value:,.4g} a {'second' if unit == 'ns' else 'tick'}"
        case Form.BYTES:
            return format_bytes(value)
        case Form.RATIO:
            return f"{value:.2f}"
        case _:
            assert_never(form)
