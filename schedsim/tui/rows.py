"""The rows of the timeline: which lanes are shown, in what order, under whom they are folded.

Lanes stand process > thread > task.  A group is a thread that runs a loop, with its tasks, or a
process with its threads where a line of its own helps; a folded group is one row.  What a row
looks like is the business of :mod:`schedsim.tui.widgets.lanes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schedsim.plain import plain
from schedsim.timeline import LaneId, Timeline
from schedsim.trace import Role

HOLDS = frozenset({"core", "gil"})
"""Lanes of what is held: their cells say by whom."""
MANY = 8
"""More threads than this in the only process, and a line for the process helps."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A lane, or a group of lanes, in its place."""

    lane: LaneId
    depth: int = 0
    """How far it is indented: in how many groups it is."""
    members: tuple[LaneId, ...] = ()
    """All lanes below it, if it is a group."""
    folded: bool = False
    """Its members are not shown: it tells what they do together."""

    @property
    def shared(self) -> bool:
        """It stands for several: its cells say who of them runs."""
        return self.folded or self.lane.kind == "process"


def shown_lanes(timeline: Timeline) -> list[LaneId]:
    """All lanes, except the GILs that nobody can ever wait for, where there are several."""
    lanes = timeline.lanes()
    gils = [lane.number for lane in lanes if lane.kind == "gil"]
    if len(gils) <= 1:
        return lanes
    threads = Counter(e.process for e in timeline.trace.entities if e.role is Role.THREAD)
    return [lane for lane in lanes if lane.kind != "gil" or threads[lane.number] > 1]


def tree(timeline: Timeline) -> list[Row]:
    """All rows, with nothing folded."""
    lanes = shown_lanes(timeline)
    entities = timeline.trace.entities
    process_of = [0 if at.kind in HOLDS else entities[at.number].process for at in lanes]
    thread_of = [0 if at.kind in HOLDS else entities[at.number].thread for at in lanes]
    count = Counter(p for p, at in zip(process_of, lanes, strict=True) if at.kind == "thread")
    headed = {p for p, threads in count.items() if threads > (1 if len(count) > 1 else MANY)}
    rows: list[Row] = []
    for index, lane in enumerate(lanes):
        process = process_of[index]
        if lane.kind in HOLDS:
            rows.append(Row(lane))
            continue
        under = process in headed
        if under and process_of[index - 1] != process:
            members = tuple(lanes[index : _end(process_of, index)])
            rows.append(Row(LaneId("process", process), 0, members))
        if lane.kind == "thread":
            members = tuple(lanes[index + 1 : _end(thread_of, index)])
            rows.append(Row(lane, int(under), members))
        else:
            rows.append(Row(lane, 1 + under))
    return rows


def _end(owners: Sequence[int], start: int) -> int:
    """The first place after ``start`` that belongs to another."""
    end = start
    while end < len(owners) and owners[end] == owners[start]:
        end += 1
    return end


class Rows:
    """What of a tree of rows is shown: folds and a filter."""

    def __init__(self) -> None:
        self.folds: frozenset[LaneId] = frozenset()
        """The groups that are folded; while a filter is on they show what it finds all the same."""
        self.text = ""
        """The filter: part of a name, in small letters; empty if there is none."""
        self._tree: list[Row] = []
        self._lanes: list[LaneId] | None = None
        self._shown: tuple[Row, ...] = ()
        self._key: object = None

    def all(self, timeline: Timeline) -> list[Row]:
        """All rows that there can be."""
        lanes = timeline.lanes()
        if lanes is not self._lanes:
            self._tree, self._lanes = tree(timeline), lanes
        return self._tree

    def shown(self, timeline: Timeline, entities: int, cores: int) -> tuple[Row, ...]:
        """The rows in order.

        Args:
            timeline: whose.
            entities: leave out whoever has this number or a higher one: they are not there yet.
            cores: the same of cores.
        """
        every = self.all(timeline)
        key = (self._lanes, self.folds, self.text, entities, cores)
        if self._key is None or not _same(self._key, key):
            there = [
                row for row in every if row.lane.number < (cores if _is_core(row) else entities)
            ]
            self._shown = tuple(self._filtered(there, timeline) if self.text else self._open(there))
            self._key = key
        return self._shown

    def hidden(self, timeline: Timeline) -> int:
        """How many lanes the filter leaves out."""
        return len(self.all(timeline)) - len(self._shown) if self.text else 0

    def finds(self, timeline: Timeline, text: str) -> bool:
        """Some lane has ``text`` in its name."""
        wanted = text.strip().casefold()
        return any(wanted in _name(timeline, row) for row in self.all(timeline))

    def _open(self, rows: Sequence[Row]) -> Iterator[Row]:
        until = 0  # the depth at which the rows of a folded group are over
        skips = False
        for row in rows:
            if skips and row.depth > until:
                continue
            skips = bool(row.members) and row.lane in self.folds
            until = row.depth
            yield Row(row.lane, row.depth, row.members, folded=True) if skips else row

    def _filtered(self, rows: Sequence[Row], timeline: Timeline) -> Iterator[Row]:
        """Whoever is called so, the groups they are in and all of a group that is called so.

        Cores and GILs stay, for the rest waits for them, unless only they are called so.  In
        another branch, or before a question, nobody may be called so: then they alone stay.
        """
        entities = timeline.trace.entities
        found = {row.lane for row in rows if self.text in _name(timeline, row)}
        holds = bool(found) and all(lane.kind in HOLDS for lane in found)
        for row in rows:
            if row.lane.kind in HOLDS:
                if not holds or row.lane in found:
                    yield row
                continue
            entity = entities[row.lane.number]
            above = {LaneId("process", entity.process), LaneId("thread", entity.thread)}
            if row.lane in found or above & found or any(m in found for m in row.members):
                yield row

    # -- folding --------------------------------------------------------------------------

    def group_of(self, timeline: Timeline, lane: LaneId) -> LaneId | None:
        """The group that is folded with this lane: itself, or the one it is in; None if none."""
        best: LaneId | None = None
        for row in self.all(timeline):
            if row.members and row.lane == lane:
                return lane
            if lane in row.members:
                best = row.lane  # an inner group comes after the outer one
        return best

    def fold(self, group: LaneId) -> bool:
        """Fold a group, or unfold it; whether it is folded now."""
        self.folds ^= {group}
        return group in self.folds

    def fold_all(self, timeline: Timeline) -> bool | None:
        """Fold all groups, or unfold them if all are; None if there are none."""
        groups = frozenset(row.lane for row in self.all(timeline) if row.members)
        if not groups:
            return None
        folds = not groups <= self.folds
        self.folds = groups if folds else frozenset()
        return folds

    def members(self, timeline: Timeline, lane: LaneId) -> tuple[LaneId, ...]:
        """Whose events count as those of a row: of one that stands for a group, all in it."""
        for row in self.all(timeline):
            if row.lane == lane and row.members:
                if lane.kind == "process":
                    return row.members
                return (lane, *row.members) if lane in self.folds else (lane,)
        return (lane,)


def nearest(rows: Sequence[Row], every: Sequence[Row], lane: LaneId | None) -> LaneId | None:
    """``lane`` if it is shown; else the group it is in, or whichever is shown nearest to it."""
    shown = [row.lane for row in rows]
    if lane in shown or not shown:
        return lane
    for row in reversed(rows):
        if lane in row.members:
            return row.lane
    order = {row.lane: n for n, row in enumerate(every)}
    place = order.get(lane, 0) if lane is not None else 0
    return min(shown, key=lambda each: abs(order.get(each, 0) - place))


def _name(timeline: Timeline, row: Row) -> str:
    return plain(timeline.name(row.lane), _LONGEST_NAME).casefold()


def _is_core(row: Row) -> bool:
    return row.lane.kind == "core"


def _same(one: object, two: tuple[object, ...]) -> bool:
    """Equal, with the list of lanes compared by identity: it may be long."""
    assert isinstance(one, tuple)
    return one[0] is two[0] and one[1:] == two[1:]
