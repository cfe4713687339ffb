"""What has to hold of the app at any time, whatever was done to it."""

from __future__ import annotations

from random import Random

from textual.pilot import Pilot

from schedsim.branches import Branch
from schedsim.history import History
from schedsim.run import Run
from schedsim.state import State
from schedsim.trace import Trace
from schedsim.tui.moment import Moment
from schedsim.tui.screens.compare import CompareScreen
from schedsim.tui.screens.player import PlayerScreen
from schedsim.tui.session import Session
from schedsim.tui.side_by_side import SideBySide
from schedsim.tui.widgets.question import QuestionCard

SMALL = 3_000
"""Rows that are folded at every look; more of them only now and then."""
_NOW_AND_THEN = 0.1
_MOST = 60_000
"""Rows that are executed once more."""


async def check(pilot: Pilot[None], draw: Random) -> None:
    """What is shown is what the trace says, and the rest fits together.

    Raises:
        AssertionError: something does not.
    """
    for screen in list(pilot.app.screen_stack):
        if isinstance(screen, PlayerScreen):
            often = draw.random() < _NOW_AND_THEN
            _session(screen.session, thorough=often)
            cards = [card for card in screen.query(QuestionCard) if card.display]
            assert len(screen.query(QuestionCard)) <= 1, "there is one question card"
            if cards and screen.is_current:
                assert screen.session.quiz.open, "a card is there because there is a question"
        elif isinstance(screen, CompareScreen) and screen.seen is not None:
            _sides(screen.seen)
    screen = pilot.app.screen
    if isinstance(screen, PlayerScreen) and screen.session.at_veil and draw.random() < 0.3:
        await _hidden(pilot, screen)


def _session(session: Session, *, thorough: bool) -> None:
    trace, moment = session.trace, session.moment
    _placed(moment, trace, thorough=thorough)
    assert session.run.trace is trace
    shown = {row.lane for row in session.shown_rows()}
    assert not shown or session.selected in shown, f"{session.selected} is selected and not shown"
    assert session.hides_future == session.quiz.open, "the future is hidden while one guesses"
    if moment.hides_future:
        assert len(moment.timeline.trace) >= session.step
        assert moment.timeline.trace.end >= session.at
    _branches(session)
    if thorough and len(trace) <= _MOST:
        _replays(session.run)


def _placed(moment: Moment, trace: Trace, *, thorough: bool = False) -> None:
    step, at = moment.step, moment.at
    assert 0 <= step <= len(trace)
    assert not step or trace.times[step - 1] <= at, "all that is shown has happened"
    assert step == len(trace) or at <= trace.times[step], "nothing that has happened is left out"
    assert 0 <= at <= trace.end or not len(trace), f"{at} is after the end, {trace.end}"
    if len(trace) <= SMALL or thorough:
        assert moment.state == State.start(trace).forward(step), (
            "the state is the fold of the trace"
        )


def _branches(session: Session) -> None:
    branches = list(session.branches)
    assert [branch.number for branch in branches] == list(range(1, len(branches) + 1))
    assert session.branches.current in branches
    assert len({id(branch.run) for branch in branches}) == len(branches), "two share a run"
    assert set(session.seen) <= {branch.number for branch in branches}
    for branch in branches:
        if branch.parent is None:
            assert branch is branches[0], "only the first has no parent"
        else:
            assert branch.parent in branches, f"the parent of {branch.number} is not there"
            assert branch.parent.number < branch.number
            _shares(branch, branch.parent)


def _shares(branch: Branch, parent: Branch) -> None:
    """A branch has the beginning in common with what it began from."""
    rows = min(branch.step, len(branch.run.trace), len(parent.run.trace), SMALL)
    first, second = branch.run.trace, parent.run.trace
    same = first.digest_of_rows(0, rows) == second.digest_of_rows(0, rows)
    assert same, f"branch {branch.number} is another before step {branch.step}"


def _replays(run: Run) -> None:
    again = Run(run.scenario, run.seed, run.commands, until=run.until, rows=run.rows)
    again.extend(len(run.trace))
    rows = len(run.trace)
    assert len(again.trace) >= rows
    same = again.trace.digest_of_rows(0, rows) == run.trace.digest_of_rows(0, rows)
    assert same, "the same run again is another"
    assert again.commands == run.commands, "what was done moves when it is done again"


def _sides(seen: SideBySide) -> None:
    assert 0 <= seen.at <= seen.end
    for side, moment in zip(seen.sides, seen.moments(), strict=True):
        trace = side.outcome.trace
        assert moment.step == side.history.rows_at(seen.at)
        if len(trace) <= SMALL:
            fresh = State.start(trace).forward(moment.step)
            assert moment.state == fresh, f"the state of {side.name} is the fold of its trace"


def text(pilot: Pilot[None]) -> list[str]:
    """The lines that are shown, but for the heading: it tells how long the run is."""
    screen = pilot.app.screen
    lines = screen._compositor.render_strips()
    return ["".join(segment.text for segment in line) for line in lines][1:]


async def _hidden(pilot: Pilot[None], screen: PlayerScreen) -> None:
    """Nothing that is shown depends on what comes next."""
    session, run = screen.session, screen.session.run
    if screen._growing or session.wants_more() or screen.surveyor.wants(playing=False):
        return
    screen.show()
    await pilot.pause()
    if pilot.app.screen is not screen or not session.at_veil or pilot.app._notifications:
        return
    before, kept, known = text(pilot), (run.trace, run.history), session.veil._cut
    cut = run.trace.until(session.step, session.at)
    cut.complete = run.trace.complete
    screen._growing = screen.surveyor._looking = True  # the rest of it is not missing
    run.trace, run.history, session.veil._cut = cut, History(cut), None
    try:
        screen.show()
        await pilot.pause()
        after = text(pilot)
    finally:
        run.trace, run.history = kept
        session.veil._cut = known
        screen._growing = screen.surveyor._looking = False
        screen.show()
    for one, other in zip(before, after, strict=True):
        assert one == other, f"the future shows: {one!r}, without it {other!r}"
