"""All lanes of a trace, row by row: what each core, GIL, thread and task is doing since when.

One pass over the rows fills them; it keeps no :class:`State`, only who is on which core and in
which loop's hand, and a row that changes no lane costs one look in a table.  That it agrees with
the states is a property test.

What of a lane lies before the instant of a row never changes again, so another trace that begins
with the same rows can begin with the same slices: see :meth:`Lanes.branch`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import Final

from schedsim.deadlines import Deadlines
from schedsim.durations import Time
from schedsim.lanes.lane import Lane
from schedsim.lanes.situations import HAS_DUE, IN_HAND, OF_TASK, OF_THREAD, Situation
from schedsim.state import State
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    KINDS,
    NEVER,
    OTHER_SHIFT,
    REASON_SHIFT,
    REASONS,
    SUBJECT_SHIFT,
    Kind,
    Reason,
    Role,
    Trace,
)

_AT_A_TIME = 1 << 16
"""Rows that are copied to be gone through."""
_HELD = frozenset({"lock", "semaphore"})

# As plain numbers: a member of an enumeration costs three lookups.
_NEW: Final = Situation.NEW.value
_RUNNING: Final = Situation.RUNNING.value
_READY: Final = Situation.READY.value
_SWITCHING: Final = Situation.SWITCHING.value
_IDLE: Final = Situation.IDLE.value
_GONE: Final = Situation.GONE.value
_FOR_LOCK: Final = Situation.WAITS_FOR_LOCK.value
_FOR_OTHERS: Final = Situation.WAITS_FOR_OTHERS.value
_SWITCH: Final = Kind.SWITCH.value
_GIL_TAKE: Final = Kind.GIL_TAKE.value
_LOCKED: Final = Reason.LOCK.value
_YIELD: Final = Reason.YIELD.value


class _Entities(dict[int, Lane]):
    """Lanes by thread or task; also of one that a file tells of before it exists."""

    def __missing__(self, entity: int) -> Lane:
        lane = self[entity] = Lane(_NEW, entity, 0)
        return lane


class Lanes:
    """All lanes of a trace that may still be growing."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.rows = 0
        """How many rows they have taken in."""
        self.cores = [Lane(_IDLE, 0, -1, shared=True) for _ in range(trace.cores)]
        self.gils: dict[int, Lane] = {}
        self.entities: dict[int, Lane] = _Entities()
        self.loops: dict[int, Lane] = {}
        """By thread: its situation, and whom its loop has in hand."""
        self.deadlines = Deadlines()
        self._on = [0] * trace.cores
        """By core, the thread that is there."""
        self._switching = [False] * trace.cores
        self._online = trace.cores
        self._core_of: dict[int, int] = {}
        """The other way round."""
        self._hand: dict[int, int] = {}
        """By thread with a loop, the task in hand, or 0."""
        self._gil: bool | None = None
        """What the user has switched it to."""
        self._handlers = self._table()

    def _table(self) -> list[Callable[[int, int], None] | None]:
        """What to do with a row and its code, by kind."""
        handlers: dict[Kind, Callable[[int, int], None]] = {
            Kind.SPAWN: self._spawn,
            Kind.WAKE: self._wake,
            Kind.RUN: self._core,
            Kind.SWITCH: self._core,
            Kind.IDLE: self._core,
            Kind.STARTED: self._started,
            Kind.GIL_TAKE: self._gil_changes,
            Kind.GIL_RELEASE: self._gil_changes,
            Kind.TASK_RUN: self._task_run,
            Kind.LOOP_PASS: self._task_left,
            Kind.LOOP_WAIT: self._task_left,
            Kind.TASK_LEFT: self._task_left,
            Kind.TASK_READY: self._task_ready,
            Kind.COMMAND: self._command,
            Kind.NEXT_JOB: self._next_job,
            Kind.ABORT: self._abort,
            Kind.UNLOCK: self._unlock,
            Kind.CANCEL: self._cancel,
            Kind.KILL: self._kill,
        }
        return [handlers.get(kind) for kind in KINDS]

    # -- keeping up with the trace --------------------------------------------------------

    def extend(self, rows: int) -> None:
        """Take in rows of the trace until there are so many."""
        stop, handlers = min(rows, len(self.trace)), self._handlers
        for start in range(self.rows, stop, _AT_A_TIME):
            codes = self.trace.codes[start : min(start + _AT_A_TIME, stop)]
            for n, code in enumerate(codes, start):
                handler = handlers[code & KIND_MASK]
                if handler is not None:
                    handler(n, code)
            self.rows = start + len(codes)

    def branch(self, trace: Trace, rows: int, state_at: Callable[[int], State]) -> Lanes:
        """Those of another trace that begins with the same ``rows`` rows; taken in as far as that.

        Args:
            trace: the other one.
            rows: no more than have been taken in here.
            state_at: the state of either trace after so many rows, up to ``rows``.
        """
        times = trace.times
        same = bisect_left(times, times[rows - 1], 0, rows) if rows else 0
        other = Lanes(trace)
        if same:  # all rows of an instant, or none: what lasts no time leaves no slice
            other._begin_like(self, same, times[same - 1], state_at(same))
        other.extend(rows)
        return other

    def _begin_like(self, one: Lanes, rows: int, time: Time, state: State) -> None:
        """Be as ``one`` was after so many rows, the last of them at ``time``."""

        def until(lanes: dict[int, Lane]) -> dict[int, Lane]:
            return {key: lane.until(time) for key, lane in lanes.items() if lane.born < rows}

        self.rows = rows
        self.cores = [lane.until(time) for lane in one.cores if lane.born < rows]
        self.gils, self.loops = until(one.gils), until(one.loops)
        self.entities.update(until(one.entities))
        self.deadlines = one.deadlines.until(rows, set(self.entities))
        self._on, self._switching = state.running.copy(), state.switching.copy()
        self._online = state.online
        self._core_of = {thread: core for core, thread in enumerate(self._on) if thread}
        self._hand = {thread: loop.current for thread, loop in state.loops.items()}
        self._gil = state.gil
        entities = self.trace.entities
        for number, due in enumerate(state.due):
            if due > time and entities[number].role is Role.TASK:
                self.entities[number].turn(due, _READY)

    # -- threads on cores -----------------------------------------------------------------

    def _show_thread(self, thread: int, time: Time, situation: int) -> None:
        """A thread is in a situation from now on, and with it its loop and the task in hand."""
        self.entities[thread].turn(time, situation)
        task = self._hand.get(thread)
        if task is not None:
            if task:
                self.entities[task].turn(time, IN_HAND[situation])
            self.loops[thread].give(time, situation, task or thread)

    def _show_core(self, core: int, time: Time) -> None:
        """Somebody else may have a core from now on."""
        thread = self._on[core]
        if thread:
            situation = _SWITCHING if self._switching[core] else _RUNNING
            self.cores[core].give(time, situation, self._hand.get(thread) or thread)
        else:
            self.cores[core].give(time, _IDLE if core < self._online else _GONE, 0)

    def _core(self, n: int, code: int) -> None:
        time = self.trace.times[n]
        core = (code >> CORE_SHIFT & CORE_MASK) - 1
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        left = self._on[core]
        if left:
            self._core_of.pop(left, None)
            reason = code >> REASON_SHIFT & KIND_MASK
            if reason == _LOCKED:
                situation = self._of_resource(self.trace.args[n])
            else:
                situation = OF_THREAD[reason]
            if self.deadlines:
                self.deadlines.leave(n, time, left, REASONS[reason])
            if left != subject:
                self._show_thread(left, time, situation)
        self._on[core] = subject
        switching = self._switching[core] = code & KIND_MASK == _SWITCH
        if subject:
            self._core_of[subject] = core
            self._show_thread(subject, time, _SWITCHING if switching else _RUNNING)
        self._show_core(core, time)

    def _of_resource(self, number: int) -> int:
        """It waits for a lock that somebody must let go, or for what others will do."""
        resources = self.trace.resources
        known = 0 <= number < len(resources)
        return _FOR_LOCK if known and resources[number].kind in _HELD else _FOR_OTHERS

    def _started(self, n: int, code: int) -> None:
        core = (code >> CORE_SHIFT & CORE_MASK) - 1
        time = self.trace.times[n]
        self._switching[core] = False
        self._show_thread(code >> SUBJECT_SHIFT & ENTITY_MASK, time, _RUNNING)
        self._show_core(core, time)

    def _wake(self, n: int, code: int) -> None:
        self._show_thread(code >> SUBJECT_SHIFT & ENTITY_MASK, self.trace.times[n], _READY)

    def _spawn(self, n: int, code: int) -> None:
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        entity = self.trace.entities[subject]
        time, arrival = self.trace.times[n], self.trace.args[n]
        lane = self.entities[subject] = Lane(_NEW, subject, n)
        self.deadlines.spawn(entity, max(arrival, time))
        if entity.role is Role.TASK:
            lane.turn(max(arrival, time), _READY)
            return
        if entity.loop:
            self._hand[subject] = 0
            self.loops[subject] = Lane(_NEW, subject, n, shared=True)
        if arrival <= time:
            self._show_thread(subject, time, _READY)

    # -- tasks in loops -------------------------------------------------------------------

    def _task_run(self, n: int, code: int) -> None:
        task = code >> SUBJECT_SHIFT & ENTITY_MASK
        thread, time = self.trace.entities[task].thread, self.trace.times[n]
        left = self._hand[thread]
        if left and left != task:
            self._leave_loop(n, code, left)
        self._hand[thread] = task
        of_thread = self.entities[thread].situations[-1]
        self.entities[task].turn(time, IN_HAND[of_thread])
        self.loops[thread].give(time, of_thread, task)
        core = self._core_of.get(thread)
        if core is not None:
            self._show_core(core, time)

    def _task_left(self, n: int, code: int) -> None:
        thread, time = code >> SUBJECT_SHIFT & ENTITY_MASK, self.trace.times[n]
        left = self._hand[thread]
        if left:
            self._leave_loop(n, code, left)
        self._hand[thread] = 0
        self.loops[thread].give(time, self.entities[thread].situations[-1], thread)
        core = self._core_of.get(thread)
        if core is not None:
            self._show_core(core, time)

    def _leave_loop(self, n: int, code: int, task: int) -> None:
        time, lane = self.trace.times[n], self.entities[task]
        reason = code >> REASON_SHIFT & KIND_MASK
        if reason == _LOCKED:
            lane.turn(time, self._of_resource(self.trace.args[n]))
            return
        lane.turn(time, OF_TASK[reason])
        if HAS_DUE[reason]:
            due = self.trace.args[n]
            if due != NEVER:
                # What it awaits is over then, whether or not its loop has time to notice.
                lane.turn(max(due, time), _READY)

    def _task_ready(self, n: int, code: int) -> None:
        self.entities[code >> SUBJECT_SHIFT & ENTITY_MASK].turn(self.trace.times[n], _READY)

    def _cancel(self, n: int, code: int) -> None:
        """A task is to end; one that has not begun has ended by that."""
        if code >> REASON_SHIFT & KIND_MASK == Reason.CANCELLED:
            self.entities[code >> SUBJECT_SHIFT & ENTITY_MASK].turn(self.trace.times[n], _GONE)

    # -- what only some machines do -------------------------------------------------------

    def _gil_changes(self, n: int, code: int) -> None:
        subject, time = code >> SUBJECT_SHIFT & ENTITY_MASK, self.trace.times[n]
        process, other = self.trace.entities[subject].process, code >> OTHER_SHIFT
        if other:
            self._show_thread(other, time, _READY)
        lane = self.gils.get(process)
        if lane is None:
            lane = self.gils[process] = Lane(_IDLE, 0, n, shared=True)
        if code & KIND_MASK == _GIL_TAKE:
            lane.give(time, _RUNNING, subject)
        else:
            lane.give(time, _IDLE, 0)

    def _unlock(self, n: int, code: int) -> None:
        other, time = code >> OTHER_SHIFT, self.trace.times[n]
        if not other:
            return
        if self.trace.entities[other].role is Role.TASK:
            self.entities[other].turn(time, _READY)
        else:
            self._show_thread(other, time, _READY)

    def _next_job(self, n: int, code: int) -> None:
        thread, time = code >> SUBJECT_SHIFT & ENTITY_MASK, self.trace.times[n]
        self.deadlines.next_job(n, time, thread, code >> OTHER_SHIFT)

    def _abort(self, n: int, code: int) -> None:
        thread, time = code >> SUBJECT_SHIFT & ENTITY_MASK, self.trace.times[n]
        release = self.trace.args[n]
        self.deadlines.abort(n, time, thread, code >> OTHER_SHIFT, release)
        if release > time:
            self._show_thread(thread, time, Situation.SUSPENDED)

    def _kill(self, n: int, code: int) -> None:
        subject, time = code >> SUBJECT_SHIFT & ENTITY_MASK, self.trace.times[n]
        if self.trace.entities[subject].role is Role.TASK:
            self.entities[subject].turn(time, _GONE)
            return
        self.deadlines.kill(n, time, subject)
        self._show_thread(subject, time, _GONE)

    def _command(self, n: int, code: int) -> None:
        time, reason = self.trace.times[n], code >> REASON_SHIFT & KIND_MASK
        if reason == Reason.CORES:
            self._online = self.trace.args[n]
            more = self._online - len(self.cores)
            if more > 0:
                self.cores += [Lane(_NEW, 0, n, shared=True) for _ in range(more)]
                self._on += [0] * more
                self._switching += [False] * more
            for core in range(len(self.cores)):
                self._show_core(core, time)
        elif reason == Reason.GIL_SWITCHED:
            self._gil = bool(self.trace.args[n])
            for lane in self.gils.values():
                lane.give(time, _IDLE if self._gil else _GONE, 0)
