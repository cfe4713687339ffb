"""One lane: parallel arrays of where a slice starts, and in which situation it is.

Not here: whose lanes there are (``lanes``), and how they are read (:mod:`schedsim.timeline`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Final

from schedsim.durations import Time
from schedsim.lanes.situations import Situation

_RUNNING: Final = Situation.RUNNING.value


class Lane:
    """Starts of slices, what each is, and how much had been RUNNING before it."""

    __slots__ = ("born", "own", "ran", "situations", "starts", "who")

    def __init__(self, situation: int, own: int, born: int, *, shared: bool = False) -> None:
        self.born = born
        """The row that made it."""
        self.starts = array("q", (0,))
        self.situations = bytearray((situation,))
        self.ran = array("q", (0,))
        self.own = own
        """Whom it is about."""
        self.who = array("q", (own,)) if shared else None
        """The same by slice, if it is not always the same."""

    def turn(self, time: Time, situation: int) -> None:
        """It is in a situation from ``time`` on."""
        starts, situations = self.starts, self.situations
        start = starts[-1]
        while start > time:  # foreseen, but it came otherwise
            self._drop()
            start = starts[-1]
        before = situations[-1]
        if before == situation:
            return
        if start == time:  # it lasted no time: as if it had never been
            situations[-1] = situation
            if len(starts) > 1 and situations[-2] == situation:
                self._drop()
            return
        self.ran.append(self.ran[-1] + time - start if before == _RUNNING else self.ran[-1])
        starts.append(time)
        situations.append(situation)

    def give(self, time: Time, situation: int, who: int) -> None:
        """The same of one that is about several."""
        starts, situations, whose = self.starts, self.situations, self.who
        assert whose is not None, "it is shared"
        before, start = situations[-1], starts[-1]
        if before == situation and whose[-1] == who:
            return
        if start == time:
            situations[-1], whose[-1] = situation, who
            if len(starts) > 1 and situations[-2] == situation and whose[-2] == who:
                self._drop()
            return
        self.ran.append(self.ran[-1] + time - start if before == _RUNNING else self.ran[-1])
        starts.append(time)
        situations.append(situation)
        whose.append(who)

    def _drop(self) -> None:
        _ = self.starts.pop(), self.situations.pop(), self.ran.pop()
        if self.who is not None:
            _ = self.who.pop()

    def until(self, time: Time) -> Lane:
        """The same without the slices that start after ``time``."""
        other = Lane.__new__(Lane)
        count = bisect_right(self.starts, time)
        other.born, other.own = self.born, self.own
        other.starts, other.ran = self.starts[:count], self.ran[:count]
        other.situations = self.situations[:count]
        other.who = self.who[:count] if self.who is not None else None
        return other

    def whose(self, index: int) -> int:
        """Whom a slice is about."""
        return self.own if self.who is None else self.who[index]

    def ran_until(self, time: Time) -> Time:
        """How much of it was RUNNING before ``time``."""
        index = self.index(time)
        running = self.situations[index] == _RUNNING
        return self.ran[index] + (time - self.starts[index] if running else 0)

    def index(self, time: Time) -> int:
        """The slice that covers ``time``."""
        return bisect_right(self.starts, time) - 1
