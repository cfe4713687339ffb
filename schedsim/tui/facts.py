"""A scenario in a few facts, for whoever has to choose one; and what it is found by.

How long it runs is known only to who runs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from schedsim.plain import plain
from schedsim.programs.steps import Block, Repeat, Step, Try
from schedsim.scenario import Scenario
from schedsim.traps import Op


def facts(scenario: Scenario) -> tuple[str, ...]:
    """Model, machine and amount of work."""
    cores = _many(scenario.machine.cores, "core")
    return (
        "a tree" if scenario.is_tree else scenario.model,
        cores,
        _gil(scenario),
        plain(scenario.machine.policy, 40),
        _work(scenario),
    )


def _gil(scenario: Scenario) -> str:
    if not scenario.python.gil:
        return "no GIL"
    return {"per_interpreter": "a GIL each interpreter", "old": "the old GIL"}.get(
        scenario.python.kind, "GIL on"
    )


def _work(scenario: Scenario) -> str:
    if not scenario.is_tree:
        return _many(sum(job.count for job in scenario.jobs), "job")
    threads = [thread for process in scenario.processes for thread in process.threads]
    tasks = sum(task.count for thread in threads for task in thread.tasks)
    parts = [
        _many(len(scenario.processes), "process", "processes"),
        _many(sum(thread.job.count for thread in threads), "thread"),
    ]
    return ", ".join([*parts, *([_many(tasks, "task")] if tasks else [])])


def _many(count: int, one: str, several: str = "") -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {several or one + 's'}"


def verbs(scenario: Scenario) -> frozenset[str]:
    """The words that its steps begin with, and the calls they name: ``compute``, ``time.sleep``."""
    jobs = [
        job
        for process in scenario.plan()
        for thread in process.threads
        for job in (thread.job, *thread.tasks)
    ]
    return frozenset(word for job in jobs for word in _words(job.steps))


def _words(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        match step:
            case Op():
                words = step.text.split()
                yield from words[: 2 if words[:1] == ["call"] else 1]
            case Repeat():
                yield from _words(step.do)
            case Block():
                yield from step.text.split()[:1]
                yield from _words(step.do)
            case Try():
                yield from _words(step.do)
                yield from _words(step.last)
                for _, handler in step.handlers:
                    yield from _words(handler)


def matches(words: str, *texts: str) -> bool:
    """Every one of ``words`` begins a word of the texts: ``lock`` finds no ``blocks``."""
    folded = "\n".join(texts).casefold()
    return all(
        re.search(rf"(?<!\w){re.escape(word)}" if word[0].isalnum() else re.escape(word), folded)
        for word in words.casefold().split()
    )


def line(parts: Sequence[str]) -> str:
    """Facts in a line."""
    return " · ".join(parts)
