"""The completely fair scheduler of Linux 2.6.23 to 6.5.

Everybody has a virtual runtime: how long it ran, divided by its weight.  The lowest is next, and
gets a slice of the scheduling latency that is in proportion to its weight.

kernel/sched/fair.c of those versions, whose function names the comments below cite.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from heapq import heapify, heappop, heappush
from typing import Any

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Attributes, C, Machine, Policy
from schedsim.policies.weights import NICE_0_WEIGHT, growth, weight_of

_LATENCY: Time = 6_000_000
_GRANULARITY: Time = 750_000
_WAKEUP: Time = 1_000_000
_MOST_CORES = 8

_OUT, _QUEUED, _RUNNING = range(3)
_STALE = 64


class _Seat:
    """What the policy knows of one thread."""

    __slots__ = (
        "ahead",
        "cpu",
        "home",
        "place",
        "scale",
        "state",
        "thread",
        "turn",
        "unit",
        "v",
        "weight",
    )

    def __init__(self, thread: Any, home: Cfs[Any]) -> None:
        self.thread = thread
        self.home = home
        self.state = _OUT
        self.weight = 1
        self.unit = 1
        """By how much ``v`` grows in one unit of time: scale / weight."""
        self.v = 0
        """Virtual runtime."""
        self.scale = 1
        """What ``v`` is in, of a thread that sleeps."""
        self.ahead: int | None = None
        """How far ``v`` was ahead of the queue's minimum, of a thread that was moved away."""
        self.cpu: Time = thread.cpu
        """The CPU time that is in ``v``."""
        self.turn = 0
        self.place = 0
        """The virtual runtime that it is queued by."""
        """Equal virtual runtimes: in the order of joining the queue.  Each number is used once."""


# An entry of the heap: virtual runtime and turn in one number.  Far down in a big heap what costs
# is memory that is not in the cache, and this needs the least.
_TURN_BITS = 64
_TURN_MASK = (1 << _TURN_BITS) - 1


class Cfs(Policy[C]):
    """The lowest virtual runtime is next, for a slice that depends on how many there are.

    Args:
        sched_latency: the time in which everybody is to run once; 0 is that of Linux, 6 ms times
            1 + log2 of the cores (8 at most).
        min_granularity: no slice is shorter; with too many for the latency (8 by default),
            everybody has this long on average.  0 is that of Linux, 0.75 ms, times the same.
        wakeup_granularity: who wakes takes the core if its virtual runtime is lower by more than
            this, in its own virtual time; None is that of Linux, 1 ms, times the same.
        tick: a slice ends at a tick only, so it lasts a whole number of these; 0 is exact.
        start_debit: a newcomer begins one slice after the minimum, unless it finds nobody.
        gentle_fair_sleepers: who slept is placed at most half a latency before the minimum,
            otherwise at most a whole one.
    """

    watches = True
    preemptive = True
    resizes = True

    def __init__(
        self,
        *,
        sched_latency: Time = 0,
        min_granularity: Time = 0,
        wakeup_granularity: Time | None = None,
        tick: Time = 0,
        start_debit: bool = False,
        gentle_fair_sleepers: bool = True,
    ) -> None:
        super().__init__()
        if sched_latency < 0:
            raise ValueError("sched_latency must be longer than 0 (or 0, for that of Linux)")
        if min_granularity < 0:
            raise ValueError("min_granularity must be longer than 0 (or 0, for that of Linux)")
        if 0 < sched_latency < min_granularity:
            raise ValueError("min_granularity must be no longer than sched_latency")
        if wakeup_granularity is not None and wakeup_granularity < 0:
            raise ValueError("wakeup_granularity must be 0 or longer")
        if tick < 0:
            raise ValueError("tick must be longer than 0 (or 0, for none)")
        self.sched_latency = sched_latency
        self.min_granularity = min_granularity
        self.wakeup_granularity: Time = 0 if wakeup_granularity is None else wakeup_granularity
        self._linux_wakeup = wakeup_granularity is None
        self.tick = tick
        self.start_debit = start_debit
        self.gentle_fair_sleepers = gentle_fair_sleepers
        self._few = 1

        # Virtual runtimes are integers in units of 1/scale; every weight divides the scale.
        self._scale = NICE_0_WEIGHT
        self._weight = 0
        """Of all who are runnable, on cores too."""
        self._least = 0
        """The virtual runtime that everybody has reached (min_vruntime); never falls."""
        self._queued: dict[int, _Seat] = {}
        self._running: dict[int, _Seat] = {}
        """By turn; an entry of the heap whose turn is not here is void."""
        self._line: list[int] = []
        self._stale = 0
        self._turns = 0
        self._skipped: _Seat | None = None

    def attach(self, machine: Machine) -> None:
        """Take the defaults from the number of cores (``get_update_sysctl_factor``)."""
        super().attach(machine)
        factor = min(machine.cores, _MOST_CORES).bit_length()
        if not self.sched_latency:
            self.sched_latency = max(_LATENCY * factor, self.min_granularity)
        if not self.min_granularity:
            self.min_granularity = min(_GRANULARITY * factor, self.sched_latency)
        if self._linux_wakeup:
            self.wakeup_granularity = _WAKEUP * factor
        # sched_nr_latency: as many as have their minimum within the latency.
        self._few = -(-self.sched_latency // self.min_granularity)

    # ------------------------------------------------------------------------ what the engine asks

    @property
    def waiting(self) -> Sized:
        """The run queue."""
        return self._queued

    def enqueue(self, thread: C, /) -> None:
        """Not too far behind the others, however long it slept (``place_entity``)."""
        seat: _Seat | None = thread.seat
        self._account()
        if seat is None:
            seat = thread.seat = _Seat(thread, self)
            alone = not self._weight
            self._join(seat)
            seat.v = self._least
            if self.start_debit and not alone:
                seat.v += self._share(seat) * seat.unit  # sched_vslice
        else:
            if seat.home is not self and seat.ahead is None:
                # migrate_task_rq_fair: it slept there and wakes here.
                seat.home._detach(seat)  # noqa: SLF001 - another queue of this policy
            seat.home = self
            self._join(seat)
            if seat.ahead is not None:
                seat.v = self._least + seat.ahead * self._scale // seat.scale
                seat.ahead = None
            else:
                seat.v = seat.v * self._scale // seat.scale
            credit = self.sched_latency * self._scale // NICE_0_WEIGHT
            if self.gentle_fair_sleepers:
                credit //= 2
            seat.v = max(seat.v, self._least - credit)
        self._queue_up(seat)

    def pick(self) -> C:
        """The lowest virtual runtime, or the next if that thread has just yielded."""
        seat = self._front(take=True)
        del self._queued[seat.turn]
        self._running[seat.thread.id] = seat
        seat.state = _RUNNING
        thread: C = seat.thread
        return thread

    def restore(self, thread: C, /) -> None:
        """Back to where it was."""
        seat: _Seat = thread.seat
        del self._running[thread.id]
        self._queued[seat.turn] = seat
        seat.state = _QUEUED
        heappush(self._line, seat.place << _TURN_BITS | seat.turn)

    def remove(self, thread: C, /) -> None:
        """It keeps its distance to the minimum."""
        seat: _Seat = thread.seat
        self._account()
        del self._queued[seat.turn]
        self._weight -= seat.weight
        seat.scale = self._scale
        seat.state = _OUT
        self._detach(seat)
        if seat is self._skipped:
            self._skipped = None
        self._stale += 1
        if self._stale > _STALE + len(self._queued):
            self._line[:] = [key for key in self._line if key & _TURN_MASK in self._queued]
            heapify(self._line)
            self._stale = 0

    def queue(self) -> Sequence[C]:
        """By virtual runtime."""
        seats = sorted(self._queued.values(), key=lambda seat: (seat.place, seat.turn))
        if len(seats) > 1 and self._passes_over(seats[0], seats[1]):
            seats[:2] = seats[1::-1]
        return tuple(seat.thread for seat in seats)

    def time_slice(self, thread: C, /) -> Time:
        """Its part of the latency, from when it took the core (``sched_slice``)."""
        seat: _Seat = thread.seat
        length = max(self._share(seat), self.min_granularity)
        if self.tick:
            return -(-length // self.tick) * self.tick
        return length

    def expire(self, thread: C, /) -> None:
        """To where its virtual runtime puts it."""
        seat: _Seat = thread.seat
        self._account()
        del self._running[thread.id]
        # Slices are whole units of time: whoever is behind by less than one unit has had its own.
        first = self._line[0] >> _TURN_BITS if self._line else seat.v
        self._queue_up(seat, max(seat.v, min(first, seat.v + seat.unit)))

    def preempt(self, thread: C, /) -> None:
        """To where its virtual runtime puts it."""
        seat: _Seat = thread.seat
        self._account()
        del self._running[thread.id]
        self._queue_up(seat)

    def give_way(self, thread: C, /) -> None:
        """The next pick passes it over, if the second is not too far (``yield_task_fair``)."""
        self.expire(thread)
        seat: _Seat = thread.seat
        self._skipped = seat

    def leave(self, thread: C, /) -> None:
        """Its virtual runtime waits for it."""
        seat: _Seat = thread.seat
        self._account()
        del self._running[thread.id]
        self._weight -= seat.weight
        seat.scale = self._scale
        seat.state = _OUT

    def best(self) -> C:
        """Who would be picked."""
        thread: C = self._front(take=False).thread
        return thread

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Only who is behind by more than the wake-up granularity (``wakeup_preempt_entity``)."""
        ours: _Seat = waiter.seat
        theirs: _Seat = runner.seat
        self._advance(theirs)
        lead = theirs.v - ours.v
        # check_preempt_wakeup: SCHED_IDLE gives way to anybody whom a pick would prefer at all,
        # and takes the core from nobody.
        idle = waiter.attributes.scheduling_class == "idle"
        if idle != (runner.attributes.scheduling_class == "idle"):
            return not idle and lead >= 0
        return lead > self.wakeup_granularity * ours.unit

    def changed(self, thread: C, /) -> None:
        """Another weight counts from now on (``reweight_entity``)."""
        seat: _Seat | None = thread.seat
        if seat is None or seat.state == _OUT:
            return
        weight = weight_of(thread.attributes)
        if weight == seat.weight:
            return
        self._account()
        self._weight -= seat.weight
        self._join(seat)

    def heeds(self, said: Attributes, name: str, /) -> bool:
        """Nice values, but of SCHED_IDLE."""
        return name == "nice" and said.scheduling_class != "idle"

    # ----------------------------------------------------------------------------- virtual runtime

    def _account(self) -> None:
        """Bring those who run up to date, and the minimum (``update_min_vruntime``)."""
        least = UNLIMITED * self._scale
        for seat in self._running.values():
            self._advance(seat)
            least = min(least, seat.v)
        line = self._line
        while line and line[0] & _TURN_MASK not in self._queued:
            heappop(line)
            self._stale -= 1
        if line:
            least = min(least, line[0] >> _TURN_BITS)
        elif not self._running:
            return
        self._least = max(self._least, least)

    def _advance(self, seat: _Seat) -> None:
        """``update_curr``."""
        cpu: Time = seat.thread.cpu
        seat.v += (cpu - seat.cpu) * seat.unit
        seat.cpu = cpu

    def _share(self, seat: _Seat) -> Time:
        """What is due to it of the period (``sched_slice``)."""
        runnable = len(self._queued) + len(self._running) + (seat.state == _OUT)
        many = runnable > self._few
        period = runnable * self.min_granularity if many else self.sched_latency
        return period * seat.weight // (self._weight or seat.weight)  # 0: it leaves, the last

    def _join(self, seat: _Seat) -> None:
        """Count its weight."""
        weight = weight_of(seat.thread.attributes)
        factor = growth(self._scale, weight)
        if factor > 1:
            self._scale *= factor
            self._least *= factor
            for group in (self._queued, self._running):
                for other in group.values():
                    other.v *= factor
                    other.place *= factor
                    other.unit *= factor
            self._line[:] = [
                (key >> _TURN_BITS) * factor << _TURN_BITS | key & _TURN_MASK for key in self._line
            ]
        seat.weight = weight
        seat.unit = self._scale // weight
        seat.cpu = seat.thread.cpu
        self._weight += weight

    def _detach(self, seat: _Seat) -> None:
        """Count from the minimum of this queue, to be counted from that of another."""
        seat.ahead = seat.v * self._scale // seat.scale - self._least
        seat.scale = self._scale

    # ----------------------------------------------------------------------------------- the queue

    def _queue_up(self, seat: _Seat, place: int | None = None) -> None:
        """Queue it by its virtual runtime, or as if that were ``place``."""
        self._turns += 1
        seat.turn = turn = self._turns
        seat.state = _QUEUED
        self._queued[turn] = seat
        seat.place = seat.v if place is None else place
        heappush(self._line, seat.place << _TURN_BITS | turn)

    def _front(self, *, take: bool) -> _Seat:
        key = self._pop()
        seat = self._queued[key & _TURN_MASK]
        if seat is self._skipped and len(self._queued) > 1:
            other = self._pop()
            second = self._queued[other & _TURN_MASK]
            if self._passes_over(seat, second):
                key, other, seat = other, key, second
            heappush(self._line, other)
        if take:
            self._skipped = None
        else:
            heappush(self._line, key)
        return seat

    def _pop(self) -> int:
        while True:
            key = heappop(self._line)
            if key & _TURN_MASK in self._queued:
                return key
            self._stale -= 1

    def _passes_over(self, first: _Seat, second: _Seat) -> bool:
        """Whether ``second`` goes before ``first``, who yielded (``pick_next_entity``)."""
        return (
            first is self._skipped and second.v - first.v <= self.wakeup_granularity * second.unit
        )
