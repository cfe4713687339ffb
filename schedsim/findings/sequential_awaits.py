"""A task that waited for several devices, one after another, where it could have waited for all.

Only what is certain is told: three waits or more, each for I/O and from another line of the
program, with nothing done between them and nobody else of the loop at work meanwhile.  A sleep does
not count: who sleeps wants the time to pass.  Nor does a line that is repeated, as in reading one
stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress

from schedsim.durations import Time, format_duration
from schedsim.findings.base import Finding
from schedsim.findings.loop_turns import LONG_TASK, LoopTurn, has_loops, loop_turn
from schedsim.metrics import Measured
from schedsim.plain import plain
from schedsim.trace import Entity, Reason, Trace
from schedsim.why.bodies import body

FEWEST = 3
"""Two in a row are often question and answer."""
_AT_WORK = 0.1
"""Such a share of the time others of the loop may have computed."""


class _Chain:
    """Waits of one task, one after another."""

    def __init__(self, turn: LoopTurn) -> None:
        self.task = turn.task
        self.start = turn.end
        self.end = turn.end
        self.waits: list[Time] = []
        self.lines: set[int | None] = set()

    def add(self, turn: LoopTurn) -> bool:
        """Take in the wait that begins with the end of ``turn``; False if it is another matter."""
        listing = turn.task.listing
        line = listing.line(turn.pc) if listing else None
        if line in self.lines or line is None:
            return False
        self.lines.add(line)
        self.waits.append(turn.due - turn.end)
        self.end = turn.due
        return True

    @property
    def gain(self) -> Time:
        """What waiting for all at once would save."""
        return sum(self.waits) - max(self.waits)


def sequential_awaits(measured: Measured) -> Iterator[Finding]:
    """Find the tasks whose waits could have been one."""
    trace = measured.trace
    if not has_loops(trace) or trace.unit != "ns" or Reason.IO not in measured.loop_turns.lefts:
        return
    best: dict[tuple[int, str], _Chain] = {}
    for chain in _chains(measured):
        key = (chain.task.thread, chain.task.job)
        if len(chain.waits) < FEWEST or chain.gain < LONG_TASK:
            continue
        if key in best and chain.gain <= best[key].gain:
            continue
        if _others(measured, chain.task, chain.start, chain.end) > _AT_WORK * sum(chain.waits):
            continue
        best[key] = chain
    for chain in best.values():
        yield _finding(trace, chain)


def _chains(measured: Measured) -> Iterator[_Chain]:
    under_way: dict[int, _Chain] = {}
    turns = measured.loop_turns
    for number in compress(range(len(turns.runs)), turns.runs):
        task, left = turns.task(number).id, turns.lefts[number]
        chain = under_way.get(task)
        if chain is None and left != Reason.IO:
            continue
        turn = loop_turn(measured, number)
        if chain is not None and (turn.acted or turn.pieces):
            yield under_way.pop(task)
            chain = None
        if turn.left is not Reason.IO:
            if chain is not None:
                yield under_way.pop(task)
            continue
        if chain is None or not chain.add(turn):
            if chain is not None:
                yield chain
            chain = under_way[task] = _Chain(turn)
            chain.add(turn)
    yield from under_way.values()


def _others(measured: Measured, task: Entity, start: Time, end: Time) -> Time:
    """How long the loop's thread had a core between two moments."""
    return measured.ran(task.thread, start, end)


def _finding(trace: Trace, chain: _Chain) -> Finding:
    total = format_duration(sum(chain.waits), trace.unit)
    longest = format_duration(max(chain.waits), trace.unit)
    why = (
        f"{plain(chain.task.name, 32)} waited {len(chain.waits)} times in a row, for {total} in "
        "all, with nothing to do between the waits and nobody else at work."
    )
    advice = (
        f"If they do not need each other's answers, wait for all at once "
        f"({body(trace, chain.task).all_at_once}): {longest} instead of {total}."
    )
    return Finding("sequential_awaits", chain.start, chain.end, chain.task.id, (), why, advice)
