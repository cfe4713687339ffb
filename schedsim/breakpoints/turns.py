"""Conditions about what somebody does: starts, gets the core, ends, blocks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from schedsim.breakpoints.base import Kind, Known, Stop, check_name, earliest
from schedsim.breakpoints.watched import Watched
from schedsim.durations import Time
from schedsim.plain import plain
from schedsim.state import Status
from schedsim.trace import ENDS, TAKES_FROM_LOOP, TAKES_OFF_CORE, Kind as Of, Reason, Row

_RUNNING = frozenset({Of.RUN, Of.SWITCH, Of.TASK_RUN})
_OVER = (Status.EXITED, Status.DONE)
_FOR_THE_GIL = (Reason.GIL, Reason.FORCED_SWITCH)


@dataclass(frozen=True, slots=True)
class Does:
    """Somebody of a name does something."""

    name: str
    says: str
    test: Callable[[Watched, Row, int], bool]
    """Whether the thread or task does it in the row."""

    def next(self, watched: Watched, step: int, time: Time) -> Stop | None:
        """The first row in which anybody of the name does it."""
        del time
        return earliest([self._of(watched, who, step) for who in watched.named(self.name)])

    def _of(self, watched: Watched, who: int, step: int) -> Stop | None:
        rows = watched.history.rows_of(who)
        for n in rows[bisect_left(rows, step) :]:
            row = watched.trace.row(n)
            if self.test(watched, row, who):
                name = plain(watched.trace.entities[who].name, 32)
                return Stop(n + 1, row.time, f"{name} {self.says}")
        return None


def _runs(watched: Watched, row: Row, who: int) -> bool:
    """It gets a core, or its turn in the loop; to go on with what one has does not count."""
    if row.subject != who or row.kind not in _RUNNING:
        return False
    if row.kind is Of.TASK_RUN:
        return True
    return watched.history.state_at(row.n).running[row.core] != who


def _starts(watched: Watched, row: Row, who: int) -> bool:
    """It has a core or a turn for the first time."""
    if row.subject != who or row.kind not in _RUNNING:
        return False
    rows = watched.history.rows_of(who)
    before = (watched.trace.row(n) for n in rows[: bisect_left(rows, row.n)])
    return not any(each.subject == who and each.kind in _RUNNING for each in before)


def _status(watched: Watched, step: int, who: int) -> Status:
    status = watched.history.state_at(step).status
    return status[who] if who < len(status) else Status.NEW


def _ends(watched: Watched, row: Row, who: int) -> bool:
    """It ends, however."""
    if row.reason not in ENDS:
        return False
    before = _status(watched, row.n, who)
    return before not in _OVER and _status(watched, row.n + 1, who) in _OVER


def _blocks(watched: Watched, row: Row, who: int) -> bool:
    """It begins to wait for something else than a core, a turn or the GIL."""
    if row.kind not in TAKES_OFF_CORE | TAKES_FROM_LOOP or row.reason in _FOR_THE_GIL:
        return False
    before = _status(watched, row.n, who)
    after = _status(watched, row.n + 1, who)
    return before is Status.RUNNING and after in (Status.BLOCKED, Status.SUSPENDED)


def _kind(word: str, when: str, says: str, test: Callable[[Watched, Row, int], bool]) -> Kind:
    return Kind(
        f"{word} NAME",
        when,
        lambda text, known: Does(check_name(text, known), says, test),
        lambda known: f"{word} {_somebody(known)}" if known.names else "",
    )


def _somebody(known: Known) -> str:
    return known.names[0]


STARTS = _kind("starts", "it runs for the first time", "runs for the first time", _starts)
ENDS_ = _kind("ends", "it has ended", "has ended", _ends)
RUNS = _kind("runs", "it gets a core or its turn", "has its turn", _runs)
BLOCKS = _kind("blocks", "it begins to wait or sleep", "begins to wait", _blocks)
