"""Schedules that other systems computed: reads them, makes scenario files of them, plays these.

The facts are in ``tests/cases``; what is asserted of them is in ``test_scheduling_cases.py`` and
``test_references.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from schedsim import report
from schedsim.run import Run
from schedsim.scenario_file import loads
from tests.references import Case, Segment

Answer = dict[str, Any]
"""What ``schedsim run --json`` prints."""

ENDLESS = 10**9
"""Computing that is not done when the run is cut."""

_MICROSECOND = 1_000
_MILLISECOND = 1_000_000
_DURATIONS = frozenset({"arrival", "length", "quantum", "sched_latency", "min_granularity"})
_JOB_KEYS = (
    *("arrival", "io_every", "io_time", "priority", "tickets", "nice", "weight", "request"),
    *("working_set", "affinity"),
    *("period", "deadline", "wcet"),
)


def read(name: str, *families: str) -> list[Case]:
    """The cases of a file, of these families or of all."""
    path = Path(__file__).parent / "cases" / f"{name}.json"
    cases: list[Case] = json.loads(path.read_text("utf-8"))["cases"]
    return [case for case in cases if not families or case["family"] in families]


def name_of(case: Case) -> str:
    """For pytest."""
    return str(case["id"])


# -- from a case to a scenario file ------------------------------------------------------------


def scenario_text(case: Case) -> str:
    """The scenario file that says what the case says."""
    fine = case.get("unit") == "ms"
    policy = {"name": case["policy"], **case.get("params", {})}
    lines = ["schema = 1", f"title = {_toml(case['id'])}", 'model = "processes"']
    lines.append('unit = "ns"' if fine else 'unit = "tick"')
    if "until" in case:
        lines.append(f"until = {_toml(case['until'], fine=fine)}")
    lines += ["[machine]", f"policy = {_toml(policy, fine=fine)}"]
    lines += [f"{key} = {_toml(value)}" for key, value in case.get("machine", {}).items()]
    for job in _jobs(case):
        lines += ["[[job]]", f"name = {_toml(str(job['id']))}"]
        lines += [
            f"{key} = {_toml(job[key], fine=fine and key in _DURATIONS)}"
            for key in _JOB_KEYS
            if key in job
        ]
        if "length" in job:
            length = _toml(job["length"], fine=fine).strip('"')
            lines.append(f'steps = ["compute {length}"]')
    return "\n".join(lines) + "\n"


def _jobs(case: Case) -> Iterator[Mapping[str, Any]]:
    yield from case.get("jobs", ())
    for client in case.get("clients", ()):
        yield {"length": ENDLESS, **client}
    # Which core a task belongs to is said outright where the rule is not first fit.
    told = "placement" not in case.get("machine", {})
    for index, task in enumerate(case.get("tasks", ())):
        core = {"affinity": [case["assignment"][index]]} if "assignment" in case and told else {}
        yield {**task, **core, "arrival": task["offset"]}


def _toml(value: Any, *, fine: bool = False) -> str:
    """A value as TOML; ``fine``: numbers are milliseconds, with a fraction."""
    if isinstance(value, Mapping):
        inside = (
            f"{key} = {_toml(each, fine=fine and key in _DURATIONS)}" for key, each in value.items()
        )
        return "{ " + ", ".join(inside) + " }"
    if isinstance(value, int | float) and not isinstance(value, bool) and fine:
        return f'"{round(value * _MICROSECOND)}us"'
    return json.dumps(value)


# -- what the product answers ------------------------------------------------------------------


def play(case: Case) -> Answer:
    """Run the case as a scenario file."""
    scenario = loads(scenario_text(case), str(case["id"]))
    run = Run(scenario, case.get("seed", 0))
    run.finish()
    return report.to_json(run)


def merged(parts: Iterable[Segment]) -> list[Segment]:
    """Longest runs on each core, by start and core: touching ones of the same job are one."""
    found: list[Segment] = []
    for part in sorted(parts, key=lambda part: (part[0], part[2])):
        core, who, start, end = part
        if found and found[-1][:2] == (core, who) and found[-1][3] == start:
            found[-1] = (core, who, found[-1][2], end)
        else:
            found.append(part)
    return sorted(found, key=lambda part: (part[2], part[0]))


def by_job(parts: Iterable[Segment]) -> list[Segment]:
    """When each job ran, on whichever core: longest runs, all as if on core 0."""
    runs: list[Segment] = []
    for who, mine in groupby(sorted(parts, key=lambda part: part[1]), key=lambda part: part[1]):
        runs += merged((0, who, start, end) for _, _, start, end in mine)
    return sorted(runs, key=lambda part: (part[2], part[1]))


def segments(answer: Answer) -> list[Segment]:
    """Who held which core."""
    return merged(
        (part["core"], part["thread"], part["start"], part["end"]) for part in answer["slices"]
    )


def expected_segments(case: Case) -> list[Segment]:
    """Who held which core, as the case says, in the unit of the scenario file."""
    unit = _MILLISECOND if case.get("unit") == "ms" else 1
    return merged(
        (part[0], str(part[1]), round(part[2] * unit), round(part[3] * unit))
        for part in case["expect"]["segments"]
    )


def finishes(answer: Answer) -> dict[str, int]:
    """When each job was done."""
    return {thread["name"]: thread["finish"] for thread in answer["threads"]}


TIMES = ("response", "turnaround", "waiting", "finish")


def times(answer: Answer) -> dict[tuple[str, str], int]:
    """By job and by what: response, turnaround, waiting, finish."""
    return {(thread["name"], what): thread[what] for thread in answer["threads"] for what in TIMES}


def expected_times(case: Case) -> dict[tuple[str, str], int]:
    """Of these, what the case says, in the unit of the scenario file."""
    unit = _MILLISECOND if case.get("unit") == "ms" else 1
    return {
        (str(name), what): round(value * unit)
        for name, *values in case["expect"]["jobs"]
        for what, value in zip(TIMES, values, strict=True)
        if value is not None
    }


def turns(parts: Sequence[Segment], quantum: int = 1) -> list[str | None]:
    """Who was on core 0 at the beginning of each quantum, up to the last one (None: nobody)."""
    end = max((part[3] for part in parts), default=0)
    owners: list[str | None] = [None] * -(-end // quantum)
    for _, who, start, until in parts:
        for turn in range(-(-start // quantum), -(-until // quantum)):
            owners[turn] = who
    return owners


# -- periodic jobs -----------------------------------------------------------------------------

Row = tuple[str, int, int, int | None, bool, bool]
"""Of a job of a periodic task: task, number, release, finish, missed, aborted.

Finish is None of those that are not done at the end, or are given up.
"""


def rows(answer: Answer) -> list[Row]:
    """What became of each job."""
    return sorted(
        (
            job["thread"],
            job["number"],
            job["release"],
            None if job["aborted"] else job["finish"],
            job["missed"],
            job["aborted"],
        )
        for job in answer["jobs"]
    )


def expected_rows(case: Case) -> list[Row]:
    """What became of each job that was released before the end, as the case says."""
    return sorted(
        (str(task), number, release, None if aborted else finish, bool(missed), bool(aborted))
        for task, number, release, finish, missed, aborted in case["expect"]["jobs"]
        if release < case["until"]
    )


def is_global(case: Case) -> bool:
    """Several cores share one run queue: which of them a job gets is nobody's concern."""
    machine = case.get("machine", {})
    return bool(machine.get("cores", 1) > 1 and machine.get("queues", "global") == "global")


def is_forced(case: Case) -> bool:
    """Which jobs run does not hang on ties that a source settles by accident.

    SimSo's global rate monotonic keeps equals in the order of its own internal events.
    """
    return bool(case["unique"]) or case["policy"] == "edf" or not is_global(case)


def before(parts: Iterable[Segment], end: int) -> list[Segment]:
    """What of it was before ``end``."""
    return [(core, who, start, min(until, end)) for core, who, start, until in parts if start < end]
