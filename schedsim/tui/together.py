"""What the members of a folded group do together: running if any runs, else what matters most.

A loop and its tasks are never two things at once, so the timeline knows them as one lane.  The
threads of a process are put together here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schedsim.durations import Time
from schedsim.lanes import present
from schedsim.state import State
from schedsim.timeline import Cell, LaneId, Situation, Timeline
from schedsim.trace import Entity, Role
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
    each = [
        timeline.cells(lane, start, cell, count) for lane in _threads(timeline.trace.entities, row)
    ]
    if len(row.members) > CROWD:
        each += _on_cores(timeline, row.lane.number, start, cell, count)
    return [_one(column) for column in zip(*each, strict=True)]


def at(state: State, row: Row, time: Time) -> tuple[Situation, int]:
    """What a row shows when this is the state, and who that is about."""
    lane, entities = row.lane, state.trace.entities
    if not row.shared:
        return present(state, lane.kind, lane.number, time)
    if lane.kind == "thread":
        return present(state, "loop", lane.number, time)
    if len(row.members) > CROWD:
        for core in range(len(state.running)):
            held = present(state, "core", core, time)
            if held[0] is Situation.RUNNING and entities[held[1]].process == lane.number:
                return held
    seen = [present(state, each.kind, each.number, time) for each in _threads(entities, row)]
    return min(seen, key=lambda part: _RANK[part[0]])


def _threads(entities: Sequence[Entity], row: Row) -> list[LaneId]:
    """The lanes that tell what its threads do; a sample of them, if they are a crowd."""
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
