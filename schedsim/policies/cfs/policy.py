"""The completely fair scheduler of Linux 2.6.23 to 6.5.

Everybody has a virtual runtime: how long it ran, divided by its weight.  The lowest is next, and
gets a slice of the scheduling latency that is in proportion to its weight.

kernel/sched/fair.c of those versions, whose function names the comments below cite.

Not here: the order of those who wait (``line``).
"""

from __future__ import annotations

from collections.abc import Sequence, Sized

from schedsim.durations import Time
from schedsim.policies.base import UNLIMITED, Attributes, C, Machine, Policy
from schedsim.policies.cfs.line import TURN_BITS, Line
from schedsim.policies.cfs.seats import OUT, RUNNING, Seat
from schedsim.policies.weights import NICE_0_WEIGHT, growth, weight_of

_LATENCY: Time = 6_000_000
_GRANULARITY: Time = 750_000
_WAKEUP: Time = 1_000_000
_MOST_CORES = 8


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
        self._line = Line()
        self._line.granularity = self.wakeup_granularity
        self._queued = self._line.queued
        self._running: dict[int, Seat] = {}

    def attach(self, machine: Machine) -> None:
        """Take the defaults from the number of cores (``get_update_sysctl_factor``)."""
        super().attach(machine)
        factor = min(machine.cores, _MOST_CORES).bit_length()
        if not self.sched_latency:
            self.sched_latency = max(_LATENCY * factor, self.min_granularity)
        if not self.min_granularity:
            self.min_granularity = min(_GRANULARITY * factor, self.sched_latency)
        if self._linux_wakeup:
            self.wakeup_granularity = self._line.granularity = _WAKEUP * factor
        # sched_nr_latency: as many as have their minimum within the latency.
        self._few = -(-self.sched_latency // self.min_granularity)

    # ------------------------------------------------------------------------ what the engine asks

    @property
    def waiting(self) -> Sized:
        """The run queue."""
        return self._queued

    def enqueue(self, thread: C, /) -> None:
        """Not too far behind the others, however long it slept (``place_entity``)."""
        seat: Seat | None = thread.seat
        self._account()
        if seat is None:
            seat = thread.seat = Seat(thread, self)
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
        self._line.add(seat, seat.v)

    def pick(self) -> C:
        """The lowest virtual runtime, or the next if that thread has just yielded."""
        seat = self._line.front(take=True)
        self._running[seat.thread.id] = seat
        seat.state = RUNNING
        thread: C = seat.thread
        return thread

    def restore(self, thread: C, /) -> None:
        """Back to where it was."""
        seat: Seat = thread.seat
        del self._running[thread.id]
        self._line.put_back(seat)

    def remove(self, thread: C, /) -> None:
        """It keeps its distance to the minimum."""
        seat: Seat = thread.seat
        self._account()
        self._line.drop(seat)
        self._weight -= seat.weight
        seat.scale = self._scale
        seat.state = OUT
        self._detach(seat)

    def queue(self) -> Sequence[C]:
        """By virtual runtime."""
        return tuple(seat.thread for seat in self._line.order())

    def time_slice(self, thread: C, /) -> Time:
        """Its part of the latency, from when it took the core (``sched_slice``)."""
        seat: Seat = thread.seat
        length = max(self._share(seat), self.min_granularity)
        if self.tick:
            return -(-length // self.tick) * self.tick
        return length

    def expire(self, thread: C, /) -> None:
        """To where its virtual runtime puts it."""
        seat: Seat = thread.seat
        self._account()
        del self._running[thread.id]
        # Slices are whole units of time: whoever is behind by less than one unit has had its own.
        heap = self._line.heap
        first = heap[0] >> TURN_BITS if heap else seat.v
        self._line.add(seat, max(seat.v, min(first, seat.v + seat.unit)))

    def preempt(self, thread: C, /) -> None:
        """To where its virtual runtime puts it."""
        seat: Seat = thread.seat
        self._account()
        del self._running[thread.id]
        self._line.add(seat, seat.v)

    def give_way(self, thread: C, /) -> None:
        """The next pick passes it over, if the second is not too far (``yield_task_fair``)."""
        self.expire(thread)
        seat: Seat = thread.seat
        self._line.skipped = seat

    def leave(self, thread: C, /) -> None:
        """Its virtual runtime waits for it."""
        seat: Seat = thread.seat
        self._account()
        del self._running[thread.id]
        self._weight -= seat.weight
        seat.scale = self._scale
        seat.state = OUT

    def best(self) -> C:
        """Who would be picked."""
        thread: C = self._line.front(take=False).thread
        return thread

    def beats(self, waiter: C, runner: C, /) -> bool:
        """Only who is behind by more than the wake-up granularity (``wakeup_preempt_entity``)."""
        ours: Seat = waiter.seat
        theirs: Seat = runner.seat
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
        seat: Seat | None = thread.seat
        if seat is None or seat.state == OUT:
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
        first = self._line.first()
        if first is not None:
            least = min(least, first)
        elif not self._running:
            return
        self._least = max(self._least, least)

    def _advance(self, seat: Seat) -> None:
        """``update_curr``."""
        cpu: Time = seat.thread.cpu
        seat.v += (cpu - seat.cpu) * seat.unit
        seat.cpu = cpu

    def _share(self, seat: Seat) -> Time:
        """What is due to it of the period (``sched_slice``)."""
        runnable = len(self._queued) + len(self._running) + (seat.state == OUT)
        many = runnable > self._few
        period = runnable * self.min_granularity if many else self.sched_latency
        return period * seat.weight // (self._weight or seat.weight)  # 0: it leaves, the last

    def _join(self, seat: Seat) -> None:
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
            self._line.refine(factor)
        seat.weight = weight
        seat.unit = self._scale // weight
        seat.cpu = seat.thread.cpu
        self._weight += weight

    def _detach(self, seat: Seat) -> None:
        """Count from the minimum of this queue, to be counted from that of another."""
        seat.ahead = seat.v * self._scale // seat.scale - self._least
        seat.scale = self._scale
