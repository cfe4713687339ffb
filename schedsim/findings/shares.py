"""What equal sharing would give: generalised processor sharing among those who want a core."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain

from schedsim.attributes import Attributes
from schedsim.durations import Time
from schedsim.metrics import Measured
from schedsim.trace import Role

_NICE_STEP = 1.25
"""By how much a step of nice changes a weight in Linux."""
_IDLE = 3 / 1024
"""What the class for idle time weighs beside an ordinary thread."""


class FairShares:
    """Core time per unit of weight, added up over the run.

    No thread is given more than a core, and one that may run on some cores only, so much less.
    (What it cannot use is not passed on to the others, so that shares are never too large.)
    """

    def __init__(self, measured: Measured) -> None:
        entities = measured.trace.entities
        threads = [times.entity for times in measured.of(Role.THREAD)]
        self.rules = measured.rules
        end = measured.trace.end
        self.cores = measured.capacity / end if end else 0.0
        """How many there were, on average."""
        self.affinity = {thread: len(entities[thread].affinity) for thread in threads}
        self.times = array("q", (0,))
        self.sums = array("d", (0.0,))
        """Core time per weight until then."""
        self.rates = array("d", (0.0,))
        """And how it grows from then on."""
        self._add_up(self._changes(measured))

    def _add_up(self, changes: dict[Time, float]) -> None:
        weight = summed = rate = 0.0
        before = 0
        for time in sorted(changes):
            summed += rate * (time - before)
            weight += changes[time]
            before = time
            rate = self.cores / weight if weight > 1e-6 else 0.0  # noqa: PLR2004 - nothing
            self.times.append(time)
            self.sums.append(summed)
            self.rates.append(rate)

    def _until(self, time: Time) -> float:
        place = bisect_right(self.times, time) - 1
        return self.sums[place] + self.rates[place] * (time - self.times[place])

    def of(self, thread: int, start: Time, end: Time) -> float:
        """The share of a thread that wanted a core from ``start`` to ``end``."""
        share = sum(
            weight * (self._until(until) - self._until(begin))
            for begin, until, weight in self._weights(thread, start, end)
        )
        allowed = self.affinity[thread]
        if 0 < allowed < self.cores:
            share *= allowed / self.cores
        return min(end - start, share)

    def _weights(self, thread: int, start: Time, end: Time) -> Iterator[tuple[Time, Time, float]]:
        """What a thread weighs from when to when."""
        for begin, until, said in self.rules.said_within(thread, start, end):
            yield begin, until, _weight(said)

    def _changes(self, measured: Measured) -> dict[Time, float]:
        """By moment: by how much the weight of those who want a core changes."""
        turns, end = measured.turns, measured.trace.end
        changes: dict[Time, float] = {}
        wanted = chain(
            zip(turns.threads, turns.readies, turns.ends, strict=True),
            ((thread, ready, end) for thread, ready in measured.waiting.items()),
        )
        always = {
            times.entity: _weight(said[0][1])
            for times in measured.of(Role.THREAD)
            if len(said := self.rules.said(times.entity)) == 1
        }
        for thread, ready, left in wanted:
            if thread in always:  # almost everybody, at almost every turn
                if ready < left:
                    changes[ready] = changes.get(ready, 0.0) + always[thread]
                    changes[left] = changes.get(left, 0.0) - always[thread]
                continue
            for begin, until, weight in self._weights(thread, ready, left):
                changes[begin] = changes.get(begin, 0.0) + weight
                changes[until] = changes.get(until, 0.0) - weight
        return changes


def _weight(said: Attributes) -> float:
    """What a thread says of itself, as far as it says something; one where it does not."""
    if said.weight is not None:
        return said.weight / 1024
    if said.scheduling_class == "idle":
        return _IDLE
    return said.tickets / 100 / _NICE_STEP**said.nice
