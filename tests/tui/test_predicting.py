"""Predicting in the app: keys, mouse, what is hidden, and the score."""

from collections.abc import Iterator

import pytest
from textual.pilot import Pilot

from schedsim.history import History
from schedsim.questions import CHANCE, Question, next_question
from schedsim.run import Run
from schedsim.timeline import LaneId
from schedsim.tui.acts.predicting import grade
from schedsim.tui.quiz import Quiz
from schedsim.tui.session import Session
from schedsim.tui.veil import HIDDEN
from schedsim.tui.widgets.question import QuestionCard
from tests.tui.scenes import (
    ENDLESS,
    FREE,
    GIL,
    MS,
    PROCESSES,
    STARVE,
    Clock,
    go,
    make_app,
    player,
    shown,
)

pytestmark = pytest.mark.app


def asked(pilot: Pilot[None]) -> Question:
    """The question that is open."""
    question = player(pilot).session.quiz.question
    assert question is not None
    return question


def right_key(pilot: Pilot[None]) -> str:
    """The number to press."""
    quiz, question = player(pilot).session.quiz, asked(pilot)
    if quiz.who is None:
        return str(question.candidates.index(question.answer) + 1)
    return str(question.right + 1)


def wrong_key(pilot: Pilot[None]) -> str:
    """A number that is not right."""
    return "2" if right_key(pilot) == "1" else "1"


async def test_w_stops_before_the_next_decision_and_hides_what_comes() -> None:
    app = make_app(PROCESSES)
    async with app.run_test(size=(80, 24)) as pilot:
        await go(15)(pilot)
        session = player(pilot).session
        await pilot.press("space", "w")
        await pilot.pause()
        # both cores were given away at 10 ms, for 10 ms: at 20 ms the next two are
        assert (session.at, session.step) == (20 * MS, asked(pilot).step)
        assert session.hides_future
        assert not player(pilot).playback.playing
        text = shown(pilot)
        assert "who runs next?" in text
        assert "worker-3" in text
        assert "chance decides" in text
        assert "now" in text
        assert "timeline" in text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 16)])
async def test_past_and_present_stay_in_view(size: tuple[int, int]) -> None:
    app = make_app(STARVE)
    async with app.run_test(size=size) as pilot:
        await go(36)(pilot)
        await pilot.press("w")
        await pilot.pause()
        screen = player(pilot)
        for name in ("#now", "#loop", "#timeline", "#question"):
            widget = screen.query_one(name)
            assert widget.region.height >= 3, name
        assert not screen.query_one("#why").display


async def test_a_question_uses_the_whole_width() -> None:
    app = make_app(STARVE)
    async with app.run_test(size=(80, 24)) as pilot:
        await go(36)(pilot)
        await pilot.press("w")
        await pilot.pause()
        assert player(pilot).query_one("#question").region.width == 80


async def picture(*, without_future: bool) -> list[str]:
    """What is shown at a question; but for the length of the run, in the heading."""
    app = make_app(PROCESSES)
    async with app.run_test(size=(120, 40)) as pilot:
        await go(25)(pilot)
        await pilot.press("w")
        await pilot.pause()
        session = player(pilot).session
        if without_future:
            session.trace.cut(asked(pilot).step)
            session.run.history = History(session.trace)
        player(pilot).show()
        await pilot.pause()
        return shown(pilot).splitlines()[1:]


async def test_nothing_that_is_shown_depends_on_the_future() -> None:
    assert await picture(without_future=True) == await picture(without_future=False)


@pytest.mark.parametrize(
    "keys", [["right"], ["l"], ["end"], ["n"], ["shift+right"], ["space"], ["down", "n"]]
)
async def test_no_key_shows_what_is_hidden(keys: list[str]) -> None:
    clock = Clock()
    app = make_app(PROCESSES, clock=clock)
    async with app.run_test() as pilot:
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        session, question = player(pilot).session, asked(pilot)
        await pilot.press(*keys)
        clock.now += 1_000
        player(pilot).tick()
        assert session.step <= question.step
        assert session.at <= question.time
        assert not player(pilot).playback.playing


@pytest.mark.parametrize("key", ["space", "right", "end", "n"])
async def test_a_key_that_would_show_what_is_hidden_says_so(key: str) -> None:
    async with make_app(PROCESSES).run_test() as pilot:
        await go(15)(pilot)
        await pilot.press("w", key)
        assert [each.message for each in pilot.app._notifications] == [HIDDEN]
        assert not player(pilot).playback.playing


async def test_nobody_is_told_whose_steps_are_over_while_the_future_is_hidden() -> None:
    async with make_app(FREE).run_test() as pilot:
        session = player(pilot).session
        last = len(session.trace) - 1
        session._hide_after(last, session.trace.times[last - 1])
        session.selected = LaneId("core", 0)
        await pilot.press("n")
        assert [each.message for each in pilot.app._notifications] == [HIDDEN]


async def test_the_past_can_be_looked_at_and_w_comes_back() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        session, question = player(pilot).session, asked(pilot)
        await pilot.press("left", "left")
        assert session.step < question.step
        await pilot.press("w")
        assert (session.step, session.at) == (question.step, question.time)
        assert asked(pilot) is question


async def test_a_click_on_the_timeline_shows_nothing_hidden() -> None:
    app = make_app(PROCESSES)
    async with app.run_test(size=(80, 24)) as pilot:
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        await pilot.click("Gantt", offset=(70, 2))
        assert player(pilot).session.at == asked(pilot).time


async def test_a_right_answer_goes_on_to_the_decision_and_counts() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        await pilot.press(right_key(pilot))
        await pilot.pause()
        assert "1 of" not in shown(pilot)  # nothing is told before the reason is chosen too
        await pilot.press(right_key(pilot))
        await pilot.pause()
        session, question = player(pilot).session, asked(pilot)
        assert session.step == question.reveals
        assert session.moment.state.running[question.place.number] == question.answer
        score = session.quiz.score
        assert (score.asked, score.who, score.why, score.streak) == (1, 1, 1, 1)
        text = shown(pilot)
        assert "who: 1 of 1 · why: 1 of 1" in text
        assert "Right: it is" in text
        assert "why" in text
        assert session.hides_future


async def test_a_wrong_answer_tells_what_is_right_and_ends_the_row() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await go(15)(pilot)
        for keys in (right_key, right_key, wrong_key):
            await pilot.press("w")
            await pilot.pause()
            for _ in range(2):
                await pilot.press(keys(pilot))
                await pilot.pause()
        score = player(pilot).session.quiz.score
        assert (score.asked, score.who, score.why, score.streak) == (3, 2, 2, 0)
        text = shown(pilot)
        assert "No: it is" in text
        assert "You said: " in text


async def test_arrows_and_enter_choose_and_enter_asks_the_next() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        first = asked(pilot)
        await pilot.press("down", "j", "up", "k", "down", "enter")
        await pilot.pause()
        assert player(pilot).session.quiz.who == first.candidates[1]
        await pilot.press("up", "enter")  # the last of the reasons
        await pilot.pause()
        assert player(pilot).session.quiz.why == len(first.reasons) - 1
        await pilot.press("enter")
        await pilot.pause()
        assert asked(pilot).step >= first.reveals
        assert player(pilot).session.quiz.asking


async def test_once_it_is_told_arrows_select_lanes_again() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("1", "1")
        await pilot.pause()
        before = player(pilot).session.selected
        await pilot.press("down")
        assert player(pilot).session.selected != before


async def test_a_click_chooses() -> None:
    app = make_app(PROCESSES)
    async with app.run_test(size=(80, 24)) as pilot:
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        card = player(pilot).query_one(QuestionCard)
        question = asked(pilot)
        for number in (1, 2):
            spot = card._spots[number]
            edge = card.gutter
            await pilot.click(
                QuestionCard, offset=(edge.left + spot.start + 2, edge.top + spot.line)
            )
            await pilot.pause()
        assert player(pilot).session.quiz.who == question.candidates[1]
        assert player(pilot).session.quiz.why == 2


@pytest.mark.parametrize("key", ["escape", "ctrl+g"])
async def test_escape_shows_the_future_again(key: str) -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await go(15)(pilot)
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("1", "1", key)
        await pilot.pause()
        session = player(pilot).session
        assert not session.hides_future
        assert not session.quiz.open
        assert session.moment.timeline is session.timeline
        assert not player(pilot).query_one(QuestionCard).display
        await pilot.press("end")
        assert session.at_end
        assert session.quiz.score.asked == 1


async def test_the_score_can_be_forgotten() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("1", "1", "backspace")
        await pilot.pause()
        assert player(pilot).session.quiz.score.asked == 0
        assert "no answer yet" in shown(pilot)


def notices(pilot: Pilot[None]) -> str:
    return " ".join(each.message for each in pilot.app._notifications)


async def test_at_the_end_there_is_a_grade() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        session = player(pilot).session
        count = 0
        await pilot.press("w")
        await pilot.pause()
        while session.quiz.asking:
            count += 1
            for _ in range(2):
                await pilot.press(right_key(pilot))
                await pilot.pause()
            await pilot.press("w")
            await pilot.pause()
        assert count > 10
        assert f"You got {count} of {count} right, and {count} of the reasons." in notices(pilot)


async def test_where_nobody_competes_that_is_said() -> None:
    app = make_app(FREE)  # two threads, two cores
    async with app.run_test() as pilot:
        await go(1)(pilot)
        await pilot.press("w")
        await pilot.pause()
        assert "nobody competes with anybody" in notices(pilot)
        assert not player(pilot).session.hides_future


async def test_acting_ends_the_question() -> None:
    app = make_app(STARVE)
    async with app.run_test() as pilot:
        await go(36)(pilot)
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        session = player(pilot).session
        assert not session.quiz.open
        assert not session.hides_future


async def test_a_decision_that_is_not_executed_yet_is_looked_for() -> None:
    app = make_app(ENDLESS)
    async with app.run_test() as pilot:
        await pilot.app.workers.wait_for_complete()
        session = player(pilot).session
        session.to_step(len(session.trace))
        await pilot.press("w")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert session.quiz.asking
        assert asked(pilot).step <= session.step


def every_question(session: Session) -> Iterator[Question]:
    while session.ask():
        question = session.quiz.question
        assert question is not None
        yield question


def test_a_session_asks_every_question_once() -> None:
    session = Session(Run(GIL))
    steps = [question.step for question in every_question(session)]
    assert len(set(steps)) == len(steps) > 5
    assert steps == sorted(steps)


def test_a_moment_with_a_hidden_future_has_a_timeline_without_it() -> None:
    session = Session(Run(PROCESSES))
    assert session.ask()
    question = session.quiz.question
    assert question is not None
    moment = session.moment
    assert moment.timeline.trace.end == question.time
    assert len(moment.timeline.trace) == question.step
    assert moment.asking


def test_a_core_to_come_is_not_selected_while_one_guesses() -> None:
    session = Session(Run(PROCESSES))
    second = LaneId("core", session.cores())
    session.to_time(session.trace.end // 2)
    session.add_cores(1)
    acted = session.step
    session.selected = second
    session.home()
    assert session.ask()
    lanes = [row.lane for row in session.shown_rows()]
    assert second not in lanes
    assert session.selected in lanes
    while session.step <= acted:
        assert session.ask()
    session.selected = second
    session.home()  # it looks back, at a time when the core was not there
    assert second in [row.lane for row in session.shown_rows()]


def test_choosing_what_is_not_there_changes_nothing() -> None:
    quiz = Quiz()
    quiz.choose(0)
    assert not quiz.open
    session = Session(Run(PROCESSES))
    assert session.ask()
    session.quiz.choose(17)
    assert session.quiz.who is None
    session.quiz.step(-1)
    assert session.quiz.question is not None
    assert session.quiz.question.candidates[session.quiz.cursor] == CHANCE


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        ((8, 7, 10), "You got 8 of 10 right, and 7 of the reasons."),
        ((0, 0, 0), "You have answered no question."),
    ],
)
def test_grades(numbers: tuple[int, int, int], says: str) -> None:
    assert grade(*numbers) == says


def test_a_session_looks_through_a_long_run_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schedsim.tui.asking._AT_A_TIME", 7)
    session, whole = Session(Run(GIL)), Session(Run(GIL))
    expected = [question.step for question in every_question(whole)]
    found = []
    while session.ask() or session.may_ask():
        question = session.quiz.question
        if question is not None and question.step not in found:
            found.append(question.step)
    assert found == sorted(set(found))
    assert len(expected) > 0
    monkeypatch.undo()
    run = Run(GIL)
    run.finish()
    steps = []
    step = 0
    while (each := next_question(run.history, step)) is not None:
        steps.append(each.step)
        step = each.reveals
    assert found == steps


async def test_after_the_end_one_can_go_back_and_be_asked() -> None:
    app = make_app(PROCESSES)
    async with app.run_test() as pilot:
        await pilot.press("end", "w")
        await pilot.pause()
        assert "nothing to guess in this run" in notices(pilot)
        await pilot.press("home", "w")
        await pilot.pause()
        assert player(pilot).session.quiz.asking
