"""V: how far everybody would be on an ideally fair machine, and what each is owed.

Not here: who is eligible by it (``line``), and how long requests and slices are (``policy``).
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from math import gcd

from schedsim.durations import Time
from schedsim.policies.eevdf.seats import OUT, Seat
from schedsim.policies.weights import growth, weight_of

# A virtual time is an integer, in units of 1/scale; every weight divides the scale.  V is a
# fraction of such units.  Who joins there is placed exactly, on a finer scale, as long as that is
# cheap: in examples of a size that somebody works out by hand, so that ties are ties.  Later the
# place is rounded down, by less than 2**-64 of a time unit.
_COARSEST = 1 << 64
_FINEST_BITS = 512
_FEW = 64


class Average:
    """The average of all virtual times by weight, and who is in it.

    Args:
        tick: a slice may last so much longer than its request.
        quantum: a slice lasts so long at least.
    """

    __slots__ = (
        *("delayed", "queued", "quantum", "running", "scale", "sum", "tick", "weight"),
        *("when_refined", "_longest", "_requests"),
    )

    def __init__(self, tick: Time, quantum: Time) -> None:
        self.tick = tick
        self.quantum = quantum
        self.scale = _COARSEST
        self.weight = 0
        self.sum = 0
        """Of weight times ``v``; so V is sum / weight."""
        self.queued: dict[int, Seat] = {}
        self.running: dict[int, Seat] = {}
        self.delayed: dict[int, Seat] = {}
        """Who sleeps, but has run ahead of its share."""
        self.when_refined: list[Callable[[], None]] = []
        """To be called when all virtual times are on a finer scale."""
        self._requests: dict[Time, int] = {}
        """How many of them have each request, and the longest first, negative."""
        self._longest: list[Time] = []

    def join(self, seat: Seat) -> None:
        """Place it, with the lag it remembers (``place_entity``)."""
        weight = weight_of(seat.thread.attributes)
        seat.weight = weight
        seat.cpu = seat.thread.cpu
        total = self.weight
        if not total:
            # Nobody there to owe anything; and nobody whose v would be on another scale.
            self.scale = _COARSEST
            self.sum = 0
        factor = growth(self.scale, weight)
        if factor > 1:
            self._refine(factor)
        v = 0
        if total:
            owed, parts = seat.lag
            if owed:
                # Joining moves V towards v, so the distance has to be longer for the lag to come
                # out right: V - lag * (W + w) / W.
                v = self._exactly(
                    self.sum * parts * weight - owed * self.scale * (total + weight),
                    total * parts * weight,
                )
            else:
                v = self._exactly(self.sum, total)
        seat.v = v
        seat.unit = self.scale // weight
        self.weight = total + weight
        self.sum += weight * v
        if seat.request in self._requests:
            self._requests[seat.request] += 1
        else:
            self._requests[seat.request] = 1
            heappush(self._longest, -seat.request)

    def leave(self, seat: Seat) -> None:
        """It counts no more."""
        self.weight -= seat.weight
        self.sum -= seat.weight * seat.v
        # A count of 0 stays until it comes to the top of the heap.
        self._requests[seat.request] -= 1

    def lag(self, seat: Seat) -> tuple[int, int]:
        """What it is owed, a fraction of CPU time."""
        owed = seat.weight * (self.sum - self.weight * seat.v)
        parts = self.weight * self.scale
        common = gcd(owed, parts)
        return owed // common, parts // common

    def remember(self, seat: Seat) -> None:
        """Keep the lag, within bounds (``update_entity_lag``): nobody hoards by sleeping."""
        longest, requests = self._longest, self._requests
        while not requests[-longest[0]]:
            del requests[-heappop(longest)]
        bound = max(-longest[0] + self.tick, self.quantum)
        owed, parts = self.lag(seat)
        if abs(owed) > bound * parts:
            owed, parts = bound if owed > 0 else -bound, 1
        seat.lag = owed, parts

    def _exactly(self, numerator: int, denominator: int) -> int:
        """The fraction on the present scale, which becomes finer if that is cheap."""
        whole, rest = divmod(numerator, denominator)
        if not rest:
            return whole
        finer = denominator // gcd(numerator, denominator)
        if (
            len(self.queued) + len(self.running) + len(self.delayed) > _FEW
            or (self.scale * finer).bit_length() > _FINEST_BITS
        ):
            return whole
        self._refine(finer)
        return numerator * finer // denominator

    def _refine(self, factor: int) -> None:
        """Everything on a scale that is finer by ``factor``; the order stays."""
        self.scale *= factor
        self.sum *= factor
        for group in (self.queued, self.running, self.delayed):
            for seat in group.values():
                seat.refine(factor)
        for tell in self.when_refined:
            tell()

    def drop(self, seat: Seat) -> None:
        """A delayed dequeue comes to its end; there is no entry of it any more."""
        self.remember(seat)
        if seat.lag[0] > 0:
            seat.lag = (0, 1)  # DELAY_ZERO: it earns nothing by sleeping
        self.leave(seat)
        del self.delayed[seat.id]
        seat.state = OUT
        seat.entry = seat.key = None

    def clear(self) -> None:
        """Nobody is in it any more."""
        self.delayed.clear()
        self._requests.clear()
        self._longest.clear()
        self.weight = self.sum = 0
