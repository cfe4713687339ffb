"""Acting late in a long run: it is executed again in parts, and nothing changes before the end."""

from __future__ import annotations

import pytest

from schedsim.commands import Kill, SetYielding
from schedsim.run import Run
from schedsim.timeline import Timeline
from schedsim.tui.session import Session
from tests.plain_lanes import looks_the_same
from tests.tui.scenes import ENDLESS, make_app, player


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred rows are many."""
    monkeypatch.setattr("schedsim.tui.session.AT_A_STROKE", 100)
    monkeypatch.setattr("schedsim.run.PART", 50)


def session_at(step: int, *, patient: bool) -> Session:
    session = Session(Run(ENDLESS))
    session.patient = patient
    session.to_step(step)
    return session


def finish(session: Session) -> None:
    while session.go_on():
        pass


def test_it_comes_to_the_same_as_acting_at_once() -> None:
    parts, once = session_at(1_000, patient=True), session_at(1_000, patient=False)
    once.add_cores(1)
    parts.add_cores(1)
    count = 1
    while parts.go_on():
        assert (parts.cores(), len(parts.branches)) == (1, 1)
        count += 1
    assert 15 < count <= 20  # a thousand rows, fifty at a time or a few more
    assert (parts.cores(), len(parts.branches), parts.done) == (2, 2, 1)
    assert (parts.step, parts.at) == (once.step, once.at)
    assert parts.trace.digest() == once.trace.digest()
    assert [b.says for b in parts.branches] == [b.says for b in once.branches]
    looks_the_same(parts.timeline, Timeline(once.trace))


def test_early_in_a_run_nobody_waits() -> None:
    session = session_at(50, patient=True)
    session.add_cores(1)
    assert session.under_way is None
    assert session.cores() == 2


def test_one_thing_is_done_at_a_time() -> None:
    session = session_at(1_000, patient=True)
    session.add_cores(1)
    with pytest.raises(ValueError, match="what you did before is not done yet"):
        session.add_cores(1)
    finish(session)
    assert session.cores() == 2


def test_what_does_not_fit_is_told_when_it_is_found_out() -> None:
    session = session_at(1_000, patient=True)
    session.act(Kill("nobody"))
    with pytest.raises(ValueError, match="nobody"):
        finish(session)
    assert session.under_way is None
    assert len(session.branches) == 1
    assert not session.go_on()


def test_whoever_goes_to_another_branch_gives_it_up() -> None:
    session = session_at(50, patient=True)
    session.add_cores(1)
    session.to_step(1_000)
    session.act(SetYielding(on=False))
    begun = session.under_way
    session.take(next(iter(session.branches)))
    assert session.under_way is None is not begun
    assert not session.go_on()
    assert len(session.branches) == 2
    assert session.done == 1


def test_the_branch_shares_the_lanes_also_where_the_rows_of_the_other_are_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("schedsim.branches.ROWS_KEPT", 10)
    session = session_at(1_000, patient=False)
    taken_in: list[int] = []
    branch = Timeline.branch

    def counting(timeline: Timeline, *args: object) -> Timeline:
        other = branch(timeline, *args)  # type: ignore[arg-type] # as they came
        taken_in.append(other.rows)
        return other

    monkeypatch.setattr(Timeline, "branch", counting)
    session.add_cores(1)
    assert taken_in == [session.run.commands[-1].step]
    looks_the_same(session.timeline, Timeline(session.trace))


async def test_the_player_says_so_and_goes_on_behind() -> None:
    async with make_app(ENDLESS).run_test(size=(100, 30)) as pilot:
        session = player(pilot).session
        session.to_step(1_000)
        player(pilot).show()
        await pilot.press("plus")
        await pilot.app.workers.wait_for_complete()
        assert (session.cores(), session.done, len(session.branches)) == (2, 1, 2)
        await pilot.pause()
        texts = [str(toast.message) for toast in pilot.app._notifications]
        assert texts == [
            "From here on there are 2 cores. What would have been is kept as branch 1."
        ]


def test_rows_are_read_a_few_at_a_time() -> None:
    session = Session(Run(ENDLESS))
    assert session.is_behind()
    while session.is_behind():
        rows = session.run.history.rows
        session.catch_up(700)
        assert session.run.history.rows == min(rows + 700, len(session.trace))
    assert session.run.history.rows == len(session.trace)
