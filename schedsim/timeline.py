"""The trace as lanes of slices: who held each core and GIL, how each thread and task fared.

A lane is what one entity (or core, or GIL) was doing, as parallel arrays of starts; it is in one
:class:`Situation` from each start to the next.  The situation of a task depends on its thread
too; it is put together only when somebody looks, so that a thread's coming and going costs the
same whether its loop has one task or a million.

Numbers about lanes are in :mod:`schedsim.metrics`; glyphs and colours are the app's.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from schedsim.durations import Time
from schedsim.state import State, Status
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENDS,
    ENTITY_MASK,
    KIND_MASK,
    NEVER,
    OTHER_SHIFT,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
    Entity,
    Kind,
    Reason,
    Role,
    Trace,
)


class Situation(IntEnum):
    """What a lane shows."""

    NEW = 0
    """It has not arrived; a core that comes later."""
    RUNNING = 1
    READY = 2
    """A runnable thread; a task that could go on, in its loop's ready queue or overdue."""
    THREAD_WAITS = 3
    """A task that is ready, or in its loop's hand, while its thread waits for the GIL or a core."""
    SUSPENDED = 4
    """A task or thread that sleeps or waits for a device; a loop's thread without work."""
    CALLING = 5
    """A blocking call: the thread is blocked in it, and with it its loop."""
    WAITS_FOR_GIL = 6
    """A thread that wants the GIL."""
    SWITCHING = 7
    """A context switch is being paid."""
    IDLE = 8
    """A core without a thread; a GIL without a holder."""
    GONE = 9
    """It has ended; a core that was taken away."""
    WAITS_FOR_LOCK = 10
    """A thread or task that wants a lock which somebody else holds."""
    WAITS_FOR_OTHERS = 11
    """It waits for what others will do: fill a queue, set an event, notify a condition, end."""


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


class _Lane:
    """Starts of slices, what and who each is, and how much had been RUNNING before it."""

    __slots__ = ("ran", "situations", "starts", "who")

    def __init__(self, start: Time, situation: Situation, who: int) -> None:
        self.starts = array("q", (start,))
        self.situations = bytearray((situation,))
        self.who = array("q", (who,))
        self.ran = array("q", (0,))

    def add(self, time: Time, situation: Situation, who: int) -> None:
        while len(self.starts) > 1 and self.starts[-1] > time:  # foreseen, but it came otherwise
            self._drop()
        if self.situations[-1] == situation and self.who[-1] == who:
            return
        if self.starts[-1] == time:  # it lasted no time: as if it had never been
            self.situations[-1] = situation
            self.who[-1] = who
            if len(self.starts) > 1 and self.situations[-2] == situation and self.who[-2] == who:
                self._drop()
            return
        self.ran.append(self.ran_until(time))
        self.starts.append(time)
        self.situations.append(situation)
        self.who.append(who)

    def _drop(self) -> None:
        self.starts.pop()
        self.situations.pop()
        self.who.pop()
        self.ran.pop()

    def ran_until(self, time: Time) -> Time:
        """How much of it was RUNNING before ``time``."""
        index = self.index(time)
        running = self.situations[index] == Situation.RUNNING
        return self.ran[index] + (time - self.starts[index] if running else 0)

    def index(self, time: Time) -> int:
        return bisect_right(self.starts, time) - 1


_SITUATIONS = tuple(Situation)
"""By number: a lookup costs a third of ``Situation(number)``."""
_OF_TASK = {
    Status.NEW: Situation.NEW,
    Status.READY: Situation.READY,
    Status.RUNNING: Situation.RUNNING,
    Status.SUSPENDED: Situation.SUSPENDED,
    Status.DONE: Situation.GONE,
}
_CROWD = 16
"""More slices a cell than this, and a cell is looked at instead of being added up."""
_LOOKS = 4
_FOR_OTHERS = frozenset({Reason.JOIN, Reason.LOCK, Reason.AWAIT})
_OF_BLOCKED = {
    Reason.GIL: Situation.WAITS_FOR_GIL,
    Reason.FORCED_SWITCH: Situation.WAITS_FOR_GIL,
    Reason.CALL: Situation.CALLING,
}
_HELD = frozenset({"lock", "semaphore"})
_DEPENDS = frozenset({Situation.READY, Situation.RUNNING})
"""What a task is in only as far as its thread has a core and the GIL."""
_THREAD_IN_QUEUE = frozenset({Situation.READY, Situation.WAITS_FOR_GIL, Situation.SWITCHING})
_OF_GIL = frozenset({Kind.GIL_TAKE, Kind.GIL_RELEASE})
_WAKES_OTHER = frozenset({*_OF_GIL, Kind.UNLOCK})
_ENDS_JOB = ENDS | {Reason.PERIOD}


def deadline_of(entity: Entity, arrived: Time, number: int = 0) -> Time | None:
    """By when job ``number`` of a thread that first arrived at ``arrived`` is to be done, if ever.

    Without a period, by when the whole thread is.
    """
    said = entity.attributes
    if not said.period:
        return said.deadline
    return arrived + number * said.period + (said.deadline or said.period)


class _Jobs:
    """A thread with deadlines: the job under way, and the deadlines that were missed."""

    __slots__ = ("arrived", "done", "entity", "missed", "number")

    def __init__(self, entity: Entity, arrived: Time) -> None:
        self.entity = entity
        self.arrived = arrived
        self.number = 0
        """The first job that is not known to be done."""
        self.missed: list[Time] = []
        self.done = False

    def deadline(self) -> Time | None:
        return deadline_of(self.entity, self.arrived, self.number)

    def close(self, time: Time, *, given_up: bool = False, last: bool = False) -> None:
        """The job under way ends, done or given up."""
        if self.done:
            return
        due = self.deadline()
        if due is not None and (given_up or time > due):
            self.missed.append(due)
        self.number += 1
        self.done = last or not self.entity.attributes.period

    def until(self, now: Time) -> list[Time]:
        """All deadlines missed up to ``now``, of jobs that should be done by then too."""
        due = None if self.done else self.deadline()
        period = self.entity.attributes.period
        if due is None or due >= now:
            return self.missed
        return [*self.missed, *(range(due, now, period) if period else (due,))]


class Timeline:
    """All lanes of a trace that may still be growing."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._state = State.start(trace)
        self._cores = [_Lane(0, Situation.IDLE, 0) for _ in range(trace.cores)]
        self._gils: dict[int, _Lane] = {}
        self._entities: dict[int, _Lane] = {}
        self._loops: dict[int, _Lane] = {}
        """By thread: its situation, and whom its loop has in hand."""
        self._jobs: dict[int, _Jobs] = {}
        self._lanes: list[LaneId] = []
        self._lanes_of: tuple[int, ...] = ()
        self.extend()

    # -- reading --------------------------------------------------------------------------

    def lanes(self) -> list[LaneId]:
        """All lanes: cores; then each process's GIL, threads, and each thread's tasks.

        The list is the same object until a lane is added; nobody may change it.
        """
        known = (len(self._cores), len(self._gils), len(self._entities))
        if known != self._lanes_of:
            self._lanes, self._lanes_of = self._list_lanes(), known
        return self._lanes

    def _list_lanes(self) -> list[LaneId]:
        lanes = [LaneId("core", number) for number in range(len(self._cores))]
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
            if process.id in self._gils:
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
        end = self.trace.end if end is None else end
        found = self._lane(lane)
        if found is None:
            return iter((Slice(start, end, Situation.NEW, lane.number),))
        if lane.kind != "task":
            return _cut(found, start, end)
        thread = self._entities[self.trace.entities[lane.number].thread]
        return _with_thread(found, thread, start, end)

    def cells(self, lane: LaneId, start: Time, cell: Time, count: int) -> list[Cell]:
        """``count`` stretches of ``cell`` each, from ``start``: what a line of text can show."""
        end = min(start + cell * count, self.trace.end)
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
        jobs = self._jobs.get(lane.number) if lane.kind == "thread" else None
        if jobs is None:
            return []
        found = jobs.until(self.trace.end)
        last = len(found) if end is None else bisect_left(found, end)
        return found[bisect_left(found, start) : last]

    def ran(self, lane: LaneId, start: Time, end: Time) -> Time:
        """How much of ``lane`` was RUNNING between two moments: found without a walk."""
        found = self._lane(lane)
        return found.ran_until(end) - found.ran_until(start) if found is not None else 0

    def _look(self, lane: LaneId, found: _Lane, edges: list[Time]) -> list[Cell]:
        """Cells of a crowd: how much ran is exact, the rest is looked at here and there."""
        ran = [found.ran_until(edge) for edge in edges]
        return [
            self._look_at(lane, edges[n], edges[n + 1], ran[n + 1] - ran[n])
            for n in range(len(edges) - 1)
        ]

    def _look_at(self, lane: LaneId, start: Time, end: Time, ran: Time) -> Cell:
        mostly_ran = 2 * ran >= end - start
        seen = [self._glance(lane, start + (end - start) * i // _LOOKS) for i in range(_LOOKS)]
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

    def _glance(self, lane: LaneId, time: Time) -> tuple[Situation, int]:
        """The situation at a moment, and who it is about."""
        found = self._lane(lane)
        if found is None:
            return Situation.NEW, lane.number
        index = max(0, found.index(time))
        situation = _SITUATIONS[found.situations[index]]
        if lane.kind == "task":
            thread = self._entities[self.trace.entities[lane.number].thread]
            behind = _SITUATIONS[thread.situations[max(0, thread.index(time))]]
            situation = _together(situation, behind)
        return situation, found.who[index]

    def _lane(self, lane: LaneId) -> _Lane | None:
        if lane.kind == "core":
            return self._cores[lane.number]
        if lane.kind == "loop":
            return self._loops.get(lane.number)
        return (self._gils if lane.kind == "gil" else self._entities).get(lane.number)

    # -- keeping up with the trace --------------------------------------------------------

    def extend(self) -> None:
        """Take in the rows that have been added to the trace."""
        trace, state = self.trace, self._state
        times, codes, args = trace.times, trace.codes, trace.args
        for n in range(state.rows, len(trace)):
            code = codes[n]
            kind = code & KIND_MASK
            subject = code >> SUBJECT_SHIFT & ENTITY_MASK
            core = (code >> CORE_SHIFT & CORE_MASK) - 1
            left = state.leaver(code)
            state.apply(times[n], code, args[n])
            if self._jobs or kind == Kind.SPAWN:
                self._note_jobs(n, kind, subject, left)
            for entity in (subject, left, code >> OTHER_SHIFT if kind in _WAKES_OTHER else 0):
                if entity:
                    self._note(trace.entities[entity])
                    loop = state.loops.get(entity)
                    if loop is not None:
                        if loop.current:  # it runs only while its thread does
                            self._note(trace.entities[loop.current])
                        self._note_loop(entity, loop.current)
            if kind == Kind.COMMAND:
                self._note_cores()
                self._note_gils()
            elif core >= 0:
                self._note_core(core)
            elif kind in TAKES_FROM_LOOP:
                thread = trace.entities[subject].thread
                self._note_loop(thread, state.loops[thread].current)
                if state.status[thread] is Status.RUNNING:
                    self._note_core(state.core_of[thread])
            elif kind in _OF_GIL:
                process = trace.entities[subject].process
                holder = state.gils[process].holder
                situation = Situation.RUNNING if holder else Situation.IDLE
                self._gils.setdefault(process, _Lane(0, Situation.IDLE, 0)).add(
                    state.time, situation, holder
                )

    def _note_loop(self, thread: int, task: int) -> None:
        """A loop's thread may be in another situation, or the loop have another task in hand."""
        lane = self._loops.get(thread)
        if lane is None:
            lane = self._loops[thread] = _Lane(0, Situation.NEW, thread)
        situation = _SITUATIONS[self._entities[thread].situations[-1]]
        lane.add(self._state.time, situation, task or thread)

    def _note_cores(self) -> None:
        """There may be more cores now, or fewer."""
        running = self._state.running
        self._cores += [_Lane(0, Situation.NEW, 0) for _ in running[len(self._cores) :]]
        for core in range(len(running)):
            self._note_core(core)

    def _note_gils(self) -> None:
        """They may have been switched on, or off, so that there are none."""
        for process, lane in self._gils.items():
            if not self._state.needs_gil(process):
                lane.add(self._state.time, Situation.GONE, 0)
            elif lane.situations[-1] == Situation.GONE:
                lane.add(self._state.time, Situation.IDLE, 0)

    def _note_jobs(self, n: int, kind: int, subject: int, left: int) -> None:
        """Row ``n`` may begin or end a job that has a deadline."""
        row = self.trace.row(n)
        if kind == Kind.SPAWN:
            entity = self.trace.entities[subject]
            said = entity.attributes
            if entity.role is Role.THREAD and (said.period or said.deadline is not None):
                self._jobs[subject] = _Jobs(entity, max(row.arg, row.time))
        elif left in self._jobs and row.reason in _ENDS_JOB:
            jobs = self._jobs[left]
            last = row.reason in ENDS
            if last or jobs.number < self._state.job_number[left]:  # else it was given up
                jobs.close(row.time, last=last)
        elif kind == Kind.NEXT_JOB and self._jobs[subject].number < row.other:
            self._jobs[subject].close(row.time)
        elif kind == Kind.KILL and subject in self._jobs:
            self._jobs[subject].close(row.time, last=True)
        elif kind == Kind.ABORT:
            self._jobs[subject].close(row.time, given_up=True)

    def _note_core(self, core: int) -> None:
        state = self._state
        thread = state.running[core]
        loop = state.loops.get(thread)
        situation = Situation.IDLE if core < state.online else Situation.GONE
        if thread:
            situation = Situation.SWITCHING if state.switching[core] else Situation.RUNNING
        self._cores[core].add(state.time, situation, (loop.current if loop else 0) or thread)

    def _of_waiting(self, entity: int) -> Situation:
        """It waits for a lock that somebody must let go, or for what others will do."""
        number = self._state.waits_for.get(entity)
        held = number is not None and self.trace.resources[number].kind in _HELD
        return Situation.WAITS_FOR_LOCK if held else Situation.WAITS_FOR_OTHERS

    def _note(self, entity: Entity) -> None:
        if entity.role is Role.PROCESS:  # of which a command may speak
            return
        state = self._state
        status = state.status[entity.id]
        if entity.role is Role.TASK:
            situation = _OF_TASK[status]
            if status is Status.SUSPENDED and state.why[entity.id] in _FOR_OTHERS:
                situation = self._of_waiting(entity.id)
            if status is Status.RUNNING:
                of_thread = self._entities[entity.thread].situations[-1]
                situation = _together(situation, _SITUATIONS[of_thread])
        elif status is Status.RUNNING:
            switching = state.switching[state.core_of[entity.id]]
            situation = Situation.SWITCHING if switching else Situation.RUNNING
        elif status is Status.BLOCKED:
            situation = _OF_BLOCKED.get(state.why[entity.id], Situation.SUSPENDED)
            if state.why[entity.id] in _FOR_OTHERS:
                situation = self._of_waiting(entity.id)
        else:
            situation = {
                Status.NEW: Situation.NEW,
                Status.RUNNABLE: Situation.READY,
                Status.EXITED: Situation.GONE,
            }[status]
        lane = self._entities.get(entity.id)
        if lane is None:
            lane = self._entities[entity.id] = _Lane(0, Situation.NEW, entity.id)
        lane.add(state.time, situation, entity.id)
        due = state.due[entity.id]
        if entity.role is Role.TASK and due != NEVER:
            # What it awaits is over then, whether or not its loop has time to notice.
            lane.add(max(due, state.time), Situation.READY, entity.id)


def _cut(lane: _Lane, start: Time, end: Time) -> Iterator[Slice]:
    index = max(0, lane.index(start))
    starts, last = lane.starts, len(lane.starts) - 1
    while start < end:
        stop = min(starts[index + 1], end) if index < last else end
        yield Slice(start, stop, _SITUATIONS[lane.situations[index]], lane.who[index])
        start, index = stop, index + 1


def _with_thread(task: _Lane, thread: _Lane, start: Time, end: Time) -> Iterator[Slice]:
    """A task's slices, with what its thread's lane makes of them; equal neighbours are one."""
    held: Slice | None = None
    for own in _cut(task, start, end):
        depends = own.situation in _DEPENDS
        for behind in _cut(thread, own.start, own.end) if depends else (own,):
            situation = _together(own.situation, behind.situation)
            if held is not None and held.situation is situation:
                held = held._replace(end=behind.end)
            else:
                if held is not None:
                    yield held
                held = Slice(behind.start, behind.end, situation, own.who)
    if held is not None:
        yield held


def _together(task: Situation, thread: Situation) -> Situation:
    """What to say of a task whose thread is in such a situation."""
    if task in _DEPENDS and thread in _THREAD_IN_QUEUE:
        return Situation.THREAD_WAITS
    if task is Situation.RUNNING and thread is Situation.CALLING:
        return Situation.CALLING
    return task


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
