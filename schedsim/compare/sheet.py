"""A comparison as text for people, and as one object for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from schedsim import report
from schedsim.compare import answers
from schedsim.compare.cells import shorten, wrap
from schedsim.compare.differences import SWITCHING, Running, first_difference
from schedsim.compare.outcomes import Outcome
from schedsim.compare.picture import picture
from schedsim.compare.table import table
from schedsim.compare.ways import gil_of
from schedsim.durations import format_duration
from schedsim.findings import find
from schedsim.findings.base import names
from schedsim.plain import plain
from schedsim.run import Run

SCHEMA = 1
"""Version of the JSON object."""
NARROWEST, WIDEST = 40, 200
"""Terminals are taken to be no narrower and no wider."""

_NAME = 24
_TITLE = 100
_MOST_FINDINGS = 3


def to_json(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The object that ``compare --json`` prints."""
    asked = answers.applies(outcomes)
    return {
        "schema": SCHEMA,
        "variants": [
            {
                "name": each.name,
                "run": report.to_json(each.run, each.measured),
                **({"answers": answers.to_json(each)} if asked else {}),
            }
            for each in outcomes
        ],
        "differences": [_difference(outcomes[0], other) for other in outcomes[1:]],
    }


def _difference(one: Outcome, other: Outcome) -> dict[str, Any]:
    """Where ``other`` parts from ``one``; ``time`` is None where it does not."""
    found = first_difference(one, other)
    return {
        "variants": [one.name, other.name],
        "time": found and found.time,
        "running": [_names(found.one), _names(found.other)] if found else None,
    }


def _names(running: Running) -> list[str]:
    return [who.name for who in running if who != SWITCHING]


# -- for people ---------------------------------------------------------------------------


def to_text(outcomes: Sequence[Outcome], width: int) -> str:
    """A table, timelines and findings, in lines of at most ``width`` cells."""
    return "\n".join(_lines(outcomes, max(NARROWEST, min(width, WIDEST))))


def _lines(outcomes: Sequence[Outcome], width: int) -> Iterator[str]:
    yield from _head(outcomes, width)
    yield ""
    yield from table(outcomes, width)
    for outcome in outcomes:
        trace = outcome.trace
        if outcome.failed:
            have = "has" if len(outcome.failed) == 1 else "have"
            yield from wrap(
                f"{_called(outcome)}: {names(trace, outcome.failed)} {have} failed.", width
            )
        if outcome.killed:
            were = "was" if len(outcome.killed) == 1 else "were"
            yield from wrap(
                f"{_called(outcome)}: {names(trace, outcome.killed)} {were} killed.", width
            )
        if not trace.complete:
            at = format_duration(trace.end, trace.unit)
            stopped = f"{_called(outcome)} was stopped at {at} with more to come."
            yield from wrap(stopped, width)
    if answers.applies(outcomes):
        yield ""
        yield from answers.table(outcomes, width)
    yield ""
    yield from picture(outcomes, width)
    findings = [line for outcome in outcomes for line in _findings(outcome, width)]
    if findings:
        yield ""
        yield from findings


def _called(outcome: Outcome) -> str:
    return shorten(outcome.name, _NAME)


def _head(outcomes: Sequence[Outcome], width: int) -> Iterator[str]:
    """What is compared: what all have in common, and what each has for itself."""
    known = [facts(outcome.run) for outcome in outcomes]
    common = [fact for fact in known[0] if all(fact in each for each in known)]
    titles = [plain(outcome.run.scenario.title, _TITLE) for outcome in outcomes]
    if len(set(titles)) == 1:
        yield from wrap(titles[0], width)
    else:
        for outcome, title, own in zip(outcomes, titles, known, strict=True):
            rest = [title, *(fact for fact in own if fact not in common)]
            yield from wrap(f"{_called(outcome)}: {' · '.join(rest)}", width)
    yield from wrap(" · ".join(common), width)


def facts(run: Run) -> list[str]:
    """The conditions of a run in a few words each."""
    scenario, cores = run.scenario, run.trace.cores
    return [
        "a tree of processes" if scenario.is_tree else scenario.model,
        scenario.machine.policy,
        f"{cores} core" + ("s" if cores > 1 else ""),
        f"GIL {gil_of(scenario).replace('_', ' ')}",
        f"seed {run.seed}",
    ]


def _findings(outcome: Outcome, width: int) -> Iterator[str]:
    findings = find(outcome.measured)
    for finding in findings[:_MOST_FINDINGS]:
        at = format_duration(finding.start, outcome.trace.unit)
        kind = finding.kind.replace("_", " ")
        yield from wrap(f"{_called(outcome)}: {kind} at {at}: {plain(finding.why)}", width)
    if len(findings) > _MOST_FINDINGS:
        more = len(findings) - _MOST_FINDINGS
        yield from wrap(f"{_called(outcome)}: ... and {more:,} more findings", width)
