"""Locks between threads, priority inheritance, and locks between tasks; schedules by hand."""

from __future__ import annotations

from typing import Any

import pytest

from schedsim import report
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.trace import Kind

HEAD = "schema = 1\ntitle = 't'\nunit = 'tick'\n"


def played(text: str) -> Run:
    """The whole run of a file in ticks."""
    run = Run(loads(HEAD + text, "test"))
    run.finish()
    return run


def slices(run: Run) -> list[tuple[str, int, int]]:
    """Who ran from when to when, on core 0."""
    return [(s["thread"], s["start"], s["end"]) for s in report.to_json(run)["slices"]]


def job(name: str, *steps: str, **keys: Any) -> str:
    more = "\n".join(f"{key} = {value}" for key, value in keys.items())
    return f"[[job]]\nname = '{name}'\nsteps = {list(steps)}\n{more}\n"


PATHFINDER = (
    job("low", "acquire bus", "compute 5", "release bus", "compute 1", priority=3)
    + job("high", "acquire bus", "compute 2", "release bus", priority=1, arrival=2)
    + job("mid", "compute 10", priority=2, arrival=3)
)
PRIORITY = "model = 'processes'\n[machine]\npolicy = { name = 'priority', preemptive = true }\n"


def test_without_inheritance_the_middle_one_delays_the_high_one() -> None:
    """High waits for the bus that low has, and low for the core that mid has."""
    run = played(PRIORITY + PATHFINDER)
    assert slices(run)[:3] == [("low", 0, 3), ("mid", 3, 13), ("low", 13, 15)]
    assert slices(run)[3:] == [("high", 15, 17), ("low", 17, 18)]
    found = report.to_json(run)["findings"]
    assert [finding["kind"] for finding in found] == ["priority_inversion"]


def test_with_inheritance_it_waits_only_for_the_lock() -> None:
    """Low has the priority of high while it holds the bus: Sha, Rajkumar, Lehoczky 1990."""
    lock = "[[lock]]\nname = 'bus'\ninheritance = true\n"
    run = played(PRIORITY + lock + PATHFINDER)
    assert slices(run) == [("low", 0, 5), ("high", 5, 7), ("mid", 7, 17), ("low", 17, 18)]
    assert report.to_json(run)["findings"] == []


def test_a_standing_is_lent_along_a_chain_of_locks() -> None:
    """High waits for b, which mid holds, which waits for a, which low holds: low is lent 1."""
    locks = "[[lock]]\nname = 'a'\ninheritance = true\n[[lock]]\nname = 'b'\ninheritance = true\n"
    run = played(
        PRIORITY
        + locks
        + job("low", "acquire a", "compute 4", "release a", priority=9)
        + job("mid", "acquire b", "acquire a", "compute 1", priority=5, arrival=1)
        + job("high", "acquire b", "compute 1", priority=1, arrival=2)
        + job("hog", "compute 9", priority=3, arrival=3)
    )
    # Mid never lets go of b: high waits for ever, and mid, done, no longer lends anything.
    assert slices(run)[:3] == [("low", 0, 4), ("mid", 4, 5), ("hog", 5, 14)]


def test_whoever_waited_longest_is_woken_but_must_take_the_lock_itself() -> None:
    """As with a futex: a lets go and takes it again before b, woken, has a core."""
    fifo = "model = 'processes'\n[machine]\npolicy = 'fifo'\n"
    body = ("acquire l", "compute 2", "io 1", "release l", "mark let go")
    run = played(
        fifo
        + job("a", *body, "acquire l", "compute 2", "release l")
        + job("b", "acquire l", "compute 1", "release l")
    )
    kinds = [
        (row.kind.name, run.trace.entities[row.subject].name, row.time)
        for row in run.trace.rows()
        if row.kind in (Kind.LOCK, Kind.UNLOCK)
    ]
    assert kinds == [
        ("LOCK", "a", 0),
        ("UNLOCK", "a", 3),
        ("LOCK", "a", 3),
        ("UNLOCK", "a", 5),
        ("LOCK", "b", 5),
        ("UNLOCK", "b", 6),
    ]


def test_two_locks_in_opposite_order_are_a_deadlock_with_a_cycle() -> None:
    run = played(
        "model = 'processes'\n[machine]\nquantum = 1\n"
        + job("a", "acquire left", "compute 2", "acquire right")
        + job("b", "acquire right", "compute 2", "acquire left")
    )
    (finding,) = report.to_json(run)["findings"]
    assert finding["kind"] == "deadlock"
    for word in ("left", "right", "a ", "b "):
        assert word in finding["why"]


@pytest.mark.parametrize("model", ["threads", "processes", "asyncio"])
def test_a_lock_lets_one_in_at_a_time(model: str) -> None:
    """Three times 2 ticks of computing and 3 of I/O under the lock are 15, whatever the model."""
    run = played(
        f"model = '{model}'\n"
        "[[job]]\nname = 'a'\ncount = 3\n"
        "steps = ['acquire l', 'compute 2', 'io 3', 'release l', 'mark out']\n"
    )
    assert [mark["time"] for mark in report.to_json(run)["marks"]] == [5, 10, 15]
