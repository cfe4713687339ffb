"""Why a run has come to its limit of steps with more to come, as far as its trace tells.

A long scenario is one thing; a program in which time stands still, or which only starts others,
is another, and its author wants to know who does it.  Limits themselves are in
:mod:`schedsim.run`.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from schedsim.durations import format_duration
from schedsim.plain import plain
from schedsim.trace import ENTITY_MASK, KIND_MASK, SUBJECT_SHIFT, Kind, Role, Trace

_LAST: Final = 10_000
"""So many rows at the end are looked at."""
_MOSTLY: Final = 8
"""One in so many is often."""


def why_cut(trace: Trace) -> str:
    """How a message goes on that says a run was stopped; empty if nothing strikes the eye."""
    start = max(0, len(trace) - _LAST)
    rows = len(trace) - start
    if rows < _LAST:
        return ""
    spawns: Counter[str] = Counter()
    runs: Counter[int] = Counter()
    for code in trace.codes[start:]:
        kind, subject = code & KIND_MASK, code >> SUBJECT_SHIFT & ENTITY_MASK
        if kind == Kind.SPAWN:
            spawns[trace.entities[subject].job] += 1
        elif kind in {Kind.TASK_RUN, Kind.RUN, Kind.SWITCH, Kind.COMPUTE}:
            runs[subject] += 1
    if spawns and spawns.total() * _MOSTLY > rows:
        job = plain(spawns.most_common(1)[0][0], 60)
        count = sum(1 for each in trace.entities if each.role in {Role.THREAD, Role.TASK})
        return f": {job} is started again and again, {count:,} threads and tasks by now"
    if trace.times[start] == trace.times[-1] and runs:
        name = plain(trace.entities[runs.most_common(1)[0][0]].name, 60)
        at = format_duration(trace.times[-1], trace.unit)
        says = f"time stands still at {at}: {name} goes on without taking any"
        return f": {says}; let it compute or sleep"
    return ""
