"""Deadlines that cannot all be met, or that this policy does not meet.

More work than cores is an overload whatever the policy does: the sum of execution time by period
over the periodic threads is more than the cores can do (Liu and Layland, 1973).  Otherwise it
takes a few misses to say that something is wrong; one alone is in the figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.metrics import JobTimes, Measured
from schedsim.metrics.gil_walk import GilWaits, needs_no_gil
from schedsim.plain import plain
from schedsim.trace import Role

FEWEST_MISSES = 3
"""Without an overload ..."""
MISS_RATIO = 0.1
"""... and such a share of the jobs."""
_ROUNDING = 1e-9


def deadline_overload(measured: Measured) -> Iterator[Finding]:
    """Find out whether there is too much to do, or too much is late."""
    if not measured.jobs:
        return
    trace = measured.trace
    longest = _longest(measured)
    load = _load(measured, longest)
    cores = measured.capacity / trace.end if trace.end else trace.cores
    overload = load > cores + _ROUNDING
    missed = sorted((job for job in measured.jobs if job.missed), key=lambda job: job.deadline)
    settled = sum(job.missed or job.finish is not None for job in measured.jobs)
    if not overload and (len(missed) < FEWEST_MISSES or len(missed) < MISS_RATIO * settled):
        return
    first = missed[0] if missed else None
    told = [_need(measured, load, cores, overload=overload)] if load else []
    told.append(
        _domino(measured, first, missed, settled) if first else "No deadline has passed yet."
    )
    moment = first.deadline if first else 0
    policy = measured.rules.policy(moment).name
    advice = _less(measured.jobs) if overload else _of_its_own(measured, missed)
    if not advice and policy == "linux":
        advice = _budget(measured, longest, missed)
    yield Finding(
        "deadline_overload",
        moment,
        trace.end,
        (first or measured.jobs[0]).entity,
        tuple(dict.fromkeys(job.entity for job in missed)),
        " ".join(told),
        advice or _for_gil(measured, missed) or _room(cores, policy, load),
    )


def _need(measured: Measured, load: float, cores: float, *, overload: bool) -> str:
    """How much there is to do, and how much can be done."""
    text = f"The periodic threads need {load:.2f} of {cores:.3g} core" + ("s" if cores > 1 else "")
    text += " on average" if len(measured.rules.cores) > 1 else ""
    return text + (", more than there is." if overload else ".")


def _less(due: list[JobTimes]) -> str:
    """What to try where there is more work than the cores can do."""
    advice = "Lengthen periods, shorten the work or add cores"
    if any(job.aborted for job in due):
        return f"{advice}."
    return (
        f"{advice}; while there is too much, give late jobs up (abort_on_miss) so that they do "
        "not make others late."
    )


def _room(cores: float, policy: str, load: float) -> str:
    """What to try where there is less work than the cores could do."""
    if cores > 1 and not load:
        return "Try edf, or add a core: so many at once want more time before their deadlines."
    if cores > 1:
        return (
            "There is room in all, but not for this order: tie threads to cores "
            '(placement = "first_fit"), or add a core.'
        )
    if policy == "edf" and not load:
        return (
            "Where jobs only compute, no order meets them all on one core: relax the deadlines, or "
            "add a core."
        )
    if policy == "edf":
        return "There is room in all, but not between release and deadline: relax the deadlines."
    if not load:  # Dertouzos, 1974
        return (
            "Try edf: where jobs only compute, it meets all deadlines on one core if any order "
            "does."
        )
    return (
        "There is room: try edf, which meets every deadline on one core as long as the load is "
        "at most 1."
    )


def _domino(measured: Measured, first: JobTimes, missed: list[JobTimes], settled: int) -> str:
    trace = measured.trace
    name = plain(trace.entities[first.entity].name, 32)
    at = format_duration(first.deadline, trace.unit)
    text = f"{name} missed first, its deadline at {at}"
    if len(missed) == 1:
        return text + f"; it is the only one of {settled:,}."
    threads = [entity for entity, _ in groupby(sorted(job.entity for job in missed))]
    text += f"; {len(missed):,} of {settled:,} jobs missed theirs"
    others = [entity for entity in threads if entity != first.entity]
    if others:
        text += f", {names(trace, others)} too"
        if measured.rules.policy(first.deadline).name == "edf":  # the domino effect
            text += ": one late job makes the next one late"
    return text + "."


def _longest(measured: Measured) -> dict[int, Time]:
    """Of each thread: the longest that one of its jobs is known to have computed."""
    longest: dict[int, Time] = {}
    for job in measured.jobs:
        if job.finish is not None:
            longest[job.entity] = max(longest.get(job.entity, 0), job.cpu)
    return longest


def _load(measured: Measured, longest: Mapping[int, Time]) -> float:
    """Execution time by period, summed up: as declared, or what was seen where that is more."""
    load = 0.0
    for times in measured.of(Role.THREAD):
        attributes = measured.trace.entities[times.entity].attributes
        if attributes.period:
            load += max(longest.get(times.entity, 0), attributes.wcet or 0) / attributes.period
    return load


def _of_its_own(measured: Measured, missed: list[JobTimes]) -> str:
    """What to try where a job is late by itself: alone on a machine it would be, too.

    What it waits for beside a core and the GIL is its own affair, but for what it shares.
    """
    trace = measured.trace
    for job in missed:
        has, end = job.deadline - job.release, trace.end if job.finish is None else job.finish
        alone = (job.deadline if job.aborted else end) - job.release - job.waiting
        if trace.resources:
            alone = min(alone, job.cpu)
        if alone < has or (alone == has and not job.aborted):
            continue
        took, had = (format_duration(length, trace.unit) for length in (alone, has))
        says = f"takes {took} without any wait for its turn, and has {had} from its release"
        if job.aborted:
            says = f"never waited for its turn, and was not done {had} after its release"
        elif job.cpu == alone:
            says = f"computes for {took} and has {had} from its release"
        return (
            f"{plain(trace.entities[job.entity].name, 32)} {says}: no order helps, relax its "
            "deadline or shorten the work."
        )
    return ""


def _for_gil(measured: Measured, missed: list[JobTimes]) -> str:
    """What to try where a job would have been in time but for its waits for the GIL."""
    trace = measured.trace
    if needs_no_gil(measured):
        return ""
    waits = GilWaits(trace)
    for job in missed:
        end = trace.end if job.finish is None else job.finish
        waited = waits.between(job.entity, job.release, end)
        if 0 < end - job.deadline <= waited:
            return (
                f"{plain(trace.entities[job.entity].name, 32)} waited "
                f"{format_duration(waited, trace.unit)} for the GIL, which no policy takes from "
                "its holder: try a shorter switch_interval, processes, or a Python without the GIL."
            )
    return ""


def _budget(measured: Measured, longest: Mapping[int, Time], missed: list[JobTimes]) -> str:
    """What to try where somebody is late because its budget is less than it computes."""
    trace = measured.trace
    for job in missed:
        entity = trace.entities[job.entity]
        about, needs = entity.attributes, longest.get(job.entity, 0)
        if about.scheduling_class == "deadline" and about.wcet and about.wcet < needs:
            return (
                f"{plain(entity.name, 32)} may compute {format_duration(about.wcet, trace.unit)} "
                f"of each period (its wcet), and a job takes "
                f"{format_duration(needs, trace.unit)}: give it a wcet of as much."
            )
    return ""
