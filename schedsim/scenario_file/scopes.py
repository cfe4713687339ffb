"""What must fit between jobs: their names, who spawns and joins whom, and how many there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schedsim.ops.calls import PATCHES
from schedsim.scenario import Job, ProcessPlan, Shared
from schedsim.scenario_file.problems import Key, Problems, check_names, near, shown
from schedsim.scenario_file.steps import StepsReader
from schedsim.scenario_file.values import MOST_COUNT
from schedsim.traps import SPAWN

_NUMBERED = re.compile(r"(.+)-([1-9][0-9]{0,8})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Known:
    """A job that was read."""

    job: Job
    key: Key
    steps: StepsReader
    """What its steps name."""


def check_scope(jobs: Sequence[Known], problems: Problems, what: str = "job") -> None:
    """Check jobs that can name each other: all of a job file, or those of one thread or process."""
    check_names([(known.job.name, (*known.key, "name")) for known in jobs], problems, what)
    if not all(known.job.name for known in jobs):
        return  # a name with a mistake is reported already; what it was meant to be is unknown
    by_name = {known.job.name: known for known in jobs}
    _check_instances(jobs, by_name, problems)
    for known in jobs:
        for mention in known.steps.mentions:
            if mention.name not in by_name:
                problems.choose(mention.key, mention.name, by_name, what)
    _check_spawned(jobs, by_name, problems)


def check_released(jobs: Sequence[Known], shared: Mapping[str, Shared], problems: Problems) -> None:
    """Only a semaphore may be let go by somebody who has not acquired it."""
    for known in jobs:
        for name, key, acquired in known.steps.released:
            declared = shared.get(name)
            if declared is None or declared.kind != "semaphore":
                says = f"no step before it acquires {shown(name)}"
                problems.add(key, f"{says}{near(name, acquired) if acquired else ''}")


def check_cores(jobs: Sequence[Known], cores: int, problems: Problems) -> None:
    """Jobs are tied only to cores that there are."""
    for known in jobs:
        for core in known.job.affinity:
            if core >= cores:
                says = f"there is no core {core}: the machine has {cores}, the first is 0"
                problems.add((*known.key, "affinity"), says)


def check_patch(patch: str, loops: Sequence[str], key: Key, problems: Problems) -> None:
    """A patch by one framework makes nothing cooperative for another: its hub does not run."""
    for loop in loops:
        if patch and loop in PATCHES and loop != patch:
            says = f"the loop is of {loop}: a patch by {shown(patch)} makes its calls no better"
            problems.add((*key, "monkey_patch"), says)
            return


def check_patches(processes: Sequence[ProcessPlan], patch: str, problems: Problems) -> None:
    """The same for a tree; a process that says it of itself has a loop for it."""
    for index, plan in enumerate(processes):
        key: Key = ("process", index)
        loops = [thread.loop for thread in plan.threads if thread.loop]
        if plan.monkey_patch is None:
            check_patch(patch, loops, ("python",), problems)
        elif not plan.monkey_patch or any(loop in PATCHES for loop in loops):
            check_patch(plan.monkey_patch, loops, key, problems)
        else:
            says = f"no thread of this process runs a loop of {shown(plan.monkey_patch)}"
            problems.add((*key, "monkey_patch"), says)


def check_total(total: int, key: Key, problems: Problems) -> None:
    """Not more work than a machine can hold."""
    if total > MOST_COUNT:
        problems.add(key, f"{total:,} threads and tasks in all: at most {MOST_COUNT:,}")


def _check_instances(jobs: Sequence[Known], by_name: dict[str, Known], problems: Problems) -> None:
    """``ticker-2`` is also what the second of several tickers is called."""
    for known in jobs:
        numbered = _NUMBERED.fullmatch(known.job.name)
        other = by_name.get(numbered[1]) if numbered else None
        if numbered is None or other is None:
            continue
        number, several = int(numbered[2]), other.job
        last = MOST_COUNT if several.spawned else several.count
        if number <= last and (number > 1 or several.count > 1):
            says = f"is also the name of number {number} of {shown(several.name)}"
            problems.add((*known.key, "name"), f"{shown(known.job.name)} {says}")


def _check_spawned(jobs: Sequence[Known], by_name: dict[str, Known], problems: Problems) -> None:
    """Whoever waits to be spawned is spawned, by somebody who starts."""
    starting = [known for known in jobs if not known.job.spawned]
    started = {known.job.name for known in starting}
    while starting:
        for mention in starting.pop().steps.mentions:
            if mention.trap == SPAWN and mention.name in by_name and mention.name not in started:
                started.add(mention.name)
                starting.append(by_name[mention.name])
    for known in jobs:
        if known.job.name not in started:
            says = f'nobody spawns it: add the step "spawn {known.job.name}" to a job that starts'
            problems.add((*known.key, "spawned"), says)
