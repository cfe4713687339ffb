"""A task that computed piece after piece in one turn, while others of its loop were ready.

Between two pieces it could have yielded: the finding says where, and what that would have been
worth.  One piece that is long by itself is a ``blocked_loop``, as there is no place in it for a
yield; and so is a turn with a blocking call in it.
Told once a job, at its worst.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding, names
from schedsim.findings.loop_turns import (
    LONG_TASK,
    LoopTurn,
    has_loops,
    kept,
    loop_turn,
    tasks_of,
    waited,
)
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.trace import Trace
from schedsim.why.bodies import body

FEWEST = 2
"""Pieces of computing."""


class _Turn(NamedTuple):
    turn: LoopTurn
    kept: Time
    victims: tuple[int, ...]


def missing_yield(measured: Measured) -> Iterator[Finding]:
    """Find the jobs whose tasks had room for a yield and did without."""
    trace = measured.trace
    if not has_loops(trace) or trace.unit != "ns":
        return
    turns = measured.loop_turns
    worst: dict[tuple[int, str], _Turn] = {}
    for number in turns.long(LONG_TASK):
        task = turns.task(number)
        key = (task.thread, task.job)
        length = turns.times[number + 1] - turns.times[number]
        if key in worst and length <= worst[key].kept:  # what was kept is no more
            continue
        turn = loop_turn(measured, number)
        if number in turns.with_calls or len(turn.pieces) < FEWEST:
            continue
        mine = kept(measured, turn)
        if mine < LONG_TASK or (key in worst and mine <= worst[key].kept):
            continue
        timeline = measured.timeline_until(turn.end)
        victims = tuple(
            other.id
            for other in tasks_of(trace, turn.task.thread)
            if other is not turn.task
            and waited(timeline, other, turn.start, turn.end) >= turn.pieces[0].length
        )
        if victims:
            worst[key] = _Turn(turn, mine, victims)
    for each in worst.values():
        yield _finding(trace, each)


def _finding(trace: Trace, each: _Turn) -> Finding:
    turn, task = each.turn, each.turn.task
    longest = format_duration(max(piece.length for piece in turn.pieces), trace.unit)
    why = (
        f"{plain(task.name, 32)} computed {len(turn.pieces):,} pieces in one turn of "
        f"{format_duration(each.kept, trace.unit)}, with no yield between them: "
        f"{names(trace, each.victims)} waited."
    )
    where = _where(task.listing.lines if task.listing else (), trace, turn)
    advice = (
        f"Yield after each piece{where} ({body(trace, task).give_way}): then others wait for "
        f"{longest} at a time."
    )
    return Finding("missing_yield", turn.start, turn.end, task.id, each.victims, why, advice)


def _where(lines: tuple[str, ...], trace: Trace, turn: LoopTurn) -> str:
    """The line of the first piece, as its author wrote it."""
    listing = trace.entities[turn.task.id].listing
    line = listing.line(turn.pieces[0].pc) if listing else None
    return "" if line is None else f", as after line {line + 1}, {plain(lines[line].strip(), 40)}"
