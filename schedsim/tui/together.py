"""What the members of a folded group do together: running if any runs, else what matters most.

A loop and its tasks are never two things at once, so the timeline knows them as one lane.  The
threads of a process are put together here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schedsim.durations import Time
from schedsim.timeline import Cell, LaneId, Situation, Slice, Timeline
from schedsim.trace import Role
from schedsim.tui.rows import Row

CROWD = 64
"""Of more threads than this, whoever runs is read from the cores, and these many of the rest."""

_WORTH = (
    Situation.RUNNING,
    Situation.SWITCHING,
    Situation.WAITS_FOR_GIL,
    Situation.READY,
    Situation.WAITS_FOR_LOCK,
    Situation.CALLING,
    Situation.WAITS_FOR_OTHERS,
    Situation.SUSPENDED,
    Situation.THREAD_WAITS,
    Situation.IDLE,
    Situation.NEW,
    Situation.GONE,
)
"""What is told of several, first to last."""
_RANK = {situation: rank for rank, situation in enumerate(_WORTH)}


def cells(timeline: Timeline, row: Row, start: Time, cell: Time, count: int) -> list[Cell]:
    """The cells of a row: see :meth:`schedsim.timeline.Timeline.cells`."""
    if not row.shared:
        return timeline.cells(row.lane, start, cell, count)
    if row.lane.kind == "thread":
        return timeline.cells(LaneId("loop", row.lane.number), start, cell, count)
    each = [timeline.cells(lane, start, cell, count) for lane in _threads(timeline, row)]
    if len(row.members) > CROWD:
        each += _on_cores(timeline, row.lane.number, start, cell, count)
    return [_one(column) for column in zip(*each, strict=True)]


def at(timeline: Timeline, row: Row, time: Time) -> Slice:
    """What a row shows at a moment."""
    if not row.shared:
        return timeline.at(row.lane, time)
    if row.lane.kind == "thread":
        return timeline.at(LaneId("loop", row.lane.number), time)
    if len(row.members) > CROWD:
        for core in timeline.lanes():
            if core.kind != "core":
                break
            held = timeline.at(core, time)
            if held.situation is Situation.RUNNING and _is_of(timeline, held.who, row.lane.number):
                return held
    seen = [timeline.at(lane, time) for lane in _threads(timeline, row)]
    return min(seen, key=lambda part: _RANK[part.situation])


def _threads(timeline: Timeline, row: Row) -> list[LaneId]:
    """The lanes that tell what its threads do; a sample of them, if they are a crowd."""
    entities = timeline.trace.entities
    threads = [lane for lane in row.members if entities[lane.number].role is Role.THREAD]
    threads = threads[:: -(-len(threads) // CROWD)]
    return [
        LaneId("loop" if entities[lane.number].loop else "thread", lane.number) for lane in threads
    ]


def _is_of(timeline: Timeline, who: int, process: int) -> bool:
    return timeline.trace.entities[who].process == process


def _on_cores(
    timeline: Timeline, process: int, start: Time, cell: Time, count: int
) -> Iterable[list[Cell]]:
    """What each core did for a process, as cells in which all else is nothing."""
    for core in timeline.lanes():
        if core.kind != "core":
            break
        yield [
            each
            if each.situation is Situation.RUNNING and _is_of(timeline, each.who, process)
            else Cell(None if each.situation is None else Situation.GONE, 0, 0.0)
            for each in timeline.cells(core, start, cell, count)
        ]


def _one(column: Sequence[Cell]) -> Cell:
    known = [each for each in column if each.situation is not None]
    if not known:
        return Cell(None, 0, 0.0)
    ran = min(1.0, sum(each.running for each in known))
    most = max(known, key=lambda each: each.running)
    if most.situation is Situation.RUNNING or 2 * ran >= 1:
        return Cell(Situation.RUNNING, most.who, ran)
    first = min(known, key=lambda each: _RANK[_situation(each)])
    return Cell(first.situation, first.who, ran)


def _situation(cell: Cell) -> Situation:
    assert cell.situation is not None
    return cell.situation
