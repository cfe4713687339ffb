"""The next or the last row that concerns a row of the timeline: a lane, a group or a GIL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schedsim.timeline import LaneId, Timeline
from schedsim.trace import Kind, Role
from schedsim.tui.rows import Rows

if TYPE_CHECKING:
    from schedsim.history import History

_GIL_CHANGES = frozenset({Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.GIL_REQUEST})


def neighbour(
    history: History,
    timeline: Timeline,
    rows: Rows,
    lane: LaneId,
    row: int,
    *,
    forward: bool,
) -> int | None:
    """The row of the trace after ``row``, or before it, that concerns ``lane``, if there is one.

    Args:
        history: of the run.
        timeline: of the same run.
        rows: what of it is folded: a folded group is all its members.
        lane: whom it has to concern.
        row: where to begin; it is not looked at itself.
        forward: look after it.
    """
    search = history.following if forward else history.preceding
    if lane.kind == "core":
        return search(history.rows_on(lane.number), row)
    if lane.kind == "gil":
        known = _changes_of_gil(history, lane.number, row, forward=forward)
    else:
        members = rows.members(timeline, lane)
        known = [search(history.rows_of(each.number), row) for each in members]
    found = [each for each in known if each is not None]
    return (min if forward else max)(found, default=None)


def _changes_of_gil(history: History, process: int, row: int, *, forward: bool) -> list[int | None]:
    """For each thread of the process: its next row that is about the GIL."""
    trace = history.trace
    search = history.following if forward else history.preceding
    found = []
    for entity in trace.entities:
        if entity.role is Role.THREAD and entity.process == process:
            at = search(history.rows_of(entity.id), row)
            while at is not None and trace.row(at).kind not in _GIL_CHANGES:
                at = search(history.rows_of(entity.id), at)
            found.append(at)
    return found
