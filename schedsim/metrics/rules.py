"""Which rules were in force when: the policy, the GIL, and what threads said of themselves.

A user may change all of them on the way; this is a run's account of it.  At one moment they are in
:class:`schedsim.state.State`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from schedsim.attributes import Attributes, changed
from schedsim.columns import rows_of
from schedsim.durations import Time
from schedsim.state import CHANGES
from schedsim.trace import InForce, Kind, Reason, Trace


class Rules:
    """Those of a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.policies = [(0, trace.policies[0])]
        """Each with the moment from which it was in force."""
        self.gil: list[tuple[Time, bool]] = []
        """What the user switched it to, and when."""
        self.cores = [(0, trace.cores)]
        self._said: dict[int, list[tuple[Time, Attributes]]] = {}
        for n in rows_of(trace, {Kind.COMMAND}):
            row = trace.row(n)
            if row.reason in (Reason.POLICY, Reason.SLICES):
                self.policies.append((row.time, trace.policies[row.arg]))
            elif row.reason is Reason.GIL_SWITCHED:
                self.gil.append((row.time, bool(row.arg)))
            elif row.reason is Reason.CORES:
                self.cores.append((row.time, row.arg))
            elif row.reason in CHANGES:
                said = self._said.setdefault(row.subject, self.said(row.subject))
                value = changed(said[-1][1], CHANGES[row.reason], row.arg)
                said.append((row.time, value))

    def period(self, time: Time) -> int:
        """Which of the policies was in force at the end of an instant, from 0."""
        return bisect_right(self.policies, time, key=lambda each: each[0]) - 1

    def policy(self, time: Time) -> InForce:
        """The policy that was in force at the end of an instant."""
        return self.policies[self.period(time)][1]

    def needs_gil(self, process: int, time: Time) -> bool:
        """Whether the threads of a process needed a GIL at the end of an instant."""
        place = bisect_right(self.gil, time, key=lambda each: each[0])
        return self.gil[place - 1][1] if place else self.trace.entities[process].gil

    def said(self, entity: int) -> list[tuple[Time, Attributes]]:
        """What somebody said of itself, each with the moment from which it did."""
        return self._said.get(entity) or [(0, self.trace.entities[entity].attributes)]

    def said_within(
        self, entity: int, start: Time, end: Time
    ) -> Iterator[tuple[Time, Time, Attributes]]:
        """The pieces of a stretch of time in which somebody said the same of itself."""
        said = self.said(entity)
        for n, (since, attributes) in enumerate(said):
            begin = max(start, since) if n else start
            until = min(end, said[n + 1][0]) if n + 1 < len(said) else end
            if begin < until:
                yield begin, until, attributes
