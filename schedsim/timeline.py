"""The trace as lanes of slices: who held each core and GIL, how each thread and task fared.

A lane is what one entity (or core, or GIL) was doing, as parallel arrays of starts; it is in one
:class:`Situation` from each start to the next.  The situation of a task depends on its thread
too; it is put together only when somebody looks, so that a thread's coming and going costs the
same whether its loop has one task or a million.

Numbers about lanes are in :mod:`schedsim.metrics`; glyphs and colours are the app's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple

from schedsim.deadlines import deadline_of
from schedsim.durations import Time
from schedsim.lanes import DEPENDS, Lane, Lanes, Situation, together
from schedsim.state import State
from schedsim.trace import Role, Trace

__all__ = ["Cell", "LaneId", "Situation", "Slice", "Timeline", "deadline_of"]


class LaneId(NamedTuple):
    """Which lane."""

    kind: str
    """``core``, ``gil``, ``thread`` or ``task``; ``loop``: a thread and whom its loop has in hand.

    The last is not among :meth:`Timeline.lanes`: it tells what a loop and its tasks do together."""
    number: int
    """The core's number, the process's entity (of a GIL), the thread (of a loop), or the entity."""


class Slice(NamedTuple):
    """A stretch of a lane."""

    start: Time
    end: Time
    situation: Situation
    who: int
    """On a core: the task or thread; on a GIL: the thread; else the entity itself."""


class Cell(NamedTuple):
    """A stretch of a lane as wide as one character."""

    situation: Situation | None
    """What fills most of it, RUNNING if as much as anything; None where the run has not been."""
    who: int
    running: float
    """The share of it, 0 to 1, that was RUNNING."""


_SITUATIONS = tuple(Situation)
"""By number: a lookup costs a third of ``Situation(number)``."""
_CROWD = 16
"""More slices a cell than this, and a cell is looked at instead of being added up."""
_LOOKS = 4


class Timeline:
    """All lanes of a trace that may still be growing.

    Args:
        trace: what it shows.
        rows: how many of its rows it takes in at once, if not all: see :meth:`extend`.
    """

    def __init__(self, trace: Trace, rows: int | None = None) -> None:
        self.trace = trace
        self._all = Lanes(trace)
        self._lanes: list[LaneId] = []
        self._lanes_of: tuple[int, ...] = ()
        self.extend(rows)

    # -- keeping up with the trace --------------------------------------------------------

    @property
    def rows(self) -> int:
        """How many rows it has taken in."""
        return self._all.rows

    @property
    def end(self) -> Time:
        """Up to when it tells what there was: the end of the trace, if it has kept up."""
        rows, times = self._all.rows, self.trace.times
        return self.trace.end if rows >= len(times) else times[rows]

    def extend(self, rows: int | None = None) -> None:
        """Take in the rows that have been added to the trace, or until there are so many."""
        self._all.extend(len(self.trace) if rows is None else rows)

    def branch(self, trace: Trace, rows: int, state_at: Callable[[int], State]) -> Timeline:
        """The timeline of another trace that begins with the same rows; it has taken in these.

        Args:
            trace: the other one.
            rows: how many of its rows are the same.
            state_at: the state of either trace after so many rows, up to ``rows``.
        """
        other = Timeline(trace, 0)
        other._all = self._all.branch(trace, min(rows, self.rows), state_at)
        return other

    # -- reading --------------------------------------------------------------------------

    def lanes(self) -> list[LaneId]:
        """All lanes: cores; then each process's GIL, threads, and each thread's tasks.

        The list is the same object until a lane is added; nobody may change it.
        """
        known = (len(self._all.cores), len(self._all.gils), len(self._all.entities))
        if known != self._lanes_of:
            self._lanes, self._lanes_of = self._list_lanes(), known
        return self._lanes

    def _list_lanes(self) -> list[LaneId]:
        lanes = [LaneId("core", number) for number in range(len(self._all.cores))]
        threads: dict[int, list[int]] = {}
        tasks: dict[int, list[int]] = {}
        for entity in self.trace.entities[1:]:
            if entity.role is Role.THREAD:
                threads.setdefault(entity.process, []).append(entity.id)
            elif entity.role is Role.TASK:
                tasks.setdefault(entity.thread, []).append(entity.id)
        for process in self.trace.entities[1:]:
            if process.role is not Role.PROCESS:
                continue
            if process.id in self._all.gils:
                lanes.append(LaneId("gil", process.id))
            for thread in threads.get(process.id, ()):
                lanes.append(LaneId("thread", thread))
                lanes.extend(LaneId("task", task) for task in tasks.get(thread, ()))
        return [lane for lane in lanes if lane.kind in ("core", "gil") or self._lane(lane)]

    def name(self, lane: LaneId) -> str:
        """What to call a lane.  It may hold anything: show it through ``plain``."""
        if lane.kind == "core":
            return f"core {lane.number}"
        entity = self.trace.entities[lane.number]
        return f"GIL {entity.name}" if lane.kind == "gil" else entity.name

    def at(self, lane: LaneId, time: Time) -> Slice:
        """The slice of ``lane`` that covers ``time``."""
        return next(self.slices(lane, time, time + 1))

    def slices(self, lane: LaneId, start: Time = 0, end: Time | None = None) -> Iterator[Slice]:
        """The slices of ``lane`` between two moments, cut to them, in time order."""
        end = self.end if end is None else end
        found = self._lane(lane)
        if found is None:
            return iter((Slice(start, end, Situation.NEW, lane.number),))
        if lane.kind != "task":
            return _cut(found, start, end)
        thread = self._all.entities[self.trace.entities[lane.number].thread]
        return _with_thread(found, thread, start, end)

    def cells(self, lane: LaneId, start: Time, cell: Time, count: int) -> list[Cell]:
        """``count`` stretches of ``cell`` each, from ``start``: what a line of text can show."""
        end = min(start + cell * count, self.end)
        nothing = Cell(None, 0, 0.0)
        if end <= start:
            return [nothing] * count
        found = self._lane(lane)
        if found is not None and found.index(end) - found.index(start) > _CROWD * count:
            edges = [*range(start, end, cell), end]
            known = self._look(lane, found, edges)
        else:
            known = _fill(self.slices(lane, start, end), start, cell)
        return (known + [nothing] * count)[:count]

    def missed(self, lane: LaneId, start: Time = 0, end: Time | None = None) -> list[Time]:
        """The deadlines from ``start`` up to ``end`` at which a job of a thread was not done."""
        if lane.kind != "thread":
            return []
        found = self._all.deadlines.missed(lane.number, self.end)
        last = len(found) if end is None else bisect_left(found, end)
        return found[bisect_left(found, start) : last]

    def ran(self, lane: LaneId, start: Time, end: Time) -> Time:
        """How much of ``lane`` was RUNNING between two moments: found without a walk."""
        found = self._lane(lane)
        return found.ran_until(end) - found.ran_until(start) if found is not None else 0

    def _look(self, lane: LaneId, found: Lane, edges: list[Time]) -> list[Cell]:
        """Cells of a crowd: how much ran is exact, the rest is looked at here and there."""
        ran = [found.ran_until(edge) for edge in edges]
        return [
            self._look_at(lane, found, edges[n], edges[n + 1], ran[n + 1] - ran[n])
            for n in range(len(edges) - 1)
        ]

    def _look_at(self, lane: LaneId, found: Lane, start: Time, end: Time, ran: Time) -> Cell:
        mostly_ran = 2 * ran >= end - start
        moments = (start + (end - start) * i // _LOOKS for i in range(_LOOKS))
        seen = [self._glance(lane, found, moment) for moment in moments]
        fitting = [each for each in seen if (each[0] is Situation.RUNNING) == mostly_ran]
        if not fitting:  # by bad luck: then whatever slice there does fit
            slices = self.slices(lane, start, end)
            fitting = [
                (part.situation, part.who)
                for part in slices
                if (part.situation is Situation.RUNNING) == mostly_ran
            ]
        situation, who = max(fitting, key=fitting.count)
        return Cell(situation, who, ran / (end - start))

    def _glance(self, lane: LaneId, found: Lane, time: Time) -> tuple[Situation, int]:
        """The situation at a moment, and who it is about."""
        index = max(0, found.index(time))
        situation = _SITUATIONS[found.situations[index]]
        if lane.kind == "task":
            thread = self._all.entities[self.trace.entities[lane.number].thread]
            behind = _SITUATIONS[thread.situations[max(0, thread.index(time))]]
            situation = together(situation, behind)
        return situation, found.whose(index)

    def _lane(self, lane: LaneId) -> Lane | None:
        if lane.kind == "core":
            return self._all.cores[lane.number]
        if lane.kind == "loop":
            return self._all.loops.get(lane.number)
        return (self._all.gils if lane.kind == "gil" else self._all.entities).get(lane.number)


def _cut(lane: Lane, start: Time, end: Time) -> Iterator[Slice]:
    index = max(0, lane.index(start))
    starts, last = lane.starts, len(lane.starts) - 1
    while start < end:
        stop = min(starts[index + 1], end) if index < last else end
        yield Slice(start, stop, _SITUATIONS[lane.situations[index]], lane.whose(index))
        start, index = stop, index + 1


def _with_thread(task: Lane, thread: Lane, start: Time, end: Time) -> Iterator[Slice]:
    """A task's slices, with what its thread's lane makes of them; equal neighbours are one."""
    held: Slice | None = None
    for own in _cut(task, start, end):
        depends = own.situation in DEPENDS
        for behind in _cut(thread, own.start, own.end) if depends else (own,):
            situation = together(own.situation, behind.situation)
            if held is not None and held.situation is situation:
                held = held._replace(end=behind.end)
            else:
                if held is not None:
                    yield held
                held = Slice(behind.start, behind.end, situation, own.who)
    if held is not None:
        yield held


def _fill(slices: Iterator[Slice], start: Time, cell: Time) -> list[Cell]:
    """Share slices out to cells."""
    cells: list[Cell] = []
    edge = start + cell
    shares: dict[tuple[Situation, int], Time] = {}

    def close(width: Time) -> None:
        most = max(shares.values())
        ran = [key for key in shares if key[0] is Situation.RUNNING and shares[key] == most]
        situation, who = (ran or [key for key in shares if shares[key] == most])[0]
        running = sum(t for (s, _), t in shares.items() if s is Situation.RUNNING)
        cells.append(Cell(situation, who, running / width))
        shares.clear()

    for part in slices:
        at = part.start
        key = (part.situation, part.who)
        while at < part.end:
            stop = min(part.end, edge)
            shares[key] = shares.get(key, 0) + stop - at
            at = stop
            if at == edge:
                close(cell)
                edge += cell
                if not shares and part.end - at >= cell:  # many whole cells of the same
                    whole = (part.end - at) // cell
                    share = float(part.situation is Situation.RUNNING)
                    cells.extend([Cell(part.situation, part.who, share)] * whole)
                    at += whole * cell
                    edge += whole * cell
    if shares:
        close(sum(shares.values()))
    return cells
