"""Turns that end while nothing else happens, in one go: where all serve in turn, slices are equal.

It does what :meth:`schedsim.engine.kernel.Engine.run` does, and asks less (CONTRIBUTING says what
it gave).  Whatever else may happen is left to that.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from schedsim.durations import Time
from schedsim.trace import REASON_SHIFT, Kind, Reason

if TYPE_CHECKING:
    from schedsim.engine.kernel import Engine

_RUN_QUANTUM = Kind.RUN | Reason.QUANTUM << REASON_SHIFT


def take_turns(engine: Engine, quantum: Time, until: Time, rows: int) -> None:
    """Where turns are equal: as long as turns end and nothing else happens, let them.

    Every core has a thread whose turn is over, goes on to the next in line, and no GIL has to be
    taken or given.  The first core for which that is not so is left to the kernel, with those
    after it.
    """
    agenda, trace = engine.agenda, engine.trace
    ends, heap, wakes, windows = agenda.ends, agenda.heap, agenda.wakes, agenda.windows
    deadlines = agenda.deadlines
    write_time, write_code, write_arg = (
        trace.times.append,
        trace.codes.append,
        trace.args.append,
    )
    room = rows - len(trace)
    while heap and room > 0:
        now = heap[0]
        cores = ends.get(now)
        if not cores or now > until or now in wakes or now in windows or now in deadlines:
            return
        heappop(heap)
        del ends[now]
        engine.now = now
        full = now + quantum
        for place, core in enumerate(cores):
            runner = core.thread
            line: Any = core.waiting
            if not (room > 0 and line and runner is not None) or core.slice_end > now:
                engine.pending.extend(cores[place:])
                return
            left = runner.left - (now - core.start)
            thread = line[0]
            ahead = thread.left
            mine, its = runner.gil, thread.gil
            if (
                left <= 0
                or ahead <= 0
                or (mine is not None and (mine.holder is not runner or mine.requested))
                or (its is not None and (its.holder is not thread or its.requested))
            ):
                engine.pending.extend(cores[place:])
                return
            runner.left = left
            line.append(runner)
            core.thread = line.popleft()
            thread.core = core
            core.start = core.slice_start = now
            core.slice_end = full
            write_time(now)
            write_code(_RUN_QUANTUM | core.bits | thread.as_subject | runner.pc_bits)
            write_arg(0)
            room -= 1
            core.end = end = full if ahead >= quantum else now + ahead
            others = ends.get(end)
            if others is None:
                ends[end] = [core]
                heappush(heap, end)
            else:
                others.append(core)
