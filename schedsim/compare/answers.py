"""What one asks of processes, threads and event loops, answered from their runs.

The questions are those of the comparison in Miguel Grinberg's talk on asynchronous Python (PyCon
2017): can it use the time in which tasks wait?  Can it use all cores?  How far does it scale?  Do
blocking calls of the standard library do harm?  Does the GIL interfere?  Nothing is asserted here:
each answer is a number about the run, and yes or no says whether it is above 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from schedsim.compare.cells import left, shorten, width, wrap
from schedsim.compare.outcomes import Outcome
from schedsim.durations import Time, format_duration
from schedsim.findings.loop_turns import loop_turn, tasks_of, waited
from schedsim.scenario import MODELS
from schedsim.timeline import LaneId, Situation
from schedsim.trace import Entity, Role

BYTES: Mapping[str, int] = {
    "process": 1_036_000,
    "thread": 16_425,
    "asyncio": 1_510,
    "uvloop": 1_510,
    "trio": 1_793,
    "gevent": 8_075,
    "eventlet": 8_075,
}
"""The memory of one, as measured with CPython 3.12 (SEMANTICS.md B6): private pages of a forked
process, resident pages of a blocked thread, of a task that sleeps.  eventlet was not measured: it
counts as gevent, which has the same greenlets."""

_NAME: Final = 24
_HEAD: Final = "Asked of each run"


class Answer(NamedTuple):
    """What a run says to a question."""

    yes: bool | None
    """None where it does not say."""
    figure: Time | float | int
    text: str


def applies(outcomes: Sequence[Outcome]) -> bool:
    """Whether different models are compared: then there is something to ask."""
    scenarios = [outcome.run.scenario for outcome in outcomes]
    return len({each.model for each in scenarios if not each.is_tree}) > 1


def of(outcome: Outcome) -> dict[str, Answer]:
    """All answers of a run, by question."""
    return {name: question.answer(outcome) for name, question in QUESTIONS.items()}


def to_json(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The same for scripts."""
    return {
        name: {"yes": answer.yes, "figure": answer.figure} for name, answer in of(outcome).items()
    }


def table(outcomes: Sequence[Outcome], most: int) -> Iterator[str]:
    """A row a question, a column a run; a paragraph a question where there is no room for that."""
    names = [shorten(outcome.name, _NAME) for outcome in outcomes]
    found = [of(outcome) for outcome in outcomes]
    rows = [[_HEAD, *names]]
    for key, asked in QUESTIONS.items():
        rows.append([asked.text, *(answers[key].text for answers in found)])
    rooms = [max(map(width, column)) for column in zip(*rows, strict=True)]
    if sum(rooms) + 2 * (len(rooms) - 1) <= most:
        for row in rows:
            cells = [left(text, room) for text, room in zip(row, rooms, strict=True)]
            yield "  ".join(cells).rstrip()
        return
    for question, *texts in rows[1:]:
        told = "; ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))
        yield from wrap(f"{question}: {told}", most)


# -- the questions ------------------------------------------------------------------------


def waits_used(outcome: Outcome) -> Answer:
    """Of all the time in which work waited for something, how much others worked or waited too.

    The rest is time in which nobody ran on any core.
    """
    trace = outcome.trace
    waits = sum(
        times.turnaround - times.cpu - times.waiting
        for times in outcome.measured.work
        if times.turnaround is not None
    )
    if waits <= 0:
        return Answer(None, 0, "nobody waits")
    nobody = trace.end - sum(end - start for start, end, busy in _busy(outcome) if busy)
    used = max(0, waits - nobody) / waits
    return Answer(used > 0, round(used, 6), f"{'yes' if used > 0 else 'no'}, {used:.0%}")


def cores_used(outcome: Outcome) -> Answer:
    """On how many cores its work ran at one and the same moment."""
    most = max((busy for _, _, busy in _busy(outcome)), default=0)
    cores = outcome.trace.cores
    if cores == 1:
        return Answer(None, most, "there is one")
    return Answer(most > 1, most, f"{'yes' if most > 1 else 'no'}, {most} of {cores}")


def at_once(outcome: Outcome) -> Answer:
    """How many pieces of work there were at the same time, and what their memory is."""
    lives = []
    for times in outcome.measured.work:
        lives.append((times.arrival, 1))
        lives.append((outcome.trace.end if times.finish is None else times.finish, -1))
    most = here = 0
    for _, change in sorted(lives):
        here += change
        most = max(most, here)
    each = BYTES[_kind(outcome)]
    return Answer(None, most, f"{most:,}: {_size(most * each)}")


def blocking_calls_harm(outcome: Outcome) -> Answer:
    """For how long blocking calls kept others of their loop waiting."""
    trace, timeline = outcome.trace, outcome.measured.timeline
    made, harm = False, 0
    for number in sorted(outcome.measured.loop_turns.with_calls):
        turn, made = loop_turn(outcome.measured, number), True
        others = [task for task in tasks_of(trace, turn.task.thread) if task is not turn.task]
        for part in timeline.slices(LaneId("task", turn.task.id), turn.start, turn.end):
            if part.situation is Situation.CALLING:
                waits = (waited(timeline, task, part.start, part.end) for task in others)
                harm += max(waits, default=0)
    if harm:
        return Answer(yes=True, figure=harm, text=f"yes, {format_duration(harm, trace.unit)}")
    made = made or any(
        Situation.CALLING in (part.situation for part in timeline.slices(_lane(thread)))
        for thread in _threads(outcome)
    )
    return Answer(False if made else None, 0, "no" if made else "none is made")


def gil_interferes(outcome: Outcome) -> Answer:
    """For how long threads waited for a GIL."""
    total = sum(
        part.end - part.start
        for thread in _threads(outcome)
        for part in outcome.measured.timeline.slices(_lane(thread))
        if part.situation is Situation.WAITS_FOR_GIL
    )
    if total:
        text = f"yes, {format_duration(total, outcome.trace.unit)}"
        return Answer(yes=True, figure=total, text=text)
    return Answer(yes=False, figure=0, text="no")


class Question(NamedTuple):
    """What is asked."""

    text: str
    answer: Callable[[Outcome], Answer]


QUESTIONS: Mapping[str, Question] = {
    "waits_used": Question("uses waits", waits_used),
    "cores_used": Question("uses several cores", cores_used),
    "at_once": Question("at once, memory", at_once),
    "harmed_by_calls": Question("harmed by blocking calls", blocking_calls_harm),
    "waits_for_gil": Question("waits for the GIL", gil_interferes),
}
"""By how ``--json`` calls them."""


def _busy(outcome: Outcome) -> Iterator[tuple[Time, Time, int]]:
    """Stretches of the run, and on how many cores somebody was."""
    turns = outcome.measured.turns
    changes: dict[Time, int] = {0: 0, outcome.trace.end: 0}
    for start, end in zip(turns.starts, turns.ends, strict=True):
        changes[start] = changes.get(start, 0) + 1
        changes[end] = changes.get(end, 0) - 1
    here = 0
    for start, end in pairwise(sorted(changes)):
        here += changes[start]
        yield start, end, here


def _threads(outcome: Outcome) -> Iterator[Entity]:
    return (entity for entity in outcome.trace.entities[1:] if entity.role is Role.THREAD)


def _lane(thread: Entity) -> LaneId:
    return LaneId("thread", thread.id)


def _kind(outcome: Outcome) -> str:
    """What a piece of work is in this run."""
    loops = [thread.loop for thread in _threads(outcome) if thread.loop]
    if loops:
        return loops[0] if loops[0] in BYTES else "asyncio"
    model = MODELS.get(outcome.run.scenario.model)
    return "process" if model is not None and model.own_process else "thread"


def _size(number: int) -> str:
    power = 3 if number >= 10**9 else 2 if number >= 10**6 else 1
    return f"{number / 10 ** (3 * power):.3g} {'_KMG'[power]}B"
