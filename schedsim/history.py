"""Any moment of a trace, and the way from one event of a lane to the next, without a long search.

A history folds the trace once, in step with its growth.  On the way it keeps a copy of the state
every so many rows (a keyframe), and for every core, thread and task the numbers of the rows that
concern it.  Then a state is one short fold away, and a neighbour one bisection.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Final

from schedsim.durations import Time
from schedsim.state import State, apply
from schedsim.trace import (
    CORE_MASK,
    CORE_SHIFT,
    ENTITY_MASK,
    KIND_MASK,
    OTHER_SHIFT,
    SUBJECT_SHIFT,
    TAKES_FROM_LOOP,
    TAKES_OFF_CORE,
    Kind,
    Trace,
)

_NAMES_OTHER = frozenset(
    {
        *(Kind.WAKE, Kind.TASK_READY, Kind.SPAWN, Kind.UNLOCK),
        *(Kind.GIL_TAKE, Kind.GIL_RELEASE, Kind.GIL_REQUEST),
    }
)
if TYPE_CHECKING:
    from schedsim.keyframes import Keyframe

_PLAIN: Final = 64
"""So many states are kept as they are; what comes later in a long run is put away as bytes."""
_LARGE: Final = 256
"""Entities from which every state is."""
_APART: Final = 16
"""Where states are put away: one for each row that so many entities take to come back in."""
_TAKES = TAKES_OFF_CORE | TAKES_FROM_LOOP
_NO_TRACE = Trace()
_NO_ROWS = partial(array, "q")


class History:
    """Moments and lanes of a trace that may still be growing."""

    def __init__(self, trace: Trace, *, spacing: int = 512) -> None:
        self.trace = trace
        self.spacing = spacing
        self._state = State.start(trace)
        self._keyframes: list[State | Keyframe] = [self._state.about(_NO_TRACE)]
        """They know no trace, so that histories of several traces can share them."""
        self._keyframe_rows = [0]
        self._of_entity: defaultdict[int, array[int]] = defaultdict(_NO_ROWS)
        self._of_core: list[array[int]] = [array("q") for _ in range(trace.cores)]
        self._recent = self._state.copy()

    def branch(self, trace: Trace, rows: int) -> History:
        """The history of another trace that begins with the same rows; it has folded these.

        Args:
            trace: the other one.
            rows: how many of its rows are the same.
        """
        rows = min(rows, self._state.rows)
        other = History(trace, spacing=self.spacing)
        other._state = self.state_at(rows).about(trace)
        other._recent = other._state.copy()
        known = bisect_right(self._keyframe_rows, rows)
        other._keyframes = self._keyframes[:known]
        other._keyframe_rows = self._keyframe_rows[:known]
        cut = {key: lane[: bisect_left(lane, rows)] for key, lane in self._of_entity.items()}
        other._of_entity.update((key, lane) for key, lane in cut.items() if lane)
        other._of_core = [lane[: bisect_left(lane, rows)] for lane in self._of_core]
        return other

    # -- moments --------------------------------------------------------------------------

    def state_at(self, rows: int) -> State:
        """The state after ``rows`` rows.  The caller may keep it but must not change it.

        Raises:
            IndexError: there are not so many rows.
        """
        if not 0 <= rows <= len(self.trace):
            raise IndexError(f"the trace has {len(self.trace)} rows, there is no row {rows}")
        recent = self._recent
        if recent.rows == rows:
            return recent
        self.fold(rows)
        index = bisect_right(self._keyframe_rows, rows) - 1
        near = self._keyframe_rows[index] <= recent.rows < rows
        start = recent if near else self._keyframes[index]
        self._recent = start.about(self.trace).forward(rows)
        return self._recent

    @property
    def rows(self) -> int:
        """How many rows have been folded: up to there any moment is near."""
        return self._state.rows

    def rows_at(self, time: Time) -> int:
        """How many rows there are up to and including the instant ``time``."""
        return bisect_right(self.trace.times, time)

    def state_at_time(self, time: Time) -> State:
        """The state after everything that happened up to and including the instant ``time``."""
        return self.state_at(self.rows_at(time))

    # -- lanes ----------------------------------------------------------------------------

    def rows_of(self, entity: int, upto: int | None = None) -> array[int]:
        """The rows that concern a thread or task, ascending.

        Args:
            entity: its number.
            upto: so many rows of the trace are looked at, at least; all unless given.
        """
        self.fold(len(self.trace) if upto is None else upto)
        return self._of_entity.get(entity, array("q"))

    def rows_on(self, core: int, upto: int | None = None) -> array[int]:
        """The rows that concern a core, ascending: see :meth:`rows_of`."""
        self.fold(len(self.trace) if upto is None else upto)
        return self._of_core[core] if core < len(self._of_core) else array("q")

    @staticmethod
    def following(lane: array[int], row: int) -> int | None:
        """The first row of ``lane`` after ``row``."""
        index = bisect_right(lane, row)
        return lane[index] if index < len(lane) else None

    @staticmethod
    def preceding(lane: array[int], row: int) -> int | None:
        """The last row of ``lane`` before ``row``."""
        index = bisect_left(lane, row)
        return lane[index - 1] if index else None

    # -- keeping up -----------------------------------------------------------------------

    def fold(self, rows: int) -> None:
        """Take in the rows of the trace until there are so many, if that was not done yet."""
        state, trace = self._state, self.trace
        times, codes, args = trace.times, trace.codes, trace.args
        next_keyframe = self._next_keyframe()
        for n in range(state.rows, min(rows, len(trace))):
            code = codes[n]
            self._note(n, code)
            apply(state, times[n], code, args[n])
            if n >= next_keyframe:
                next_keyframe = self._next_keyframe()
                if n >= next_keyframe:  # and not put off because there are more entities now
                    self._keyframes.append(self._put_away())
                    self._keyframe_rows.append(n + 1)
                    next_keyframe = self._next_keyframe()

    def _next_keyframe(self) -> int:
        """The row after which the state is kept again."""
        apart = max(self.spacing, len(self._state.status) // _APART)
        return self._keyframe_rows[-1] + apart - 1

    def _put_away(self) -> State | Keyframe:
        state = self._state
        if len(self._keyframes) < _PLAIN and len(state.status) < _LARGE:
            return state.about(_NO_TRACE)
        from schedsim.keyframes import Keyframe  # noqa: PLC0415 - a short run does without

        return Keyframe(state)

    def _note(self, n: int, code: int) -> None:
        """Put row ``n`` into the lanes of all it concerns, itself and predecessors alike."""
        kind, of_entity = code & KIND_MASK, self._of_entity
        subject = code >> SUBJECT_SHIFT & ENTITY_MASK
        if subject:
            of_entity[subject].append(n)
        core = (code >> CORE_SHIFT & CORE_MASK) - 1
        if core >= 0:
            while core >= len(self._of_core):  # it came while the machine ran
                self._of_core.append(array("q"))
            self._of_core[core].append(n)
        if kind in _TAKES:
            other = self._state.leaver(code)
        elif kind in _NAMES_OTHER:
            other = code >> OTHER_SHIFT
        else:
            return
        if other and other != subject:
            of_entity[other].append(n)
