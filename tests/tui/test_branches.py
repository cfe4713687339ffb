"""Branches: whatever is done, every one of them replays, and none that was seen is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from schedsim import branches as branches_module, recording
from schedsim.branches import MOST, Branch
from schedsim.commands import Command, Inject, SetCores, SetSwitchInterval, SetYielding
from schedsim.recording import Recording, Source
from schedsim.run import Run
from schedsim.scenario_file import ScenarioError
from schedsim.trace import Trace
from schedsim.tui.session import Session
from tests.tui.branching import ENDLESS, parting, source_of
from tests.tui.scenes import GIL, MS, STARVE

pytestmark = pytest.mark.app

SOURCE = source_of()
COMMANDS: list[Command] = [
    SetYielding(on=True),
    SetYielding(on=False),
    SetCores(3),
    SetCores(1),
    SetSwitchInterval(MS),
    Inject("hog", 7 * MS, 3 * MS, yielding=True, process="python"),
    Inject("lone", 7 * MS, 7 * MS),
]
OTHERS = [source_of(model="threads"), source_of(model="processes", settings=("machine.cores=2",))]

Deed = Callable[[Session], object]


def acting(command: Command) -> Deed:
    return lambda session: session.act(command)


def taking(number: int) -> Deed:
    return lambda session: session.take(nth(session, number))


def varying(source: Source) -> Deed:
    return lambda session: session.vary(source, "another way")


def dropping(number: int) -> Deed:
    return lambda session: session.drop(nth(session, number))


def nth(session: Session, number: int) -> Branch:
    every = list(session.branches)
    return every[number % len(every)]


DEEDS = st.one_of(
    st.sampled_from(COMMANDS).map(acting),
    st.sampled_from([Session.undo, Session.restart]),
    st.integers(0, 7).map(taking),
    st.sampled_from(OTHERS).map(varying),
    st.integers(0, 7).map(dropping),
)
STEPS = st.lists(st.tuples(st.floats(0, 1), st.booleans(), DEEDS), max_size=8)


def opened() -> Session:
    return Session(Run(SOURCE.load()), SOURCE)


def digest(branch: Branch) -> str:
    return branch.run.finish().digest()


def first_rows(trace: Trace, count: int) -> list[tuple[int, int, int]]:
    columns = zip(trace.times, trace.codes, trace.args, strict=True)
    return [row for row, _ in zip(columns, range(count), strict=False)]


@given(steps=STEPS)
def test_whatever_is_done_every_branch_replays_and_shares_what_it_should(
    steps: list[tuple[float, bool, Deed]],
) -> None:
    session = opened()
    for where, between, deed in steps:
        session.to_step(int(where * len(session.trace)))
        if between:
            session.to_time(session.at + MS // 3)
        with contextlib.suppress(ValueError):  # it does not fit: nothing has changed
            deed(session)
    every = list(session.branches)
    assert [branch.number for branch in every] == list(range(1, len(every) + 1))
    assert session.branches.current in every
    for branch in every:
        run = branch.run
        again = Run(run.scenario, run.seed, run.commands)
        assert again.finish().digest() == digest(branch)
        assert branch.parent is None or branch.parent in every
    for one, other in combinations(every, 2):
        step, _ = parting(one, other)
        same = first_rows(one.run.trace, step)
        assert len(same) == step
        assert same == first_rows(other.run.trace, step)


@given(steps=STEPS, command=st.sampled_from(COMMANDS), where=st.floats(0, 1))
def test_undoing_an_act_gives_back_the_run_that_was(
    steps: list[tuple[float, bool, Deed]], command: Command, where: float
) -> None:
    session = opened()
    for place, _, deed in steps:
        session.to_step(int(place * len(session.trace)))
        with contextlib.suppress(ValueError):
            deed(session)
    placed = session.run.commands
    session.to_step(max(int(where * len(session.trace)), placed[-1].step + 1 if placed else 0))
    if placed and session.step <= placed[-1].step:
        return  # what came later would be forgotten by the act
    before = session.run.finish().digest()
    try:
        session.act(command)
    except ValueError:
        assert session.run.finish().digest() == before
        return
    assert session.undo()
    assert session.run.finish().digest() == before


def test_a_future_that_was_seen_before_one_looked_elsewhere_is_kept() -> None:
    """Looking at another branch and back must not make it one that nobody has looked at."""
    session = Session(Run(STARVE))
    first = session.branches.current
    session.to_time(100 * MS)
    session.act(SetCores(2))
    second = session.branches.current
    session.to_time(400 * MS)
    session.take(first)
    session.to_time(100 * MS)
    session.take(second)
    session.to_time(150 * MS)
    session.act(SetYielding(on=True))
    assert second in list(session.branches)
    assert session.branches.current.parent is second


def test_a_branch_from_which_another_began_is_kept() -> None:
    session = Session(Run(STARVE))
    session.to_time(100 * MS)
    session.act(SetCores(2))
    second = session.branches.current
    session.to_time(110 * MS)
    session.to_time(100 * MS)
    session.act(SetCores(3))  # from where the second has already been seen further
    assert session.branches.current.parent is second
    session.take(second)
    session.to_time(120 * MS)
    session.act(SetCores(4))
    assert second in list(session.branches)


def test_what_was_done_is_told_by_the_command_itself() -> None:
    """Not by the last row that it led to, such as who runs next."""
    session = Session(Run(GIL))
    session.to_time(20 * MS)
    session.act(Inject("hog", 5 * MS, 5 * MS, process="python"))
    assert session.branches.current.says.startswith("You injected")


def test_undo_says_what_later_act_it_took_back() -> None:
    session = opened()
    session.to_time(50 * MS)
    session.act(SetCores(2))
    session.to_time(10 * MS)
    assert "2 cores" in session.branches.last_done(session.branches.current)
    assert session.undo()
    assert session.at == 10 * MS
    assert session.run.commands == ()


def test_undo_goes_back_from_another_way_of_looking() -> None:
    session = opened()
    session.to_time(30 * MS)
    session.vary(OTHERS[0], "threads")
    assert (session.run.scenario.model, session.at) == ("threads", 30 * MS)
    assert session.undo()
    assert (session.run.scenario.model, session.at) == ("asyncio", 30 * MS)
    assert not session.undo()


def test_another_way_keeps_seed_and_limits_and_takes_a_new_end() -> None:
    source = source_of(ENDLESS, settings=("until=40ms",))
    session = Session(Run(source.load(), seed=7, rows=9_000), source)
    session.vary(source_of(ENDLESS, settings=("until=20ms",)), "20 ms")
    run = session.run
    assert (run.seed, run.until, run.rows) == (7, 20 * MS, 9_000)


def test_a_way_that_cannot_be_had_changes_nothing() -> None:
    session = opened()
    with pytest.raises(ScenarioError, match="threads"):
        session.vary(source_of(model="thread"), "wrong")
    assert len(session.branches) == 1
    assert session.run.scenario.model == "asyncio"


def test_a_session_says_when_it_has_too_many_branches() -> None:
    session = opened()
    for _ in range(MOST - 1):
        session.restart()
        session.act(SetCores(2))
    assert len(session.branches) == MOST
    before = session.branches.current
    session.to_step(0)
    with pytest.raises(ValueError, match=f"at most {MOST} branches: delete one"):
        session.act(SetCores(3))
    assert session.branches.current is before
    session.restart()
    session.drop(list(session.branches)[-1])
    session.act(SetCores(3))
    assert len(session.branches) == MOST


def test_what_is_needed_is_not_forgotten() -> None:
    session = opened()
    session.to_time(50 * MS)
    session.act(SetCores(2))
    first, second = session.branches
    with pytest.raises(ValueError, match="what was opened"):
        session.drop(first)
    with pytest.raises(ValueError, match="branch 2 is the one you look at"):
        session.drop(second)
    session.end()
    session.to_time(60 * MS)
    session.act(SetCores(3))
    with pytest.raises(ValueError, match="others began from branch 2"):
        session.drop(second)
    session.take(first)
    session.drop(list(session.branches)[-1])
    session.drop(second)
    assert list(session.branches) == [first]


def test_branches_are_counted_anew_when_one_is_forgotten() -> None:
    session = opened()
    for cores in (2, 3, 4):
        session.restart()
        session.to_time(50 * MS)
        session.act(SetCores(cores))
    session.restart()
    session.drop(list(session.branches)[1])
    assert [branch.number for branch in session.branches] == [1, 2, 3]
    assert [branch.run.commands[0].command for branch in list(session.branches)[1:]] == [
        SetCores(3),
        SetCores(4),
    ]


def test_rows_that_nobody_looks_at_are_forgotten_and_come_back_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(branches_module, "ROWS_KEPT", 10_000)
    source = source_of(ENDLESS)
    session = Session(Run(source.load()), source)
    session.grow(15_000)
    first = session.branches.current
    rows = first_rows(first.run.trace, 15_000)
    session.to_time(5 * MS)
    session.act(SetCores(2))
    assert len(first.run.trace) < 10_000
    session.take(first)
    session.grow(15_000)
    assert first_rows(session.trace, 15_000) == rows


def test_a_branch_is_executed_up_to_the_moment_one_looks_at() -> None:
    """5,000 rows are executed at once; the moment is much later."""
    source = source_of(ENDLESS)
    session = Session(Run(source.load()), source)
    while session.trace.end < 5_000 * MS:
        session.grow(5_000)
    session.to_time(5_000 * MS)
    session.vary(source_of(ENDLESS, settings=("machine.cores=2",)), "2 cores")
    assert session.at < 5_000 * MS
    while session.wants_more() and session.awaited is not None:
        session.grow(1_000)
    assert session.at == 5_000 * MS
    assert session.cores() == 2


def test_whoever_moves_does_not_wait_for_the_moment_any_more() -> None:
    source = source_of(ENDLESS)
    session = Session(Run(source.load()), source)
    while session.trace.end < 5_000 * MS:
        session.grow(5_000)
    session.to_time(5_000 * MS)
    session.vary(source_of(ENDLESS, settings=("machine.cores=2",)), "2 cores")
    session.to_time(3 * MS)
    while session.wants_more():
        session.grow(5_000)
    assert session.at == 3 * MS


@pytest.mark.parametrize("other", OTHERS, ids=["threads", "processes"])
def test_a_varied_branch_is_saved_and_replays(other: Source, tmp_path: Path) -> None:
    session = opened()
    session.to_time(30 * MS)
    session.vary(other, "another way")
    session.to_time(20 * MS)
    session.act(Inject("hog", 5 * MS, 5 * MS))
    branch = session.branches.current
    assert branch.source == other
    branch.run.finish()
    Recording.of(branch.run, other).save(tmp_path / "varied.rec")
    recorded = recording.load(tmp_path / "varied.rec")
    assert recorded.first_difference(recorded.play().trace) is None
    assert recorded.digest == branch.run.trace.digest()


def test_what_was_opened_or_edited_is_kept_even_if_it_began_with_acts() -> None:
    session = opened()
    carried = Run(session.run.scenario)
    carried.act(SetCores(2), 20, 0)
    edited = Run(SOURCE.load(), commands=carried.commands)
    session.show_run(edited, SOURCE, "edited")
    second = session.branches.current
    session.end()
    session.saw_no_further()
    session.act(SetCores(3))
    assert second in list(session.branches)
    assert session.branches.current.parent is second
