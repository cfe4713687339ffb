"""How fast cores work: their own speed, and what is warm in their caches.

Work is counted in *grains*, so that it stays a whole number on cores of different speeds: a core
of speed 1 does :attr:`Pace.grain` grains in a unit of time.  Time is never scaled, only work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

from schedsim.durations import Time
from schedsim.trace import Kind, Trace

if TYPE_CHECKING:
    from schedsim.engine.records import Core, Thread


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """The caches of the cores, one each, after OSTEP's multi.py.

    A thread that has run for ``warmup`` on a core has its working set in the core's cache: it is
    *warm* there, and works at ``rate_warm`` instead of ``rate_cold``.  Whoever became warm
    longest ago is evicted when the working sets no longer fit, and has to warm up again.
    """

    size: int
    warmup: Time = 0
    rate_cold: int = 1
    rate_warm: int = 2


class _Cache:
    """What is warm on one core, and how far the others have come."""

    def __init__(self) -> None:
        self.warm: list[Thread] = []
        """Whoever became warm last is first."""
        self.to_go: dict[Thread, Time] = {}
        """How long a cold thread must still run here."""


class Pace:
    """How much of its work a thread gets done on a core.

    Args:
        trace: where it is written that a cache takes in or evicts.
        speeds: of the cores, by number; those that are not given have speed 1.
        cache: what the cores' caches are like, if they matter.
        share: how much of a core's speed every thread gets out of it: an interpreter may be slow.
    """

    grain = 1
    even = False

    def __init__(
        self,
        trace: Trace,
        speeds: Sequence[Fraction] = (),
        cache: CacheSpec | None = None,
        *,
        share: Fraction = Fraction(1),
    ) -> None:
        self.trace = trace
        self.grain = lcm(*(speed.denominator for speed in speeds)) * share.denominator
        self._speeds = [int(speed * share * self.grain) for speed in speeds]
        self._usual = int(share * self.grain)
        self._cache = cache
        self.caches: dict[int, _Cache] = {}

    def speed(self, core: int) -> int:
        """Grains that core number ``core`` does in a unit of time, with a cold cache."""
        return self._speeds[core] if core < len(self._speeds) else self._usual

    def end(self, core: Core, now: Time) -> Time:
        """Until when the thread on ``core`` can compute at one pace."""
        thread = core.thread
        assert thread is not None, "it computes for somebody"
        core.pace = core.speed
        boundary = None
        if self._cache is not None:
            boundary = self._prepare(core, thread, now, self._cache)
        end = now + -(-thread.left // core.pace)
        if (
            core.queue.full_quantum
            and end < core.slice_end
            and thread.demand(whole=False) == (thread.left)
        ):
            end = core.slice_end
            thread.left = (end - now) * core.pace
        return end if boundary is None else min(end, boundary)

    def account(self, core: Core, now: Time) -> None:
        """The thread on ``core`` has computed from ``core.start`` until ``now``."""
        thread = core.thread
        assert thread is not None, "it computes for somebody"
        elapsed = now - core.start
        thread.left = max(0, thread.left - elapsed * core.pace)
        thread.cpu += elapsed
        if self._cache is not None and elapsed:
            self._warm_up(core, thread, elapsed, now, self._cache)

    def _prepare(self, core: Core, thread: Thread, now: Time, spec: CacheSpec) -> Time | None:
        cache = self.caches.setdefault(core.index, _Cache())
        to_go = cache.to_go.setdefault(thread, spec.warmup)
        if thread not in cache.warm and not to_go:
            self._admit(core, thread, now, spec, cache)
        warm = thread in cache.warm
        core.pace = core.speed * (spec.rate_warm if warm else spec.rate_cold)
        return now + to_go if to_go and not warm else None

    def _warm_up(
        self, core: Core, thread: Thread, elapsed: Time, now: Time, spec: CacheSpec
    ) -> None:
        cache = self.caches[core.index]
        if thread in cache.warm or not cache.to_go[thread]:
            return
        cache.to_go[thread] -= elapsed
        if not cache.to_go[thread]:
            self._admit(core, thread, now, spec, cache)

    def _admit(self, core: Core, thread: Thread, now: Time, spec: CacheSpec, cache: _Cache) -> None:
        """``thread`` is warm from now on; others, or it itself, may no longer be."""
        cache.warm.insert(0, thread)
        self.trace.append(now, Kind.WARM, core=core.index, subject=thread.id)
        while sum(each.attributes.working_set for each in cache.warm) > spec.size:
            evicted = cache.warm.pop()
            cache.to_go[evicted] = spec.warmup
            self.trace.append(now, Kind.EVICT, core=core.index, subject=evicted.id)


class Even(Pace):
    """All cores work at speed 1, and caches do not matter."""

    even = True

    def __init__(self) -> None:
        super().__init__(Trace())

    def account(self, core: Core, now: Time) -> None:
        """The thread on ``core`` has computed from ``core.start`` until ``now``."""
        thread = core.thread
        assert thread is not None, "it computes for somebody"
        elapsed = now - core.start
        thread.left -= elapsed
        thread.cpu += elapsed


EVEN = Even()
