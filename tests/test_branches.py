"""Branches without the app: what stays, what goes on differently, and what is let go of."""

from __future__ import annotations

import pytest

from schedsim import branches as module
from schedsim.branches import Branches
from schedsim.commands import Command, Inject, SetCores
from schedsim.run import Run, at_once
from tests.machines import MS, job, repeat, threads


def opened(*, endless: bool = False) -> Branches:
    times = None if endless else 20
    scenario = threads(*(job(name, repeat(times, "compute 1ms", "yield")) for name in "ab"))
    run = Run(scenario)
    run.extend(60_000)
    return Branches(run)


def act(branches: Branches, command: Command, at: int) -> None:
    """Do it so many milliseconds after the beginning, having seen all."""
    run = branches.current.run
    step = run.history.rows_at(at * MS)
    at_once(branches.acting(command, step, at * MS, seen=True))


def test_whoever_goes_to_another_branch_before_it_is_done_changes_nothing() -> None:
    """As in the app, where a long act is done between two frames."""
    branches = opened(endless=True)
    act(branches, SetCores(2), 5)
    first, second = branches
    second.run.extend(60_000)
    acting = branches.acting(SetCores(3), 50_000, second.run.trace.times[50_000], seen=True)
    next(acting)
    branches.take(first)
    with pytest.raises(ValueError, match="you went to another branch before it was done"):
        at_once(acting)
    assert list(branches) == [first, second]
    assert branches.current is first


def test_when_one_is_forgotten_those_that_began_from_later_ones_know_their_parents() -> None:
    """2 and 3 begin from 1, 4 from 3 and 5 from 4; without 2 they are 1, 2, 3 and 4."""
    branches = opened()
    first = branches.current
    for at, cores in ((5, 2), (6, 3)):
        branches.take(first)
        act(branches, SetCores(cores), at)
    act(branches, SetCores(4), 10)
    act(branches, SetCores(5), 15)
    branches.drop(list(branches)[1])
    one, two, three, four = branches
    assert [each.number for each in branches] == [1, 2, 3, 4]
    assert (one.parent, two.parent, three.parent, four.parent) == (None, one, two, three)
    assert branches.current is four
    assert [len(each.run.commands) for each in branches] == [0, 1, 2, 3]


def test_rows_that_would_take_long_to_come_again_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_KEPT", 1_000)
    branches = opened(endless=True)
    first = branches.current.run
    step = 30_000
    time = first.trace.times[step]
    at_once(branches.acting(Inject("hog", MS, MS), step, time, seen=True))
    late = branches.current.run
    late.extend(50_000)
    assert len(first.trace) < 1_000  # soon there again: nothing was done to it
    branches.take(next(iter(branches)))
    assert len(late.trace) >= 50_000
