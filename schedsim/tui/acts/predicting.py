"""Predicting: the future is hidden, and one says who is next, and why, before it is shown.

OSTEP's homework does it that way: guess first, then look with ``-c``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.tui.acts.base import Act

if TYPE_CHECKING:
    from schedsim.tui.screens.player import PlayerScreen


def ask(player: PlayerScreen) -> None:
    """Ask who is next at the next decision; while a question is open, go back to it."""
    player.pause()
    session = player.session
    if session.quiz.asking:
        session.back_to_question()
        player.show()
    elif session.ask():
        player.app.clear_notifications()
        player.show()
    elif session.run.finished and not session.may_ask():
        _no_more(player)
    else:
        player.say("Looking for the next decision ...")
        player.search(session.ask, lambda found: _found(player, found), more=session.may_ask)


def _found(player: PlayerScreen, found: bool) -> None:  # noqa: FBT001 - as a search tells it
    if found:
        player.app.clear_notifications()
    else:
        _no_more(player)


def _no_more(player: PlayerScreen) -> None:
    """Say that there is nothing more to ask, and how well it went."""
    session = player.session
    score = session.quiz.score
    where = "in this run" if session.run.finished else "in what has been executed"
    if session.quiz.open or score.asked:
        says = f"No decision is left {where}. {grade(score.who, score.why, score.asked)}"
    else:
        says = f"There is nothing to guess {where}: nobody competes with anybody from here on."
    player.say(says)
    player.show()


def grade(who: int, why: int, asked: int) -> str:
    """How well it went, as ``You got 8 of 10 right, and 7 of the reasons.``."""
    if not asked:
        return "You have answered no question."
    return f"You got {who} of {asked} right, and {why} of the reasons."


def answer(player: PlayerScreen, number: int) -> None:
    """Choose an answer; after the last, the playhead goes on to the decision."""
    session = player.session
    session.quiz.choose(number)
    if session.quiz.open and not session.quiz.asking:
        session.reveal()
    player.show()


def step(player: PlayerScreen, by: int) -> None:
    """Look at another choice."""
    player.session.quiz.step(by)
    player.show()


def stop(player: PlayerScreen) -> None:
    """Show the future again."""
    session = player.session
    if session.quiz.open:
        session.stop_asking()
        score = session.quiz.score
        said = f" {grade(score.who, score.why, score.asked)}" if score.asked else ""
        player.say(f"The future is shown again.{said}")
        player.show()


def hear(player: PlayerScreen, what: str, number: int) -> None:
    """Do what the card with the question was told."""
    if what == "choose":
        answer(player, number)
    elif what == "step":
        step(player, number)
    elif what == "ask":
        ask(player)
    else:
        stop(player)


def forget(player: PlayerScreen) -> None:
    """Begin the score again."""
    player.session.quiz.forget()
    player.say("The score begins again.")
    player.show()


ACTS = (
    Act("predict", "w", "Who runs next? Hide the future and guess", ask, "Guess", spare=True),
    Act(
        "stop-predicting",
        "ctrl+g",
        "Stop guessing, and show the future again",
        stop,
        offered=lambda p: p.session.quiz.open,
    ),
    Act(
        "forget-score",
        "backspace",
        "Forget how well you have guessed so far",
        forget,
        offered=lambda p: bool(p.session.quiz.score.asked),
    ),
)
